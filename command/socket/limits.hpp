#pragma once

#include "sync/ledger/limits.hpp"

// What crosses the local socket.
namespace sitelog {

inline constexpr size_t kLocalLineBytesMax = 8 * 1024 * 1024;  // either direction, without the LF
inline constexpr size_t kLocalConnectionsMax = 16;             // served at once; others wait
inline constexpr int kLocalRequestTimeoutMs = 10'000;  // from connecting to the end of the request
inline constexpr int kLocalAcceptTimeoutMs = 10'000;   // without any answer, until given up
// How long an answer may go unread, once all places are taken and somebody waits for one.
inline constexpr int kLocalUnreadMs = 5'000;
inline constexpr int kLocalStopGraceMs = 5'000;  // for operations to end when stopping
static_assert(6 * limits::kEntryBytesMax < kLocalLineBytesMax,
              "JSON makes six bytes of one at most: all that an entry says fits a line");

}  // namespace sitelog
