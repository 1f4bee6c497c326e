#include "sync/store/verify.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

#include "sync/ledger/limits.hpp"
#include "sync/store/helper_threads.hpp"
#include "sync/store/sqlite/record_bits.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/tally_rows.hpp"
#include "sync/store/sqlite/verify_records.hpp"

namespace sitelog {

namespace {

constexpr int64_t kRecordsAtOnce = 2 * kRecordsOfPage;
constexpr int64_t kEntriesForThreads = 20'000;  // below, one thread is done as soon
constexpr unsigned kThreadsMax = 8;

using Progress = std::function<void(const char*, int64_t)>;

// Counts what all threads have done, and tells. Whoever is told ends all of it by throwing.
class Steps {
 public:
  explicit Steps(Progress progress) : progress_(std::move(progress)) {}
  void add(const char* step, int64_t done) {
    const std::lock_guard lock(mutex_);
    int64_t& all = done_[step];
    const int64_t before = all;
    all += done;
    if (done != 0 && before / 20'000 == all / 20'000) return;
    try {
      progress_(step, all);
    } catch (...) {
      throw VerifyStopped{std::current_exception()};
    }
  }

 private:
  const Progress progress_;
  std::mutex mutex_;
  std::map<std::string_view, int64_t> done_;
};

// One thread's connection. All see the same moment.
struct Reader {
  Reader(const std::string& path, const PublicKey& headquarters, Catalogue& catalogue,
         const KnownRules& rules)
      : database(path, Database::Mode::kReadOnly),
        streams((prepare_reader(database), database)),
        shelf(database, streams),
        work(shelf, catalogue, device_of(headquarters), helper_threads(), rules) {}

  Database database;
  StreamTable streams;
  SqliteShelf shelf;
  MergeWork work;
};

// The file itself, by SQLite's own means.
class FileVerifier {
 public:
  FileVerifier(Database& database, VerifyReport& report) : database_(database), report_(report) {}

  void run() {
    Statement check(database_, "PRAGMA integrity_check(20)");
    while (check.step()) {
      if (check.text(0) != "ok") report_.find("file", in_file(), check.text(0));
    }
    // What entries and records belong to is looked at record by record.
    std::vector<std::string> tables;
    Statement all(database_, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (all.step()) tables.push_back(all.text(0));
    for (const std::string& table : tables) {
      if (table == "entries" || table == "records") continue;
      Statement references(database_, "SELECT 1 FROM pragma_foreign_key_check(?1) LIMIT 1");
      if (references.with(table).step()) {
        report_.find("file", in_table(table),
                     N_("rows that belong to something that is not there"));
      }
    }
  }

  // The tables are those of this version, letter by letter.
  void run_schema() {
    const auto tables = [](Database& database) {
      std::map<std::string, std::string> out;
      Statement all(database, "SELECT name, type, tbl_name, sql FROM sqlite_schema");
      while (all.step()) out[all.text(0)] = all.text(1) + " " + all.text(2) + " " + all.text(3);
      return out;
    };
    if (Statement(database_, "PRAGMA user_version").number_or(0) != kSchemaVersion) {
      report_.find("file", in_file(), N_("the version of its tables is not this one's"));
    }
    Database fresh(":memory:", Database::Mode::kReadWrite);
    fresh.run(std::string(newest_schema()));
    auto right = tables(fresh);
    for (const auto& [name, definition] : tables(database_)) {
      if (right[name] != definition) {
        report_.find("file", in_table(name), N_("defined otherwise than this version does"));
      }
      right.erase(name);
    }
    for (const auto& [name, definition] : right) {
      report_.find("file", in_table(name), N_("not there"));
    }
  }

 private:
  Database& database_;
  VerifyReport& report_;
};

// Streams: bytes against hashes, hashes against signatures.
class StreamVerifier {
 public:
  StreamVerifier(Database& database, StreamTable& streams, Steps& steps, VerifyReport& report)
      : database_(database), streams_(streams), steps_(steps), report_(report) {}

  void run(const BookCode& book) {
    const int64_t book_id = streams_.book_id(book);
    int64_t entries = 0;
    for (const StreamRow& row : streams_.rows(book_id).all()) {
      report_.guarded([&] { check_stream(book, row); });
      entries += static_cast<int64_t>(row.entries());
    }
    Statement count(database_, "SELECT entries FROM books WHERE book_id = ?1");
    if (count.with(book_id).number_or(-1) != entries) {
      find("count", in_unit(book),
           N_("the number of entries kept is not the sum over the streams"));
    }
  }

  int64_t entries() const { return entries_; }
  int64_t heads() const { return heads_; }

 private:
  void find(const char* kind, const Where& where, std::string what) {
    report_.find(kind, where, std::move(what));
  }

  struct Head {
    Hash hash;
    Signature signature;
    int64_t bytes = 0;
  };
  // How far a stream was gone through.
  struct Walk {
    const BookCode& book;
    const StreamRow& row;
    std::map<uint64_t, Head> heads;
    Hash hash;
    Sequence number;
    int64_t bytes = 0;    // since the signed head before
    bool erased = false;  // of an entry since then the size is not known
    bool broken = false;  // a byte was wrong since then
  };

  void check_stream(const BookCode& book, const StreamRow& row) {
    Walk walk{book,
              row,
              {},
              row.fork_of ? parent_hash(book, row) : chain_start(book, row.key),
              row.fork_number};
    Statement select(database_,
                     "SELECT number, head, signature, bytes FROM heads WHERE stream_id = ?1");
    select.with(row.id);
    while (select.step()) {
      walk.heads[static_cast<uint64_t>(select.number(0))] = {
          select.fixed<Hash>(1), select.fixed<Signature>(2), select.number(3)};
    }
    streams_.each(row.id, row.fork_number, {(uint64_t{1} << 40) - 1},
                  [&](const StreamTable::Kept& kept) {
                    check_entry(walk, kept);
                    const auto head = walk.heads.find(kept.number.value);
                    if (head != walk.heads.end()) check_head(walk, head->second, kept.name);
                  });
    if (walk.number != row.last) {
      find("entry", in_stream(book, row.key), N_("the last entries are missing"));
    } else if (!walk.broken && walk.hash != row.head) {
      find("chain", in_stream(book, row.key), N_("the head kept is not that of the entries"));
    }
    for (const auto& [number, head] : walk.heads) {
      if (number > row.last.value || number <= row.fork_number.value) {
        find("head", at_entry(book, row.key, {number}), N_("a signed head beyond the stream"));
      }
    }
  }

  void check_entry(Walk& walk, const StreamTable::Kept& kept) {
    if (++entries_ % 5000 == 0) steps_.add("entries", 5000);
    const auto at = [&] { return at_entry(walk.book, walk.row.key, kept.number); };
    if (kept.number.value != walk.number.value + 1) {
      find("entry", at(), N_("entries before this one are missing"));
    }
    walk.number = kept.number;
    walk.hash = chain_next(walk.hash, kept.digest);
    walk.bytes += static_cast<int64_t>(kept.bytes.size());
    walk.erased = walk.erased || kept.erased;
    // After the first wrong byte all differs, up to the next signed head.
    if (walk.broken || name_of(walk.hash) == kept.name) return;
    walk.broken = true;
    find("chain", at(), N_("the bytes are not those that were hashed"));
  }

  void check_head(Walk& walk, const Head& head, const EntryName& stored) {
    ++heads_;
    const StreamRow& row = walk.row;
    const auto at = [&] { return at_entry(walk.book, row.key, walk.number); };
    const Tip tip{row.key, walk.number, head.hash};
    if (!head_is_signed(row.public_key, walk.book, tip, head.signature)) {
      find("head", at(), N_("the signature is not the device's"));
    } else if (walk.broken) {
      walk.hash = head.hash;
      walk.broken = name_of(walk.hash) != stored;
    }
    if (!walk.broken && head.hash != walk.hash) {
      find("head", at(), N_("the signed hash kept is not that of the entries"));
    }
    // What is signed first behind a fork may begin before it.
    const bool begins_here = !row.fork_of || walk.heads.begin()->first < walk.number.value;
    if (head.bytes < 0 || (begins_here && !walk.erased && head.bytes > walk.bytes) ||
        walk.bytes > static_cast<int64_t>(limits::kBatchBytesMax)) {
      find("head", at(), N_("the size of what it signs is wrong"));
    }
    walk.bytes = 0;
    walk.erased = false;
  }

  Hash parent_hash(const BookCode& book, const StreamRow& row) {
    Hash hash = chain_start(book, row.key);
    for (const Segment& segment : streams_.way_to({*row.fork_of, row.fork_number})) {
      streams_.each(segment.stream_id, segment.from, segment.to,
                    [&](const StreamTable::Kept& kept) { hash = chain_next(hash, kept.digest); });
    }
    return hash;
  }

  Database& database_;
  StreamTable& streams_;
  Steps& steps_;
  VerifyReport& report_;
  int64_t entries_ = 0;
  int64_t heads_ = 0;
};

class Verifier {
 public:
  Verifier(std::string path, const PublicKey& headquarters, const HeadquartersId& id,
           Catalogue& catalogue, Progress progress, const KnownRules& rules)
      : path_(std::move(path)),
        headquarters_(headquarters),
        id_(id),
        catalogue_(catalogue),
        steps_(std::move(progress)),
        rules_(rules) {}

  Verified run() {
    open_readers();
    Reader& first = *readers_.front();
    VerifyReport report(out_);
    report.guarded([&] { FileVerifier(first.database, report).run_schema(); });
    report.guarded([&] { check_devices(first, report); });
    report.guarded([&] { first.work.teach_catalogue(); });
    report.guarded([&] { check_blocks(first, report); });
    plan(first, report);
    run_parts();
    report.guarded([&] { check_sums(first, report); });
    report.guarded([&] { check_tallies(first, report); });
    check_texts(first, report);
    verify_kept({first.database, first.streams, first.work, headquarters_, id_, report});
    return std::move(out_);
  }

 private:
  // A piece of the work that a thread does by itself.
  struct Part {
    std::function<void(Reader&, VerifyReport&, Part&)> run;
    Verified found;
    RecordSums sums;
  };

  void open_readers() {
    const auto add = [&] {
      readers_.push_back(std::make_unique<Reader>(path_, headquarters_, catalogue_, rules_));
      readers_.back()->database.run("BEGIN");
    };
    add();
    Database& database = readers_.front()->database;
    const bool large =
        Statement(database, "SELECT max(rowid) FROM records").number_or(0) >= kEntriesForThreads;
    const unsigned cores = std::min(std::max(1U, std::thread::hardware_concurrency()), kThreadsMax);
    if (!large || cores == 1) return;
    // While nobody writes, all connections begin to read: they see the same moment.
    try {
      Database gate(path_, Database::Mode::kReadWrite);
      gate.run("BEGIN IMMEDIATE");
      database.run("COMMIT");
      database.run("BEGIN");
      Statement(database, "SELECT count(*) FROM books").run();
      while (readers_.size() < cores) {
        add();
        Statement(readers_.back()->database, "SELECT count(*) FROM books").run();
      }
      gate.run("ROLLBACK");
    } catch (const StoreError&) {
      readers_.resize(1);  // where nothing can be locked one thread does it all
    }
  }

  void check_devices(Reader& reader, VerifyReport& report) {
    Statement all(reader.database, "SELECT device, key FROM devices");
    while (all.step()) {
      const auto key = PublicKey::from(all.view(1));
      if (!key || as_text(device_of(*key).view()) != all.view(0)) {
        report.find("device", of_device(all.view(0)),
                    N_("the device's key is not the one its id stands for"));
      }
    }
  }

  // Each block is there for entries that keep no bytes of their own. Whether it unpacks, the chains
  // tell.
  void check_blocks(Reader& reader, VerifyReport& report) {
    Statement covered(reader.database,
                      "SELECT count(*) FROM entries WHERE entry_id >= ?1 AND entry_id < ?2"
                      " AND (bytes IS NULL OR entry_id IN (SELECT entry_id FROM erased))");
    Statement blocks(reader.database, "SELECT first_entry, entries FROM blocks");
    while (blocks.step()) {
      const int64_t first = blocks.number(0);
      const int64_t count = blocks.number(1);
      if (count > 0 && covered.with(first, first + count).number_or(0) == count) continue;
      report.find("entry", place_of(reader, first),
                  N_("the block of entries that begins here is damaged"));
    }
  }

  // What is said to be erased is not there any more. Whether the digest is right, the chains tell.
  void check_erased(Reader& reader, VerifyReport& report) {
    Statement erased(reader.database,
                     "SELECT entry_id, entry_bytes(entry_id, bytes)"
                     " FROM erased JOIN entries USING (entry_id)");
    while (erased.step()) {
      if (!erased.view(1).empty() || erased.is_null(1)) {
        report.find("entry", place_of(reader, erased.number(0)),
                    N_("said to be erased, but its bytes are there"));
      }
    }
  }

  static Where place_of(Reader& reader, int64_t entry_id) {
    try {
      const StreamRow& row = reader.streams.row(stream_of(entry_id));
      return at_entry(reader.streams.book_code(row.book_id), row.key, number_of(entry_id));
    } catch (const StoreError&) {
      return in_file();
    }
  }

  void part(std::function<void(Reader&, VerifyReport&, Part&)> run) {
    parts_.push_back({std::move(run), {}, {}});
  }

  void plan(Reader& reader, VerifyReport& report) {
    part([this](Reader& own, VerifyReport& into, Part&) {
      steps_.add("file", 0);
      FileVerifier(own.database, into).run();
    });
    report.guarded([&] {
      for (const BookCode& book : reader.streams.books()) {
        part([this, book](Reader& own, VerifyReport& into, Part& self) {
          StreamVerifier streams(own.database, own.streams, steps_, into);
          streams.run(book);
          self.found.entries = streams.entries();
          self.found.heads = streams.heads();
        });
      }
    });
    part([this](Reader& own, VerifyReport& into, Part&) {
      Statement strays(own.database,
                       "SELECT count(*) FROM entries WHERE entry_id >> 40 NOT IN"
                       " (SELECT stream_id FROM streams)");
      if (strays.number_or(0) != 0) into.find("entry", in_file(), N_("entries without a stream"));
      check_erased(own, into);
      verify_unread_entries(own.database, own.streams, own.work, catalogue_, into);
    });
    int64_t last = 0;
    report.guarded([&] {
      last =
          std::max(Statement(reader.database, "SELECT max(record_id) FROM records").number_or(0),
                   Statement(reader.database, "SELECT max(record_id) FROM entries").number_or(0));
    });
    // A damaged number must not make parts without end, nor take all memory.
    constexpr int64_t kRecordsLikely = 100'000'000;
    texts_.resize(static_cast<size_t>(std::clamp<int64_t>(last, 0, kRecordsLikely)) + 1);
    const int64_t pages = last / 10'000 / kRecordsOfPage + 1;
    const int64_t step = std::max(kRecordsAtOnce, pages * kRecordsOfPage);
    part([last](Reader& own, VerifyReport& into, Part&) {
      Statement beyond(own.database,
                       "SELECT EXISTS (SELECT 1 FROM traits WHERE page < 0 OR page > ?1)"
                       " OR EXISTS (SELECT 1 FROM columns WHERE column_id & 1099511627775 > ?2)"
                       " OR EXISTS (SELECT 1 FROM unfiled WHERE record_id < 0 OR record_id > ?3)");
      beyond.with(last / kRecordsOfPage, last / kRecordsOfChunk, last);
      if (beyond.number_or(0) != 0) {
        into.find("record", in_table("traits"), N_("finds records that are not there"));
      }
    });
    for (int64_t at = 0; at <= last; at += step) {
      part([this, at, step](Reader& own, VerifyReport& into, Part& self) {
        self.sums = verify_records(own.database, own.streams, own.work, catalogue_, at, at + step,
                                   into, &texts_);
        steps_.add("records", self.sums.records);
      });
    }
  }

  void run_parts() {
    std::atomic<size_t> next = 0;
    const auto work = [&](Reader& reader) {
      for (size_t i = next++; i < parts_.size(); i = next++) {
        Part& part = parts_[i];
        VerifyReport report(part.found);
        report.guarded([&] { part.run(reader, report, part); });
      }
    };
    std::vector<Beside> helpers;
    for (size_t i = 1; i < readers_.size(); ++i) {
      helpers.emplace_back(helper_threads(), [&, i] { work(*readers_[i]); });
    }
    work(*readers_.front());
    for (Beside& helper : helpers) helper.wait();
    for (Part& part : parts_) {
      out_.entries += part.found.entries;
      out_.heads += part.found.heads;
      sums_.add(part.sums);
      VerifyReport(out_).take(std::move(part.found));
    }
    out_.records = sums_.records;
  }

  // What they are found by, once it is known by what they are to be.
  void check_texts(Reader& reader, VerifyReport& report) {
    std::vector<TextCheck> checks;
    std::atomic<bool> right = true;
    report.guarded([&] {
      auto all = texts_to_check(reader.database, texts_);
      right = all.has_value();
      if (all) checks = std::move(*all);
    });
    parts_.clear();
    for (const TextCheck& each : checks) {
      part([&](Reader& own, VerifyReport&, Part&) {
        if (!are_right(own.database, each, texts_)) right = false;
      });
    }
    run_parts();
    if (right) return;
    report.find("record", in_table("words"), N_("what texts are found by is not what records say"));
  }

  void check_sums(Reader& reader, VerifyReport& report) {
    Statement books(reader.database, "SELECT book_id, state_digest, records FROM books");
    while (books.step()) {
      const int64_t book_id = books.number(0);
      if (books.fixed<Hash>(1) != sums_.digests[book_id]) {
        report.find("digest", in_unit(reader.streams.book_code(book_id)),
                    N_("the state digest is not that of the records"));
      }
      if (books.number(2) != sums_.counted[book_id]) {
        report.find("count", in_unit(reader.streams.book_code(book_id)),
                    N_("the number of records is wrong"));
      }
    }
  }

  // Book, campaign, review, axes.
  using TallyRow = std::tuple<int64_t, std::string, std::string, std::string>;

  void check_tallies(Reader& reader, VerifyReport& report) {
    steps_.add("tallies", 0);
    std::map<TallyRow, std::string> right;
    for (const auto& [where, sums] : sums_.tallies) {
      const auto& [book_id, key] = where;
      if (sums.all_zero()) continue;
      right[{book_id, key.campaign, key.review, axes_column(key.axes)}] = sums_column(sums);
    }
    Statement kept(reader.database, "SELECT book_id, campaign, review, axes, sums FROM tallies");
    while (kept.step()) {
      const TallyRow row{kept.number(0), kept.text(1), kept.text(2), kept.text(3)};
      const auto at = right.find(row);
      if (at == right.end()) {
        report.find("tally", where_of(reader, row), N_("counts records that are not there"));
        continue;
      }
      if (at->second != kept.view(4)) {
        report.find("tally", where_of(reader, row), N_("not the sum over the records"));
      }
      right.erase(at);
    }
    for (const auto& [row, sums] : right) {
      report.find("tally", where_of(reader, row), N_("not the sum over the records"));
    }
  }

  static Where where_of(Reader& reader, const TallyRow& row) {
    const auto& [book_id, campaign, review, axes] = row;
    return {N_("unit {}, campaign {}, count of {} {}"),
            {reader.streams.book_code(book_id), campaign, axes, review}};
  }

  const std::string path_;
  const PublicKey headquarters_;
  const HeadquartersId id_;
  Catalogue& catalogue_;
  Steps steps_;
  const KnownRules& rules_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<Part> parts_;
  RecordSums sums_;
  TextSums texts_;
  Verified out_;
};

}  // namespace

Verified verify_store(const std::string& database_path, const PublicKey& headquarters,
                      const HeadquartersId& id, Catalogue& catalogue, const Progress& progress,
                      const KnownRules& rules) {
  try {
    return Verifier(database_path, headquarters, id, catalogue, progress, rules).run();
  } catch (const VerifyStopped& stopped) {
    std::rethrow_exception(stopped.why);
  } catch (const StoreError& error) {
    if (error.kind() == StoreError::Kind::kShortage) throw;
    Verified out;
    VerifyReport(out).find("file", {"{}", {database_path}}, error.what());
    return out;
  }
}

}  // namespace sitelog
