#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "sync/merge/shelf.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "sync/store/sqlite/record_traits.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "sync/store/sqlite/text_index.hpp"

namespace sitelog {

// The shelf in SQLite. Part of a Store, in its transaction. Rows and their numbers, lists and what
// is packed are its own matter.
class SqliteShelf final : public Shelf {
 public:
  SqliteShelf(Database& database, StreamTable& streams);

  // A transaction begins. True where another connection has written since the last one: then
  // nothing that was read before counts any more.
  bool begin();
  // It is about to end: everything that was changed is written.
  void end();
  // Called with each record and entry of those that are all visited.
  std::function<void()> on_visit = [] {};

  // The row that entries of this record belong to. It has been asked for in this transaction.
  int64_t row_of(int64_t book_id, const RecordId& record, const std::string& form);
  // Records are found by texts too, from now on.
  void index_texts() { indexes_texts_ = true; }
  TextIndex& texts() { return texts_; }
  // Keeps an entry whose bytes have no meaning here, or that is not to be merged.
  void set_aside(int64_t entry_id, const Refusal& refusal);

  // Shelf
  uint64_t change_number(const BookCode&) override { return version_; }
  std::optional<KeptRecord> record(const RecordKey& key) override;
  std::vector<std::string> conflicts(const RecordKey& key) override;
  void write(const std::vector<ChangedRecord>& records) override;
  void each_record_state(const BookCode& book, const RecordVisit& visit) override;
  void each_record(const RecordVisit& visit) override;
  void begin_lists_anew() override { traits_.begin_anew(); }
  void list(const RecordKey& key, const ListedBy& by) override;
  void drop_empty_lists() override;
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
  uint64_t judged_by() override;
  void set_judged_by(uint64_t rules) override;
  void add_tallies(const std::vector<ChangedTally>& changes) override;
  void clear_tallies() override;
  void add_to_book(const BookCode& book, int64_t records, const Hash& digest) override;

 private:
  struct Row {
    RecordId record;
    int64_t book_id = 0;
    std::string form;
    int64_t row = 0;
  };
  using ById = std::multimap<RecordId, size_t>;
  using ListKey = std::tuple<int64_t, std::string, std::string, std::string>;

  uint64_t read_version();
  // The row of a record; 0 where it has none.
  int64_t find_row(const RecordKey& key);
  // Its row, or null and where it is to be put.
  std::pair<Row*, ById::iterator> known_row(int64_t book_id, const RecordId& record,
                                            const std::string& form);
  int64_t next_row();
  void read_first(KeptRecord& record, int64_t first_entry);
  int64_t list_of(int64_t book_id, const ListedBy& by);
  void write(int64_t row, const ChangedRecord& record);

  // What a stream's row and all before it says of a record, as far as it was counted.
  struct Counted {
    Sequence to;
    ChainShare share;
  };
  ChainShare in_chain(int64_t record_row, const StreamTable::Place& to);

  Database& database_;
  StreamTable& streams_;
  std::map<std::pair<int64_t, int64_t>, Counted>
      counted_;  // by record and stream, in this transaction
  uint64_t version_ = 0;
  std::deque<Row> rows_;  // asked for in this transaction, in that order
  ById by_id_;            // places in it
  size_t last_row_ = 0;   // place of the one asked for last
  std::optional<int64_t> next_row_;
  int64_t visited_row_ = 0;  // by each_record
  std::map<ListKey, int64_t> lists_;
  std::map<ListKey, int64_t>::iterator last_list_ = lists_.end();
  Packer packer_;
  RecordTraits traits_;
  TextIndex texts_;
  bool indexes_texts_ = false;

  Statement select_version_, select_record_, select_row_, insert_record_, update_record_,
      select_conflicts_, delete_conflicts_, insert_conflict_, select_history_, insert_quarantine_,
      delete_quarantine_, select_quarantined_, add_tally_, delete_tally_, add_to_book_,
      select_digest_, select_system_, select_conflicting_, select_max_row_, select_entry_,
      select_list_, insert_list_, move_to_list_, count_entries_, select_said_, select_record_of_;
};

}  // namespace sitelog
