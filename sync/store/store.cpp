#include "sync/store/store.hpp"

#include <algorithm>
#include <sstream>

#include "sync/merge/forms.hpp"
#include "sync/merge/listed_review.hpp"
#include "sync/store/sqlite/contended_table.hpp"
#include "sync/store/sqlite/meta_table.hpp"
#include "sync/store/sqlite/peer_table.hpp"
#include "sync/store/sqlite/rebuild.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/sqlite_invitations.hpp"
#include "sync/store/sqlite/sqlite_queries.hpp"
#include "sync/store/sqlite/sqlite_shelf.hpp"

namespace sitelog {

namespace {

// By what the counts and lists here are worked out.
std::string counted_by(const Catalogue& catalogue) {
  constexpr uint64_t kCountingsMax = 100;
  SITELOG_ASSERT(catalogue.counting() < kCountingsMax);
  return std::to_string(kListedBy * kCountingsMax + catalogue.counting());
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& path, Owner owner,
                                           Catalogue& catalogue, std::function<uint64_t()> entropy,
                                           const StoreOptions& options) {
  const auto damaged = [&](const StoreError& error) {
    return Refusal{Reason::kFolderDamaged,
                   N_("the data file {} is damaged ({}): nothing was changed; restore a backup, or "
                      "ask headquarters, which holds what it acknowledged"),
                   {path, error.what()}};
  };
  try {
    OpeningProgress progress(options.on_opening);
    // Open until the store's own connection is: the last one to close would empty the log.
    Database database(path, Database::Mode::kReadWrite);
    prepare_writer(database, kSiteCacheKib, options.journal);
    progress.begin(N_("bringing the tables up to date"));
    if (options.on_opening) database.while_running([&] { progress.beat(); });
    const auto rebuild = [&] {
      rebuild_from_entries(database, catalogue, device_of(owner.authority), options, progress);
      progress.begin(N_("writing it all down"));
    };
    if (auto ready = bring_up_to_date(database, rebuild); !ready) return ready.refusal();
    database.while_running({});
    std::unique_ptr<Store> store(
        new Store(path, std::move(owner), catalogue, std::move(entropy), options));
    store->work_->teach_catalogue();
    store->shelf_->on_visit = [&] { progress.one(); };
    // A program that knows newer rules than the last one, or older ones, took the folder over.
    if (store->work_->rules_to_follow() != store->queries_->rules().judged_by) {
      store->transact([&] {
        int64_t all = 0;
        for (const BookCode& book : store->books()) all += static_cast<int64_t>(store->count(book));
        progress.begin(N_("judging the entries anew"), all);
        store->work_->follow_rules();
        if (store->watch_) store->look_at_clocks_again();
        return Done{};
      });
    }
    if (const std::string now = counted_by(catalogue);
        store->meta(kCountedByKey).value_or("1") != now) {
      store->transact([&] {
        progress.begin(N_("counting the records anew"), store->queries_->last_number());
        store->work_->count_anew();
        // Where nobody knows by what it was worked out, it is all worked out anew.
        if (!store->meta(kCountedByKey)) store->drop_texts();
        store->set_meta(kCountedByKey, now);
        return Done{};
      });
    }
    store->shelf_->on_visit = [] {};
    return store;
  } catch (const StoreError& error) {
    if (error.kind() == StoreError::Kind::kDamaged) return damaged(error);
    throw;
  }
}

Store::Store(const std::string& path, Owner owner, Catalogue& catalogue,
             std::function<uint64_t()> entropy, const StoreOptions& options)
    : database_(std::make_unique<Database>(path, Database::Mode::kReadWrite)),
      owner_(std::move(owner)),
      options_(options),
      device_(owner_.key.device()),
      authority_(device_of(owner_.authority)),
      entropy_(std::move(entropy)) {
  const int usual = owner_.standing.is_authority() ? kHeadquartersCacheKib : kSiteCacheKib;
  prepare_writer(*database_, options_.cache_kib != 0 ? options_.cache_kib : usual,
                 options_.journal);
  streams_ = std::make_unique<StreamTable>(*database_, options_);
  shelf_ = std::make_unique<SqliteShelf>(*database_, *streams_);
  work_ = std::make_unique<MergeWork>(*shelf_, catalogue, authority_, *options_.helpers,
                                      *options_.rules);
  queries_ = std::make_unique<SqliteQueries>(*database_);
  invitations_ = std::make_unique<SqliteInvitations>(*database_);
  meta_ = std::make_unique<MetaTable>(*database_);
  peers_ = std::make_unique<PeerTable>(*database_, *streams_);
  contended_ = std::make_unique<ContendedTable>(*database_);
  if (owner_.standing.is_authority()) {
    watch_.emplace(*work_);
    work_->note_contended();
    shelf_->index_texts();
  }
}

Store::~Store() = default;

void Store::begin() {
  database_->begin();
  erased_ = false;
  written_.clear();
  if (shelf_->begin()) {
    streams_->forget();
    clocks_.clear();
  }
  work_->begin();
  if (watch_) watch_->begin();
}

void Store::flush() {
  do {
    merge();
  } while (say_clock_words() || settle_grants() || hold_up_for_conflicts());
}

void Store::merge() {
  streams_->prepare_flush();
  work_->flush();
  streams_->flush();
  shelf_->end();
}

void Store::commit() {
  flush();
  database_->commit();
  // The log still has what was erased.
  if (std::exchange(erased_, false)) database_->empty_log();
}

void Store::rollback() noexcept {
  database_->rollback();
  if (watch_) watch_->owed().forget();
}

std::vector<BookCode> Store::books() {
  return streams_->books();
}

std::optional<std::string> Store::meta(const std::string& key) {
  return meta_->find(key);
}

void Store::set_meta(const std::string& key, const std::string& value) {
  meta_->set(key, value);
}

int64_t Store::begin_text() {
  return shelf_->texts().begin();
}

bool Store::add_text(int64_t segment, const TextSegment& content, size_t first, size_t end) {
  return shelf_->texts().add(segment, content, first, end);
}

bool Store::finish_text(int64_t segment, const TextSegment& content) {
  return shelf_->texts().finish(segment, content);
}

bool Store::clean_texts() {
  return shelf_->texts().clean();
}

void Store::drop_texts() {
  shelf_->texts().drop();
}

RecordId Store::new_record_id(const ClockReading& now) {
  const uint64_t a = entropy_();
  const uint64_t b = entropy_();
  // RFC 9562, 6.2, method 1: the twelve bits behind the time count on from a random beginning.
  constexpr uint64_t kBeginsBelow = 1024;
  constexpr uint64_t kMost = 4095;
  drawn_ = now.wall.ms == last_drawn_ms_ ? std::min(drawn_ + 1, kMost) : b % kBeginsBelow;
  last_drawn_ms_ = now.wall.ms;
  RecordId out;
  for (size_t i = 0; i < 6; ++i) {
    out.bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(now.wall.ms) >> (40 - 8 * i));
  }
  for (size_t i = 0; i < 8; ++i) out.bytes[8 + i] = static_cast<uint8_t>(a >> (8 * i));
  out.bytes[6] = static_cast<uint8_t>(0x70 | (drawn_ >> 8));
  out.bytes[7] = static_cast<uint8_t>(drawn_);
  out.bytes[8] = static_cast<uint8_t>(0x80 | (out.bytes[8] & 0x3f));
  return out;
}

StreamKey Store::own_stream(const BookCode& book) {
  const std::string key = kEpochOf + book;
  if (const auto epoch = meta(key)) return {device_, {std::stoull(*epoch)}};
  const Epoch epoch{entropy_() >> 1};
  set_meta(key, std::to_string(epoch.value));
  return {device_, epoch};
}

// What the device had written when an entry of its own was erased.
HybridTime Store::kept_hybrid(int64_t book_id) {
  HybridTime out;
  const auto kept = meta(kHybridOf + streams_->book_code(book_id));
  if (kept) std::istringstream(*kept) >> out.wall_ms >> out.counter;
  return out;
}

Result<bool> Store::erase(const BookCode& book, const EntryPlace& entry) {
  const auto book_id = streams_->find_book(book);
  if (!book_id) return false;
  if (!owner_.standing.is_authority() && !peers_->holds(authority_, book, entry)) {
    return Refusal{Reason::kNotPermitted,
                   N_("an entry that headquarters does not hold yet can't be erased"),
                   {}};
  }
  if (entry.stream.device == device_) {
    const HybridTime last = clock(*book_id).last();
    set_meta(kHybridOf + book, std::to_string(last.wall_ms) + " " + std::to_string(last.counter));
  }
  auto done = work_->erase(book, entry);
  erased_ = erased_ || (done && *done);
  return done;
}

// The book's hybrid clock, which has seen the last entry of every stream here.
HybridClock& Store::clock(int64_t book_id) {
  const auto [at, fresh] = clocks_.try_emplace(book_id);
  if (fresh) {
    HybridTime own = kept_hybrid(book_id);
    std::vector<HybridTime> others;
    streams_->each_last(book_id, [&](const StreamKey& stream, std::string_view bytes) {
      const auto entry = decode_entry(as_bytes(bytes));
      if (!entry) return;
      if (stream.device == device_) {
        own = std::max(own, entry->hybrid);
      } else {
        others.push_back(entry->hybrid);
      }
    });
    at->second = HybridClock(own);
    for (const HybridTime& other : others) at->second.observe(other, seen_wall_);
  }
  return at->second;
}

void Store::keep(const BookCode& book, const StreamKey& stream, int64_t book_id,
                 const NewEntry& added, Result<Entry> entry) {
  if (added.erased) return streams_->insert_entry(added, std::nullopt);
  if (!entry) {
    streams_->insert_entry(added, std::nullopt);
    shelf_->set_aside(added.entry_id, entry.refusal());
    return;
  }
  MergeWork::Record& record = work_->open(book, entry->record, entry->form);
  streams_->insert_entry(added, shelf_->row_of(book_id, entry->record, entry->form));
  work_->add(record, {stream, number_of(added.entry_id), added.name}, std::move(*entry));
}

Result<std::optional<Written>> Store::write(const BookCode& book, Entry entry,
                                            const ClockReading& now, const Person& person) {
  if (entry.assignments.empty()) return std::optional<Written>();
  while (auto before = take_predecessor(entry)) {
    const auto written = write(book, std::move(*before), now, person);
    if (!written) return written.refusal();
    go_on_from(entry, (*written)->name);
  }
  seen_wall_ = now.wall;
  if (watch_) watch_->tells(now);
  const int64_t book_id = streams_->book_id(book);
  HybridClock& hybrid = clock(book_id);
  const HybridTime before = hybrid.last();
  entry.clock = now;
  entry.hybrid = hybrid.tick(now.wall);
  entry.person = person;
  auto bytes = encode(entry);
  if (!bytes) {
    hybrid = HybridClock(before);
    return bytes.refusal();
  }
  StreamKey stream = own_stream(book);
  const auto last = streams_->end_of_own(book_id, stream);
  if (last && !owner_.standing.is_authority() &&
      work_->chain_is_full({book, entry.record, entry.form}, *last, as_bytes(*bytes))) {
    // What one stream may say of a record is said: the next one goes on.
    meta_->erase(kEpochOf + book);
    stream = own_stream(book);
  }
  Hash head;
  const NewEntry added =
      streams_->append_own(book_id, stream, owner_.key.public_key(), *bytes, head);
  keep(book, stream, book_id, added, decode_entry(as_bytes(*added.bytes)));
  changed_.insert(book);
  written_.push_back({entry.record, added.name, book, stream, number_of(added.entry_id)});
  return std::optional(written_.back());
}

std::optional<RecordState> Store::state(const BookCode& book, const RecordId& record,
                                        const std::string& form) {
  return work_->state({book, record, form});
}

const BookSettings& Store::settings(const BookCode& book) {
  return work_->settings(book);
}

std::vector<HistoryEntry> Store::history(const BookCode& book, const RecordId& record,
                                         const std::string& form) {
  return work_->history({book, record, form});
}

std::optional<RecordState> Store::merged(const BookCode& book, const RecordId& record,
                                         const std::string& form) {
  const auto entries = history(book, record, form);
  if (entries.empty()) return std::nullopt;
  return merge_record(entries, settings(book));
}

}  // namespace sitelog
