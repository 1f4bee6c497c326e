#pragma once

#include <chrono>

#include "sync/ledger/limits.hpp"

// What one process takes from its connections and holds for them.
namespace sitelog::limits {

// Of one connection: what has arrived and waits for the next Work, and what waits to be sent before
// nothing more is read. Past kReceivedBytesMax, of all connections, each has a message at a time.
inline constexpr size_t kWaitingBytesMax = 768 * 1024;
inline constexpr size_t kWaitingMessagesMax = 16;
inline constexpr size_t kReceivedBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kQueuedBytesMax = 4 * 1024 * 1024;
inline constexpr size_t kIgnoredBytesMax = 4 * 1024 * 1024;  // arriving after the end
static_assert(kWaitingBytesMax + kMessageBytesMax <= kReceivedBytesMax,
              "one connection alone is never kept at a message at a time");
static_assert(kFrameBytesMax <= kQueuedBytesMax && kFrameBytesMax <= kIgnoredBytesMax);

// How often is looked who is silent; how long what is queued may take after the end.
inline constexpr std::chrono::milliseconds kSweepInterval{250};
inline constexpr std::chrono::seconds kStopGrace{2};
inline constexpr std::chrono::milliseconds kRoomPause{50};  // between looks for room

// What a peer shows of itself.
inline constexpr size_t kCertificateBytesMax = 8 * 1024;        // DER
inline constexpr size_t kCertificateChainBytesMax = 16 * 1024;  // its own and its authority's
inline constexpr size_t kResumptionBytesMax = 16 * 1024;        // kept by a device
static_assert(2 * kCertificateBytesMax <= kCertificateChainBytesMax);
static_assert(kCertificateBytesMax < kResumptionBytesMax, "it holds headquarters' certificate");
static_assert(kBookCodeBytesMax <= 64, "a unit's code is a name in a certificate (X.520)");

// An invitation as a file, its texts, how many addresses of headquarters it names.
inline constexpr size_t kInvitationBytesMax = 16 * 1024;
inline constexpr size_t kInvitationTextBytesMax = 256;
inline constexpr size_t kInvitationAddressesMax = 16;
static_assert((kInvitationAddressesMax + 3) * kInvitationTextBytesMax < kInvitationBytesMax);

}  // namespace sitelog::limits
