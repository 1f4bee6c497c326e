#pragma once

#include "sync/ledger/limits.hpp"

// What the store takes.
namespace sitelog::limits {

// Its thread, at a time.
inline constexpr size_t kPostedWorksMax = 4096;  // who posts more waits
inline constexpr size_t kGroupWorksMax = 512;    // that share one commit
inline constexpr size_t kGroupBytesMax = 4 * 1024 * 1024;
static_assert(kGroupWorksMax <= kPostedWorksMax);
static_assert(kMessageBytesMax <= kGroupBytesMax, "no message waits for a commit of its own");

inline constexpr size_t kAgreementKeysMax = 64;  // that a device's grant ever takes

}  // namespace sitelog::limits
