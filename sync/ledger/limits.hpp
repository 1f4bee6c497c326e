#pragma once

#include <cstddef>
#include <cstdint>

// Every limit of what is stored and sent. A peer past one is refused with Reason::kTooLarge or
// Reason::kMalformed; an author past one is told before anything is saved. What one process holds
// at a time for its connections and its store is bounded in sync/link/limits.hpp and
// sync/store/limits.hpp, what crosses the local socket in command/socket/limits.hpp.
namespace sitelog::limits {

// One entry.
inline constexpr size_t kEntryBytesMax = 64 * 1024;  // encoded; about 20,000 Chinese characters
inline constexpr size_t kAssignmentsMax = 256;       // of one entry
inline constexpr size_t kSeenMax = 1024;             // earlier entries one entry refers to
inline constexpr size_t kNameBytesMax = 64;          // a field's, a form's, a member's name
inline constexpr size_t kPersonBytesMax = 256;
inline constexpr size_t kListItemsMax = 512;
inline constexpr int kValueDepthMax = 4;  // structures inside structures
inline constexpr size_t kBookCodeBytesMax = 64;
// An entry's number in its stream: 40 bits, so that stores can name an entry by stream and number.
inline constexpr uint64_t kSequenceMax = (uint64_t{1} << 40) - 1;
// An entry may name all it may refer to, and assign as many fields as it may with their names.
static_assert(kSeenMax * 18 + kAssignmentsMax * (kNameBytesMax + 32) <= kEntryBytesMax);

// By judging rules 2 (docs/merge.md). A text that counts are kept by:
inline constexpr size_t kKeyBytesMax = 64;
// What one chain may say of one record. Somebody who corrects one record every day gets there in
// three years, or who writes a page of 20,000 characters into it for the sixteenth time; they go on
// in a new stream without knowing.
inline constexpr uint64_t kRecordEntriesOfChainMax = 1000;
inline constexpr uint64_t kRecordBytesOfChainMax = 1024 * 1024;
// By rules 3. A form of 40 fields, all of them corrected a hundred times.
inline constexpr uint64_t kRecordAssignmentsOfChainMax = 4096;

// What one signature covers: a device signs its head at least this often as entries leave it. Also
// what a link must carry at once for anything to get ahead: 128 KiB are some 50 KB as sent.
inline constexpr size_t kSignedSpanEntriesMax = 512;
inline constexpr size_t kSignedSpanBytesMax = 128 * 1024;
static_assert(kEntryBytesMax <= kSignedSpanBytesMax, "every entry fits a span");

// One batch of entries of one stream, as one frame carries it. Twice a span: where a stream was
// forked, a batch may run across the fork to the next signed head.
inline constexpr size_t kBatchEntriesMax = 2 * kSignedSpanEntriesMax;
inline constexpr size_t kBatchBytesMax = 2 * 448 * 1024;  // earlier spans were of 448 KiB
static_assert(2 * kSignedSpanEntriesMax <= kBatchEntriesMax &&
              2 * kSignedSpanBytesMax <= kBatchBytesMax);

// One frame on a connection, and what it may unfold to.
inline constexpr size_t kMessageBytesMax = 1024 * 1024;          // after decompression
inline constexpr size_t kFrameBytesMax = kMessageBytesMax + 16;  // as sent
static_assert(kFrameBytesMax <= UINT32_MAX, "a frame says its length in four bytes");
// An entry takes four bytes beside its own, or 44 where these are erased and its digest stands for
// them; all else of a batch is a few hundred bytes.
static_assert(kBatchBytesMax + 44 * kBatchEntriesMax + 1024 <= kMessageBytesMax);

// One session.
inline constexpr size_t kBooksMax = 4096;  // in one Hello
inline constexpr size_t kTipsMax = 4096;   // in one message; twice that many fit
// Of a vector more are said by digests of its parts (sync/ledger/tip_tree.hpp).
inline constexpr size_t kTipsListedMax = 64;
inline constexpr size_t kRangesMax = 16 * 1024;       // of one vector, that one session speaks of
inline constexpr size_t kRefusalTextBytesMax = 1024;  // of a refusal's text and of each argument
inline constexpr size_t kRefusalArgsMax = 16;
inline constexpr size_t kRefusalsKeptMax = 256;          // of one book, to be told
inline constexpr size_t kSecretBytesMax = 64;            // of an invitation
inline constexpr size_t kLocatorMax = 64;                // sampled entries in one Locate
inline constexpr size_t kUnacknowledgedBatchesMax = 16;  // sent and not yet acknowledged
inline constexpr int64_t kIdleTimeoutMs = 90'000;        // silence after which a peer is given up
inline constexpr int64_t kPingIntervalMs = 30'000;
inline constexpr int64_t kHandshakeTimeoutMs = 20'000;
inline constexpr int64_t kStalledTimeoutMs = 60'000;  // while a peer takes nothing of what is sent
// While it answers nothing of what it was asked, though it is there. The longest frame comes in
// time over a link that carries kSlowestBytesPerSecond, an eighth of 64 kbit/s; what is still to go
// out has its own time, by the same measure.
inline constexpr int64_t kAnswerTimeoutMs = 20 * 60'000;
inline constexpr int64_t kSlowestBytesPerSecond = 1'000;
// On the wire a tip takes at most 74 bytes, a book's digest 38 beside the book's name, a sample of
// a Locate 27.
static_assert(2 * kTipsMax * 74 <= kMessageBytesMax);
static_assert(kBooksMax * (kBookCodeBytesMax + 38) + 1024 <= kMessageBytesMax);
static_assert(kLocatorMax * 27 + 1024 <= kMessageBytesMax);
static_assert((kRefusalArgsMax + 1) * (kRefusalTextBytesMax + 3) + 1024 <= kMessageBytesMax);
static_assert(kTipsListedMax <= kTipsMax, "what is listed fits a message");
static_assert(2 * kPingIntervalMs < kIdleTimeoutMs, "one lost Ping gives nobody up");
static_assert(kHandshakeTimeoutMs < kIdleTimeoutMs);
static_assert(int64_t{kFrameBytesMax} / kSlowestBytesPerSecond * 1'000 + kIdleTimeoutMs <
                  kAnswerTimeoutMs,
              "the longest frame comes in time, and leaves the other end some of it");

// Clocks: a device further off than this gets a correction entry at contact.
inline constexpr int64_t kClockOffsetToleratedMs = 60'000;
// A hybrid time further ahead of the local clock than this is not adopted.
inline constexpr int64_t kHybridAheadMaxMs = 24 * 3600 * 1000;

}  // namespace sitelog::limits
