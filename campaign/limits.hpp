#pragma once

#include "sync/ledger/limits.hpp"

// What a campaign's definition, a list of units and what people type may be.
namespace sitelog::limits {

inline constexpr size_t kDefinitionBytesMax = 256 * 1024;  // of TOML
// Dotted keys nest a table a dot; the library unfolds them by recursion.
inline constexpr size_t kDefinitionDotsMax = 4096;
inline constexpr int64_t kDefinitionNumberMax = 1'000'000'000;  // quotas, bounds of a field

// What is published is one entry, with the record's id and what it replaces.
inline constexpr size_t kPublishedBytesMax = 60 * 1024;
static_assert(kPublishedBytesMax + 2048 < kEntryBytesMax);
// What people read of a definition, in characters.
inline constexpr size_t kTitleLengthMax = 200;
inline constexpr size_t kLabelLengthMax = 100;
inline constexpr size_t kBannerLengthMax = 300;
inline constexpr size_t kChoicesMax = 500;      // of one vocabulary
inline constexpr size_t kReportCellsMax = 400;  // kinds × levels: the columns of a report
// Each field may be assigned and explained, in one entry with the campaign.
inline constexpr size_t kFormFieldsMax = (kAssignmentsMax - 1) / 2;

inline constexpr size_t kUnitsFileBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kUnitNameLengthMax = 200;  // in characters
// Levels of the tree of units. A country has five (state, province, city, county, township) and an
// enterprise below one of them at most seven (group, company, branch, mine, section, crew, post):
// twelve, and more than as many again.
inline constexpr size_t kUnitLevelsMax = 32;
inline constexpr size_t kUnitNoticesMax = 20;      // told at once
inline constexpr int64_t kPreviewLinesMax = 1000;  // of what an import would change

inline constexpr size_t kExplanationLengthMax = 1000;  // in characters, of an unusual value
static_assert(4 * kExplanationLengthMax < kEntryBytesMax && 4 * kUnitNameLengthMax < kEntryBytesMax,
              "four bytes a character at most");

// One record's number, as it is counted: sums over any book stay far from overflow.
inline constexpr int64_t kCountMax = 1'000'000'000;
static_assert(kCountMax <= INT64_MAX >> 32);

}  // namespace sitelog::limits
