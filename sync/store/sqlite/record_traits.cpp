#include "sync/store/sqlite/record_traits.hpp"

#include <algorithm>
#include <iterator>

namespace sitelog {

namespace {

uint16_t place_in_page(int64_t record_id) {
  return static_cast<uint16_t>(record_id % kRecordsOfPage);
}

}  // namespace

RecordTraits::RecordTraits(Database& database)
    : database_(database),
      select_traits_(database, "SELECT records FROM traits WHERE page = ?1 AND trait = ?2"),
      replace_traits_(database, "INSERT OR REPLACE INTO traits VALUES (?1, ?2, ?3)"),
      delete_traits_(database, "DELETE FROM traits WHERE page = ?1 AND trait = ?2"),
      select_numbers_(database, "SELECT numbers FROM columns WHERE column_id = ?1"),
      replace_numbers_(database, "INSERT OR REPLACE INTO columns VALUES (?1, ?2)"),
      keep_unfiled_(database,
                    "INSERT INTO unfiled (record_id, book_id, filed, now) VALUES (?1, ?2, ?3, ?4)"
                    " ON CONFLICT DO UPDATE SET now = excluded.now") {}

void RecordTraits::set(int64_t record_id, Column column, uint32_t number) {
  numbers_[column_id(column, record_id / kRecordsOfChunk)].emplace_back(
      static_cast<uint16_t>(record_id % kRecordsOfChunk), number);
}

void RecordTraits::change(int64_t record_id, int64_t book_id, const Sought* before,
                          const Sought* now) {
  if (before == nullptr ? now == nullptr : now != nullptr && *before == *now) return;
  changes_.push_back({record_id, book_id, before, now});
}

void RecordTraits::gather(int64_t record_id, int64_t book_id, const Sought* before,
                          const Sought* now) {
  static const Sought nothing;
  const Sought& old = before != nullptr ? *before : nothing;
  const Sought& fresh = now != nullptr ? *now : nothing;
  const int64_t page = record_id / kRecordsOfPage;
  std::vector<Trait> changed;
  std::set_symmetric_difference(old.traits.begin(), old.traits.end(), fresh.traits.begin(),
                                fresh.traits.end(), std::back_inserter(changed));
  for (const Trait trait : changed) {
    const bool has = std::binary_search(fresh.traits.begin(), fresh.traits.end(), trait);
    traits_.push_back({page, trait, place_in_page(record_id), has});
  }
  if ((before != nullptr) != (now != nullptr)) {
    set(record_id, Column::kBook, now != nullptr ? static_cast<uint32_t>(book_id) : 0);
  }
  if (old.day != fresh.day) set(record_id, Column::kDay, fresh.day);
  if (old.changed != fresh.changed) set(record_id, Column::kChanged, fresh.changed);
}

void RecordTraits::write() {
  if (changes_.empty() || leave_unfiled()) return;
  take_unfiled();
  for (const auto& [record_id, book_id, before, now] : changes_) {
    gather(record_id, book_id, before, now);
  }
  changes_.clear();
  file();
}

size_t RecordTraits::unfiled() {
  if (!unfiled_) {
    const int64_t rows = Statement(database_, "SELECT count(*) FROM unfiled").number_or(0);
    unfiled_ = static_cast<size_t>(rows);
  }
  return *unfiled_;
}

bool RecordTraits::leave_unfiled() {
  if (changes_.size() > kUnfiledAtOnceMax || unfiled() + changes_.size() > kUnfiledMax) {
    return false;
  }
  const auto bytes = [](const Sought* sought) {
    return sought != nullptr ? std::optional(packed(*sought)) : std::nullopt;
  };
  for (const auto& [record_id, book_id, before, now] : changes_) {
    const auto filed = bytes(before), found = bytes(now);
    const auto blob = [](const std::optional<std::string>& of) {
      return of ? std::optional(as_bytes(*of)) : std::nullopt;
    };
    keep_unfiled_.with(record_id, book_id, blob(filed), blob(found)).run();
  }
  *unfiled_ += changes_.size();
  changes_.clear();
  return true;
}

// What waits is filed first: what changes now changes what it was found by meanwhile.
void RecordTraits::take_unfiled() {
  // Not by their number, which a transaction that was taken back may have left wrong.
  const auto all = read_unfiled(database_, 0, INT64_MAX);
  if (all.empty()) return;
  for (const UnfiledRecord& each : all) {
    gather(each.record_id, each.book_id, each.filed ? &*each.filed : nullptr,
           each.now ? &*each.now : nullptr);
  }
  file();
  database_.run("DELETE FROM unfiled");
  unfiled_ = 0;
}

void RecordTraits::file() {
  write_traits();
  write_columns();
}

void RecordTraits::write_traits() {
  // A record that changes twice says so in two calls of `write`.
  std::sort(traits_.begin(), traits_.end());
  for (auto at = traits_.begin(); at != traits_.end();) {
    const int64_t page = at->page;
    const Trait trait = at->trait;
    PageBits bits;
    select_traits_.with(page, trait);
    if (select_traits_.step()) {
      const auto kept = unpacked_bits(select_traits_.view(0));
      if (!kept) raise_traits_damaged();
      bits = *kept;
    }
    select_traits_.restart();
    for (; at != traits_.end() && at->page == page && at->trait == trait; ++at) {
      bits.set(at->place, at->has);
    }
    if (bits.none()) {
      delete_traits_.with(page, trait).run();
    } else {
      replace_traits_.with(page, trait, as_bytes(packed(bits))).run();
    }
  }
  traits_.clear();
}

void RecordTraits::write_columns() {
  for (const auto& [id, changes] : numbers_) {
    const bool alike = is_alike(static_cast<Column>(id >> 40));
    ChunkNumbers numbers{};
    std::string before;
    select_numbers_.with(id);
    if (select_numbers_.step()) {
      before = select_numbers_.text(0);
      const auto kept = unpacked_numbers(before, alike);
      if (!kept) raise_traits_damaged();
      numbers = *kept;
    }
    select_numbers_.restart();
    for (const auto& [place, number] : changes) numbers[place] = number;
    const std::string now = packed(numbers, alike);
    if (now != before) replace_numbers_.with(id, as_bytes(now)).run();
  }
  numbers_.clear();
}

void RecordTraits::begin_anew() {
  traits_.clear();
  numbers_.clear();
  page_ = 0;
  database_.run("DELETE FROM traits; DELETE FROM columns; DELETE FROM unfiled");
  unfiled_ = 0;
}

void RecordTraits::end_anew() {
  file();
}

void RecordTraits::add(int64_t record_id, int64_t book_id, const Sought& sought) {
  const int64_t page = record_id / kRecordsOfPage;
  if (page != std::exchange(page_, page)) file();
  gather(record_id, book_id, nullptr, &sought);
}

void ExpectedTraits::begin(Database& database, int64_t first, int64_t end) {
  first_ = first;
  end_ = end;
  for (UnfiledRecord& each : read_unfiled(database, first, end)) {
    unfiled_.emplace(each.record_id, std::move(each));
  }
}

void ExpectedTraits::add(int64_t record_id, int64_t book_id, const Sought& sought) {
  const auto waits = unfiled_.extract(record_id);
  if (waits.empty()) return file(record_id, book_id, sought);
  const UnfiledRecord& kept = waits.mapped();
  as_unfiled_ = as_unfiled_ && kept.book_id == book_id && kept.now == sought;
  if (kept.filed) file(record_id, book_id, *kept.filed);
}

void ExpectedTraits::file(int64_t record_id, int64_t book_id, const Sought& sought) {
  for (const Trait trait : sought.traits) {
    traits_[{record_id / kRecordsOfPage, trait}].set(place_in_page(record_id), true);
  }
  numbers_[record_id] = {static_cast<uint32_t>(book_id), sought.day, sought.changed};
}

bool ExpectedTraits::is_kept(Database& database) {
  // Those that have no state any more.
  for (const auto& [record_id, kept] : std::exchange(unfiled_, {})) {
    as_unfiled_ = as_unfiled_ && !kept.now;
    if (kept.filed) file(record_id, kept.book_id, *kept.filed);
  }
  if (!as_unfiled_) return false;
  const auto [first, end] = std::pair(first_, end_);
  Statement traits(database,
                   "SELECT page, trait, records FROM traits WHERE page >= ?1 AND page < ?2"
                   " ORDER BY page, trait");
  traits.with(first / kRecordsOfPage, end / kRecordsOfPage);
  auto expected = traits_.begin();
  while (traits.step()) {
    if (expected == traits_.end()) return false;
    const auto& [of, bits] = *expected++;
    if (of != std::pair(traits.number(0), Trait{traits.number(1)})) return false;
    if (traits.view(2) != packed(bits)) return false;
  }
  if (expected != traits_.end()) return false;
  Statement numbers(database, "SELECT numbers FROM columns WHERE column_id = ?1");
  const auto read = [&](Column column, int64_t chunk) -> std::optional<ChunkNumbers> {
    numbers.with(column_id(column, chunk));
    std::optional<ChunkNumbers> out = ChunkNumbers{};
    if (numbers.step()) out = unpacked_numbers(numbers.view(0), is_alike(column));
    numbers.restart();
    return out;
  };
  int64_t chunk = -1;
  std::optional<ChunkNumbers> books, days, changed;
  for (const auto& [record_id, right] : numbers_) {
    if (chunk != std::exchange(chunk, record_id / kRecordsOfChunk)) {
      books = read(Column::kBook, chunk);
      days = read(Column::kDay, chunk);
      changed = read(Column::kChanged, chunk);
      if (!books || !days || !changed) return false;
    }
    const auto place = static_cast<size_t>(record_id % kRecordsOfChunk);
    if ((*books)[place] != right.book || (*days)[place] != right.day ||
        (*changed)[place] != right.changed) {
      return false;
    }
  }
  return nothing_elsewhere(database, first, end);
}

// Where nothing is to be found no number stands. Of books one may, which is mostly the neighbours':
// without a trait nothing is found by it.
bool ExpectedTraits::nothing_elsewhere(Database& database, int64_t first, int64_t end) const {
  Statement numbers(database,
                    "SELECT column_id, numbers FROM columns WHERE column_id >= ?1 AND column_id < "
                    "?2");
  for (const Column column : kColumns) {
    if (is_alike(column)) continue;
    numbers.with(column_id(column, first / kRecordsOfChunk),
                 column_id(column, end / kRecordsOfChunk));
    while (numbers.step()) {
      const auto kept = unpacked_numbers(numbers.view(1), false);
      if (!kept) return false;
      const int64_t record = (numbers.number(0) - column_id(column, 0)) * kRecordsOfChunk;
      for (size_t i = 0; i < kept->size(); ++i) {
        if ((*kept)[i] != 0 && !numbers_.contains(record + static_cast<int64_t>(i))) return false;
      }
    }
    numbers.restart();
  }
  return true;
}

}  // namespace sitelog
