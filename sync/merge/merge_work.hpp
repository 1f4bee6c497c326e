#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/merge/beside.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/judging_rules.hpp"
#include "sync/merge/shelf.hpp"

namespace sitelog {

// Entries under records in conflict, and their bytes as stored.
struct ContendedShare {
  uint64_t entries = 0;
  uint64_t bytes = 0;
};

// All that follows from entries: judges and merges them, keeps records, conflicts, quarantine,
// counts and state digests on a Shelf in step with them, in the transaction that brings them. What
// changed is written by `flush`, once a record and transaction. Pure; one thread, its owner's.
class MergeWork {
 public:
  // All outlive this.
  MergeWork(Shelf& shelf, Catalogue& catalogue, DeviceId headquarters, Helpers& helpers,
            const KnownRules& known);
  ~MergeWork();

  // A transaction begins: books are looked at again for what somebody else changed.
  void begin();

  // A record under work in this transaction. Stays until `flush`.
  struct Record;
  // Has the shelf give out the record, where it isn't under work yet.
  Record& open(const BookCode& book, const RecordId& record, const std::string& form);
  // Judges and merges an entry of this record that the shelf's owner has just kept.
  void add(Record& record, const EntryPlace& place, Entry entry);
  // Has the shelf take an entry's body away; its record is merged again without it. False where it
  // is not held, or its body is gone already. Refuses entries that lay something down for others
  // (kNotPermitted).
  Result<bool> erase(const BookCode& book, const EntryPlace& place);
  // Writes everything that changed, and what follows from new grants, policies and campaigns.
  void flush();

  // The record as merged so far, in this transaction; nothing where it isn't there.
  std::optional<RecordState> state(const RecordKey& key);
  const BookSettings& settings(const BookCode& book);
  // An entry with where it comes from, as the merge takes it.
  HistoryEntry history_entry(const BookCode& book, const EntryPlace& place, Entry entry);
  // Every entry of a record that is not in quarantine.
  std::vector<HistoryEntry> history(const RecordKey& key);

  // Why an entry kept here is not merged; nothing when it is.
  std::optional<Refusal> judge(const BookCode& book, const EntryPlace& place, const Entry& entry);
  // Whether this encoded entry behind that one would say more of the record than one chain may.
  bool chain_is_full(const RecordKey& key, const EntryPlace& last, BytesView entry);
  // Whether the device says more of a record than so many chains may, of those in which something
  // was added since this was last asked in this transaction.
  bool says_too_much(const DeviceId& device, uint64_t chains);
  // What devices wrote (by book and device) that came to stand under records in conflict by their
  // doing, since this was last asked. Noted where `note_contended` says so.
  using Contended = std::map<std::pair<BookCode, DeviceId>, ContendedShare>;
  void note_contended() { notes_contended_ = true; }
  Contended take_contended() { return std::exchange(contended_, {}); }
  // New entries of a stream have come: where one is the last that its device's revocation keeps,
  // those before it count from now on. `has_come` tells whether it is this one.
  void judge_kept(const BookCode& book, const StreamKey& stream,
                  const std::function<bool(const Tip&)>& has_come);

  // By which rules what is here is to be judged: those that hold, or the newest known.
  uint64_t rules_to_follow();
  // Judges every entry by them, where it was judged by others. After opening, in a transaction.
  void follow_rules();

  // When an entry was written, as far as is known here: by its device's clock and anchors, and no
  // later than headquarters says.
  Instant time_of(const BookCode& book, const StreamKey& stream, Sequence number,
                  const ClockReading& clock);
  // Whether the rules here heed what headquarters says of clocks.
  bool heeds_clock_words() { return rules().heed_clock_words(); }
  // From now on it notes the streams of devices that have a candidate of a later time in a conflict
  // which is merged, or an entry of one that counts again; and devices whose own clocks' records
  // changed. Nothing: none.
  void watch_for_later_than(std::optional<Instant> time) { watched_ = time; }
  using Streams = std::set<std::pair<BookCode, StreamKey>>;
  Streams take_seen_later() { return std::exchange(seen_later_, {}); }
  // All such streams. Looks at every entry.
  Streams later_than(Instant time);
  // The grants (by book and device) in which words met that knew nothing of each other. Once.
  using Grants = std::set<std::pair<BookCode, DeviceId>>;
  Grants take_contested() { return std::exchange(contested_, {}); }
  // Those of devices that said something of their clocks while they were watched. Once.
  Grants take_retimed() { return std::exchange(retimed_, {}); }
  // Whether headquarters' words about clocks count since this was last asked, and didn't before.
  bool take_begun_to_heed() { return std::exchange(begun_to_heed_, false); }

  // Has `flush` work out anew all counts, and by what records are listed.
  void count_anew() { count_again_ = true; }

  // Tells the catalogue of every campaign; after opening.
  void teach_catalogue();

 private:
  struct Book;
  struct Share;
  struct Fresh;
  struct Opened;

  static bool is_rules(const Record& record);
  static bool lays_down(const Record& record);
  Book& slot(const BookCode& code);
  Book& book(const BookCode& code);
  void read_settings(Book& book, bool teach);
  BookSettings& settings_of(Book& book);
  Record& open(Book& book, const RecordId& record, const std::string& form);
  void load(Record& record);
  RecordState state_of(const RecordKey& key, const KeptRecord& kept);
  HistoryEntry history_entry(Book& book, const EntryPlace& place, Entry entry);
  Instant time_of(const BookSettings& in, const StreamKey& stream, Sequence number,
                  const ClockReading& clock);
  std::optional<Refusal> judge(Book& book, const EntryPlace& place, const Entry& entry,
                               Record* record);
  const JudgingRules& rules() { return known_.of(known_.usable(judged_by())); }
  uint64_t judged_by();
  bool before_revocation(Book& book, const EntryPlace& place);
  void judge_again(Book& book, const Shelf::Which& which);
  void settle(Record& record);
  void learn(const Record& record);
  void merge_conflicts_again(Book* book, const DeviceId* device = nullptr);
  void work_out(std::vector<Fresh>& fresh);
  void write(const std::vector<Fresh>& fresh);
  void take_over(const Fresh& fresh);
  void watch(const Record& record);
  void watch(const Book& book, const EntryPlace& place, const Entry& entry);
  void note_contended(Record& record);
  void count(Book& book, const Tally& tally, int64_t sign);
  void count_all_again();
  void mark_changed(Book& book);
  void write_books();

  Shelf& shelf_;
  Catalogue& catalogue_;
  const DeviceId headquarters_;
  Helpers& helpers_;
  const KnownRules& known_;
  std::optional<uint64_t> judged_by_;  // as the shelf says
  std::map<BookCode, std::unique_ptr<Book>> books_;
  Book* last_book_ = nullptr;         // that was asked for
  std::vector<Book*> changed_books_;  // in this transaction
  uint64_t transaction_ = 1;
  std::shared_ptr<Opened> opened_;  // in this transaction
  std::set<Record*> much_said_;     // of them, that have more entries than always fit
  bool count_again_ = false;
  std::optional<Instant> watched_;
  Streams seen_later_;
  Grants contested_, retimed_;
  bool begun_to_heed_ = false;
  bool merges_stations_again_ =
      false;  // while entries are judged by rules that heed them otherwise
  bool notes_contended_ = false;
  Contended contended_;
  Beside discarding_;  // the last member: its end is waited for before any other's
};

}  // namespace sitelog
