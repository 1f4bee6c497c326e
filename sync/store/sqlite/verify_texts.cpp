#include <algorithm>

#include "sync/store/sqlite/text_search.hpp"
#include "sync/store/sqlite/verify_records.hpp"

namespace sitelog {

namespace {

// Of each of a segment's records, by their places, what its words come to.
TextSums sums_of(Statement& words, int64_t segment, size_t records) {
  TextSums out(records);
  words.with(word_id(segment, 0), word_id(segment + 1, 0));
  while (words.step()) {
    const uint64_t sum = text_sum(pair_of_word(words.number(0)));
    for (const int64_t place : numbers_of(words.view(1))) {
      if (place >= static_cast<int64_t>(records)) {
        throw StoreError(StoreError::Kind::kDamaged, "a word of a record that is not there");
      }
      out[static_cast<size_t>(place)] += sum;
    }
  }
  return out;
}

// Records by their numbers; those beyond are in it.
class Marks {
 public:
  explicit Marks(size_t size) : marks_(size) {}
  bool has(int64_t record) const {
    return !is_known(record) || marks_[static_cast<size_t>(record)];
  }
  void add(int64_t record) {
    if (is_known(record)) marks_[static_cast<size_t>(record)] = true;
  }
  bool is_known(int64_t record) const {
    return record >= 0 && record < static_cast<int64_t>(marks_.size());
  }

 private:
  std::vector<bool> marks_;
};

// Of what a newer segment has, an older one may say anything; of what waits to be indexed anew,
// all.
bool are_right(Database& database, const TextSums& right) {
  Marks covered(right.size()), waiting(right.size());
  Statement changed(database, "SELECT record_id FROM unindexed");
  while (changed.step()) waiting.add(changed.number(0));
  Statement segments(database,
                     "SELECT segment, records FROM segments WHERE records IS NOT NULL"
                     " ORDER BY segment DESC");
  Statement words(database,
                  "SELECT word_id, records FROM words WHERE word_id >= ?1 AND word_id < ?2");
  while (segments.step()) {
    const auto records = numbers_of(segments.view(1));
    const auto kept = sums_of(words, segments.number(0), records.size());
    for (size_t i = 0; i < records.size(); ++i) {
      const int64_t record = records[i];
      if (!covered.is_known(record)) return false;
      if (covered.has(record)) continue;
      covered.add(record);
      if (!waiting.has(record) && kept[i] != right[static_cast<size_t>(record)]) return false;
    }
  }
  Statement up_to(database, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1");
  const int64_t all = up_to.with(kTextUpToKey).number_or(0);
  if (all < 0 || all >= static_cast<int64_t>(right.size())) return false;
  for (int64_t record = 1; record <= all; ++record) {
    if (!covered.has(record) && !waiting.has(record)) return false;
  }
  return true;
}

}  // namespace

void verify_texts(Database& database, const TextSums& right, VerifyReport& report) {
  if (are_right(database, right)) return;
  report.find("record", in_table("words"), N_("what texts are found by is not what records say"));
}

}  // namespace sitelog
