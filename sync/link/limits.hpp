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

// Who has not proved yet who they are: at a time, at the door beside them, and of one address. A
// handshake takes a site a second at worst, so an address through which 250 sites come within one
// second is not slowed down: 12,000 sites that all come back at once through one address are let in
// within a minute, and a mine of 200 behind one address never notices.
inline constexpr size_t kUnprovenMax = 1024;
inline constexpr size_t kUnprovenOfAddressMax = 256;
inline constexpr size_t kAtTheDoorMax = 1024;
inline constexpr size_t kAtTheDoorOfAddressMax = 768;
static_assert(kUnprovenOfAddressMax * 4 <= kUnprovenMax, "one address leaves room for others");
static_assert(kAtTheDoorOfAddressMax < kAtTheDoorMax);
// Where its place is wanted, one who speaks has this long to prove who it is: three times what a
// handshake takes over a satellite. One who says nothing goes at once.
inline constexpr std::chrono::seconds kUnprovenPatience{3};
inline constexpr std::chrono::seconds kAtTheDoorTime{15};  // then it may try again

// A frame before that, as it is, never compressed. A request to join takes 600 bytes at most; a
// site's Hello some 300, one that names as many books as it may just this.
inline constexpr size_t kJoinFrameBytesMax = 2 * 1024;
inline constexpr size_t kHelloFrameBytesMax = kBooksMax * (kBookCodeBytesMax + 38) + 1024;
static_assert(kHelloFrameBytesMax < kMessageBytesMax / 2);

// Requests to join that are decided at a time, that wait, and of one address. Each is decided
// within milliseconds: a mine that enrols its 200 devices in one minute has one under way.
inline constexpr size_t kJoinsMax = 8;
inline constexpr size_t kJoinsOfAddressMax = 4;
inline constexpr size_t kJoinsWaitingMax = 256;
inline constexpr size_t kJoinsWaitingOfAddressMax = 128;
static_assert(kJoinsOfAddressMax < kJoinsMax && kJoinsWaitingOfAddressMax < kJoinsWaitingMax);

// What reading one connection's frames may take of the thread's time before that connection is put
// off, and how many times as long: nobody keeps more than a ninth of it busy. The largest honest
// batch takes 4 ms, and is put off for no longer than the store needs for it.
inline constexpr std::chrono::milliseconds kReadingMax{8};
inline constexpr int kReadingPause = 8;

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
