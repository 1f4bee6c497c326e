#include "sync/store/sqlite/sqlite_shelf.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "sync/merge/forms.hpp"
#include "sync/merge/state_digest.hpp"
#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/stored_record.hpp"
#include "sync/store/sqlite/tally_rows.hpp"

namespace sitelog {

SqliteShelf::SqliteShelf(Database& database, StreamTable& streams)
    : database_(database),
      streams_(streams),
      traits_(database),
      texts_(database),
      select_version_(database, "PRAGMA data_version"),
      select_record_(database,
                     "SELECT record_id, first_entry, state IS NULL,"
                     " iif(state IS NULL, NULL, document(first_entry, state)), heads FROM records"
                     " WHERE record = ?1 AND book_id = ?2 AND form = ?3"),
      select_row_(database,
                  "SELECT record_id FROM records WHERE record = ?1 AND book_id = ?2 AND form = ?3"),
      insert_record_(database,
                     "INSERT INTO records (record_id, book_id, record, form, list_id, first_entry,"
                     " state, heads) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      update_record_(database,
                     "UPDATE records SET list_id = ?2, first_entry = ?3, state = ?4, heads = ?5"
                     " WHERE record_id = ?1"),
      select_conflicts_(database,
                        "SELECT unpacked(conflict) FROM conflicts WHERE record_id = ?1"
                        " ORDER BY field"),
      delete_conflicts_(database, "DELETE FROM conflicts WHERE record_id = ?1"),
      insert_conflict_(database,
                       "INSERT INTO conflicts (record_id, field, conflict) VALUES (?1, ?2, ?3)"),
      select_history_(database,
                      "SELECT entry_id, name, entry_bytes(entry_id, bytes) FROM entries"
                      " WHERE record_id = ?1"
                      " AND NOT EXISTS (SELECT 1 FROM quarantine AS q"
                      " WHERE q.entry_id = entries.entry_id)"),
      insert_quarantine_(database,
                         "INSERT OR REPLACE INTO quarantine (entry_id, reason, text, args)"
                         " VALUES (?1, ?2, ?3, ?4)"),
      delete_quarantine_(database, "DELETE FROM quarantine WHERE entry_id = ?1"),
      select_quarantined_(database, "SELECT 1 FROM quarantine WHERE entry_id = ?1"),
      add_tally_(database,
                 "INSERT INTO tallies (campaign, book_id, review, axes, sums)"
                 " VALUES (?1, ?2, ?3, ?4, ?5)"
                 " ON CONFLICT DO UPDATE SET sums = add_sums(sums, excluded.sums)"
                 " RETURNING sums = '{}'"),
      delete_tally_(database,
                    "DELETE FROM tallies WHERE campaign = ?1 AND book_id = ?2 AND review = ?3"
                    " AND axes = ?4"),
      add_to_book_(database,
                   "UPDATE books SET records = records + ?2, state_digest = ?3 WHERE book_id = ?1"),
      select_digest_(database, "SELECT state_digest FROM books WHERE book_id = ?1"),
      select_system_(database,
                     // By the lists: the units are not even passed over.
                     "SELECT record, form, state, heads FROM records WHERE list_id IN"
                     " (SELECT list_id FROM lists WHERE book_id = ?1"
                     " AND form IN ('campaign', 'grant', 'policy', 'clock'))"
                     " AND form IN ('campaign', 'grant', 'policy', 'clock')"
                     " AND first_entry IS NOT NULL"),
      select_conflicting_(database,
                          "SELECT DISTINCT book_id, record, form FROM conflicts"
                          " JOIN records USING (record_id) WHERE (?1 IS NULL OR book_id = ?1)"
                          " AND (?2 IS NULL OR instr(unpacked(conflict), ?2) > 0)"),
      select_max_row_(database, "SELECT max(record_id) FROM records"),
      select_entry_(database,
                    "SELECT name, entry_bytes(entry_id, bytes) FROM entries WHERE entry_id = ?1"),
      select_list_(database,
                   "SELECT list_id FROM lists WHERE book_id = ?1 AND form = ?2"
                   " AND campaign = ?3 AND review = ?4"),
      insert_list_(database,
                   "INSERT INTO lists (book_id, form, campaign, review) VALUES (?1, ?2, ?3, ?4)"
                   " RETURNING list_id"),
      move_to_list_(database,
                    "UPDATE records SET list_id = ?4 WHERE record = ?1 AND book_id = ?2"
                    " AND form = ?3 AND list_id IS NOT ?4"),
      count_entries_(database,
                     "SELECT count(*) FROM (SELECT 1 FROM entries WHERE record_id = ?1 LIMIT ?2)"),
      select_said_(database,
                   "SELECT entry_bytes(entry_id, bytes), entry_id FROM entries"
                   " WHERE record_id = ?1 AND entry_id > ?2 AND entry_id <= ?3"),
      select_record_of_(database, "SELECT record_id FROM entries WHERE entry_id = ?1") {
  version_ = read_version();
}

// SQLite's own count of what other connections committed.
uint64_t SqliteShelf::read_version() {
  return static_cast<uint64_t>(select_version_.with().number_or(0));
}

bool SqliteShelf::begin() {
  end();
  if (std::exchange(version_, read_version()) == version_) return false;
  next_row_.reset();
  lists_.clear();
  last_list_ = lists_.end();
  traits_.forget();
  return true;
}

std::pair<SqliteShelf::Row*, SqliteShelf::ById::iterator> SqliteShelf::known_row(
    int64_t book_id, const RecordId& record, const std::string& form) {
  const auto is_it = [&](const Row& row) {
    return row.record == record && row.book_id == book_id && row.form == form;
  };
  // Mostly the one that was asked for last, or the one that was read after it.
  for (size_t at = last_row_; at < std::min(last_row_ + 2, rows_.size()); ++at) {
    if (is_it(rows_[at])) {
      last_row_ = at;
      return {&rows_[at], by_id_.end()};
    }
  }
  auto at = by_id_.lower_bound(record);
  for (; at != by_id_.end() && at->first == record; ++at) {
    if (!is_it(rows_[at->second])) continue;
    last_row_ = at->second;
    return {&rows_[last_row_], at};
  }
  return {nullptr, at};
}

int64_t SqliteShelf::row_of(int64_t book_id, const RecordId& record, const std::string& form) {
  Row* known = known_row(book_id, record, form).first;
  SITELOG_ASSERT(known != nullptr);
  if (known->row == 0) known->row = next_row();
  return known->row;
}

void SqliteShelf::end() {
  rows_.clear();
  by_id_.clear();
  counted_.clear();
  last_row_ = 0;
}

int64_t SqliteShelf::find_row(const RecordKey& key) {
  const auto book_id = streams_.find_book(key.book);
  if (!book_id) return 0;
  const Row* known = known_row(*book_id, key.record, key.form).first;
  if (known != nullptr && known->row != 0) return known->row;
  return select_row_.with(key.record, *book_id, key.form).number_or(0);
}

int64_t SqliteShelf::next_row() {
  if (!next_row_) next_row_ = select_max_row_.with().number_or(0) + 1;
  return (*next_row_)++;
}

void SqliteShelf::read_first(KeptRecord& record, int64_t first_entry) {
  if (!record.as_entry) {
    const EntryName name = streams_.name_at(stream_of(first_entry), number_of(first_entry));
    record.first = streams_.place_of(first_entry, name);
    return;
  }
  streams_.flush();
  select_entry_.with(first_entry);
  if (!select_entry_.step()) {
    throw StoreError(StoreError::Kind::kDamaged, "a record's first entry is not there");
  }
  record.first = streams_.place_of(first_entry, select_entry_.fixed<EntryName>(0));
  record.bytes = select_entry_.view(1);
  select_entry_.restart();
}

std::optional<KeptRecord> SqliteShelf::record(const RecordKey& key) {
  const auto book_id = streams_.find_book(key.book);
  if (!book_id) return std::nullopt;
  select_record_.with(key.record, *book_id, key.form);
  std::optional<KeptRecord> out;
  int64_t row = 0;
  if (select_record_.step()) {
    out.emplace();
    row = select_record_.number(0);
    const int64_t first_entry = select_record_.number(1);
    if (first_entry != 0) {
      out->as_entry = select_record_.number(2) != 0;
      if (!out->as_entry) {
        out->state = select_record_.text(3);
        out->heads = select_record_.text(4);
      }
      read_first(*out, first_entry);
    }
  }
  select_record_.restart();
  const auto [known, place] = known_row(*book_id, key.record, key.form);
  if (known == nullptr) {
    last_row_ = rows_.size();
    rows_.push_back({key.record, *book_id, key.form, row});
    by_id_.emplace_hint(place, key.record, last_row_);
  }
  return out;
}

std::vector<std::string> SqliteShelf::conflicts(const RecordKey& key) {
  std::vector<std::string> out;
  select_conflicts_.with(find_row(key));
  while (select_conflicts_.step()) out.push_back(select_conflicts_.text(0));
  return out;
}

void SqliteShelf::each_record_state(const BookCode& book, const RecordVisit& visit) {
  const auto book_id = streams_.find_book(book);
  if (!book_id) return;
  select_system_.with(*book_id);
  KeptRecord kept;
  kept.first.emplace();
  while (select_system_.step()) {
    const auto record = select_system_.fixed<RecordId>(0);
    const std::string form = select_system_.text(1);
    kept.state = select_system_.view(2);
    kept.heads = select_system_.view(3);
    visit({book, record, form}, kept);
  }
}

// In the order of their rows, which stay where they are when one is listed otherwise.
void SqliteShelf::each_record(const RecordVisit& visit) {
  streams_.flush();
  Statement all(database_,
                "SELECT book_id, record, form, first_entry, state IS NULL,"
                " iif(state IS NULL, NULL, document(first_entry, state)), heads, record_id"
                " FROM records"
                " WHERE first_entry IS NOT NULL ORDER BY record_id");
  while (all.step()) {
    on_visit();
    visited_row_ = all.number(7);
    const std::string form = all.text(2);
    const auto record = all.fixed<RecordId>(1);
    KeptRecord kept;
    kept.as_entry = all.number(4) != 0;
    if (!kept.as_entry) {
      kept.state = all.view(5);
      kept.heads = all.view(6);
    }
    // Where it is a document, nobody needs the place of its first entry.
    if (kept.as_entry) {
      read_first(kept, all.number(3));
    } else {
      kept.first.emplace();
    }
    visit({streams_.book_code(all.number(0)), record, form}, kept);
  }
}

// A candidate says its device in hexadecimal; that another text says the same does no harm.
void SqliteShelf::each_conflicting_record(const BookCode* book, const DeviceId* device,
                                          const KeyVisit& visit) {
  std::optional<int64_t> book_id;
  if (book != nullptr) {
    book_id = streams_.find_book(*book);
    if (!book_id) return;
  }
  std::vector<std::tuple<int64_t, RecordId, std::string>> found;
  const auto hex = device != nullptr ? std::optional(device->hex()) : std::nullopt;
  select_conflicting_.with(book_id, hex);
  while (select_conflicting_.step()) {
    found.emplace_back(select_conflicting_.number(0), select_conflicting_.fixed<RecordId>(1),
                       select_conflicting_.text(2));
  }
  for (const auto& [in, record, form] : found) visit({streams_.book_code(in), record, form});
}

void SqliteShelf::each_entry(const RecordKey& key, const EntryVisit& visit) {
  streams_.flush();
  select_history_.with(find_row(key));
  while (select_history_.step()) {
    const std::string_view bytes = select_history_.view(2);
    if (bytes.empty()) continue;  // erased
    visit(streams_.place_of(select_history_.number(0), select_history_.fixed<EntryName>(1)), bytes);
  }
}

void SqliteShelf::each_entry_of(const BookCode& book, const Which& which,
                                const JudgedVisit& visit) {
  const auto book_id = streams_.find_book(book);
  if (!book_id) return;
  streams_.flush();
  std::map<int64_t, Sequence> from;  // by stream, what leads to a tip that is left out
  for (const Tip& tip : which.but) {
    const auto end = streams_.find(*book_id, tip.stream, mark_of(tip));
    if (!end) continue;
    for (const Segment& segment : streams_.way_to(*end)) {
      Sequence& to = from[segment.stream_id];
      to = std::max(to, segment.to);
    }
  }
  Statement entries(database_,
                    "SELECT entry_id, name, entry_bytes(entry_id, bytes) FROM entries"
                    " WHERE entry_id > ?1 AND entry_id <= ?2 AND record_id IS NOT NULL");
  const auto rows = streams_.rows(*book_id).all();  // a copy: `visit` may write
  for (const StreamRow& row : rows) {
    if (row.key.device != which.device || (which.stream && row.key != *which.stream)) continue;
    const Sequence after = std::max(row.fork_number, from[row.id]);
    entries.with(entry_id_of(row.id, after), entry_id_of(row.id, row.last));
    while (entries.step()) {
      on_visit();
      const int64_t entry_id = entries.number(0);
      const std::string_view bytes = entries.view(2);
      if (bytes.empty()) continue;  // erased
      const bool aside = select_quarantined_.with(entry_id).number_or(0) == 1;
      visit({row.key, number_of(entry_id), entries.fixed<EntryName>(1)}, bytes, aside);
    }
  }
}

uint64_t SqliteShelf::entries_of(const RecordKey& key, uint64_t most) {
  const int64_t row = find_row(key);
  if (row == 0) return 0;
  const auto limit = static_cast<int64_t>(std::min<uint64_t>(most, INT64_MAX));
  return static_cast<uint64_t>(count_entries_.with(row, limit).number_or(0));
}

ChainShare SqliteShelf::in_chain(const RecordKey& key, const EntryPlace& entry) {
  const auto book_id = streams_.find_book(key.book);
  const int64_t row = find_row(key);
  if (!book_id || row == 0) return {};
  streams_.flush();
  const int64_t entry_id = streams_.entry_id(*book_id, entry);
  return in_chain(row, {stream_of(entry_id), entry.number});
}

// Goes on from what was counted before, as entries of one chain come one behind the other.
ChainShare SqliteShelf::in_chain(int64_t record_row, const StreamTable::Place& to) {
  ChainShare out;
  for (const Segment& segment : streams_.way_to(to)) {
    Counted& known = counted_[{record_row, segment.stream_id}];
    if (known.to < segment.from || known.to > segment.to) known = {segment.from, out};
    select_said_.with(record_row, entry_id_of(segment.stream_id, known.to),
                      entry_id_of(segment.stream_id, segment.to));
    while (select_said_.step()) {
      const std::string_view bytes = select_said_.view(0);
      if (!bytes.empty())
        known.share.add(as_bytes(bytes));  // else erased: it says nothing any more
    }
    known.to = segment.to;
    out = known.share;
  }
  return out;
}

ChainShare SqliteShelf::of_device(const RecordKey& key, const DeviceId& device) {
  ChainShare out;
  const auto book_id = streams_.find_book(key.book);
  const int64_t row = find_row(key);
  if (!book_id || row == 0) return out;
  streams_.flush();
  select_said_.with(row, 0, std::numeric_limits<int64_t>::max());
  int64_t stream = 0;
  bool its_own = false;
  while (select_said_.step()) {
    const int64_t now = stream_of(select_said_.number(1));
    if (std::exchange(stream, now) != now) its_own = streams_.row(now).key.device == device;
    const std::string_view bytes = select_said_.view(0);
    if (its_own && !bytes.empty()) out.add(as_bytes(bytes));
  }
  return out;
}

std::optional<std::string> SqliteShelf::body(const BookCode& book, const EntryPlace& entry) {
  const auto book_id = streams_.find_book(book);
  if (!book_id || entry.number.value == 0) return std::nullopt;
  const auto held = streams_.find(*book_id, entry.stream, {entry.number, entry.name});
  return held ? streams_.body(entry_id_of(held->stream_id, held->number)) : std::nullopt;
}

void SqliteShelf::erase(const BookCode& book, const EntryPlace& entry) {
  const int64_t entry_id = streams_.entry_id(streams_.book_id(book), entry);
  if (indexes_texts_) texts_.forget(select_record_of_.with(entry_id).number_or(0));
  streams_.erase(entry_id);
  counted_.clear();
  delete_quarantine_.with(entry_id).run();
}

bool SqliteShelf::leads_to(const BookCode& book, const EntryPlace& entry, const Tip& tip) {
  const auto book_id = streams_.find_book(book);
  if (!book_id) return false;
  const auto kept = streams_.find(*book_id, tip.stream, mark_of(tip));
  if (!kept) return false;
  const int64_t entry_id = streams_.entry_id(*book_id, entry);
  return streams_.common(*kept, {stream_of(entry_id), entry.number}) == entry.number;
}

void SqliteShelf::set_aside(int64_t entry_id, const Refusal& refusal) {
  boost::json::array args;
  for (const auto& arg : refusal.args) args.emplace_back(arg);
  insert_quarantine_
      .with(entry_id, name_of(refusal.reason), refusal.text, boost::json::serialize(args))
      .run();
}

void SqliteShelf::set_aside(const BookCode& book, const EntryPlace& entry, const Refusal& refusal) {
  set_aside(streams_.entry_id(streams_.book_id(book), entry), refusal);
}

void SqliteShelf::take_back(const BookCode& book, const EntryPlace& entry) {
  delete_quarantine_.with(streams_.entry_id(streams_.book_id(book), entry)).run();
}

void SqliteShelf::list(const RecordKey& key, const ListedBy& by) {
  const int64_t book_id = streams_.book_id(key.book);
  traits_.add(visited_row_, book_id, *by.sought);
  move_to_list_.with(key.record, book_id, key.form, list_of(book_id, by)).run();
}

void SqliteShelf::drop_empty_lists() {
  traits_.end_anew();
  database_.run(
      "DELETE FROM lists WHERE list_id NOT IN"
      " (SELECT list_id FROM records WHERE list_id IS NOT NULL)");
  lists_.clear();
  last_list_ = lists_.end();
}

int64_t SqliteShelf::list_of(int64_t book_id, const ListedBy& by) {
  const auto is_of = [&](const ListKey& key) {
    const auto& [in, form, campaign, review] = key;
    return in == book_id && review == by.review && form == by.form && campaign == by.campaign;
  };
  if (last_list_ != lists_.end() && is_of(last_list_->first)) return last_list_->second;
  const auto [at, fresh] = lists_.try_emplace(
      {book_id, std::string(by.form), std::string(by.campaign), std::string(by.review)});
  if (fresh) {
    const auto& [in, form, campaign, review] = at->first;
    at->second = select_list_.with(in, form, campaign, review).number_or(0);
    if (at->second == 0) {
      at->second = insert_list_.with(in, form, campaign, review).number_or(0);
    }
  }
  last_list_ = at;
  return at->second;
}

void SqliteShelf::write(const std::vector<ChangedRecord>& records) {
  std::vector<std::pair<int64_t, const ChangedRecord*>> by_row;
  by_row.reserve(records.size());
  for (const ChangedRecord& record : records) {
    const auto& [book, id, form] = record.key;
    by_row.emplace_back(row_of(streams_.book_id(book), id, form), &record);
  }
  std::sort(by_row.begin(), by_row.end());
  for (const auto& [row, record] : by_row) {
    write(row, *record);
    const Sought* now = record->state != nullptr ? record->listed.sought : nullptr;
    traits_.change(row, streams_.book_id(record->key.book), record->found_before, now);
    if (indexes_texts_ && record->kept) texts_.changed(row);
  }
  traits_.write();
}

void SqliteShelf::write(int64_t row, const ChangedRecord& record) {
  const int64_t book_id = streams_.book_id(record.key.book);
  std::optional<int64_t> list, first_entry;
  if (record.state != nullptr) {
    list = list_of(book_id, record.listed);
    first_entry = streams_.entry_id(book_id, *record.first);
  }
  std::optional<std::string> packed;
  std::optional<std::string_view> document;
  std::optional<BytesView> state, heads;
  if (record.stored != nullptr) {
    if (kept_as_text(record.key.form, *record.stored)) {
      document = record.stored->state;
    } else {
      streams_.flush();
      select_entry_.with(*first_entry);
      if (select_entry_.step()) packed = packer_.pack(record.stored->state, select_entry_.view(1));
      select_entry_.restart();
      SITELOG_ASSERT(packed.has_value());
      state = as_bytes(*packed);
    }
    heads = as_bytes(record.stored->heads);
  }
  const auto write_to = [&](Statement& statement, const auto&... key) {
    if (document) {
      statement.with(key..., list, first_entry, document, heads).run();
    } else {
      statement.with(key..., list, first_entry, state, heads).run();
    }
  };
  if (record.kept) {
    write_to(update_record_, row);
    delete_conflicts_.with(row).run();
  } else {
    write_to(insert_record_, row, book_id, record.key.record, record.key.form);
  }
  if (record.stored == nullptr || record.stored->conflicts.empty()) return;
  auto conflict = record.stored->conflicts.begin();
  for (const auto& [field, details] : record.state->conflicts) {
    const std::string& text = *conflict++;
    if (kept_as_text(text)) {
      insert_conflict_.with(row, field, text).run();
    } else {
      const std::string small = packer_.pack(text);
      insert_conflict_.with(row, field, as_bytes(small)).run();
    }
  }
}

void SqliteShelf::each_author(const AuthorVisit& visit) {
  streams_.flush();
  Statement authors(database_,
                    "SELECT DISTINCT code, device FROM streams JOIN books USING (book_id)"
                    " JOIN devices USING (device_id) ORDER BY 1, 2");
  while (authors.step()) visit(authors.text(0), authors.fixed<DeviceId>(1));
}

uint64_t SqliteShelf::judged_by() {
  return read_judged_by(database_);
}

void SqliteShelf::set_judged_by(uint64_t rules) {
  Statement(database_, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)")
      .with(kJudgedByKey, std::to_string(rules))
      .run();
}

void SqliteShelf::add_tallies(const std::vector<ChangedTally>& changes) {
  for (const auto& [book, key, change] : changes) {
    const int64_t book_id = streams_.book_id(book);
    const std::string axes = axes_column(key.axes);
    add_tally_.with(key.campaign, book_id, key.review, axes, sums_column(change));
    if (add_tally_.number_or(0) != 0) {
      delete_tally_.with(key.campaign, book_id, key.review, axes).run();
    }
  }
}

void SqliteShelf::clear_tallies() {
  database_.run("DELETE FROM tallies");
}

void SqliteShelf::add_to_book(const BookCode& book, int64_t records, const Hash& digest) {
  const int64_t book_id = streams_.book_id(book);
  select_digest_.with(book_id);
  Hash before;
  if (select_digest_.step()) before = select_digest_.fixed<Hash>(0);
  select_digest_.restart();
  add_to_book_.with(book_id, records, add(before, digest)).run();
}

}  // namespace sitelog
