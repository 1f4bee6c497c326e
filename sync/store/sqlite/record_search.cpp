#include "sync/store/sqlite/record_search.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>

#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();

ReviewVerdict verdict_named(const std::string& name, bool& known) {
  for (const ReviewVerdict verdict : {ReviewVerdict::kPending, ReviewVerdict::kReturned,
                                      ReviewVerdict::kAccepted, ReviewVerdict::kRefused}) {
    if (name_of(verdict) == name) return verdict;
  }
  known = false;
  return ReviewVerdict::kPending;
}

uint32_t number_of(const UnfiledRecord& record, Column column) {
  switch (column) {
    case Column::kBook: return static_cast<uint32_t>(record.book_id);
    case Column::kDay: return record.now->day;
    case Column::kChanged: return record.now->changed;
  }
  return 0;
}

}  // namespace

int64_t RecordSet::count() const {
  int64_t out = 0;
  for (const PageBits& page : pages_) {
    for (const uint64_t word : page.words) out += std::popcount(word);
  }
  return out;
}

RecordSet& RecordSet::operator&=(const RecordSet& other) {
  for (size_t page = 0; page < pages_.size(); ++page) {
    for (size_t i = 0; i < pages_[page].words.size(); ++i) {
      pages_[page].words[i] &= other.pages_[page].words[i];
    }
  }
  return *this;
}

RecordSet& RecordSet::operator|=(const RecordSet& other) {
  for (size_t page = 0; page < pages_.size(); ++page) {
    for (size_t i = 0; i < pages_[page].words.size(); ++i) {
      pages_[page].words[i] |= other.pages_[page].words[i];
    }
  }
  return *this;
}

RecordSet& RecordSet::remove(const RecordSet& other) {
  for (size_t page = 0; page < pages_.size(); ++page) {
    for (size_t i = 0; i < pages_[page].words.size(); ++i) {
      pages_[page].words[i] &= ~other.pages_[page].words[i];
    }
  }
  return *this;
}

RecordSearch::RecordSearch(Database& database)
    : database_(database),
      last_(Statement(database, "SELECT max(record_id) FROM records").number_or(0)),
      unfiled_(read_unfiled(database, 0, last_ + 1)),
      traits_(database, "SELECT records FROM traits WHERE page = ?1 AND trait = ?2") {}

RecordSet RecordSearch::with(Trait trait) {
  RecordSet out(last_ / kRecordsOfPage + 1);
  for (size_t page = 0; page < out.pages(); ++page) {
    traits_.with(static_cast<int64_t>(page), trait);
    if (!traits_.step()) continue;
    const auto bits = unpacked_bits(traits_.view(0));
    if (!bits) raise_traits_damaged();
    out.page(page) = *bits;
  }
  traits_.restart();
  for (const UnfiledRecord& each : unfiled_) {
    const bool has =
        each.now && std::binary_search(each.now->traits.begin(), each.now->traits.end(), trait);
    out.set(each.record_id, has);
  }
  return out;
}

RecordSet RecordSearch::with_any(const std::vector<Trait>& traits) {
  RecordSet out(last_ / kRecordsOfPage + 1);
  for (const Trait trait : traits) out |= with(trait);
  return out;
}

template <class Fits>
RecordSet RecordSearch::by_number(Column column, const Fits& fits) {
  RecordSet out(last_ / kRecordsOfPage + 1);
  Statement rows(database_,
                 "SELECT column_id, numbers FROM columns WHERE column_id BETWEEN ?1 AND ?2");
  rows.with(column_id(column, 0), column_id(column, last_ / kRecordsOfChunk));
  constexpr size_t kChunks = kRecordsOfPage / kRecordsOfChunk;
  while (rows.step()) {
    const auto chunk = static_cast<size_t>(rows.number(0) - column_id(column, 0));
    const auto numbers = unpacked_numbers(rows.view(1), is_alike(column));
    if (!numbers) raise_traits_damaged();
    PageBits& page = out.page(chunk / kChunks);
    const size_t first = chunk % kChunks * (kRecordsOfChunk / 64);
    for (size_t i = 0; i < numbers->size(); ++i) {
      page.words[first + i / 64] |= uint64_t{fits((*numbers)[i])} << (i % 64);
    }
  }
  for (const UnfiledRecord& each : unfiled_) {
    out.set(each.record_id, each.now && fits(number_of(each, column)));
  }
  return out;
}

std::unordered_map<int64_t, int64_t> RecordSearch::by_book(const RecordSet& records) {
  std::unordered_map<int64_t, int64_t> out;
  Statement rows(database_,
                 "SELECT column_id, numbers FROM columns WHERE column_id BETWEEN ?1 AND ?2");
  rows.with(column_id(Column::kBook, 0), column_id(Column::kBook, last_ / kRecordsOfChunk));
  const auto is_unfiled = [this](int64_t record_id) {
    const auto at = std::lower_bound(
        unfiled_.begin(), unfiled_.end(), record_id,
        [](const UnfiledRecord& each, int64_t wanted) { return each.record_id < wanted; });
    return at != unfiled_.end() && at->record_id == record_id;
  };
  while (rows.step()) {
    const int64_t first = (rows.number(0) - column_id(Column::kBook, 0)) * kRecordsOfChunk;
    const auto numbers = unpacked_numbers(rows.view(1), is_alike(Column::kBook));
    if (!numbers) raise_traits_damaged();
    for (size_t i = 0; i < numbers->size(); ++i) {
      const int64_t record_id = first + static_cast<int64_t>(i);
      if (records.has(record_id) && !is_unfiled(record_id)) ++out[(*numbers)[i]];
    }
  }
  for (const UnfiledRecord& each : unfiled_) {
    if (records.has(each.record_id)) ++out[each.book_id];
  }
  return out;
}

RecordSet RecordSearch::between(Column column, uint32_t least, uint32_t most) {
  return by_number(column,
                   [least, most](uint32_t number) { return number >= least && number <= most; });
}

RecordSet RecordSearch::in_books(const std::vector<BookCode>& units) {
  const std::set<BookCode> wanted(units.begin(), units.end());
  std::vector<bool> books;
  Statement rows(database_, "SELECT book_id, code FROM books");
  while (rows.step()) {
    if (!wanted.contains(rows.text(1))) continue;
    const auto book = static_cast<size_t>(rows.number(0));
    if (books.size() <= book) books.resize(book + 1);
    books[book] = true;
  }
  return by_number(Column::kBook,
                   [&books](uint32_t book) { return book < books.size() && books[book]; });
}

RecordSet RecordSearch::in_any(const Within& within) {
  const int64_t pages = last_ / kRecordsOfPage + 1;
  RecordSet out(pages);
  for (const RecordsOf& each : within) {
    RecordSet some = each.units.empty() ? between(Column::kBook, 0, kMost) : in_books(each.units);
    if (!each.campaign.empty()) some &= with(trait_of(TraitBy::kCampaign, each.campaign));
    for (const std::string& campaign : each.except) {
      some.remove(with(trait_of(TraitBy::kCampaign, campaign)));
    }
    out |= some;
  }
  return out;
}

RecordSet RecordSearch::find(const RecordFilter& filter) {
  SITELOG_ASSERT(!filter.of_the_system || !filter.form.empty());
  RecordSet out = with(filter.of_the_system ? trait_of(TraitBy::kForm, filter.form)
                                            : trait_of(TraitOf::kContent));
  if (!filter.form.empty() && !filter.of_the_system) {
    out &= with(trait_of(TraitBy::kForm, filter.form));
  }
  for (const auto& [what, text] : {std::pair(TraitBy::kCampaign, &filter.campaign),
                                   {TraitBy::kKind, &filter.kind},
                                   {TraitBy::kLevel, &filter.level},
                                   {TraitBy::kStatus, &filter.status},
                                   {TraitBy::kPerson, &filter.person}}) {
    if (!text->empty()) out &= with(trait_of(what, *text));
  }
  if (!filter.review.empty()) {
    bool known = true;
    const ReviewVerdict verdict = verdict_named(filter.review, known);
    if (!known) return RecordSet(last_ / kRecordsOfPage + 1);
    out &= with(trait_of(verdict));
  }
  if (!filter.waits_for.empty()) out &= with(trait_of(TraitBy::kWaitsFor, filter.waits_for));
  if (!filter.waits_at.empty()) {
    std::vector<Trait> traits;
    for (const std::string& station : filter.waits_at) {
      traits.push_back(trait_of(TraitBy::kWaitsAt, station));
    }
    out &= with_any(traits);
  }
  if (filter.to_send) out &= with(trait_of(TraitOf::kToSend));
  if (filter.changed) out &= with(trait_of(TraitOf::kChanged));
  if (filter.in_conflict) out &= with(trait_of(TraitOf::kConflict));
  if (filter.voided && *filter.voided) out &= with(trait_of(TraitOf::kVoid));
  if (filter.voided && !*filter.voided) out.remove(with(trait_of(TraitOf::kVoid)));
  if (!filter.devices.empty()) {
    std::vector<Trait> traits;
    for (const DeviceId& device : filter.devices) traits.push_back(trait_of(device));
    out &= with_any(traits);
  }
  if (filter.unusual_on) {
    RecordSet unusual = with(trait_of(TraitOf::kUnusual));
    if (*filter.unusual_on < kMost) {
      RecordSet later = between(Column::kDay, *filter.unusual_on + 1, kMost);
      unusual |= later.remove(with(trait_of(TraitOf::kVoid)));
    }
    out &= unusual;
  }
  if (filter.day_from != 0 || filter.day_to != 0) {
    out &= between(Column::kDay, std::max(filter.day_from, uint32_t{1}),
                   filter.day_to != 0 ? filter.day_to : kMost);
  }
  if (filter.changed_since != 0) out &= between(Column::kChanged, filter.changed_since, kMost);
  if (!filter.units.empty()) out &= in_books(filter.units);
  if (!filter.within.empty()) out &= in_any(filter.within);
  return out;
}

}  // namespace sitelog
