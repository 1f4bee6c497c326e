#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/ledger/headquarters_id.hpp"
#include "sync/merge/catalogue.hpp"
#include "sync/merge/merge_work.hpp"
#include "sync/session/replica.hpp"
#include "sync/store/clock_watch.hpp"
#include "sync/store/invitations.hpp"
#include "sync/store/queries.hpp"
#include "sync/store/store_options.hpp"

namespace sitelog {

// How it is kept: sync/store/sqlite.
class ContendedTable;
class Database;
class MetaTable;
class PeerTable;
class SqliteShelf;
class StreamTable;
struct NewEntry;

// Who a data folder belongs to.
struct Owner {
  SigningKey key;               // this device's
  PublicKey authority;          // headquarters': whose word founds every grant
  HeadquartersId headquarters;  // whose receipts are given, and taken
  Standing standing;            // where this device stands
  // What others encrypt to; nothing where the folder has none yet.
  std::optional<AgreementPublicKey> agreement_key = std::nullopt;
};

// An entry of this device's, as saved.
struct Written {
  RecordId record;
  EntryName name;
  BookCode book;
  StreamKey stream;
  Sequence number;
};

// All a device keeps, in one SQLite file: entries, merged records, conflicts, quarantine, tallies,
// acknowledgements. The one writing connection of its data folder; lives on one thread. Throws
// StoreError where the disk fails: the store is then no longer to be used, and what was committed
// stands.
class Store final : public Replica {
 public:
  // `entropy` gives random numbers. `catalogue` outlives the store and starts empty.
  // Refuses a file from a newer Sitelog (kFolderNewer) or a damaged one (kFolderDamaged).
  static Result<std::unique_ptr<Store>> open(const std::string& path, Owner owner,
                                             Catalogue& catalogue,
                                             std::function<uint64_t()> entropy,
                                             const StoreOptions& options = {});
  ~Store() override;

  // Everything that changes the store happens between `begin` and `commit`. After `commit` returns
  // all of it is durable (synchronous FULL); `rollback` leaves nothing of it.
  void begin();
  void commit();
  void rollback() noexcept;
  // Runs `change` as one transaction and gives back its result.
  template <class Change>
  auto transact(Change&& change) {
    begin();
    try {
      auto result = change();
      commit();
      return result;
    } catch (...) {
      rollback();
      throw;
    }
  }
  // Merges what was written so far in this transaction, so that it can be read.
  void flush();
  // Books that hold more than before, since the last call.
  std::set<BookCode> take_changed() { return std::exchange(changed_, {}); }

  // Saves an entry of this device's own, made by `compose`. Nothing where it assigns nothing.
  // Refuses what is past a limit.
  Result<std::optional<Written>> write(const BookCode& book, Entry entry, const ClockReading& now,
                                       const Person& person);
  // Those of the transaction under way.
  const std::vector<Written>& written() const { return written_; }
  // Time-ordered, unique (as UUID version 7, RFC 9562); those drawn one behind the other at the
  // same time in that order, as the rows of a file are.
  RecordId new_record_id(const ClockReading& now);

  // Puts records into the index of texts, at headquarters: begin, in a transaction, before they are
  // gathered (Queries::gather_text); their words, some in each of several; then that it is whole.
  // The last two are false where that came to nothing. `clean_texts`: whether there may be more to
  // clean.
  int64_t begin_text();
  bool add_text(int64_t segment, const TextSegment& content, size_t first, size_t end);
  bool finish_text(int64_t segment, const TextSegment& content);
  bool clean_texts();
  // All texts are to be indexed anew.
  void drop_texts();

  // Takes the body of an entry away: its record is merged without it, and others are given its
  // digest in its place. False where it is not held, or its body is gone already. Refuses
  // (kNotPermitted) what lays something down for others, and at a site what headquarters is not
  // known to hold: it would take it from nobody any more.
  Result<bool> erase(const BookCode& book, const EntryPlace& entry);

  std::optional<RecordState> state(const BookCode& book, const RecordId& record,
                                   const std::string& form);
  const BookSettings& settings(const BookCode& book);
  // The merge of a record's whole history, candidates and all.
  std::optional<RecordState> merged(const BookCode& book, const RecordId& record,
                                    const std::string& form);
  std::vector<HistoryEntry> history(const BookCode& book, const RecordId& record,
                                    const std::string& form);
  std::vector<BookCode> books();

  std::optional<std::string> meta(const std::string& key);
  void set_meta(const std::string& key, const std::string& value);

  const Owner& owner() const { return owner_; }
  DeviceId device() const { return device_; }
  Database& database() { return *database_; }
  StreamTable& streams() { return *streams_; }

  // What is merged so far, in the transaction under way too.
  const Queries& queries() const { return *queries_; }
  Invitations& invitations() { return *invitations_; }

  // Up to where a device's entries count when it is shut out: its tips; where they are more than a
  // grant can list, those that began here first.
  std::vector<Tip> tips_to_keep(const BookCode& book, const DeviceId& device) const;
  // What is held of a device in a book, and how much headquarters keeps of it at most.
  DeviceShare held_of(const BookCode& book, const DeviceId& device);
  DeviceShare allowed(const BookCode& book, const DeviceId& device);

  // At headquarters: what its clock has said; somebody's word, in a transaction, that it is right
  // now, and held to nothing that it said before.
  ClockBelief clock_belief();
  void believe_clock(const ClockReading& now);
  // In a transaction of its own, at start and now and then: does what waits for the clock, if any.
  void mind_clock(const ClockReading& now);

  // These books are held from now on, empty at first.
  void take_on(const std::vector<BookCode>& books);

  // Replica
  DeviceId authority() const override { return authority_; }
  Result<std::vector<BookCode>> scope(const Peer& peer) override;
  std::optional<Refusal> refuse_reading(const Peer& peer) override;
  VersionVector vector(const BookCode& book) const override;
  const TipTree& tip_tree(const BookCode& book) const override;
  Hash digest(const BookCode& book) const override;
  uint64_t count(const BookCode& book) const override;
  std::vector<StreamKey> grown(const BookCode& book, uint64_t count) const override;
  VersionVector tips(const BookCode& book, const StreamKey& stream) const override;
  bool holds(const BookCode& book, const StreamKey& stream, const Mark& mark) const override;
  bool climb(const BookCode& book, const StreamKey& stream, const Mark& mark,
             const std::function<bool(const Segment&)>& visit) const override;
  Mark mark_at(const BookCode& book, const Tip& tip, Sequence number) const override;
  std::vector<Mark> samples(const BookCode& book, const Tip& tip) const override;
  Batch read(const BookCode& book, const Tip& tip, Sequence after) override;
  Result<Tip> append(const Peer& from, const Batch& batch, const ClockReading& now) override;
  Receipt receipt(const BookCode& book, const VersionVector& tips, Instant wall) override;
  void peer_holds(const Peer& peer, const BookCode& book, const VersionVector& tips,
                  Instant wall) override;
  Word take_receipt(const Peer& peer, const Receipt& receipt) override;
  std::vector<Receipt> receipts(const BookCode& book, const DeviceId& author) override;
  std::optional<Instant> time_to_tell(const ClockReading& now) override;
  void contact(const Peer& peer, const ClockReading& now,
               std::optional<Instant> true_wall) override;
  std::optional<AgreementClaim> agreement_claim() override;
  Result<> keep_agreement_key(const Peer& peer, const AgreementClaim& claim,
                              const ClockReading& now) override;

 private:
  Store(const std::string& path, Owner owner, Catalogue& catalogue,
        std::function<uint64_t()> entropy, const StoreOptions& options);
  void keep(const BookCode& book, const StreamKey& stream, int64_t book_id, const NewEntry& added,
            Result<Entry> entry);
  void merge();
  bool say_clock_words();
  void owe_clock_words(const MergeWork::Streams& ahead, const MergeWork::Grants& retimed);
  void owe_words_of_device(const BookCode& book, const DeviceId& device, const ClockReading& now);
  bool write_owed_words();
  void look_at_clocks_again();
  void keep_clock_belief(const ClockBelief& belief);
  StreamKey own_stream(const BookCode& book);
  HybridClock& clock(int64_t book_id);
  HybridTime kept_hybrid(int64_t book_id);
  std::optional<Refusal> refuse_author(const Peer& from, const Batch& batch);
  std::optional<Refusal> refuse_for_room() const;
  void write_grant(const BookCode& book, const DeviceId& device,
                   const std::map<std::string, Value>& values, const ClockReading& now);
  bool settle_grants();
  std::optional<Refusal> refuse_held_up(const Batch& batch);
  bool hold_up(const BookCode& book, const DeviceId& device, const ClockReading& now);
  bool hold_up_for_conflicts();
  void hold_up_for_one_record(const BookCode& book, const DeviceId& device,
                              const ClockReading& now);
  bool said_before(const BookCode& book, const DeviceId& device, const AgreementPublicKey& key);
  void write_agreement_key(const BookCode& book, const PublicKey& device,
                           const AgreementPublicKey& key, const ClockReading& now);

  const std::unique_ptr<Database> database_;  // the first member: all that follows uses it
  const Owner owner_;
  const StoreOptions options_;
  const DeviceId device_;
  const DeviceId authority_;
  const std::function<uint64_t()> entropy_;
  int64_t last_drawn_ms_ = -1;  // of the record ids drawn last
  uint64_t drawn_ = 0;          // what follows the time in the last of them
  std::unique_ptr<StreamTable> streams_;
  std::unique_ptr<SqliteShelf> shelf_;
  std::unique_ptr<MergeWork> work_;
  std::unique_ptr<const Queries> queries_;
  std::unique_ptr<Invitations> invitations_;
  std::unique_ptr<MetaTable> meta_;
  std::unique_ptr<PeerTable> peers_;
  std::unique_ptr<ContendedTable> contended_;
  std::optional<ClockWatch> watch_;  // at headquarters
  std::map<int64_t, HybridClock> clocks_;
  Instant seen_wall_;  // what the local clock last said
  std::set<BookCode> changed_;
  std::vector<Written> written_;
  bool erased_ = false;      // in this transaction
  bool told_doubt_ = false;  // whoever runs the program knows that its clock is doubted
};

}  // namespace sitelog
