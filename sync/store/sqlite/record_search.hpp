#pragma once

// Internal to store: which records a filter means, all at once, as bits by their numbers.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sync/merge/sought.hpp"
#include "sync/store/queries.hpp"
#include "sync/store/sqlite/record_traits.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// Records by their numbers. A value.
class RecordSet {
 public:
  explicit RecordSet(int64_t pages) : pages_(static_cast<size_t>(pages)) {}

  size_t pages() const { return pages_.size(); }
  PageBits& page(size_t at) { return pages_[at]; }
  bool has(int64_t record_id) const {
    const auto page = static_cast<size_t>(record_id / kRecordsOfPage);
    return page < pages_.size() &&
           pages_[page].has(static_cast<size_t>(record_id) % kRecordsOfPage);
  }
  void set(int64_t record_id, bool to) {
    pages_[static_cast<size_t>(record_id / kRecordsOfPage)].set(
        static_cast<size_t>(record_id % kRecordsOfPage), to);
  }
  int64_t count() const;
  // Those that the others have too; those of both; without the others'.
  RecordSet& operator&=(const RecordSet& other);
  RecordSet& operator|=(const RecordSet& other);
  RecordSet& remove(const RecordSet& other);
  template <class Visit>  // (int64_t record_id), ascending
  void each(const Visit& visit) const;

 private:
  std::vector<PageBits> pages_;
};

// Reads what records are found by: a page of traits at a time, some hundred for a million records.
// Over a connection, which outlives it.
class RecordSearch {
 public:
  explicit RecordSearch(Database& database);

  RecordSet find(const RecordFilter& filter);
  RecordSet with(Trait trait);
  // How many of them each book has, by its number here.
  std::unordered_map<int64_t, int64_t> by_book(const RecordSet& records);
  // Of records that there are, merged or not.
  int64_t last() const { return last_; }

 private:
  RecordSet with_any(const std::vector<Trait>& traits);
  RecordSet between(Column column, uint32_t least, uint32_t most);
  RecordSet in_books(const std::vector<BookCode>& units);
  RecordSet in_any(const Within& within);
  template <class Fits>
  RecordSet by_number(Column column, const Fits& fits);

  Database& database_;
  int64_t last_;
  std::vector<UnfiledRecord> unfiled_;
  Statement traits_;
};

template <class Visit>
void RecordSet::each(const Visit& visit) const {
  for (size_t page = 0; page < pages_.size(); ++page) {
    for (size_t i = 0; i < pages_[page].words.size(); ++i) {
      for (uint64_t word = pages_[page].words[i]; word != 0; word &= word - 1) {
        visit(static_cast<int64_t>(page) * kRecordsOfPage +
              static_cast<int64_t>(64 * i + static_cast<size_t>(__builtin_ctzll(word))));
      }
    }
  }
}

}  // namespace sitelog
