#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/result.hpp"
#include "sync/merge/catalogue.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/judging_rules.hpp"
#include "sync/merge/record_state.hpp"
#include "sync/merge/sought.hpp"
#include "sync/merge/store_error.hpp"

namespace sitelog {

// Where an entry stands in its book. The name tells apart what a forked stream has at one number.
struct EntryPlace {
  StreamKey stream;
  Sequence number;
  EntryName name;
  auto operator<=>(const EntryPlace&) const = default;
};
inline EntryPlace place_of(const Origin& origin) {
  return {origin.stream, origin.number, origin.entry};
}

// What names a record. Only looks: what it names outlives the call it is given to.
struct RecordKey {
  const BookCode& book;
  const RecordId& record;
  const std::string& form;
};

// A merged record as it comes from the shelf.
struct KeptRecord {
  // The entry that created it; nothing while all its entries are in quarantine.
  std::optional<EntryPlace> first;
  // Where it is kept as that entry (`kept_as_entry`): the entry's bytes. Else document and heads.
  bool as_entry = false;
  std::string bytes;
  std::string state, heads;
};

// What a record is listed by: Catalogue::listing, and the review it shows; and found by.
struct ListedBy {
  std::string_view form, campaign, review;
  const Sought* sought = nullptr;
};

// A merged record as it goes there.
struct ChangedRecord {
  ChangedRecord(const RecordKey& of, bool is_kept) : key(of), kept(is_kept) {}

  RecordKey key;
  bool kept;  // it is on the shelf, and replaced
  const EntryPlace* first = nullptr;
  const RecordState* state = nullptr;    // null, as `first`: its entries are all in quarantine
  ListedBy listed;                       // where there is a state
  const Sought* found_before = nullptr;  // what it was found by; null: it had no state
  const StoredRecord* stored = nullptr;  // null: it is kept as its first entry, or has no state
};

struct ChangedTally {
  const BookCode& book;
  const TallyKey& key;
  const Sums& change;  // to be added; can be less than nothing
};

// What the merge asks of the place that keeps entries and merged records, and tells it: a port, and
// the only way of MergeWork to either. Everything happens in a transaction of its owner's, which
// keeps the entries themselves (before they are merged) and begins and commits. One thread. Throws
// StoreError. A book that is not there is empty.
class Shelf {
 public:
  // Entries of a device: those that lead to none of the tips in `but`, as far as these are held.
  struct Which {
    DeviceId device;
    std::vector<Tip> but = {};
    std::optional<StreamKey> stream = std::nullopt;  // of this one alone
  };
  using EntryVisit = std::function<void(const EntryPlace&, std::string_view bytes)>;
  using JudgedVisit = std::function<void(const EntryPlace&, std::string_view bytes, bool aside)>;
  using RecordVisit = std::function<void(const RecordKey&, const KeptRecord&)>;
  using AuthorVisit = std::function<void(const BookCode&, const DeviceId&)>;
  using KeyVisit = std::function<void(const RecordKey&)>;

  virtual ~Shelf() = default;

  // Another number than the last time where somebody else has changed the book since. Asked once a
  // transaction, before anything else of the book.
  virtual uint64_t change_number(const BookCode& book) = 0;

  // Records. Nothing where there is none.
  virtual std::optional<KeptRecord> record(const RecordKey& key) = 0;
  // Its conflicts as JSON, ascending by field.
  virtual std::vector<std::string> conflicts(const RecordKey& key) = 0;
  virtual void write(const std::vector<ChangedRecord>& records) = 0;
  // The book's records of system forms that have a state; without units, of which there can be
  // many, and from which nothing follows for other records.
  virtual void each_record_state(const BookCode& book, const RecordVisit& visit) = 0;
  // Every book's records that have a state. `visit` may call `list` for the one that it is given.
  virtual void each_record(const RecordVisit& visit) = 0;
  // Nothing is found by what it was found by any more: `list` follows for every record that has a
  // state, in the order of each_record, then drop_empty_lists.
  virtual void begin_lists_anew() = 0;
  // Lists a record that has a state by this from now on.
  virtual void list(const RecordKey& key, const ListedBy& by) = 0;
  // Keeps nothing more of lists in which no record is.
  virtual void drop_empty_lists() = 0;
  // Those with conflicts; in all books where none is given; where a device is, those alone where it
  // wrote a candidate. What was not written yet is left out.
  virtual void each_conflicting_record(const BookCode* book, const DeviceId* device,
                                       const KeyVisit& visit) = 0;

  // Entries. One whose body is erased is none that is visited. A record's that are not in
  // quarantine:
  virtual void each_entry(const RecordKey& key, const EntryVisit& visit) = 0;
  // A device's in a book that stand under a record, stream by stream; `aside`: in quarantine.
  virtual void each_entry_of(const BookCode& book, const Which& which,
                             const JudgedVisit& visit) = 0;
  // How many stand under a record, in quarantine or not, as far as `most`. Those that this
  // transaction brought may be left out.
  virtual uint64_t entries_of(const RecordKey& key, uint64_t most) = 0;
  // What stands under a record at an entry that is held and before it in its chain.
  virtual ChainShare in_chain(const RecordKey& key, const EntryPlace& entry) = 0;
  // What stands under it by one device, in whatever stream.
  virtual ChainShare of_device(const RecordKey& key, const DeviceId& device) = 0;
  // Its bytes; nothing where it is not held, or its body is erased.
  virtual std::optional<std::string> body(const BookCode& book, const EntryPlace& entry) = 0;
  // Takes the body away of an entry that has one, and the entry out of quarantine; its place and
  // its digest stay.
  virtual void erase(const BookCode& book, const EntryPlace& entry) = 0;
  // Whether `tip` is held, and the entry stands on the way to it.
  virtual bool leads_to(const BookCode& book, const EntryPlace& entry, const Tip& tip) = 0;

  // Quarantine.
  virtual void set_aside(const BookCode& book, const EntryPlace& entry, const Refusal& refusal) = 0;
  virtual void take_back(const BookCode& book, const EntryPlace& entry) = 0;

  // Every device that has entries in a book, with the book.
  virtual void each_author(const AuthorVisit& visit) = 0;
  // By which rules what is here was judged; 1 until another number was set.
  virtual uint64_t judged_by() = 0;
  virtual void set_judged_by(uint64_t rules) = 0;

  // Running counts and digests.
  virtual void add_tallies(const std::vector<ChangedTally>& changes) = 0;
  virtual void clear_tallies() = 0;
  // Adds to the book's number of merged records and to its state digest (`add`).
  virtual void add_to_book(const BookCode& book, int64_t records, const Hash& digest) = 0;
};

}  // namespace sitelog
