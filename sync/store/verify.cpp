#include "sync/store/verify.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <map>

#include "sync/ledger/limits.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/merger.hpp"
#include "sync/store/schema.hpp"
#include "sync/store/stored_record.hpp"
#include "sync/store/verify_report.hpp"

namespace sitelog {

namespace {

namespace json = boost::json;

class Verifier {
 public:
  using Progress = std::function<void(const char*, int64_t)>;
  Verifier(Database& database, const PublicKey& headquarters, Catalogue& catalogue,
           Progress progress)
      : database_(database),
        headquarters_(headquarters),
        streams_(database),
        merger_(database, streams_, catalogue, device_of(headquarters)),
        catalogue_(catalogue),
        progress_(std::move(progress)) {}

  Verified run() {
    guarded([&] { check_file(); });
    guarded([&] { check_schema(); });
    guarded([&] { check_devices(); });
    guarded([&] { check_blocks(); });
    guarded([&] { check_streams(); });
    guarded([&] { merger_.teach_catalogue(); });
    guarded([&] { check_quarantine(); });
    guarded([&] { check_records(); });
    guarded([&] { check_tallies(); });
    verify_kept({database_, streams_, merger_, headquarters_, report_});
    return std::move(out_);
  }

 private:
  void guarded(const std::function<void()>& check) { report_.guarded(check); }
  void find(const char* kind, const Where& where, std::string what) {
    report_.find(kind, where, std::move(what));
  }

  void check_file() {
    progress_("file", 0);
    Statement check(database_, "PRAGMA integrity_check(20)");
    while (check.step()) {
      if (check.text(0) != "ok") find("file", in_file(), check.text(0));
    }
    Statement references(database_, "PRAGMA foreign_key_check");
    std::map<std::string, int64_t> dangling;
    while (references.step()) ++dangling[references.text(0)];
    for (const auto& [table, rows] : dangling) {
      find("file", in_table(table), N_("rows that belong to something that is not there"));
    }
  }

  // The tables are those of this version, letter by letter.
  void check_schema() {
    const auto tables = [](Database& database) {
      std::map<std::string, std::string> out;
      Statement all(database, "SELECT name, type, tbl_name, sql FROM sqlite_schema");
      while (all.step()) out[all.text(0)] = all.text(1) + " " + all.text(2) + " " + all.text(3);
      return out;
    };
    if (Statement(database_, "PRAGMA user_version").number_or(0) != kSchemaVersion) {
      find("file", in_file(), N_("the version of its tables is not this one's"));
    }
    Database fresh(":memory:", Database::Mode::kReadWrite);
    fresh.run(std::string(newest_schema()));
    auto right = tables(fresh);
    for (const auto& [name, definition] : tables(database_)) {
      if (right[name] != definition) {
        find("file", in_table(name), N_("defined otherwise than this version does"));
      }
      right.erase(name);
    }
    for (const auto& [name, definition] : right) {
      find("file", in_table(name), N_("not there"));
    }
  }

  void check_devices() {
    Statement all(database_, "SELECT device, key FROM devices");
    while (all.step()) {
      const auto key = PublicKey::from(all.view(1));
      if (!key || as_text(device_of(*key).view()) != all.view(0)) {
        find("device", of_device(all.view(0)),
             N_("the device's key is not the one its id stands for"));
      }
    }
  }

  // Each block unpacks to as many entries as it says, which keep no bytes of their own.
  void check_blocks() {
    Statement covered(database_,
                      "SELECT count(*) FROM entries WHERE entry_id >= ?1 AND entry_id < ?2"
                      " AND bytes IS NULL");
    Statement blocks(database_, "SELECT first_entry, entries, packed FROM blocks");
    Packer packer;
    while (blocks.step()) {
      const int64_t first = blocks.number(0);
      const int64_t count = blocks.number(1);
      const auto joined = packer.unpack(blocks.view(2));
      const bool whole =
          joined && count > 0 && split_entries(*joined, static_cast<size_t>(count)).has_value();
      if (whole && covered.with(first, first + count).number_or(0) == count) continue;
      find("entry", place_of(first), N_("the block of entries that begins here is damaged"));
    }
  }

  Where place_of(int64_t entry_id) {
    try {
      const StreamRow& row = streams_.row(stream_of(entry_id));
      return at_entry(streams_.book_code(row.book_id), row.key, number_of(entry_id));
    } catch (const StoreError&) {
      return in_file();
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
        find("count", in_unit(book),
             N_("the number of entries kept is not the sum over the streams"));
      }
    }
    Statement strays(database_,
                     "SELECT count(*) FROM entries WHERE entry_id >> 40 NOT IN"
                     " (SELECT stream_id FROM streams)");
    if (strays.number_or(0) != 0) find("entry", in_file(), N_("entries without a stream"));
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
                  [&](Sequence number, const EntryName& stored, std::string_view bytes) {
                    check_entry(walk, number, stored, bytes);
                    const auto head = walk.heads.find(number.value);
                    if (head != walk.heads.end()) check_head(walk, head->second, stored);
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

  void check_entry(Walk& walk, Sequence number, const EntryName& stored, std::string_view bytes) {
    if (++out_.entries % 20000 == 0) progress_("entries", out_.entries);
    const auto at = [&] { return at_entry(walk.book, walk.row.key, number); };
    if (number.value != walk.number.value + 1) {
      find("entry", at(), N_("entries before this one are missing"));
    }
    walk.number = number;
    walk.hash = chain_next(walk.hash, as_bytes(bytes));
    walk.bytes += static_cast<int64_t>(bytes.size());
    // After the first wrong byte all differs, up to the next signed head.
    if (walk.broken || name_of(walk.hash) == stored) return;
    walk.broken = true;
    find("chain", at(), N_("the bytes are not those that were hashed"));
  }

  void check_head(Walk& walk, const Head& head, const EntryName& stored) {
    ++out_.heads;
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
    if (head.bytes < 0 || (begins_here && head.bytes > walk.bytes) ||
        walk.bytes > static_cast<int64_t>(limits::kBatchBytesMax)) {
      find("head", at(), N_("the size of what it signs is wrong"));
    }
    walk.bytes = 0;
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
    Statement aside(database_, "SELECT reason, text, args FROM quarantine WHERE entry_id = ?1");
    Statement of_record(database_,
                        "SELECT book_id, record, form FROM records WHERE record_id = ?1");
    Statement entries(database_,
                      "SELECT entry_id, record_id, entry_bytes(entry_id, bytes) FROM entries"
                      " ORDER BY record_id");
    int64_t done = 0;
    while (entries.step()) {
      if (++done % 20000 == 0) progress_("judgements", done);
      const int64_t entry_id = entries.number(0);
      const StreamRow& row = streams_.row(stream_of(entry_id));
      const Where at = at_entry(streams_.book_code(row.book_id), row.key, number_of(entry_id));
      const auto entry = decode_entry(as_bytes(entries.view(2)));
      std::optional<Refusal> right;
      bool own_record = entries.is_null(1);
      if (!entry) {
        right = entry.refusal();
      } else {
        right = merger_.judge(entry_id, *entry);
        of_record.with(entries.is_null(1) ? -1 : entries.number(1));
        own_record = of_record.step() && of_record.number(0) == row.book_id &&
                     of_record.view(1) == as_text(entry->record.view()) &&
                     of_record.view(2) == entry->form;
        of_record.restart();
      }
      if (!own_record) find("entry", at, N_("kept under another record than its own"));
      aside.with(entry_id);
      const bool is_aside = aside.step();
      if (!is_aside && right) {
        find("quarantine", at, N_("merged, though it belongs in quarantine"));
      } else if (is_aside && !right) {
        find("quarantine", at, N_("in quarantine, though nothing is wrong with it"));
      } else if (is_aside && (aside.view(0) != name_of(right->reason) ||
                              aside.view(1) != right->text || aside.text(2) != args_of(*right))) {
        find("quarantine", at, N_("in quarantine for another reason than the right one"));
      }
      aside.restart();
    }
  }

  static std::string args_of(const Refusal& refusal) {
    json::array args;
    for (const auto& arg : refusal.args) args.emplace_back(arg);
    return json::serialize(args);
  }

  void check_records() {
    std::map<int64_t, Hash> digests;
    std::map<int64_t, int64_t> counts;
    Statement conflicts(
        database_, "SELECT field, conflict FROM conflicts WHERE record_id = ?1 ORDER BY field");
    Statement of_record(database_, "SELECT 1 FROM entries WHERE record_id = ?1 LIMIT 1");
    Statement document(database_,
                       "SELECT document(first_entry, state) FROM records WHERE record_id = ?1");
    Statement records(database_,
                      "SELECT record_id, r.book_id, record, r.form, first_entry, state IS NULL,"
                      " heads, l.book_id, l.form, l.campaign, l.review, typeof(state)"
                      " FROM records AS r LEFT JOIN lists AS l USING (list_id)");
    while (records.step()) {
      if (++out_.records % 5000 == 0) progress_("records", out_.records);
      const int64_t book_id = records.number(1);
      const BookCode& book = streams_.book_code(book_id);
      const auto record = records.fixed<RecordId>(2);
      const std::string form = records.text(3);
      const Where where = in_record(book, record);
      std::vector<std::string> kept_conflicts, fields;
      conflicts.with(records.number(0));
      while (conflicts.step()) {
        fields.push_back(conflicts.text(0));
        kept_conflicts.push_back(conflicts.text(1));
      }
      std::vector<int64_t> ids;
      const auto history = merger_.history(records.number(0), &ids);
      if (history.empty()) {
        const bool has_entry = of_record.with(records.number(0)).number_or(0) == 1;
        if (!has_entry || !records.is_null(4) || records.number(5) == 0 || !records.is_null(6) ||
            !records.is_null(7) || !fields.empty()) {
          find("record", where, N_("a state without an entry to rest on"));
        }
        continue;
      }
      const RecordState state = merge_record(history, merger_.settings(book_id));
      const StoredRecord right = to_stored(state, book);
      const auto is_right = [&] {
        size_t first = 0;
        while (history[first].origin.entry != state.created.entry) ++first;
        if (records.is_null(4) || records.number(4) != ids[first]) return false;
        if (records.number(5) != 0) {
          return records.is_null(6) && history.size() == 1 &&
                 begin_record(history.front()) == state;
        }
        try {
          document.with(records.number(0));
          const bool as_kept = records.view(11) == (kept_as_text(form, right) ? "text" : "blob");
          return as_kept && document.step() && document.view(0) == right.state &&
                 records.view(6) == right.heads;
        } catch (const StoreError&) {
          return false;
        }
      };
      if (!is_right()) {
        find("record", where, N_("the state kept is not the merge of its entries"));
      } else if (kept_conflicts != right.conflicts || fields != fields_in_conflict(state)) {
        find("conflict", where, N_("the conflicts kept are not those of its entries"));
      }
      document.restart();
      if (records.is_null(7) || records.number(7) != book_id || records.view(8) != form ||
          records.view(9) != state.campaign() ||
          records.view(10) != name_of(state.review().verdict)) {
        find("record", where, N_("it stands in another list than its own"));
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
        find("digest", in_unit(streams_.book_code(book_id)),
             N_("the state digest is not that of the records"));
      }
      if (books.number(2) != counts[book_id]) {
        find("count", in_unit(streams_.book_code(book_id)), N_("the number of records is wrong"));
      }
    }
  }

  static std::vector<std::string> fields_in_conflict(const RecordState& state) {
    std::vector<std::string> out;
    for (const auto& [field, conflict] : state.conflicts) out.push_back(field);
    return out;
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
      if (!(seen[key] == tally)) find("tally", where_of(key), N_("not the sum over the records"));
    }
    for (const auto& [key, tally] : seen) {
      if (!tallies_.contains(key) && !(tally == Tally{})) {
        find("tally", where_of(key), N_("counts records that are not there"));
      }
    }
  }

  using Key = std::tuple<std::string, int64_t, std::string, std::string, std::string>;
  Where where_of(const Key& key) {
    const auto& [campaign, book_id, kind, level, review] = key;
    return {N_("unit {}, campaign {}, count of {} {} {}"),
            {streams_.book_code(book_id), campaign, kind, level, review}};
  }

  Database& database_;
  const PublicKey headquarters_;
  StreamTable streams_;
  Merger merger_;
  Catalogue& catalogue_;
  Progress progress_;
  std::map<Key, Tally> tallies_;
  Verified out_;
  VerifyReport report_{out_};
};

}  // namespace

Verified verify_store(const std::string& database_path, const PublicKey& headquarters,
                      Catalogue& catalogue,
                      const std::function<void(const char*, int64_t)>& progress) {
  try {
    Database database(database_path, Database::Mode::kReadOnly);
    prepare_reader(database);
    database.run("BEGIN");
    return Verifier(database, headquarters, catalogue, progress).run();
  } catch (const StoreError& error) {
    Verified out;
    out.findings.push_back(
        {"file", database_path, error.what(), advice_for("file"), "{}", {database_path}});
    out.findings_total = 1;
    return out;
  }
}

}  // namespace sitelog
