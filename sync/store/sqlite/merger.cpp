#include "sync/store/sqlite/merger.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "sync/merge/forms.hpp"
#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

Hash add(const Hash& a, const Hash& b) {
  Hash out;
  unsigned carry = 0;
  for (size_t i = Hash::kSize; i-- > 0;) {
    const unsigned sum = unsigned{a.bytes[i]} + b.bytes[i] + carry;
    out.bytes[i] = static_cast<uint8_t>(sum);
    carry = sum >> 8;
  }
  return out;
}

Hash negate(const Hash& a) {
  Hash out;
  for (size_t i = 0; i < Hash::kSize; ++i) out.bytes[i] = static_cast<uint8_t>(~a.bytes[i]);
  Hash one;
  one.bytes[Hash::kSize - 1] = 1;
  return add(out, one);
}

namespace {

constexpr size_t kManyRecords = 32;  // worth waking a helper

RecordState read_stored(const RecordId& record, const std::string& form, std::string_view state,
                        std::string_view heads) {
  try {
    return from_stored(record, form, state, heads);
  } catch (const DamagedDocument& error) {
    throw StoreError(StoreError::Kind::kDamaged,
                     "record " + record.hex() + " does not read back: " + error.what());
  }
}

}  // namespace

Merger::Merger(Database& database, StreamTable& streams, Catalogue& catalogue,
               DeviceId headquarters)
    : database_(database),
      streams_(streams),
      catalogue_(catalogue),
      headquarters_(headquarters),
      select_record_(database,
                     "SELECT record_id, first_entry, state IS NULL,"
                     " iif(state IS NULL, NULL, document(first_entry, state)), heads FROM records"
                     " WHERE record = ?1 AND book_id = ?2 AND form = ?3"),
      select_row_(database, "SELECT book_id, record, form FROM records WHERE record_id = ?1"),
      insert_record_(database,
                     "INSERT INTO records (record_id, book_id, record, form, list_id, first_entry,"
                     " state, heads) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      update_record_(database,
                     "UPDATE records SET list_id = ?2, first_entry = ?3, state = ?4, heads = ?5"
                     " WHERE record_id = ?1"),
      select_conflicts_(database,
                        "SELECT conflict FROM conflicts WHERE record_id = ?1 ORDER BY field"),
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
                 "INSERT INTO tallies VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                 " ON CONFLICT DO UPDATE SET events = events + excluded.events,"
                 " sessions = sessions + excluded.sessions,"
                 " participants = participants + excluded.participants"),
      add_to_book_(database,
                   "UPDATE books SET records = records + ?2, state_digest = ?3 WHERE book_id = ?1"),
      select_digest_(database, "SELECT state_digest FROM books WHERE book_id = ?1"),
      select_system_(database,
                     "SELECT record, form, state, heads FROM records WHERE book_id = ?1"
                     " AND form IN ('unit', 'campaign', 'grant', 'policy', 'clock')"
                     " AND first_entry IS NOT NULL"),
      select_conflicting_(database,
                          "SELECT DISTINCT record_id FROM conflicts JOIN records USING (record_id)"
                          " WHERE ?1 IS NULL OR book_id = ?1"),
      select_max_row_(database, "SELECT max(record_id) FROM records"),
      select_entry_(database,
                    "SELECT name, entry_bytes(entry_id, bytes) FROM entries WHERE entry_id = ?1"),
      select_list_(database,
                   "SELECT list_id FROM lists WHERE book_id = ?1 AND form = ?2"
                   " AND campaign = ?3 AND review = ?4"),
      insert_list_(database,
                   "INSERT INTO lists (book_id, form, campaign, review) VALUES (?1, ?2, ?3, ?4)"
                   " RETURNING list_id") {}

BookSettings& Merger::mutable_settings(int64_t book_id) {
  auto& known = settings_[book_id];
  if (!known) {
    known = std::make_unique<BookSettings>(streams_.book_code(book_id), headquarters_, catalogue_);
    select_system_.with(book_id);
    while (select_system_.step()) {
      known->learn(read_stored(select_system_.fixed<RecordId>(0), select_system_.text(1),
                               select_system_.view(2), select_system_.view(3)));
    }
  }
  return *known;
}

const BookSettings& Merger::settings(int64_t book_id) {
  return mutable_settings(book_id);
}

void Merger::teach_catalogue() {
  const auto root = streams_.find_book(BookCode(kRootBook));
  if (!root) return;
  select_system_.with(*root);
  while (select_system_.step()) {
    catalogue_.learn(read_stored(select_system_.fixed<RecordId>(0), select_system_.text(1),
                                 select_system_.view(2), select_system_.view(3)));
  }
}

void Merger::load(Touched& touched) {
  select_record_.with(touched.record, touched.book_id, touched.form);
  if (!select_record_.step()) return;
  touched.row = select_record_.number(0);
  touched.before.stored = true;
  touched.first_entry = select_record_.number(1);
  touched.alone = touched.first_entry != 0 && select_record_.number(2) != 0;
  if (touched.first_entry == 0) {
    touched.anew = true;
  } else {
    touched.before.merged = true;
    if (touched.alone) {
      touched.state = begin_record(read_entry(touched.first_entry));
      touched.before.digest = digest_of(touched.record, touched.form, touched.state->created.entry);
    } else {
      StoredRecord stored{select_record_.text(3), select_record_.text(4), {}};
      touched.state = read_stored(touched.record, touched.form, stored.state, stored.heads);
      if (!touched.state->conflicts.empty()) {
        select_conflicts_.with(touched.row);
        while (select_conflicts_.step()) stored.conflicts.push_back(select_conflicts_.text(0));
      }
      touched.before.digest = digest_of(touched.record, touched.form, stored);
    }
    touched.before.tally = catalogue_.tally(*touched.state);
  }
  select_record_.restart();
}

HistoryEntry Merger::read_entry(int64_t entry_id) {
  streams_.flush();
  select_entry_.with(entry_id);
  if (!select_entry_.step()) {
    throw StoreError(StoreError::Kind::kDamaged, "a record's first entry is not there");
  }
  auto entry = decode_entry(as_bytes(select_entry_.view(1)));
  const auto name = select_entry_.fixed<EntryName>(0);
  select_entry_.restart();
  if (!entry) throw StoreError(StoreError::Kind::kDamaged, "a record's first entry is damaged");
  return history_entry(entry_id, name, std::move(*entry));
}

Merger::Touched& Merger::touch(int64_t book_id, const RecordId& record, const std::string& form) {
  const auto key = std::tuple(book_id, record, form);
  if (const auto at = touched_rows_.find(key); at != touched_rows_.end()) {
    return touched_.at(at->second);
  }
  Touched touched;
  touched.book_id = book_id;
  touched.record = record;
  touched.form = form;
  load(touched);
  if (touched.row == 0) {
    if (!next_row_) next_row_ = select_max_row_.with().number_or(0) + 1;
    touched.row = (*next_row_)++;
  }
  touched_rows_[key] = touched.row;
  const int64_t row = touched.row;
  return touched_.emplace(row, std::move(touched)).first->second;
}

Merger::Touched& Merger::touch_row(int64_t record_row) {
  if (const auto at = touched_.find(record_row); at != touched_.end()) return at->second;
  select_row_.with(record_row);
  if (!select_row_.step()) {
    throw StoreError(StoreError::Kind::kDamaged, "an entry belongs to a record that is not there");
  }
  const int64_t book_id = select_row_.number(0);
  const auto record = select_row_.fixed<RecordId>(1);
  const std::string form = select_row_.text(2);
  select_row_.restart();
  return touch(book_id, record, form);
}

int64_t Merger::record_row(int64_t book_id, const RecordId& record, const std::string& form) {
  return touch(book_id, record, form).row;
}

std::optional<RecordState> Merger::state(int64_t book_id, const RecordId& record,
                                         const std::string& form) {
  const auto at = touched_rows_.find({book_id, record, form});
  if (at != touched_rows_.end()) {
    Touched& touched = touched_.at(at->second);
    if (touched.anew) settle(touched);
    return touched.state;
  }
  select_record_.with(record, book_id, form);
  std::optional<RecordState> out;
  if (select_record_.step() && !select_record_.is_null(1)) {
    out = select_record_.number(2) != 0
              ? begin_record(read_entry(select_record_.number(1)))
              : read_stored(record, form, select_record_.view(3), select_record_.view(4));
  }
  select_record_.restart();
  return out;
}

HistoryEntry Merger::history_entry(int64_t entry_id, const EntryName& name, Entry entry) {
  const StreamRow& row = streams_.row(stream_of(entry_id));
  const BookSettings& in = settings(row.book_id);
  Origin origin{name,
                row.key,
                number_of(entry_id),
                in.role(row.key.device),
                entry.clock,
                entry.hybrid,
                in.true_time(row.key.device, entry.clock),
                entry.person};
  return {std::move(origin), std::move(entry)};
}

std::vector<HistoryEntry> Merger::history(int64_t record_row, std::vector<int64_t>* ids) {
  streams_.flush();
  std::vector<HistoryEntry> out;
  select_history_.with(record_row);
  while (select_history_.step()) {
    auto entry = decode_entry(as_bytes(select_history_.view(2)));
    if (!entry) continue;
    if (ids != nullptr) ids->push_back(select_history_.number(0));
    out.push_back(history_entry(select_history_.number(0), select_history_.fixed<EntryName>(1),
                                std::move(*entry)));
  }
  return out;
}

// A revoked device's entries up to the tips that its revocation names still count.
bool Merger::before_revocation(const BookSettings& settings, int64_t book_id, const StreamRow& row,
                               Sequence number) {
  const Grant* grant = settings.grant(row.key.device);
  if (grant == nullptr || !grant->revoked) return true;
  for (const Tip& tip : grant->kept) {
    if (tip.stream != row.key) continue;
    const auto kept = streams_.find(book_id, tip.stream, mark_of(tip));
    if (kept && streams_.common(*kept, {row.id, number}) == number) return true;
  }
  return false;
}

std::optional<Refusal> Merger::judge(int64_t entry_id, const Entry& entry) {
  const StreamRow& row = streams_.row(stream_of(entry_id));
  const BookSettings& in = settings(row.book_id);
  return in.judge(row.key.device, entry,
                  before_revocation(in, row.book_id, row, number_of(entry_id)));
}

void Merger::set_aside(int64_t entry_id, const Refusal& refusal) {
  boost::json::array args;
  for (const auto& arg : refusal.args) args.emplace_back(arg);
  insert_quarantine_
      .with(entry_id, name_of(refusal.reason), refusal.text, boost::json::serialize(args))
      .run();
}

void Merger::apply(const NewEntry& added, int64_t record_row, Entry entry) {
  Touched& touched = touched_.at(record_row);
  if (const auto refusal = judge(added.entry_id, entry)) {
    set_aside(added.entry_id, *refusal);
    if (!touched.before.stored) touched.changed = true;  // its row is still to be made
    return;
  }
  touched.changed = true;
  if (!touched.anew) {
    HistoryEntry item = history_entry(added.entry_id, added.name, std::move(entry));
    if (!touched.state) {
      touched.state = begin_record(std::move(item));
      touched.first_entry = added.entry_id;
      touched.alone = true;
    } else if (extend(*touched.state, item)) {
      touched.alone = false;
    } else {
      touched.anew = true;
    }
  }
  // What headquarters lays down holds for the entries that follow in the same transaction.
  if (is_system_form(touched.form)) {
    settle(touched);
    learn(touched);
  }
}

// Brings `touched.state` up to date.
void Merger::settle(Touched& touched) {
  if (!touched.anew) return;
  std::vector<int64_t> ids;
  const auto entries = history(touched.row, &ids);
  touched.anew = false;
  touched.first_entry = 0;
  touched.alone = false;
  touched.state.reset();
  if (entries.empty()) return;
  touched.state = merge_record(entries, settings(touched.book_id));
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].origin.entry == touched.state->created.entry) touched.first_entry = ids[i];
  }
  touched.alone = entries.size() == 1;
}

// Takes over what a system record says now. One with all its entries in quarantine says nothing.
void Merger::learn(const Touched& touched) {
  RecordState nothing;
  nothing.record = touched.record;
  nothing.form = touched.form;
  const Learned learned =
      mutable_settings(touched.book_id).learn(touched.state ? *touched.state : nothing);
  if (learned.regrant) judge_again(touched.book_id, *learned.regrant);
  if (learned.reshow) merge_conflicts_again(touched.book_id);
  if (!touched.state || streams_.book_code(touched.book_id) != kRootBook) return;
  switch (catalogue_.learn(*touched.state)) {
    case Consequence::kNone: break;
    case Consequence::kTallies: count_again_ = true; [[fallthrough]];
    case Consequence::kPolicies: merge_conflicts_again(std::nullopt); break;
  }
}

void Merger::judge_again(int64_t book_id, const DeviceId& device) {
  streams_.flush();
  Statement entries(database_,
                    "SELECT entry_id, record_id, entry_bytes(entry_id, bytes) FROM entries"
                    " WHERE entry_id > ?1 AND entry_id <= ?2");
  const std::vector<StreamRow> rows = streams_.rows(book_id);
  for (const StreamRow& row : rows) {
    if (row.key.device != device) continue;
    entries.with(entry_id_of(row.id, row.fork_number), entry_id_of(row.id, row.last));
    while (entries.step()) {
      const int64_t entry_id = entries.number(0);
      auto entry = decode_entry(as_bytes(entries.view(2)));
      if (!entry || entries.is_null(1)) continue;
      const auto refusal = judge(entry_id, *entry);
      const bool was_aside = select_quarantined_.with(entry_id).number_or(0) == 1;
      if (refusal) {
        set_aside(entry_id, *refusal);
      } else if (was_aside) {
        delete_quarantine_.with(entry_id).run();
      }
      if (refusal.has_value() == was_aside) continue;
      Touched& touched = touch_row(entries.number(1));
      touched.anew = touched.changed = true;
    }
  }
}

void Merger::merge_conflicts_again(std::optional<int64_t> book_id) {
  std::vector<int64_t> rows;
  select_conflicting_.with(book_id);
  while (select_conflicting_.step()) rows.push_back(select_conflicting_.number(0));
  for (const int64_t row : rows) {
    Touched& touched = touch_row(row);
    touched.anew = touched.changed = true;
  }
  // Conflicts that this transaction itself brought are not written yet.
  for (auto& [row, touched] : touched_) {
    if (touched.state && !touched.state->conflicts.empty() &&
        (!book_id || touched.book_id == *book_id)) {
      touched.anew = touched.changed = true;
    }
  }
}

int64_t Merger::list_of(const Touched& touched) {
  const auto [at, fresh] =
      lists_.try_emplace({touched.book_id, touched.form, touched.state->campaign(),
                          std::string(name_of(touched.state->review().verdict))});
  if (fresh) {
    const auto& [book_id, form, campaign, review] = at->first;
    at->second = select_list_.with(book_id, form, campaign, review).number_or(0);
    if (at->second == 0) {
      at->second = insert_list_.with(book_id, form, campaign, review).number_or(0);
    }
  }
  return at->second;
}

void Merger::write(Touched& touched, const StoredRecord* stored) {
  std::optional<int64_t> list, first_entry;
  if (touched.state) {
    list = list_of(touched);
    first_entry = touched.first_entry;
  }
  std::optional<std::string> packed;
  std::optional<std::string_view> document;
  std::optional<BytesView> state, heads;
  if (stored != nullptr) {
    if (kept_as_text(touched.form, *stored)) {
      document = stored->state;
    } else {
      streams_.flush();
      select_entry_.with(touched.first_entry);
      if (select_entry_.step()) packed = packer_.pack(stored->state, select_entry_.view(1));
      select_entry_.restart();
      SITELOG_ASSERT(packed.has_value());
      state = as_bytes(*packed);
    }
    heads = as_bytes(stored->heads);
  }
  const auto write_to = [&](Statement& statement, const auto&... key) {
    if (document) {
      statement.with(key..., list, first_entry, document, heads).run();
    } else {
      statement.with(key..., list, first_entry, state, heads).run();
    }
  };
  if (touched.before.stored) {
    write_to(update_record_, touched.row);
    delete_conflicts_.with(touched.row).run();
  } else {
    write_to(insert_record_, touched.row, touched.book_id, touched.record, touched.form);
  }
  if (stored == nullptr || stored->conflicts.empty()) return;
  auto conflict = stored->conflicts.begin();
  for (const auto& [field, details] : touched.state->conflicts) {
    insert_conflict_.with(touched.row, field, *conflict++).run();
  }
}

void Merger::count(const Tally& tally, int64_t book_id, int64_t sign) {
  Tally& change = tally_changes_[{tally.campaign, book_id, tally.kind, tally.level, tally.review}];
  change.events += sign * tally.events;
  change.sessions += sign * tally.sessions;
  change.participants += sign * tally.participants;
}

void Merger::write_tallies() {
  for (const auto& [key, change] : tally_changes_) {
    if (change.events == 0 && change.sessions == 0 && change.participants == 0) continue;
    const auto& [campaign, book_id, kind, level, review] = key;
    add_tally_
        .with(campaign, book_id, kind, level, review, change.events, change.sessions,
              change.participants)
        .run();
  }
  const bool fell = std::any_of(tally_changes_.begin(), tally_changes_.end(),
                                [](const auto& change) { return change.second.events < 0; });
  if (fell) {
    database_.run("DELETE FROM tallies WHERE events = 0 AND sessions = 0 AND participants = 0");
  }
  tally_changes_.clear();
}

void Merger::write_digests() {
  for (const auto& [book_id, change] : book_changes_) {
    select_digest_.with(book_id);
    Hash digest;
    if (select_digest_.step()) digest = select_digest_.fixed<Hash>(0);
    select_digest_.restart();
    add_to_book_.with(book_id, change.records, add(digest, change.digest)).run();
  }
  book_changes_.clear();
}

void Merger::count_all_again() {
  tally_changes_.clear();
  database_.run("DELETE FROM tallies");
  Statement all(database_,
                "SELECT book_id, record, form, first_entry, state IS NULL,"
                " iif(state IS NULL, NULL, document(first_entry, state)), heads FROM records"
                " WHERE first_entry IS NOT NULL");
  while (all.step()) {
    const std::string form = all.text(2);
    if (is_system_form(form)) continue;
    const RecordState state =
        all.number(4) != 0 ? begin_record(read_entry(all.number(3)))
                           : read_stored(all.fixed<RecordId>(1), form, all.view(5), all.view(6));
    if (const auto tally = catalogue_.tally(state)) count(*tally, all.number(0), 1);
  }
}

// Documents and digests of what changed, a helper's part of them where there are many.
void Merger::work_out(std::vector<Fresh>& fresh) {
  run_in_pieces(fresh.size(), kManyRecords, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const Touched& touched = *fresh[i].touched;
      if (!touched.state) continue;
      if (kept_as_entry(touched.form, touched.alone)) {
        fresh[i].digest = digest_of(touched.record, touched.form, touched.state->created.entry);
      } else {
        fresh[i].stored = to_stored(*touched.state, *fresh[i].book);
        fresh[i].digest = digest_of(touched.record, touched.form, *fresh[i].stored);
      }
    }
  });
}

void Merger::take_over(const Fresh& fresh) {
  Touched& touched = *fresh.touched;
  write(touched, fresh.stored ? &*fresh.stored : nullptr);
  BookChange& change = book_changes_[touched.book_id];
  Before now{true, touched.state.has_value(), fresh.digest, std::nullopt};
  if (touched.before.merged) change.digest = add(change.digest, negate(touched.before.digest));
  if (touched.state) {
    change.digest = add(change.digest, now.digest);
    now.tally = catalogue_.tally(*touched.state);
  }
  if (!is_system_form(touched.form)) {
    change.records += int64_t{now.merged} - int64_t{touched.before.merged};
  }
  if (touched.before.tally) count(*touched.before.tally, touched.book_id, -1);
  if (now.tally) count(*now.tally, touched.book_id, 1);
  touched.before = std::move(now);
}

void Merger::flush() {
  streams_.prepare_flush();
  // What is learned while settling can touch further records: until nothing is left.
  for (;;) {
    std::vector<int64_t> open;
    for (const auto& [row, touched] : touched_) {
      if (touched.changed) open.push_back(row);
    }
    if (open.empty()) break;
    for (const int64_t row : open) {
      Touched& touched = touched_.at(row);
      touched.changed = false;
      const bool was_anew = touched.anew;
      settle(touched);
      if (was_anew && is_system_form(touched.form)) learn(touched);
    }
    std::vector<Fresh> fresh;
    for (const int64_t row : open) {
      Touched& touched = touched_.at(row);
      if (touched.changed) continue;  // touched again: in the next round
      fresh.push_back({&touched, &streams_.book_code(touched.book_id), std::nullopt, {}});
    }
    work_out(fresh);
    for (const Fresh& item : fresh) take_over(item);
  }
  streams_.flush();
  if (std::exchange(count_again_, false)) count_all_again();
  write_tallies();
  write_digests();
  touched_rows_.clear();
  if (touched_.size() < kManyRecords) return touched_.clear();
  // Giving back the memory of many takes a while: meanwhile the commit waits for the disk.
  discarding_.wait();
  discarded_.swap(touched_);
  discarding_ = Beside([this] { discarded_.clear(); });
}

}  // namespace sitelog
