#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/ledger/stream.hpp"
#include "sync/merge/shelf.hpp"

namespace sitelog {

// A shelf in maps, for tests, and the entries that stand on it: per book a tree, as streams can
// fork. A value: a copy is the way back to before a transaction.
class MemoryShelf final : public Shelf {
 public:
  struct Held {
    EntryPlace place;
    const Held* previous = nullptr;  // null: it is its stream's first
    Hash head;
    std::string bytes;
    bool of_a_record = false;  // its bytes have a meaning here
  };
  struct Record {
    std::optional<EntryPlace> first;
    std::optional<StoredRecord> stored;            // nothing where the first entry says all
    std::map<std::string, std::string> conflicts;  // by field
    std::string form, campaign, review;            // what it is listed by

    void list(const ListedBy& by) {
      form = by.form;
      campaign = by.campaign;
      review = by.review;
    }
  };
  struct Book {
    std::map<EntryName, const Held*> entries;
    std::set<EntryName> tips;
    std::map<StreamKey, PublicKey> keys;
    std::map<std::pair<RecordId, std::string>, Record> records;
    std::map<EntryName, std::shared_ptr<const Refusal>> quarantine;
    std::map<EntryName, Hash> erased;  // digests of what is not to be given out any more
    std::map<TallyKey, std::map<std::string, int64_t>> tallies;  // totals by measure
    int64_t merged = 0;                                          // records of campaign forms
    Hash state_digest;
  };

  std::vector<BookCode> books() const;
  // To be changed: made where it is not there, and this copy's own.
  Book& change(const BookCode& book);
  const Book* find(const BookCode& book) const;
  const Held* find(const BookCode& book, const EntryName& name) const;
  // An entry behind one that is held, or its stream's first.
  void keep(const BookCode& book, Held entry);
  // The entries up to one that is held, its stream's first before all.
  std::vector<const Held*> way_to(const BookCode& book, const EntryName& name) const;

  // Shelf
  uint64_t change_number(const BookCode&) override { return 0; }
  std::optional<KeptRecord> record(const RecordKey& key) override;
  std::vector<std::string> conflicts(const RecordKey& key) override;
  void write(const std::vector<ChangedRecord>& records) override;
  void each_record_state(const BookCode& book, const RecordVisit& visit) override;
  void each_record(const RecordVisit& visit) override;
  void begin_lists_anew() override {}
  void list(const RecordKey& key, const ListedBy& by) override;
  void drop_empty_lists() override {}
  void each_conflicting_record(const BookCode* book, const DeviceId* device,
                               const KeyVisit& visit) override;
  void each_entry(const RecordKey& key, const EntryVisit& visit) override;
  void each_entry_of(const BookCode& book, const Which& which, const JudgedVisit& visit) override;
  uint64_t entries_of(const RecordKey& key, uint64_t most) override;
  ChainShare in_chain(const RecordKey& key, const EntryPlace& entry) override;
  ChainShare of_device(const RecordKey& key, const DeviceId& device) override;
  std::optional<std::string> body(const BookCode& book, const EntryPlace& entry) override;
  void erase(const BookCode& book, const EntryPlace& entry) override;
  bool leads_to(const BookCode& book, const EntryPlace& entry, const Tip& tip) override;
  void set_aside(const BookCode& book, const EntryPlace& entry, const Refusal& refusal) override;
  void take_back(const BookCode& book, const EntryPlace& entry) override;
  void each_author(const AuthorVisit& visit) override;
  uint64_t judged_by() override { return judged_by_; }
  void set_judged_by(uint64_t rules) override { judged_by_ = rules; }
  void add_tallies(const std::vector<ChangedTally>& changes) override;
  void clear_tallies() override;
  void add_to_book(const BookCode& book, int64_t records, const Hash& digest) override;

 private:
  KeptRecord kept(const Book& book, const Record& record) const;

  // Copies share what neither changes: books, and all entries, which stay where they are.
  std::map<BookCode, std::shared_ptr<Book>> books_;
  uint64_t judged_by_ = 1;
  std::shared_ptr<std::deque<Held>> held_ = std::make_shared<std::deque<Held>>();
};

}  // namespace sitelog
