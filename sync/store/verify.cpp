#include "sync/store/verify.hpp"

#include <exception>
#include <map>
#include <set>

#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/merger.hpp"
#include "sync/store/schema.hpp"

namespace sitelog {

namespace {

constexpr size_t kFindingsMax = 1000;

class Verifier {
 public:
  using Progress = std::function<void(const char*, int64_t)>;
  Verifier(Database& database, DeviceId headquarters, Catalogue& catalogue, Progress progress)
      : database_(database),
        streams_(database),
        merger_(database, streams_, catalogue, headquarters),
        catalogue_(catalogue),
        progress_(std::move(progress)) {}

  Verified run() {
    guarded([&] { check_file(); });
    guarded([&] { check_streams(); });
    guarded([&] { merger_.teach_catalogue(); });
    guarded([&] { check_quarantine(); });
    guarded([&] { check_records(); });
    guarded([&] { check_tallies(); });
    return std::move(out_);
  }

 private:
  // What can't be read at all is a finding too, and the other checks go on.
  void guarded(const std::function<void()>& check) {
    try {
      check();
    } catch (const std::exception& error) {
      find("file", "sitelog.db", error.what());
    }
  }

  void find(std::string kind, std::string where, std::string what) {
    ++out_.findings_total;
    if (out_.findings.size() < kFindingsMax) {
      out_.findings.push_back({std::move(kind), std::move(where), std::move(what)});
    }
  }

  void check_file() {
    progress_("file", 0);
    Statement check(database_, "PRAGMA integrity_check(20)");
    while (check.step()) {
      if (check.text(0) != "ok") find("file", "sitelog.db", check.text(0));
    }
  }

  void check_streams() {
    for (const BookCode& book : streams_.books()) {
      const int64_t book_id = streams_.book_id(book);
      int64_t entries = 0;
      for (const StreamRow& row : streams_.rows(book_id)) {
        guarded([&] { check_stream(book, row); });
        entries += static_cast<int64_t>(row.entries());
      }
      Statement count(database_, "SELECT entries FROM books WHERE book_id = ?1");
      if (count.with(book_id).number_or(-1) != entries) {
        find("count", book, "the number of entries kept is not the sum over the streams");
      }
    }
    Statement strays(database_,
                     "SELECT count(*) FROM entries WHERE entry_id >> 40 NOT IN"
                     " (SELECT stream_id FROM streams)");
    if (strays.number_or(0) != 0) find("entry", "sitelog.db", "entries without a stream");
  }

  void check_stream(const BookCode& book, const StreamRow& row) {
    const std::string name = to_text(book, row.key);
    if (device_of(row.public_key) != row.key.device) {
      find("head", name, "the device's key is not the one its id stands for");
    }
    std::map<uint64_t, std::pair<Hash, Signature>> heads;
    Statement select(database_, "SELECT number, head, signature FROM heads WHERE stream_id = ?1");
    select.with(row.id);
    while (select.step()) {
      heads[static_cast<uint64_t>(select.number(0))] = {select.fixed<Hash>(1),
                                                        select.fixed<Signature>(2)};
    }
    Hash hash = row.fork_of ? parent_hash(book, row) : chain_start(book, row.key);
    Sequence expected = row.fork_number;
    bool broken = false;
    streams_.each(row.id, row.fork_number, {(uint64_t{1} << 40) - 1},
                  [&](Sequence number, const EntryName& stored, std::string_view bytes) {
                    if (++out_.entries % 20000 == 0) progress_("entries", out_.entries);
                    const std::string at = name + " " + std::to_string(number.value);
                    if (number.value != expected.value + 1) {
                      find("entry", at, "entries before this one are missing");
                    }
                    expected = number;
                    hash = chain_next(hash, as_bytes(bytes));
                    if (broken) return;  // everything after the first wrong byte differs
                    if (name_of(hash) != stored) {
                      broken = true;
                      find("chain", at, "the bytes are not those that were hashed");
                    }
                    const auto head = heads.find(number.value);
                    if (head == heads.end()) return;
                    ++out_.heads;
                    if (head->second.first != hash) {
                      find("head", at, "the signed hash kept is not that of the entries");
                    } else if (!head_is_signed(row.public_key, book, {row.key, number, hash},
                                               head->second.second)) {
                      find("head", at, "the signature is not the device's");
                    }
                  });
    if (expected != row.last) find("entry", name, "the last entries are missing");
    if (!broken && expected == row.last && hash != row.head) {
      find("chain", name, "the head kept is not that of the entries");
    }
    for (const auto& [number, head] : heads) {
      if (number > row.last.value || number <= row.fork_number.value) {
        find("head", name + " " + std::to_string(number), "a signed head beyond the stream");
      }
    }
  }

  Hash parent_hash(const BookCode& book, const StreamRow& row) {
    Hash hash = chain_start(book, row.key);
    for (const Segment& segment : streams_.way_to({*row.fork_of, row.fork_number})) {
      streams_.each(segment.stream_id, segment.from, segment.to,
                    [&](Sequence, const EntryName&, std::string_view bytes) {
                      hash = chain_next(hash, as_bytes(bytes));
                    });
    }
    return hash;
  }

  // Each entry stands under its own record, and is aside exactly when the judge says so.
  void check_quarantine() {
    Statement aside(database_, "SELECT reason FROM quarantine WHERE entry_id = ?1");
    Statement of_record(database_,
                        "SELECT book_id, record, form FROM records WHERE record_id = ?1");
    Statement entries(database_,
                      "SELECT entry_id, record_id, bytes FROM entries ORDER BY record_id");
    int64_t done = 0;
    while (entries.step()) {
      if (++done % 20000 == 0) progress_("judgements", done);
      const int64_t entry_id = entries.number(0);
      const StreamRow& row = streams_.row(stream_of(entry_id));
      const std::string at = to_text(streams_.book_code(row.book_id), row.key) + " " +
                             std::to_string(number_of(entry_id).value);
      const auto entry = decode_entry(as_bytes(entries.view(2)));
      aside.with(entry_id);
      const std::string reason = aside.step() ? aside.text(0) : std::string();
      aside.restart();
      std::string right;
      if (!entry) {
        right = name_of(entry.refusal().reason);
      } else {
        if (const auto refusal = merger_.judge(entry_id, *entry)) right = name_of(refusal->reason);
        of_record.with(entries.is_null(1) ? -1 : entries.number(1));
        const bool own_record = of_record.step() && of_record.number(0) == row.book_id &&
                                of_record.view(1) == as_text(entry->record.view()) &&
                                of_record.view(2) == entry->form;
        of_record.restart();
        if (!own_record) find("entry", at, "kept under another record than its own");
      }
      if (reason != right) {
        find("quarantine", at + " (" + (reason.empty() ? right : reason) + ")",
             reason.empty()  ? N_("merged, though it belongs in quarantine")
             : right.empty() ? N_("in quarantine, though nothing is wrong with it")
                             : N_("in quarantine for another reason than the right one"));
      }
    }
  }

  void check_records() {
    std::map<int64_t, Hash> digests;
    std::map<int64_t, int64_t> counts;
    Statement conflicts(
        database_, "SELECT field, conflict FROM conflicts WHERE record_id = ?1 ORDER BY field");
    Statement records(database_,
                      "SELECT record_id, book_id, record, form, state, heads FROM records");
    while (records.step()) {
      if (++out_.records % 5000 == 0) progress_("records", out_.records);
      const int64_t book_id = records.number(1);
      const BookCode& book = streams_.book_code(book_id);
      const auto record = records.fixed<RecordId>(2);
      const std::string form = records.text(3);
      const std::string where = book + " " + record.hex();
      StoredRecord stored{records.text(4), records.text(5), {}};
      conflicts.with(records.number(0));
      while (conflicts.step()) stored.conflicts.push_back(conflicts.text(1));
      const auto history = merger_.history(records.number(0));
      if (history.empty()) {
        if (!records.is_null(4)) find("record", where, "a state without an entry to rest on");
        continue;
      }
      const RecordState state = merge_record(history, merger_.settings(book_id));
      const StoredRecord right = to_stored(state, book);
      if (stored.state != right.state || stored.heads != right.heads) {
        find("record", where, "the state kept is not the merge of its entries");
      } else if (stored.conflicts != right.conflicts) {
        find("conflict", where, "the conflicts kept are not those of its entries");
      }
      digests[book_id] = add(digests[book_id], digest_of(record, form, right));
      if (is_system_form(form)) continue;
      ++counts[book_id];
      if (const auto tally = catalogue_.tally(state)) {
        Tally& sum = tallies_[{tally->campaign, book_id, tally->kind, tally->level, tally->review}];
        sum.events += tally->events;
        sum.sessions += tally->sessions;
        sum.participants += tally->participants;
      }
    }
    Statement books(database_, "SELECT book_id, state_digest, records FROM books");
    while (books.step()) {
      const int64_t book_id = books.number(0);
      if (books.fixed<Hash>(1) != digests[book_id]) {
        find("digest", streams_.book_code(book_id), "the state digest is not that of the records");
      }
      if (books.number(2) != counts[book_id]) {
        find("count", streams_.book_code(book_id), "the number of records is wrong");
      }
    }
  }

  void check_tallies() {
    progress_("tallies", 0);
    Statement kept(database_, "SELECT * FROM tallies");
    std::map<Key, Tally> seen;
    while (kept.step()) {
      Tally& tally = seen[{kept.text(0), kept.number(1), kept.text(2), kept.text(3), kept.text(4)}];
      tally.events = kept.number(5);
      tally.sessions = kept.number(6);
      tally.participants = kept.number(7);
    }
    std::erase_if(tallies_, [](const auto& item) { return item.second == Tally{}; });
    for (const auto& [key, tally] : tallies_) {
      if (!(seen[key] == tally)) find("tally", where_of(key), "not the sum over the records");
    }
    for (const auto& [key, tally] : seen) {
      if (!tallies_.contains(key) && !(tally == Tally{})) {
        find("tally", where_of(key), "counts records that are not there");
      }
    }
  }

  using Key = std::tuple<std::string, int64_t, std::string, std::string, std::string>;
  std::string where_of(const Key& key) {
    return std::get<0>(key) + " " + streams_.book_code(std::get<1>(key)) + " " + std::get<2>(key) +
           " " + std::get<3>(key) + " " + std::get<4>(key);
  }

  Database& database_;
  StreamTable streams_;
  Merger merger_;
  Catalogue& catalogue_;
  Progress progress_;
  std::map<Key, Tally> tallies_;
  Verified out_;
};

}  // namespace

Verified verify_store(const std::string& database_path, const PublicKey& headquarters,
                      Catalogue& catalogue,
                      const std::function<void(const char*, int64_t)>& progress) {
  try {
    Database database(database_path, Database::Mode::kReadOnly);
    prepare_reader(database);
    database.run("BEGIN");
    return Verifier(database, device_of(headquarters), catalogue, progress).run();
  } catch (const StoreError& error) {
    Verified out;
    out.findings.push_back({"file", database_path, error.what()});
    out.findings_total = 1;
    return out;
  }
}

}  // namespace sitelog
