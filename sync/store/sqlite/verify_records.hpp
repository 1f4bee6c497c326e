#pragma once

// Internal to store: verify's work on records, a part of them at a time.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/merge/text_pairs.hpp"
#include "sync/store/sqlite/verify_report.hpp"

namespace sitelog {

// Of records by their numbers, a sum over the pairs of characters by which their texts are to be
// found: parts of it are worked out by several threads, each its own.
using TextSums = std::vector<uint64_t>;
uint64_t text_sum(const RecordState& state);
uint64_t text_sum(TextPair pair);  // of one alone

// What the records of a part come to.
struct RecordSums {
  int64_t records = 0;                                   // merged or not
  std::map<int64_t, Hash> digests;                       // by book
  std::map<int64_t, int64_t> counted;                    // merged, of campaign forms, by book
  std::map<std::pair<int64_t, TallyKey>, Sums> tallies;  // by book and key

  void add(const RecordSums& other);
};

// Both are multiples of kRecordsOfPage.
//
// Merges the records with first <= record_id < end anew from their entries and compares: each entry
// stands under its own record and is in quarantine exactly when the judge says so; document, heads,
// list, conflicts and what they are found by
// are those of the merge.
RecordSums verify_records(Database& database, StreamTable& streams, MergeWork& work,
                          const Catalogue& catalogue, int64_t first, int64_t end,
                          VerifyReport& report, TextSums* texts);

// A segment of the index of texts, whose words one thread looks at by itself.
struct TextCheck {
  static constexpr int64_t kNone = -1;  // what it says of this one counts for nothing
  int64_t segment = 0;
  std::vector<int64_t> records = {};  // by their places
};
// All of them; nothing where records are left out, or others are in them than there are.
std::optional<std::vector<TextCheck>> texts_to_check(Database& database, const TextSums& right);
// Whether its records are found by what `right` says of them. Throws StoreError where it does not
// read back.
bool are_right(Database& database, const TextCheck& check, const TextSums& right);

// Entries that stand under no record, because their bytes have no meaning here.
void verify_unread_entries(Database& database, StreamTable& streams, MergeWork& work,
                           const Catalogue& catalogue, VerifyReport& report);

}  // namespace sitelog
