#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

// What signing in takes, how long it holds, and how much is kept of it.
namespace sitelog::limits {

inline constexpr size_t kPeopleMax = 20'000;
inline constexpr size_t kRolesOfAccountMax = 64;
inline constexpr size_t kTokensOfAccountMax = 32;
inline constexpr size_t kTokenOperationsMax = 64;

// Argon2id (RFC 9106) as OWASP asks for: a try takes about 30 ms. Two at a time take 38 MiB.
inline constexpr uint32_t kArgonMemoryKib = 19 * 1024;
inline constexpr uint32_t kArgonPasses = 2;
inline constexpr int kArgonAtOnce = 2;
inline constexpr size_t kPasswordLengthMin = 10;  // characters
inline constexpr size_t kPasswordBytesMax = 256;

// A session ends when nothing was asked in it for so long, and in any case after a working day.
inline constexpr std::chrono::minutes kSessionIdle{60};
inline constexpr std::chrono::hours kSessionMost{12};
inline constexpr size_t kSessionsOfAccountMax = 32;  // the one idle for longest makes room
inline constexpr size_t kSessionsMax = 20'000;
inline constexpr std::chrono::hours kSetupMost{72};
inline constexpr std::chrono::seconds kSecondFactorOffered{600};  // to show a first code
inline constexpr int64_t kTokenDaysDefault = 90;
inline constexpr int64_t kTokenDaysMax = 366;

// After so many wrong tries for one account from one address the next has to wait: a second, then
// twice as long each time. Others, and the same account from elsewhere, go on.
inline constexpr int kFreeTries = 5;
inline constexpr std::chrono::seconds kWaitFirst{1};
inline constexpr std::chrono::minutes kWaitMost{15};
// Wrong tries from one address for accounts that never signed in there: so many at once, then one
// in so long.
inline constexpr int kTriesOfAddress = 40;
inline constexpr std::chrono::seconds kTryOfAddressEvery{5};
inline constexpr size_t kTriesToldFrom = 8;   // addresses that an account's owner is told
inline constexpr size_t kEndedKept = 10'000;  // sessions that were ended, in case they are shown
inline constexpr size_t kTriesKept = 50'000;  // pairs of account and address that are remembered

// The audit list: what strangers can make it say in an hour; the rest is counted.
inline constexpr int kStrangersLinesMax = 1'000;
inline constexpr uint64_t kAuditPieceBytes = 16 * 1024 * 1024;  // then another file goes on
inline constexpr size_t kAuditTextBytesMax = 400;  // of one thing that is named in a line

}  // namespace sitelog::limits
