#pragma once

#include <chrono>

#include "sync/ledger/limits.hpp"

// What one asking of an operation may bring. A field's own bounds are its form's.
namespace sitelog {

// A text whose argument says nothing else: all that an entry holds.
inline constexpr int64_t kTextArgumentBytesMax = limits::kEntryBytesMax;
inline constexpr int64_t kFileArgumentBytesMax = 2 * 1024 * 1024;  // of a file's content
inline constexpr int64_t kPathBytesMax = 4096;
// UNIT/FORM/ID.
inline constexpr int64_t kRecordNameBytesMax =
    limits::kBookCodeBytesMax + limits::kNameBytesMax + 2 * 16 + 2;
// Of records that one name may mean.
inline constexpr size_t kRecordsToldMax = 20;
// Of the names in one call that no argument has.
inline constexpr size_t kUnknownNamesToldMax = 32;
// Of one line given to record.add_many; a longer one is given without its text, as "too_long".
inline constexpr size_t kBatchLineBytesMax = 1024 * 1024;
// One record with all its entries, as it is shown.
inline constexpr size_t kShownBytesMax = 6 * 1024 * 1024;
// One part of a record that is told in parts.
inline constexpr size_t kPartBytesMax = 1024 * 1024;
// One page of a list: lines, and what they say.
inline constexpr size_t kPageLines = 1000;
inline constexpr size_t kPageBytes = 1024 * 1024;  // as JSON in memory several times as much
// Of many that are saved: one commit, which others wait for. As many as fit in that time; and no
// more are looked at beforehand.
inline constexpr size_t kLinesInOneCommit = 500;
inline constexpr size_t kLineBytesInOneCommit = 1024 * 1024;
inline constexpr std::chrono::milliseconds kTimeInOneCommit{100};
// Of what is saved whole or not at all, which is one commit: at a site, where only its own people
// wait for that; and at headquarters, where all units do: lines, bytes of them, values they set.
inline constexpr size_t kLinesAllOrNothingMax = 20'000;
inline constexpr size_t kLinesWholeAmongUnitsMax = 2'000;
inline constexpr size_t kLineBytesWholeAmongUnitsMax = 1024 * 1024;
inline constexpr size_t kValuesWholeAmongUnitsMax = 30'000;
static_assert(kBatchLineBytesMax > 4 * limits::kEntryBytesMax, "no honest line is too long");

namespace limits {
// Of a list whose sums are asked for: so many records are looked at, beside all writing.
inline constexpr int64_t kSummedRecordsMax = 200'000;
// Writes by a key of the asker's own that are remembered: in all, of one account, and for how long;
// and an answer that is kept with one.
inline constexpr size_t kAskedKept = 4096;
inline constexpr size_t kAskedOfAccount = 256;
inline constexpr int64_t kAskedKeptMs = int64_t{24} * 3600 * 1000;
inline constexpr size_t kAskedAnswerBytesMax = 8 * 1024;
}  // namespace limits

}  // namespace sitelog
