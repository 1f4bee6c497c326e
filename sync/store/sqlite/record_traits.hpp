#pragma once

// Internal to store: what records are found by, kept in step with them, and looked at again.

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sync/merge/sought.hpp"
#include "sync/store/sqlite/record_bits.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/sqlite/unfiled_records.hpp"

namespace sitelog {

// Numbers that records are found by.
enum class Column : int64_t { kBook = 1, kDay = 2, kChanged = 3 };
inline constexpr Column kColumns[] = {Column::kBook, Column::kDay, Column::kChanged};
inline int64_t column_id(Column column, int64_t chunk) {
  return static_cast<int64_t>(column) << 40 | chunk;
}
// A unit's book is mostly a neighbour's too.
inline bool is_alike(Column column) {
  return column == Column::kBook;
}

[[noreturn]] inline void raise_traits_damaged() {
  throw StoreError(StoreError::Kind::kDamaged, "what records are found by does not read back");
}

// Writes what records are found by. Part of a SqliteShelf, in its transaction: what few records
// change waits (unfiled_records.hpp), what many do is filed page by page.
class RecordTraits {
 public:
  explicit RecordTraits(Database& database);

  // A record is found by `now` in place of `before`; null: it isn't. Both are there until `write`.
  void change(int64_t record_id, int64_t book_id, const Sought* before, const Sought* now);
  // Writes what was told.
  void write();
  // Somebody else may have written.
  void forget() { unfiled_.reset(); }
  // The same in the place of all there is, told in the order of their numbers: page by page.
  void begin_anew();
  void add(int64_t record_id, int64_t book_id, const Sought& sought);
  void end_anew();

 private:
  struct TraitChange {
    int64_t page;
    Trait trait;
    uint16_t place;
    bool has;
    auto operator<=>(const TraitChange&) const = default;
  };
  struct Change {
    int64_t record_id;
    int64_t book_id;
    const Sought* before;
    const Sought* now;
  };
  size_t unfiled();
  bool leave_unfiled();
  void take_unfiled();
  void gather(int64_t record_id, int64_t book_id, const Sought* before, const Sought* now);
  void file();
  void set(int64_t record_id, Column column, uint32_t number);
  void write_traits();
  void write_columns();

  Database& database_;
  std::vector<Change> changes_;
  std::optional<size_t> unfiled_;  // how many there are, about
  std::vector<TraitChange> traits_;
  std::map<int64_t, std::vector<std::pair<uint16_t, uint32_t>>> numbers_;  // by column_id
  int64_t page_ = 0;                                                       // that is added to
  Statement select_traits_, replace_traits_, delete_traits_, select_numbers_, replace_numbers_,
      keep_unfiled_;
};

// What records with first <= record_id < end are to be found by, to be compared with what is kept:
// both are whole pages. `begin`, then each that has a state, then `is_kept`.
class ExpectedTraits {
 public:
  void begin(Database& database, int64_t first, int64_t end);
  void add(int64_t record_id, int64_t book_id, const Sought& sought);
  bool is_kept(Database& database);

 private:
  void file(int64_t record_id, int64_t book_id, const Sought& sought);
  bool nothing_elsewhere(Database& database, int64_t first, int64_t end) const;
  struct Numbers {
    uint32_t book = 0, day = 0, changed = 0;
  };
  std::map<std::pair<int64_t, Trait>, PageBits> traits_;  // by page and trait
  std::map<int64_t, Numbers> numbers_;                    // by record
  std::map<int64_t, UnfiledRecord> unfiled_;              // that were not added yet
  int64_t first_ = 0, end_ = 0;
  bool as_unfiled_ = true;  // what was unfiled and added is to be found by what is kept
};

}  // namespace sitelog
