#include "sync/store/sqlite/verify_records.hpp"

#include <boost/json.hpp>
#include <optional>

#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/listed_review.hpp"
#include "sync/merge/state_digest.hpp"
#include "sync/store/sqlite/record_traits.hpp"
#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

namespace {

namespace json = boost::json;

std::string args_of(const Refusal& refusal) {
  json::array args;
  for (const auto& arg : refusal.args) args.emplace_back(arg);
  return json::serialize(args);
}

std::vector<std::string> fields_in_conflict(const RecordState& state) {
  std::vector<std::string> out;
  for (const auto& [field, conflict] : state.conflicts) out.push_back(field);
  return out;
}

// Steps through rows that are ordered by record, record by record.
class ByRecord {
 public:
  ByRecord(Statement& rows, int64_t first, int64_t end) : rows_(rows) {
    rows_.with(first, end);
    there_ = rows_.step();
  }
  ~ByRecord() { rows_.restart(); }
  bool at(int64_t record) const { return there_ && rows_.number(0) == record; }
  bool before(int64_t record) const { return there_ && rows_.number(0) < record; }
  void next() { there_ = rows_.step(); }

 private:
  Statement& rows_;
  bool there_ = false;
};

class RecordVerifier {
 public:
  RecordVerifier(Database& database, StreamTable& streams, MergeWork& work,
                 const Catalogue& catalogue, VerifyReport& report, TextSums* texts)
      : database_(database),
        streams_(streams),
        work_(work),
        catalogue_(catalogue),
        report_(report),
        texts_(texts),
        records_(database,
                 "SELECT record_id, r.book_id, record, r.form, first_entry, typeof(state), heads,"
                 " l.book_id, l.form, l.campaign, l.review"
                 " FROM records AS r LEFT JOIN lists AS l USING (list_id)"
                 " WHERE record_id >= ?1 AND record_id < ?2 ORDER BY record_id"),
        entries_(database,
                 "SELECT record_id, entry_id, name, entry_bytes(entry_id, bytes), q.reason, q.text,"
                 " q.args FROM entries LEFT JOIN quarantine AS q USING (entry_id)"
                 " WHERE record_id >= ?1 AND record_id < ?2 ORDER BY record_id, entry_id"),
        unread_(database,
                "SELECT record_id, entry_id, name, entry_bytes(entry_id, bytes), q.reason, q.text,"
                " q.args FROM entries LEFT JOIN quarantine AS q USING (entry_id)"
                " WHERE record_id IS NULL"),
        erased_(database, "SELECT 1 FROM erased WHERE entry_id = ?1"),
        conflicts_(database,
                   "SELECT record_id, field, unpacked(conflict) FROM conflicts"
                   " WHERE record_id >= ?1 AND record_id < ?2 ORDER BY record_id, field"),
        document_(database,
                  "SELECT document(first_entry, state) FROM records WHERE record_id = ?1") {}

  RecordSums run(int64_t first, int64_t end) {
    report_.guarded([&] { expected_.begin(database_, first, end); });
    records_.with(first, end);
    ByRecord entries(entries_, first, end), conflicts(conflicts_, first, end);
    while (records_.step()) {
      const int64_t row = records_.number(0);
      for (; entries.before(row); entries.next()) stray();
      for (; conflicts.before(row); conflicts.next()) {
      }
      report_.guarded([&] { check_record(row, entries, conflicts); });
      for (; entries.at(row); entries.next()) {
      }
    }
    for (; entries.before(end); entries.next()) stray();
    report_.guarded([&] {
      if (expected_.is_kept(database_)) return;
      report_.find("record", in_table("traits"),
                   N_("what records are found by is not what they say"));
    });
    return std::move(sums_);
  }

  void run_unread() {
    while (unread_.step()) {
      const int64_t entry_id = unread_.number(1);
      if (erased_.with(entry_id).number_or(0) == 1) {
        check_quarantine(unread_, where(entry_id), std::nullopt);
        continue;
      }
      const auto entry = decode_entry(as_bytes(unread_.view(3)));
      if (entry) report_.find("entry", where(entry_id), kElsewhere);
      const StreamRow& row = streams_.row(stream_of(entry_id));
      check_quarantine(unread_, where(entry_id, row), judge(unread_, row, entry));
    }
  }

 private:
  static constexpr const char* kElsewhere = N_("kept under another record than its own");

  Where where(int64_t entry_id, const StreamRow& row) {
    return at_entry(streams_.book_code(row.book_id), row.key, number_of(entry_id));
  }
  Where where(int64_t entry_id) { return where(entry_id, streams_.row(stream_of(entry_id))); }

  static EntryPlace place_of(const Statement& entry, const StreamRow& row) {
    return {row.key, number_of(entry.number(1)), entry.fixed<EntryName>(2)};
  }
  // Why an entry is not to be merged.
  std::optional<Refusal> judge(const Statement& row, const StreamRow& stream,
                               const Result<Entry>& entry) {
    if (!entry) return entry.refusal();
    return work_.judge(streams_.book_code(stream.book_id), place_of(row, stream), *entry);
  }

  void stray() {
    report_.guarded([&] { report_.find("entry", where(entries_.number(1)), kElsewhere); });
  }

  // An entry is aside exactly when the judge says so, and for that reason.
  void check_quarantine(const Statement& row, const Where& at,
                        const std::optional<Refusal>& right) {
    const bool is_aside = !row.is_null(4);
    if (!is_aside && right) {
      report_.find("quarantine", at, N_("merged, though it belongs in quarantine"));
    } else if (is_aside && !right) {
      report_.find("quarantine", at, N_("in quarantine, though nothing is wrong with it"));
    } else if (is_aside && (row.view(4) != name_of(right->reason) || row.view(5) != right->text ||
                            row.view(6) != args_of(*right))) {
      report_.find("quarantine", at, N_("in quarantine for another reason than the right one"));
    }
  }

  struct History {
    std::vector<HistoryEntry> entries;  // those not in quarantine
    std::vector<int64_t> ids;           // theirs
    bool any = false;                   // there are entries at all
  };

  History read_history(int64_t row, const RecordId& record, const std::string& form,
                       int64_t book_id, ByRecord& entries) {
    History out;
    for (; entries.at(row); entries.next()) {
      out.any = true;
      report_.guarded([&] {
        const int64_t entry_id = entries_.number(1);
        const StreamRow& stream = streams_.row(stream_of(entry_id));
        if (entries_.view(3).empty() && erased_.with(entry_id).number_or(0) == 1) {
          return check_quarantine(entries_, where(entry_id, stream), std::nullopt);
        }
        auto entry = decode_entry(as_bytes(entries_.view(3)));
        const bool own =
            entry && stream.book_id == book_id && entry->record == record && entry->form == form;
        if (!own) report_.find("entry", where(entry_id, stream), kElsewhere);
        const auto right = judge(entries_, stream, entry);
        if (right || !entries_.is_null(4)) {
          check_quarantine(entries_, where(entry_id, stream), right);
        }
        if (!entry || !entries_.is_null(4)) return;
        out.ids.push_back(entry_id);
        out.entries.push_back(work_.history_entry(streams_.book_code(stream.book_id),
                                                  place_of(entries_, stream), std::move(*entry)));
      });
    }
    return out;
  }

  void check_record(int64_t row, ByRecord& entries, ByRecord& conflicts) {
    ++sums_.records;
    const int64_t book_id = records_.number(1);
    const BookCode& book = streams_.book_code(book_id);
    const auto record = records_.fixed<RecordId>(2);
    const std::string form = records_.text(3);
    const Where here = in_record(book, record);
    const History history = read_history(row, record, form, book_id, entries);
    std::vector<std::string> fields, kept_conflicts;
    for (; conflicts.at(row); conflicts.next()) {
      fields.push_back(conflicts_.text(1));
      kept_conflicts.push_back(conflicts_.text(2));
    }
    if (history.entries.empty()) {
      const bool bare = records_.is_null(4) && records_.view(5) == "null" && records_.is_null(6) &&
                        records_.is_null(7) && fields.empty();
      if (!history.any || !bare) {
        report_.find("record", here, N_("a state without an entry to rest on"));
      }
      return;
    }
    const RecordState state = merge_record(history.entries, work_.settings(book));
    StoredRecord right;  // where there is to be more than its only entry
    Hash right_digest;
    const bool as_entry = kept_as_entry(form, history.entries.size() == 1);
    if (as_entry) {
      right_digest = digest_of(record, form, state.created.entry);
    } else {
      right = to_stored(state, book);
      right_digest = digest_of(record, form, right);
    }
    if (as_entry ? !is_kept_as_entry(history, state) : !is_kept(row, history, state, right, form)) {
      report_.find("record", here, N_("the state kept is not the merge of its entries"));
    } else if (kept_conflicts != right.conflicts || fields != fields_in_conflict(state)) {
      report_.find("conflict", here, N_("the conflicts kept are not those of its entries"));
    }
    const Listing listing = catalogue_.listing(state);
    if (records_.is_null(7) || records_.number(7) != book_id || records_.view(8) != listing.form ||
        records_.view(9) != listing.campaign || records_.view(10) != listed_as(state.review())) {
      report_.find("record", here, N_("it stands in another list than its own"));
    }
    expected_.add(row, book_id, sought_of(state, listing, book));
    if (texts_ != nullptr && row < static_cast<int64_t>(texts_->size())) {
      (*texts_)[static_cast<size_t>(row)] = text_sum(state);
    }
    Hash& digest = sums_.digests[book_id];
    digest = add(digest, right_digest);
    if (!is_of_campaigns(form)) return;
    ++sums_.counted[book_id];
    if (const auto tally = catalogue_.tally(state)) {
      sums_.tallies[{book_id, tally->key}].add(tally->sums);
    }
  }

  bool is_kept_as_entry(const History& history, const RecordState& state) {
    return records_.number(4) == history.ids.front() && records_.view(5) == "null" &&
           records_.is_null(6) && begin_record(history.entries.front()) == state;
  }

  bool is_kept(int64_t row, const History& history, const RecordState& state,
               const StoredRecord& right, const std::string& form) {
    size_t first = 0;
    while (history.entries[first].origin.entry != state.created.entry) ++first;
    if (records_.is_null(4) || records_.number(4) != history.ids[first]) return false;
    if (records_.view(5) != (kept_as_text(form, right) ? "text" : "blob")) return false;
    try {
      document_.with(row);
      const bool same =
          document_.step() && document_.view(0) == right.state && records_.view(6) == right.heads;
      document_.restart();
      return same;
    } catch (const StoreError& error) {
      if (error.kind() == StoreError::Kind::kShortage) throw;
      return false;
    }
  }

  Database& database_;
  StreamTable& streams_;
  MergeWork& work_;
  const Catalogue& catalogue_;
  VerifyReport& report_;
  TextSums* texts_;
  Statement records_, entries_, unread_, erased_, conflicts_, document_;
  RecordSums sums_;
  ExpectedTraits expected_;
};

}  // namespace

void RecordSums::add(const RecordSums& other) {
  records += other.records;
  for (const auto& [book, digest] : other.digests) {
    digests[book] = sitelog::add(digests[book], digest);
  }
  for (const auto& [book, count] : other.counted) counted[book] += count;
  for (const auto& [key, sums] : other.tallies) tallies[key].add(sums);
}

RecordSums verify_records(Database& database, StreamTable& streams, MergeWork& work,
                          const Catalogue& catalogue, int64_t first, int64_t end,
                          VerifyReport& report, TextSums* texts) {
  return RecordVerifier(database, streams, work, catalogue, report, texts).run(first, end);
}

void verify_unread_entries(Database& database, StreamTable& streams, MergeWork& work,
                           const Catalogue& catalogue, VerifyReport& report) {
  RecordVerifier(database, streams, work, catalogue, report, nullptr).run_unread();
}

}  // namespace sitelog
