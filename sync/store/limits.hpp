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

// Connections that are kept for the next who read; each takes 300 KiB, and what it has read lately.
inline constexpr size_t kIdleReadersMax = 2;

// Its time, in microseconds. What a payer's works have cost lately, where each second's cost
// counts half after kCostHalvesUs, and what that may come to before it is served by itself. A
// device that sends a batch of 500 entries costs some 20 ms, so 50 of them within seconds: a site's
// work of a week. Ten years of a site's daily syncs never come to a tenth. A first upload of more
// than some 25,000 entries does: it goes on as fast as ever where nobody else is about, and
// gives way to those who are.
inline constexpr int64_t kCostAllowedUs = 1'000'000;
inline constexpr int64_t kCostHalvesUs = 10'000'000;
// However much one work cost, its payer is within its allowance again 40 s later, and so is
// never put off longer than that.
inline constexpr int64_t kCostUsMax = 16 * kCostAllowedUs;
// How long those over their allowance take in one transaction, as far as can be told from what they
// took before; then the others have twice as long as it was, where one came within kOthersAboutUs.
inline constexpr int64_t kOverGroupUsMax = 250'000;
inline constexpr int64_t kOthersAboutUs = 1'000'000;
// While people write as well, within kOthersAboutUs, what devices bring takes no longer in one
// transaction: people wait for the one that is under way and then for their own.
inline constexpr int64_t kBesidePeopleUsMax = 100'000;
// How much longer those over their allowance wait for people, who bring one after the other.
inline constexpr int64_t kOverWaitUsMax = 2'000'000;
inline constexpr size_t kPayersMax = 4096;  // after which those that cost little are forgotten

// Streams and branches of one device in one book that any replica takes. Seventy machines made from
// one joined image that are put back to it every morning make as many in ten years; each takes 600
// bytes of memory.
inline constexpr size_t kStreamsOfDeviceMax = 1 << 18;

// Clocks, at headquarters, in milliseconds. What claims to be from further ahead than this is held
// to when it came. A device's clock is put right where it is a minute off
// (kClockOffsetToleratedMs), so an honest one is never so far ahead but before its first contact,
// or when it is turned while it is connected.
inline constexpr int64_t kClockAheadToleratedMs = 5 * 60 * 1000;
static_assert(kClockAheadToleratedMs > 2 * kClockOffsetToleratedMs);
// What headquarters says of one device's clock costs everybody in the unit an entry each time. A
// tablet whose clock is wrong and that is started anew before each contact needs one a day.
inline constexpr int64_t kClockWordsAtOnce = 32;
inline constexpr int64_t kClockWordsApartMs = 60 * 60 * 1000;
// A clock of headquarters' own that has gone back says nothing of devices' clocks for so long: an
// office whose computer forgets the time has that seen to within a month.
inline constexpr int64_t kClockDoubtedMs = int64_t{30} * 24 * 3600 * 1000;

// How much headquarters keeps of one device in one book before somebody there says that it may be
// more. A crew of 50 records a day, each changed twice, comes to 550,000 entries and some 300 MB in
// ten years; the largest first upload that was ever measured is 1,000,000 entries.
inline constexpr uint64_t kDeviceEntriesMax = 2'000'000;
inline constexpr uint64_t kDeviceBytesMax = uint64_t{4} * 1024 * 1024 * 1024;
// One machine that is put back every morning makes 3,650 in ten years.
inline constexpr uint64_t kDeviceStreamsMax = 4096;
static_assert(kDeviceStreamsMax <= kStreamsOfDeviceMax);
// For each stream that is allowed, so many entries past those that a grant can list: all of these
// are judged again, in a second or so, when the device is held up, admitted or revoked. Such a
// machine comes to it in ten years if it records thirteen a day.
inline constexpr uint64_t kUnlistedEntriesOfStream = 10;
// Of one record, what so many chains may say (limits::kRecordEntriesOfChainMax): merged anew with
// each further entry, it takes a fifth of a second. Somebody who corrects one record every day gets
// there in twenty years.
inline constexpr uint64_t kDeviceChainsOfRecordMax = 8;

// Of records in conflict, so many entries of its own, and so many bytes for each of them: whatever
// has these records merged anew, as each word on a clock does, takes half a second. Of a crew that
// changes a record on two tablets at once every day and never decides anything there are 7,300 in
// ten years, of some 300 bytes each.
inline constexpr uint64_t kDeviceContendedMax = 8192;
inline constexpr uint64_t kContendedEntryBytes = 1024;

// Of headquarters' disk this much is left to its own people and its log: devices' entries wait
// where less is free. A group of works takes some tens of MiB at most, with all that follows.
inline constexpr uint64_t kDiskReserveBytesMax = uint64_t{1024} * 1024 * 1024;
constexpr uint64_t disk_reserve(uint64_t disk_bytes) {
  const uint64_t part = disk_bytes / 32;
  return part < kDiskReserveBytesMax ? part : kDiskReserveBytesMax;
}

// What a record may say, or a conflict, to be listed with all of it: four times as much as honest
// ones do.
inline constexpr size_t kListedBytesMax = 512 * 1024;

inline constexpr size_t kAgreementKeysMax = 64;  // that a device's grant ever takes

}  // namespace sitelog::limits
