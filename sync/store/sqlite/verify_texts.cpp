#include <algorithm>

#include "sync/merge/forms.hpp"
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
    Ascending places(words.view(1));
    while (const auto place = places.next()) {
      if (*place >= static_cast<int64_t>(records)) {
        throw StoreError(StoreError::Kind::kDamaged, "a word of a record that is not there");
      }
      out[static_cast<size_t>(*place)] += sum;
    }
    if (!places.is_whole()) {
      throw StoreError(StoreError::Kind::kDamaged, "a word's records do not read back");
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

// Pairs, each counted once. Where they are many they are sorted instead: whoever writes a text
// could choose pairs that all meet in one place of the table, which is not to cost more than a few
// thousand of them do.
class PairSum {
 public:
  uint64_t of(std::vector<TextPair>& pairs) {
    if (pairs.size() > kFewMax) {
      std::sort(pairs.begin(), pairs.end());
      pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
      uint64_t out = 0;
      for (const TextPair pair : pairs) out += text_sum(pair);
      return out;
    }
    size_t size = kSmallest;
    while (size < 2 * pairs.size()) size *= 2;
    slots_.assign(size, kNone);
    uint64_t out = 0;
    for (const TextPair pair : pairs) {
      const uint64_t sum = text_sum(pair);
      size_t at = (sum >> 32) & (size - 1);
      while (slots_[at] != kNone && slots_[at] != pair) at = (at + 1) & (size - 1);
      if (slots_[at] == pair) continue;
      slots_[at] = pair;
      out += sum;
    }
    return out;
  }

 private:
  static constexpr size_t kFewMax = 4096;
  static constexpr size_t kSmallest = 256;
  static constexpr TextPair kNone = ~TextPair{0};  // is no pair: they have 42 bits

  std::vector<TextPair> slots_;
};

}  // namespace

uint64_t text_sum(TextPair pair) {
  constexpr uint64_t kMix = 0x9E3779B97F4A7C15;
  const uint64_t mixed = (pair + 1) * kMix;
  return (mixed ^ mixed >> 29) * kMix;
}

uint64_t text_sum(const RecordState& state) {
  thread_local std::vector<TextPair> pairs;
  thread_local PairSum sum;
  pairs.clear();
  for (const auto& [field, value] : state.fields) {
    if (is_reserved_field(field) || !value.shown) continue;
    each_text(*value.shown, [](std::string_view text) { add_pairs(text, pairs); });
  }
  return sum.of(pairs);
}

// Of what a newer segment has, an older one may say anything; of what waits to be indexed anew,
// all.
std::optional<std::vector<TextCheck>> texts_to_check(Database& database, const TextSums& right) {
  std::vector<TextCheck> out;
  Marks covered(right.size()), waiting(right.size());
  Statement changed(database, "SELECT record_id FROM unindexed");
  while (changed.step()) waiting.add(changed.number(0));
  Statement segments(database,
                     "SELECT segment, records FROM segments WHERE records IS NOT NULL"
                     " ORDER BY segment DESC");
  while (segments.step()) {
    out.push_back({segments.number(0), numbers_of(segments.view(1))});
    for (int64_t& record : out.back().records) {
      if (!covered.is_known(record)) return std::nullopt;
      const bool counts = !covered.has(record) && !waiting.has(record);
      covered.add(record);
      if (!counts) record = TextCheck::kNone;
    }
  }
  Statement up_to(database, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1");
  const int64_t all = up_to.with(kTextUpToKey).number_or(0);
  if (all < 0 || all >= static_cast<int64_t>(right.size())) return std::nullopt;
  for (int64_t record = 1; record <= all; ++record) {
    if (!covered.has(record) && !waiting.has(record)) return std::nullopt;
  }
  return out;
}

bool are_right(Database& database, const TextCheck& check, const TextSums& right) {
  Statement words(database,
                  "SELECT word_id, records FROM words WHERE word_id >= ?1 AND word_id < ?2");
  const auto kept = sums_of(words, check.segment, check.records.size());
  for (size_t i = 0; i < kept.size(); ++i) {
    const int64_t record = check.records[i];
    if (record != TextCheck::kNone && kept[i] != right[static_cast<size_t>(record)]) return false;
  }
  return true;
}

}  // namespace sitelog
