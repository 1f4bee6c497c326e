#include "sync/merge/merge_work.hpp"

#include <algorithm>
#include <map>

#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/listed_review.hpp"
#include "sync/merge/merge_work_parts.hpp"
#include "sync/merge/state_digest.hpp"

namespace sitelog {

namespace {

constexpr size_t kManyRecords = 32;  // worth waking a helper

// What one device says of a record where nobody means harm.
constexpr ContendedShare kUsualOfRecord{.entries = 16, .bytes = 16 * 1024};

}  // namespace

// The record that says which rules judge.
bool MergeWork::is_rules(const Record& record) {
  return record.form == kFormRules && record.book.code == kRootBook && record.id == rules_record();
}

// Whether what the record says holds for others.
bool MergeWork::lays_down(const Record& record) {
  return is_system_form(record.form) || is_rules(record);
}

MergeWork::MergeWork(Shelf& shelf, Catalogue& catalogue, DeviceId headquarters, Helpers& helpers,
                     const KnownRules& known)
    : shelf_(shelf),
      catalogue_(catalogue),
      headquarters_(headquarters),
      helpers_(helpers),
      known_(known),
      opened_(std::make_shared<Opened>()) {}

MergeWork::~MergeWork() = default;

void MergeWork::begin() {
  ++transaction_;
  contended_.clear();
  // Campaigns are laid down in the common book and count in all.
  if (const auto root = books_.find(BookCode(kRootBook)); root != books_.end()) book(root->first);
}

MergeWork::Book& MergeWork::slot(const BookCode& code) {
  // Entries come many of one book in a row.
  if (last_book_ != nullptr && last_book_->code == code) return *last_book_;
  auto at = books_.find(code);
  if (at == books_.end()) {
    at = books_.emplace(code, std::make_unique<Book>()).first;
    at->second->code = code;
  }
  last_book_ = at->second.get();
  return *last_book_;
}

// The book with what holds in it now.
MergeWork::Book& MergeWork::book(const BookCode& code) {
  Book& out = slot(code);
  if (std::exchange(out.looked_at, transaction_) == transaction_) return out;
  const uint64_t now = shelf_.change_number(code);
  const bool known = out.settings.has_value();
  if (known && now == out.change_number) return out;
  out.change_number = now;
  read_settings(out, known && code == kRootBook);
  return out;
}

void MergeWork::read_settings(Book& book, bool teach) {
  if (book.code == kRootBook) judged_by_.reset();  // may have changed with it
  book.settings.emplace(book.code, headquarters_, catalogue_);
  shelf_.each_record_state(book.code, [&](const RecordKey& key, const KeptRecord& kept) {
    const RecordState state = state_of(key, kept);
    book.settings->learn(state);
    if (teach) catalogue_.learn(state);
  });
}

const BookSettings& MergeWork::settings(const BookCode& code) {
  return settings_of(book(code));
}

BookSettings& MergeWork::settings_of(Book& book) {
  book.settings->heed_stations(rules().heed_stations());
  return *book.settings;
}

void MergeWork::teach_catalogue() {
  Book& root = slot(BookCode(kRootBook));
  root.looked_at = transaction_;
  root.change_number = shelf_.change_number(root.code);
  read_settings(root, true);
}

RecordState MergeWork::state_of(const RecordKey& key, const KeptRecord& kept) {
  if (kept.as_entry) {
    auto entry = decode_entry(as_bytes(kept.bytes));
    if (!entry) {
      throw StoreError(StoreError::Kind::kDamaged, "a record's first entry is damaged");
    }
    return begin_record(history_entry(book(key.book), *kept.first, std::move(*entry)));
  }
  try {
    return from_stored(key.record, key.form, kept.state, kept.heads);
  } catch (const DamagedDocument& error) {
    throw StoreError(StoreError::Kind::kDamaged,
                     "record " + key.record.hex() + " does not read back: " + error.what());
  }
}

MergeWork::Record& MergeWork::open(const BookCode& code, const RecordId& record,
                                   const std::string& form) {
  return open(book(code), record, form);
}

MergeWork::Record& MergeWork::open(Book& book, const RecordId& id, const std::string& form) {
  const auto [known, place] = opened_->find(book, id, form);
  if (known != nullptr) return *known;
  Record& out = opened_->records.emplace_back(Record{book, id, form, {}, {}, {}, {}});
  load(out);
  opened_->by_id.emplace_hint(place, id, &out);
  return out;
}

void MergeWork::load(Record& record) {
  auto kept = shelf_.record(record.key());
  if (!kept) return;
  record.kept = true;
  record.first = kept->first;
  if (!record.first) {
    record.anew = true;
    return;
  }
  record.alone = kept->as_entry;
  record.state = state_of(record.key(), *kept);
  record.in_conflict = !record.state->conflicts.empty();
  Share& share = opened_->kept.emplace_back();
  record.share = &share;
  if (record.alone) {
    share.digest = digest_of(record.id, record.form, record.state->created.entry);
  } else {
    StoredRecord stored{std::move(kept->state), std::move(kept->heads), {}};
    if (!record.state->conflicts.empty()) stored.conflicts = shelf_.conflicts(record.key());
    share.digest = digest_of(record.id, record.form, stored);
  }
  share.tally = catalogue_.tally(*record.state);
  share.sought = sought_of(*record.state, catalogue_.listing(*record.state), record.book.code);
}

std::optional<RecordState> MergeWork::state(const RecordKey& key) {
  Record* record = opened_->find(book(key.book), key.record, key.form).first;
  if (record != nullptr) {
    settle(*record);
    return record->state;
  }
  const auto kept = shelf_.record(key);
  if (!kept || !kept->first) return std::nullopt;
  return state_of(key, *kept);
}

HistoryEntry MergeWork::history_entry(const BookCode& code, const EntryPlace& place, Entry entry) {
  return history_entry(book(code), place, std::move(entry));
}

HistoryEntry MergeWork::history_entry(Book& book, const EntryPlace& place, Entry entry) {
  const BookSettings& in = *book.settings;
  Origin origin{.entry = place.name,
                .stream = place.stream,
                .number = place.number,
                .by_authority = place.stream.device == in.authority(),
                .clock = entry.clock,
                .hybrid = entry.hybrid,
                .when = time_of(in, place.stream, place.number, entry.clock),
                .person = entry.person.name};
  return {std::move(origin), std::move(entry)};
}

Instant MergeWork::time_of(const BookCode& code, const StreamKey& stream, Sequence number,
                           const ClockReading& clock) {
  return time_of(*book(code).settings, stream, number, clock);
}

Instant MergeWork::time_of(const BookSettings& in, const StreamKey& stream, Sequence number,
                           const ClockReading& clock) {
  const Instant own = in.true_time(stream.device, clock);
  if (!heeds_clock_words()) return own;
  const auto latest = in.not_after(stream, number);
  return latest ? std::min(own, *latest) : own;
}

std::vector<HistoryEntry> MergeWork::history(const RecordKey& key) {
  Book& in = book(key.book);
  std::vector<HistoryEntry> out;
  shelf_.each_entry(key, [&](const EntryPlace& place, std::string_view bytes) {
    if (auto entry = decode_entry(as_bytes(bytes))) {
      out.push_back(history_entry(in, place, std::move(*entry)));
    }
  });
  return out;
}

void MergeWork::add(Record& record, const EntryPlace& place, Entry entry) {
  ++record.added;
  if (const auto refusal = judge(record.book, place, entry, &record)) {
    shelf_.set_aside(record.book.code, place, *refusal);
    if (!record.kept) record.changed = true;  // it is still to be put on the shelf
    return;
  }
  record.changed = true;
  if (notes_contended_) ++record.added_by[place.stream.device];
  if (!record.anew) {
    HistoryEntry item = history_entry(record.book, place, std::move(entry));
    if (!record.state) {
      record.state = begin_record(std::move(item));
      record.first = place;
      record.alone = true;
    } else if (extend(*record.state, item)) {
      record.alone = false;
    } else {
      record.anew = true;
    }
  }
  // What headquarters lays down holds for the entries that follow in the same transaction. What a
  // clock's record says is learned once, in `flush`: it judges nothing.
  if (lays_down(record) && record.form != kFormClock) {
    settle(record);
    learn(record);
  }
}

Result<bool> MergeWork::erase(const BookCode& code, const EntryPlace& place) {
  const auto bytes = shelf_.body(code, place);
  if (!bytes) return false;
  Record* record = nullptr;
  if (const auto entry = decode_entry(as_bytes(*bytes))) {
    // What the record counted for until now is read from the shelf before it goes.
    record = &open(book(code), entry->record, entry->form);
    if (lays_down(*record)) {
      return Refusal{Reason::kNotPermitted,
                     N_("what an entry of form {} lays down holds for others: it can't be erased"),
                     {entry->form}};
    }
  }
  shelf_.erase(code, place);
  if (record == nullptr) return true;
  record->merge_anew();
  // It makes room for what was too much.
  const auto most = rules().most_of_record(record->form);
  if (most && shelf_.entries_of(record->key(), always_fit(*most) + 1) > always_fit(*most)) {
    judge_again(record->book, {place.stream.device});
  }
  return true;
}

// Brings `record.state` up to date.
void MergeWork::settle(Record& record) {
  if (!std::exchange(record.anew, false)) return;
  const auto entries = history(record.key());
  record.first.reset();
  record.alone = false;
  record.state.reset();
  if (entries.empty()) return;
  record.state = merge_record(entries, settings_of(record.book));
  for (const HistoryEntry& item : entries) {
    if (item.origin.entry == record.state->created.entry) record.first = place_of(item.origin);
  }
  record.alone = entries.size() == 1;
}

// Takes over what a system record says now. One with all its entries in quarantine says nothing.
void MergeWork::learn(const Record& record) {
  if (is_rules(record)) return follow_rules();
  RecordState nothing;
  nothing.record = record.id;
  nothing.form = record.form;
  const Learned learned = record.book.settings->learn(record.state ? *record.state : nothing);
  if (record.form == kFormGrant && record.state && record.state->tips.size() > 1) {
    contested_.emplace(record.book.code, *DeviceId::from(record.id.view()));
  }
  if (learned.regrant) judge_again(record.book, {*learned.regrant, learned.as_before});
  if (learned.reshow) merge_conflicts_again(&record.book);
  if (learned.retimed) merge_conflicts_again(&record.book, &*learned.retimed);
  if (learned.retimed && watched_ && record.form == kFormClock) {
    retimed_.emplace(record.book.code, *learned.retimed);
  }
  if (!record.state || record.book.code != kRootBook) return;
  switch (catalogue_.learn(*record.state)) {
    case Consequence::kNone: break;
    case Consequence::kTallies: count_again_ = true; [[fallthrough]];
    case Consequence::kPolicies: merge_conflicts_again(nullptr); break;
  }
}

// In all books where none is given; of one device's candidates where that is.
void MergeWork::merge_conflicts_again(Book* in, const DeviceId* device) {
  shelf_.each_conflicting_record(
      in == nullptr ? nullptr : &in->code, device, [&](const RecordKey& key) {
        open(in == nullptr ? book(key.book) : *in, key.record, key.form).merge_anew();
      });
  // Conflicts that this transaction itself brought are not written yet.
  for (Record& record : opened_->records) {
    if (record.state && !record.state->conflicts.empty() && (in == nullptr || &record.book == in)) {
      record.merge_anew();
    }
  }
}

void MergeWork::count(Book& book, const Tally& tally, int64_t sign) {
  mark_changed(book);
  book.tallies[tally.key].add(tally.sums, sign);
}

void MergeWork::count_all_again() {
  for (auto& [code, book] : books_) book->tallies.clear();
  shelf_.clear_tallies();
  shelf_.begin_lists_anew();
  shelf_.each_record([&](const RecordKey& key, const KeptRecord& kept) {
    const RecordState state = state_of(key, kept);
    const Listing listing = catalogue_.listing(state);
    const Sought sought = sought_of(state, listing, key.book);
    shelf_.list(key, {listing.form, listing.campaign, listed_as(state.review()), &sought});
    if (is_system_form(key.form)) return;
    if (const auto tally = catalogue_.tally(state)) count(book(key.book), *tally, 1);
  });
  shelf_.drop_empty_lists();
}

void MergeWork::mark_changed(Book& book) {
  if (!std::exchange(book.changed, true)) changed_books_.push_back(&book);
}

void MergeWork::write_books() {
  std::vector<ChangedTally> changes;
  for (Book* book : changed_books_) {
    book->changed = false;
    for (const auto& [key, change] : book->tallies) {
      if (!change.all_zero()) changes.push_back({book->code, key, change});
    }
    shelf_.add_to_book(book->code, std::exchange(book->records, 0),
                       std::exchange(book->digest, {}));
  }
  if (!changes.empty()) shelf_.add_tallies(changes);
  for (Book* book : changed_books_) book->tallies.clear();
  changed_books_.clear();
}

// All that follows from the states of what changed, a helper's part of it where there is much.
void MergeWork::work_out(std::vector<Fresh>& fresh) {
  run_in_pieces(helpers_, fresh.size(), kManyRecords, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      Fresh& out = fresh[i];
      const Record& record = *out.record;
      if (!record.state) continue;
      if (kept_as_entry(record.form, record.alone)) {
        out.share.digest = digest_of(record.id, record.form, record.state->created.entry);
      } else {
        out.stored = to_stored(*record.state, record.book.code);
        out.share.digest = digest_of(record.id, record.form, *out.stored);
      }
      out.listing = catalogue_.listing(*record.state);
      out.review = listed_as(record.state->review());
      out.share.tally = catalogue_.tally(*record.state);
      out.share.sought = sought_of(*record.state, out.listing, record.book.code);
    }
  });
}

void MergeWork::write(const std::vector<Fresh>& fresh) {
  std::vector<ChangedRecord> changed;
  changed.reserve(fresh.size());
  for (const Fresh& item : fresh) {
    const Record& record = *item.record;
    ChangedRecord& out = changed.emplace_back(record.key(), record.kept);
    if (record.share != nullptr) out.found_before = &record.share->sought;
    if (!record.state) continue;
    out.first = &*record.first;
    out.state = &*record.state;
    out.listed = {item.listing.form, item.listing.campaign, item.review, &item.share.sought};
    if (item.stored) out.stored = &*item.stored;
  }
  shelf_.write(changed);
}

void MergeWork::watch(const Book& book, const EntryPlace& place, const Entry& entry) {
  if (!watched_ || is_system_form(entry.form)) return;
  const Instant when = time_of(*book.settings, place.stream, place.number, entry.clock);
  if (when > *watched_) seen_later_.emplace(book.code, place.stream);
}

MergeWork::Streams MergeWork::later_than(Instant time) {
  std::vector<std::pair<BookCode, DeviceId>> authors;
  shelf_.each_author([&](const BookCode& code, const DeviceId& device) {
    if (device != headquarters_) authors.emplace_back(code, device);
  });
  const auto watched = std::exchange(watched_, time);
  auto seen = std::exchange(seen_later_, {});
  for (const auto& [code, device] : authors) {
    const Book& in = book(code);
    shelf_.each_entry_of(code, {device},
                         [&](const EntryPlace& place, std::string_view bytes, bool aside) {
                           if (aside) return;
                           if (const auto entry = decode_entry(as_bytes(bytes))) {
                             watch(in, place, *entry);
                           }
                         });
  }
  watched_ = watched;
  std::swap(seen, seen_later_);
  return seen;
}

// A candidate of a device's, of a time later than the one watched for.
void MergeWork::watch(const Record& record) {
  if (!watched_ || !record.state || is_system_form(record.form)) return;
  for (const auto& [field, conflict] : record.state->conflicts) {
    for (const Candidate& candidate : conflict.candidates) {
      const Origin& origin = candidate.origin;
      if (!origin.by_authority && origin.when > *watched_) {
        seen_later_.emplace(record.book.code, origin.stream);
      }
    }
  }
}

// Merged anew with whatever is learned of its candidates, a record in conflict costs what there is
// of it. Counted is for whom what they wrote there brought it about: else an enemy's entries beside
// a crew's would count for the crew. What others wrote counts for them past what anybody honest
// writes of a record.
void MergeWork::note_contended(Record& record) {
  const auto by = std::exchange(record.added_by, {});
  const bool before = record.in_conflict;
  record.in_conflict = record.state && !record.state->conflicts.empty();
  if (!notes_contended_ || !record.in_conflict || (before && by.empty())) return;
  std::map<DeviceId, ContendedShare> written;
  shelf_.each_entry(record.key(), [&](const EntryPlace& place, std::string_view bytes) {
    ContendedShare& of = written[place.stream.device];
    ++of.entries;
    of.bytes += bytes.size();
  });
  const bool by_one = written.size() == 1;
  for (const auto& [device, share] : written) {
    if (device == headquarters_) continue;
    const auto added = by.find(device);
    ContendedShare counted = share;
    if (before) {  // as much as was added; alike entries have about so many bytes
      const uint64_t more = added != by.end() ? std::min(added->second, share.entries) : 0;
      counted = {more, more * (share.bytes / share.entries)};
    } else if (added == by.end() && !by_one) {
      counted.entries -= std::min(counted.entries, kUsualOfRecord.entries);
      counted.bytes -= std::min(counted.bytes, kUsualOfRecord.bytes);
    }
    if (counted.entries == 0 && counted.bytes == 0) continue;
    ContendedShare& all = contended_[{record.book.code, device}];
    all.entries += counted.entries;
    all.bytes += counted.bytes;
  }
}

// Counts a record for what it is now in the place of what it was.
void MergeWork::take_over(const Fresh& fresh) {
  Record& record = *fresh.record;
  Book& book = record.book;
  mark_changed(book);
  const Share* now = record.state ? &fresh.share : nullptr;
  const Share* before = std::exchange(record.share, now);
  record.kept = true;
  if (before != nullptr) {
    book.digest = sitelog::add(book.digest, negate(before->digest));
    if (before->tally) count(book, *before->tally, -1);
  }
  if (now != nullptr) {
    book.digest = sitelog::add(book.digest, now->digest);
    if (now->tally) count(book, *now->tally, 1);
  }
  if (is_of_campaigns(record.form)) {
    book.records += int64_t{now != nullptr} - int64_t{before != nullptr};
  }
}

void MergeWork::flush() {
  // What is learned while settling can touch further records: until nothing is left.
  for (;;) {
    std::vector<Record*> open;
    for (Record& record : opened_->records) {
      if (record.changed) open.push_back(&record);
    }
    if (open.empty()) break;
    for (Record* record : open) {
      record->changed = false;
      const bool was_anew = record->anew;
      settle(*record);
      if ((was_anew || record->form == kFormClock) && lays_down(*record)) learn(*record);
    }
    std::vector<Fresh>& fresh = opened_->rounds.emplace_back();
    fresh.reserve(open.size());
    for (Record* record : open) {
      if (!record->changed) fresh.emplace_back().record = record;  // else in the next round
    }
    work_out(fresh);
    write(fresh);
    for (const Fresh& item : fresh) {
      watch(*item.record);
      note_contended(*item.record);
      take_over(item);
    }
  }
  if (std::exchange(count_again_, false)) count_all_again();
  write_books();
  much_said_.clear();
  const bool many = opened_->records.size() >= kManyRecords;
  auto done = std::exchange(opened_, std::make_shared<Opened>());
  if (!many) return;
  // Giving back the memory of many takes a while: meanwhile the commit waits for the disk.
  discarding_.wait();
  discarding_ = Beside(helpers_, [done = std::move(done)]() mutable { done.reset(); });
}

}  // namespace sitelog
