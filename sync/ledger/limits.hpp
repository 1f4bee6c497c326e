#pragma once

#include <cstddef>
#include <cstdint>

// Every limit of what is stored and sent. A peer past one is refused with Reason::kTooLarge or
// Reason::kMalformed; an author past one is told before anything is saved.
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

// What one signature covers: a device signs its head at least this often as entries leave it. Also
// what a link must carry at once for anything to get ahead: 128 KiB are some 50 KB as sent.
inline constexpr size_t kSignedSpanEntriesMax = 512;
inline constexpr size_t kSignedSpanBytesMax = 128 * 1024;

// One batch of entries of one stream, as one frame carries it. Twice a span: where a stream was
// forked, a batch may run across the fork to the next signed head.
inline constexpr size_t kBatchEntriesMax = 2 * kSignedSpanEntriesMax;
inline constexpr size_t kBatchBytesMax = 2 * 448 * 1024;  // earlier spans were of 448 KiB

// One frame on a connection, and what it may unfold to.
inline constexpr size_t kMessageBytesMax = 1024 * 1024;          // after decompression
inline constexpr size_t kFrameBytesMax = kMessageBytesMax + 16;  // as sent

// One session.
inline constexpr size_t kBooksMax = 4096;             // in one Hello
inline constexpr size_t kTipsMax = 4096;              // in one book's vector; two fit a message
inline constexpr size_t kStreamsOfDeviceMax = 64;     // of one device in one book: epochs, forks
inline constexpr size_t kRefusalTextBytesMax = 1024;  // of a refusal's text and of each argument
inline constexpr size_t kRefusalArgsMax = 16;
inline constexpr size_t kRefusalsKeptMax = 256;          // of one book, to be told
inline constexpr size_t kSecretBytesMax = 64;            // of an invitation
inline constexpr size_t kLocatorMax = 64;                // sampled entries in one Locate
inline constexpr size_t kUnacknowledgedBatchesMax = 16;  // sent and not yet acknowledged
inline constexpr int64_t kIdleTimeoutMs = 90'000;        // silence after which a peer is given up
inline constexpr int64_t kPingIntervalMs = 30'000;
inline constexpr int64_t kHandshakeTimeoutMs = 20'000;

// Clocks: a device further off than this gets a correction entry at contact.
inline constexpr int64_t kClockOffsetToleratedMs = 60'000;
// A hybrid time further ahead of the local clock than this is not adopted.
inline constexpr int64_t kHybridAheadMaxMs = 24 * 3600 * 1000;

}  // namespace sitelog::limits
