#include "sync/store/sqlite/text_search.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sync/store/sqlite/record_traits.hpp"
#include "sync/store/sqlite/seen_records.hpp"

namespace sitelog {

namespace {

// Segments of fewer records are small; so many of them are made one.
constexpr size_t kSmallBelow = kRecordsOfSegmentMax / 2;
constexpr size_t kSmallMax = 8;

[[noreturn]] void raise_damaged() {
  throw StoreError(StoreError::Kind::kDamaged, "what texts are found by does not read back");
}

// Gathers the words of a segment's records, which come one after the other. Open addressing: some
// 300 pairs a record, of which nearly all were there before.
class WordTable {
 public:
  WordTable() : slots_(kFirstSize) {}

  void add(TextPair pair, int64_t place) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    Slot& slot = find(slots_, pair);
    if (slot.last < 0) {
      slot.pair = pair;
      ++used_;
    } else if (slot.last == place) {
      return;
    }
    add_ascending(place, slot.last, slot.records);
    slot.last = place;
  }

  std::vector<TextSegment::Word> take() {
    std::vector<TextSegment::Word> out;
    out.reserve(used_);
    for (Slot& slot : slots_) {
      if (slot.last >= 0) out.push_back({slot.pair, std::move(slot.records)});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.pair < b.pair; });
    return out;
  }

 private:
  static constexpr size_t kFirstSize = 1 << 12;
  struct Slot {
    TextPair pair = 0;
    int64_t last = -1;
    std::string records;
  };

  static Slot& find(std::vector<Slot>& slots, TextPair pair) {
    constexpr uint64_t kMix = 0x9E3779B97F4A7C15;
    for (size_t at = (pair * kMix) >> 20;; ++at) {
      Slot& slot = slots[at & (slots.size() - 1)];
      if (slot.last < 0 || slot.pair == pair) return slot;
    }
  }
  void grow() {
    std::vector<Slot> larger(2 * slots_.size());
    for (Slot& slot : slots_) {
      if (slot.last >= 0) find(larger, slot.pair) = std::move(slot);
    }
    slots_ = std::move(larger);
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

}  // namespace

void add_ascending(int64_t number, int64_t last, std::string& out) {
  auto distance = static_cast<uint64_t>(number - last);
  for (; distance >= 0x80; distance >>= 7) out += static_cast<char>((distance & 0x7F) | 0x80);
  out += static_cast<char>(distance);
}

std::string ascending(const std::vector<int64_t>& numbers) {
  std::string out;
  int64_t last = -1;
  for (const int64_t number : numbers) add_ascending(number, std::exchange(last, number), out);
  return out;
}

std::vector<int64_t> numbers_of(std::string_view ascending) {
  std::vector<int64_t> out;
  Ascending numbers(ascending);
  while (const auto number = numbers.next()) out.push_back(*number);
  if (!numbers.is_whole()) raise_damaged();
  return out;
}

TextSearch::TextSearch(Database& database)
    : database_(database),
      word_(database, "SELECT records FROM words WHERE word_id = ?1"),
      words_(database, "SELECT records FROM words WHERE word_id >= ?1 AND word_id < ?2") {}

std::vector<TextSearch::Segment> TextSearch::segments() {
  std::vector<Segment> out;
  Statement rows(database_,
                 "SELECT segment, records FROM segments WHERE records IS NOT NULL"
                 " ORDER BY segment DESC");
  while (rows.step()) {
    out.push_back({rows.number(0), numbers_of(rows.view(1))});
    if (out.back().records.size() > kRecordsOfSegmentMax) raise_damaged();
  }
  return out;
}

int64_t TextSearch::up_to() {
  Statement row(database_, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1");
  return row.with(kTextUpToKey).number_or(0);
}

int64_t TextSearch::last_record() {
  return Statement(database_, "SELECT max(record_id) FROM records").number_or(0);
}

std::vector<bool> TextSearch::places(const Segment& segment, const SoughtPairs& sought) {
  std::vector<bool> out(segment.records.size());
  const auto take = [&](std::string_view bytes, std::vector<bool>& into) {
    Ascending places(bytes);
    while (const auto place = places.next()) {
      if (*place >= static_cast<int64_t>(into.size())) raise_damaged();
      into[static_cast<size_t>(*place)] = true;
    }
    if (!places.is_whole()) raise_damaged();
  };
  if (sought.any_of_first) {
    const TextPair first = TextPair{*sought.any_of_first} << kCharacterBits;
    words_.with(word_id(segment.segment, first),
                word_id(segment.segment, first + (TextPair{1} << kCharacterBits)));
    while (words_.step()) take(words_.view(0), out);
    words_.restart();
    return out;
  }
  bool begun = false;
  for (const TextPair pair : sought.pairs) {
    std::vector<bool> with(out.size());
    word_.with(word_id(segment.segment, pair));
    const bool any = word_.step();
    if (any) take(word_.view(0), with);
    word_.restart();
    if (!any) return std::vector<bool>(out.size());
    if (std::exchange(begun, true)) {
      for (size_t i = 0; i < out.size(); ++i) out[i] = out[i] && with[i];
    } else {
      out = std::move(with);
    }
  }
  return out;
}

TextSearch::Found TextSearch::find(std::string_view wanted, int64_t last) {
  const SoughtPairs pairs = sought_pairs(wanted);
  const int64_t pages = last / kRecordsOfPage + 1;
  Found out{RecordSet(pages), RecordSet(pages)};
  // What a newer segment has of a record is what holds.
  RecordSet covered(pages);
  for (const Segment& segment : segments()) {
    const auto hits = places(segment, pairs);
    for (size_t i = 0; i < segment.records.size(); ++i) {
      const int64_t record = segment.records[i];
      if (record > last || covered.has(record)) continue;
      covered.set(record, true);
      if (!hits[i]) continue;
      out.records.set(record, true);
      if (!pairs.exact) out.unsure.set(record, true);
      out.any_unsure = out.any_unsure || !pairs.exact;
    }
  }
  const auto look_at = [&](int64_t record) {
    if (record > last || record < 0) return;
    out.records.set(record, true);
    out.unsure.set(record, true);
    out.any_unsure = true;
  };
  Statement changed(database_, "SELECT record_id FROM unindexed");
  while (changed.step()) look_at(changed.number(0));
  for (int64_t record = up_to() + 1; record <= last; ++record) look_at(record);
  return out;
}

// A segment for each few records makes many of them, each of which every search asks.
void TextSearch::join_small(size_t most, TextSegment& out) {
  std::vector<Segment> small = segments();
  std::erase_if(small, [](const Segment& each) { return each.records.size() >= kSmallBelow; });
  if (small.size() < kSmallMax) return;
  std::set<int64_t> all(out.records.begin(), out.records.end());
  for (const Segment& each : small) {
    if (all.size() + each.records.size() > most) break;
    all.insert(each.records.begin(), each.records.end());
    out.instead.push_back(each.segment);
  }
  out.records.assign(all.begin(), all.end());
}

std::optional<TextSegment> TextSearch::gather(size_t most) {
  TextSegment out;
  std::map<int64_t, int64_t> changes;
  Statement changed(database_, "SELECT record_id, changes FROM unindexed ORDER BY record_id");
  const int64_t last = last_record();
  out.up_to = up_to();
  while (changed.step()) changes[changed.number(0)] = changed.number(1);
  for (const auto& [record, times] : changes) {
    if (record > out.up_to || out.records.size() >= most) break;
    out.records.push_back(record);
  }
  for (; out.up_to < last && out.records.size() < most; ++out.up_to) {
    out.records.push_back(out.up_to + 1);
  }
  join_small(most, out);
  if (out.records.empty() && out.instead.empty()) return std::nullopt;
  SeenRecords records(database_);
  WordTable words;
  std::vector<TextPair> pairs;
  for (size_t i = 0; i < out.records.size(); ++i) {
    const auto known = changes.find(out.records[i]);
    out.changes.push_back(known != changes.end() ? known->second : 0);
    const auto* shown = records.shown(out.records[i], SIZE_MAX);
    if (shown == nullptr) continue;
    pairs.clear();
    for (const auto& [field, value] : shown->fields) {
      each_text(value, [&](std::string_view text) { add_pairs(text, pairs); });
    }
    for (const TextPair pair : pairs) words.add(pair, static_cast<int64_t>(i));
  }
  out.words = words.take();
  return out;
}

TextWaiting TextSearch::waiting() {
  TextWaiting out;
  out.last = last_record();
  const int64_t all = up_to();
  Statement changed(database_, "SELECT count(*) FROM unindexed WHERE record_id <= ?1");
  out.records = changed.with(all).number_or(0) + std::max<int64_t>(0, out.last - all);
  return out;
}

}  // namespace sitelog
