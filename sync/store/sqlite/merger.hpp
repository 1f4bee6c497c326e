#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sync/merge/book_settings.hpp"
#include "sync/merge/catalogue.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/record_state.hpp"
#include "sync/store/beside.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/sqlite/stream_table.hpp"

namespace sitelog {

// Keeps merged records, conflicts, quarantine, tallies and state digests in step with the entries,
// in the transaction that brings them. Part of a Store. What changed is written by `flush`, once a
// record and transaction.
class Merger {
 public:
  Merger(Database& database, StreamTable& streams, Catalogue& catalogue, DeviceId headquarters);

  // The row that entries of this record belong to; drawn anew for a record not seen before.
  int64_t record_row(int64_t book_id, const RecordId& record, const std::string& form);
  // Judges and merges an entry that was just inserted.
  void apply(const NewEntry& added, int64_t record_row, Entry entry);
  // Keeps an entry whose bytes have no meaning here.
  void set_aside(int64_t entry_id, const Refusal& refusal);
  // Writes everything that changed, and what follows from new grants, policies and campaigns.
  void flush();

  // The record as merged so far, in this transaction; nothing where it isn't there.
  std::optional<RecordState> state(int64_t book_id, const RecordId& record,
                                   const std::string& form);
  const BookSettings& settings(int64_t book_id);
  // An entry with where it comes from, as the merge takes it.
  HistoryEntry history_entry(int64_t entry_id, const EntryName& name, Entry entry);
  // Every entry of a record that is not in quarantine; `ids`, where given, takes theirs.
  std::vector<HistoryEntry> history(int64_t record_row, std::vector<int64_t>* ids = nullptr);

  // Why an entry kept here is not merged; nothing when it is.
  std::optional<Refusal> judge(int64_t entry_id, const Entry& entry);
  // Judges every entry of a device in a book anew: its right has changed, or the last entry that
  // its revocation keeps has come.
  void judge_again(int64_t book_id, const DeviceId& device);

  // Tells the catalogue of every unit and campaign; once, after opening.
  void teach_catalogue();

 private:
  // What a record added to its book before this transaction touched it.
  struct Before {
    bool stored = false;  // there is a row
    bool merged = false;  // it had a state
    Hash digest;
    std::optional<Tally> tally;
  };
  struct Touched {
    int64_t row = 0;
    int64_t book_id = 0;
    RecordId record;
    std::string form;
    Before before;
    std::optional<RecordState> state;  // as far as it could be extended
    int64_t first_entry = 0;           // the one that created it
    bool alone = false;                // and the only one: the state is what it says
    bool anew = false;                 // merge from all entries
    bool changed = false;
  };
  using TallyKey = std::tuple<std::string, int64_t, std::string, std::string, std::string>;

  Touched& touch(int64_t book_id, const RecordId& record, const std::string& form);
  Touched& touch_row(int64_t record_row);
  void load(Touched& touched);
  void settle(Touched& touched);
  // A record that changed, as it is to be stored.
  struct Fresh {
    Touched* touched = nullptr;
    const BookCode* book = nullptr;
    std::optional<StoredRecord> stored;  // nothing where its only entry says all, or it has none
    Hash digest;
  };
  static void work_out(std::vector<Fresh>& fresh);
  void take_over(const Fresh& fresh);
  void write(Touched& touched, const StoredRecord* stored);
  int64_t list_of(const Touched& touched);
  // The entry that created a record, from its bytes alone.
  HistoryEntry read_entry(int64_t entry_id);
  void learn(const Touched& touched);
  void merge_conflicts_again(std::optional<int64_t> book_id);
  void count_all_again();
  void count(const Tally& tally, int64_t book_id, int64_t sign);
  void write_tallies();
  void write_digests();
  bool before_revocation(const BookSettings& settings, int64_t book_id, const StreamRow& row,
                         Sequence number);
  BookSettings& mutable_settings(int64_t book_id);

  Database& database_;
  StreamTable& streams_;
  Catalogue& catalogue_;
  const DeviceId headquarters_;
  std::map<int64_t, std::unique_ptr<BookSettings>> settings_;
  std::map<int64_t, Touched> touched_;
  std::map<std::tuple<int64_t, RecordId, std::string>, int64_t> touched_rows_;
  std::map<TallyKey, Tally> tally_changes_;
  struct BookChange {
    Hash digest;  // to be added
    int64_t records = 0;
  };
  std::map<int64_t, BookChange> book_changes_;
  std::optional<int64_t> next_row_;
  std::map<std::tuple<int64_t, std::string, std::string, std::string>, int64_t> lists_;
  Packer packer_;
  bool count_again_ = false;

  Statement select_record_, select_row_, insert_record_, update_record_, select_conflicts_,
      delete_conflicts_, insert_conflict_, select_history_, insert_quarantine_, delete_quarantine_,
      select_quarantined_, add_tally_, add_to_book_, select_digest_, select_system_,
      select_conflicting_, select_max_row_, select_entry_, select_list_, insert_list_;

  std::map<int64_t, Touched> discarded_;
  Beside discarding_;  // the last member: its end is waited for before any other's
};

// Addition of 32 byte numbers modulo 2^256, big-endian: the state digest of a book is the sum over
// its records, so that it follows each change at once whatever the order (MSet-Add-Hash, Clarke et
// al., "Incremental Multiset Hash Functions", 2003).
Hash add(const Hash& a, const Hash& b);
Hash negate(const Hash& a);

}  // namespace sitelog
