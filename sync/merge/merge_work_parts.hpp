#pragma once

#include <boost/container/deque.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/merge/book_settings.hpp"
#include "sync/merge/merge_work.hpp"
#include "sync/merge/sought.hpp"
#include "sync/merge/tally.hpp"

// What a MergeWork works on in a transaction; nobody else's.
namespace sitelog {

// One book: what holds in it, and what this transaction adds to its sums.
struct MergeWork::Book {
  BookCode code;
  std::optional<BookSettings> settings;
  uint64_t change_number = 0;
  uint64_t looked_at = 0;  // the last transaction for which the settings were made sure of
  bool changed = false;
  int64_t records = 0;
  Hash digest;
  std::map<TallyKey, Sums> tallies;
};

// What a record that has a state adds to its book.
struct MergeWork::Share {
  Hash digest;
  std::optional<Tally> tally;
  Sought sought;
};

struct MergeWork::Record {
  Book& book;
  RecordId id;
  std::string form;
  bool kept = false;                 // it is on the shelf
  const Share* share = nullptr;      // in the book's sums; null: none
  std::optional<RecordState> state;  // as far as it could be extended
  std::optional<EntryPlace> first;   // the entry that created it
  bool alone = false;                // and the only one: the state is what it says
  bool anew = false;                 // merge from all entries
  bool changed = false;
  bool in_conflict = false;                    // it was, before what was added
  uint64_t added = 0;                          // entries, in this transaction
  std::map<DeviceId, uint64_t> added_by = {};  // entries that count, where that is noted
  std::optional<uint64_t> before = {};  // entries there were before; nothing: not asked for yet

  RecordKey key() const { return {book.code, id, form}; }
  void merge_anew() { anew = changed = true; }
};

// A record that changed, as it is to be kept.
struct MergeWork::Fresh {
  Record* record = nullptr;
  std::optional<StoredRecord> stored;  // nothing where its only entry says all, or it has no state
  Listing listing;
  std::string_view review;
  Share share;
};

struct MergeWork::Opened {
  using Records =
      boost::container::deque<Record, void,
                              boost::container::deque_options_t<boost::container::block_size<16>>>;
  using ById = std::multimap<RecordId, Record*>;  // no hash: an author chooses the ids

  Records records;  // in the order they were opened
  ById by_id;
  // Shares are pointed to.
  std::deque<Share> kept;                 // as the shelf has them
  std::deque<std::vector<Fresh>> rounds;  // of `flush`

  // The one, or null and where it is to be put.
  std::pair<Record*, ById::iterator> find(const Book& book, const RecordId& id,
                                          const std::string& form) {
    auto at = by_id.lower_bound(id);
    for (; at != by_id.end() && at->first == id; ++at) {
      if (&at->second->book == &book && at->second->form == form) return {at->second, at};
    }
    return {nullptr, at};
  }
};

}  // namespace sitelog
