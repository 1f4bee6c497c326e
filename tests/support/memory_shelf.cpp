#include "tests/support/memory_shelf.hpp"

#include <algorithm>

#include "sync/merge/forms.hpp"
#include "sync/merge/state_digest.hpp"

namespace sitelog {

const MemoryShelf::Book* MemoryShelf::find(const BookCode& book) const {
  const auto at = books_.find(book);
  return at != books_.end() ? at->second.get() : nullptr;
}

std::vector<BookCode> MemoryShelf::books() const {
  std::vector<BookCode> out;
  for (const auto& [code, book] : books_) out.push_back(code);
  return out;
}

MemoryShelf::Book& MemoryShelf::change(const BookCode& code) {
  auto& book = books_[code];
  if (!book) book = std::make_shared<Book>();
  if (book.use_count() > 1) book = std::make_shared<Book>(*book);
  return *book;
}

const MemoryShelf::Held* MemoryShelf::find(const BookCode& book, const EntryName& name) const {
  const Book* in = find(book);
  if (in == nullptr) return nullptr;
  const auto at = in->entries.find(name);
  return at != in->entries.end() ? at->second : nullptr;
}

void MemoryShelf::keep(const BookCode& code, Held entry) {
  Book& book = change(code);
  if (entry.previous != nullptr) book.tips.erase(entry.previous->place.name);
  book.tips.insert(entry.place.name);
  held_->push_back(std::move(entry));
  book.entries.emplace(held_->back().place.name, &held_->back());
}

std::vector<const MemoryShelf::Held*> MemoryShelf::way_to(const BookCode& book,
                                                          const EntryName& name) const {
  std::vector<const Held*> out;
  for (const Held* at = find(book, name); at != nullptr; at = at->previous) {
    out.push_back(at);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

KeptRecord MemoryShelf::kept(const Book& book, const Record& record) const {
  KeptRecord out{record.first, record.first && !record.stored, {}, {}, {}};
  if (out.as_entry) out.bytes = book.entries.at(record.first->name)->bytes;
  if (record.stored) {
    out.state = record.stored->state;
    out.heads = record.stored->heads;
  }
  return out;
}

std::optional<KeptRecord> MemoryShelf::record(const RecordKey& key) {
  const Book* book = find(key.book);
  if (book == nullptr) return std::nullopt;
  const auto at = book->records.find({key.record, key.form});
  if (at == book->records.end()) return std::nullopt;
  return kept(*book, at->second);
}

std::vector<std::string> MemoryShelf::conflicts(const RecordKey& key) {
  std::vector<std::string> out;
  for (const auto& [field, text] :
       books_.at(key.book)->records.at({key.record, key.form}).conflicts) {
    out.push_back(text);
  }
  return out;
}

void MemoryShelf::write(const std::vector<ChangedRecord>& records) {
  for (const ChangedRecord& changed : records) {
    auto& all = change(changed.key.book).records;
    const std::pair name(changed.key.record, changed.key.form);
    SITELOG_ASSERT(all.contains(name) == changed.kept);
    Record record;
    if (changed.state != nullptr) {
      record.first = *changed.first;
      record.list(changed.listed);
    }
    if (changed.stored != nullptr) {
      record.stored = *changed.stored;
      auto conflict = changed.stored->conflicts.begin();
      for (const auto& [field, details] : changed.state->conflicts) {
        record.conflicts[field] = *conflict++;
      }
    }
    all[name] = std::move(record);
  }
}

void MemoryShelf::each_record_state(const BookCode& code, const RecordVisit& visit) {
  const Book* book = find(code);
  if (book == nullptr) return;
  for (const auto& [name, record] : book->records) {
    if (!is_system_form(name.second) || name.second == kFormUnit || !record.first) continue;
    visit({code, name.first, name.second}, kept(*book, record));
  }
}

void MemoryShelf::each_record(const RecordVisit& visit) {
  for (const auto& [code, book] : std::map(books_)) {  // `visit` may list
    for (const auto& [name, record] : book->records) {
      if (!record.first) continue;
      visit({code, name.first, name.second}, kept(*book, record));
    }
  }
}

void MemoryShelf::list(const RecordKey& key, const ListedBy& by) {
  change(key.book).records.at({key.record, key.form}).list(by);
}

void MemoryShelf::each_conflicting_record(const BookCode* only, const DeviceId* device,
                                          const KeyVisit& visit) {
  for (const auto& [code, book] : books_) {
    if (only != nullptr && code != *only) continue;
    for (const auto& [name, record] : book->records) {
      const bool wanted = std::ranges::any_of(record.conflicts, [&](const auto& conflict) {
        return device == nullptr || conflict.second.find(device->hex()) != std::string::npos;
      });
      if (wanted) visit({code, name.first, name.second});
    }
  }
}

void MemoryShelf::each_entry(const RecordKey& key, const EntryVisit& visit) {
  const Book* book = find(key.book);
  if (book == nullptr) return;
  for (const auto& [name, held] : book->entries) {
    if (!held->of_a_record || book->quarantine.contains(name) || book->erased.contains(name)) {
      continue;
    }
    const auto entry = decode_entry(as_bytes(held->bytes));
    if (entry->record == key.record && entry->form == key.form) visit(held->place, held->bytes);
  }
}

void MemoryShelf::each_entry_of(const BookCode& code, const Which& which,
                                const JudgedVisit& visit) {
  const Book* book = find(code);
  if (book == nullptr) return;
  std::vector<const Held*> all;
  for (const auto& [name, held] : book->entries) {
    if (!held->of_a_record || book->erased.contains(name)) continue;
    const StreamKey& stream = held->place.stream;
    if (stream.device != which.device || (which.stream && stream != *which.stream)) continue;
    const bool out = std::ranges::any_of(
        which.but, [&](const Tip& tip) { return leads_to(code, held->place, tip); });
    if (!out) all.push_back(held);
  }
  for (const Held* held : all) {
    visit(held->place, held->bytes, find(code)->quarantine.contains(held->place.name));
  }
}

namespace {

bool belongs_to(const MemoryShelf::Book& book, const MemoryShelf::Held& held,
                const RecordKey& key) {
  if (!held.of_a_record || book.erased.contains(held.place.name)) return false;
  const auto entry = decode_entry(as_bytes(held.bytes));
  return entry->record == key.record && entry->form == key.form;
}

}  // namespace

uint64_t MemoryShelf::entries_of(const RecordKey& key, uint64_t most) {
  const Book* book = find(key.book);
  if (book == nullptr) return 0;
  const auto count =
      std::count_if(book->entries.begin(), book->entries.end(),
                    [&](const auto& named) { return belongs_to(*book, *named.second, key); });
  return std::min(static_cast<uint64_t>(count), most);
}

ChainShare MemoryShelf::in_chain(const RecordKey& key, const EntryPlace& entry) {
  ChainShare out;
  for (const Held* held : way_to(key.book, entry.name)) {
    if (belongs_to(*find(key.book), *held, key)) out.add(as_bytes(held->bytes));
  }
  return out;
}

ChainShare MemoryShelf::of_device(const RecordKey& key, const DeviceId& device) {
  ChainShare out;
  const Book* book = find(key.book);
  if (book == nullptr) return out;
  for (const auto& [name, held] : book->entries) {
    if (held->place.stream.device == device && belongs_to(*book, *held, key)) {
      out.add(as_bytes(held->bytes));
    }
  }
  return out;
}

std::optional<std::string> MemoryShelf::body(const BookCode& book, const EntryPlace& entry) {
  const Held* held = find(book, entry.name);
  if (held == nullptr || held->place != entry) return std::nullopt;
  if (find(book)->erased.contains(entry.name)) return std::nullopt;
  return held->bytes;
}

void MemoryShelf::erase(const BookCode& code, const EntryPlace& entry) {
  Book& book = change(code);
  book.quarantine.erase(entry.name);
  book.erased.emplace(entry.name, sha256(as_bytes(book.entries.at(entry.name)->bytes)));
}

bool MemoryShelf::leads_to(const BookCode& book, const EntryPlace& entry, const Tip& tip) {
  const auto way = way_to(book, name_of(tip.head));
  return std::any_of(way.begin(), way.end(),
                     [&](const Held* held) { return held->place == entry; });
}

void MemoryShelf::set_aside(const BookCode& book, const EntryPlace& entry, const Refusal& refusal) {
  change(book).quarantine[entry.name] = std::make_shared<const Refusal>(refusal);
}

void MemoryShelf::take_back(const BookCode& book, const EntryPlace& entry) {
  change(book).quarantine.erase(entry.name);
}

void MemoryShelf::each_author(const AuthorVisit& visit) {
  for (const BookCode& code : books()) {
    std::set<DeviceId> authors;
    for (const auto& [name, held] : find(code)->entries) authors.insert(held->place.stream.device);
    for (const DeviceId& author : authors) visit(code, author);
  }
}

void MemoryShelf::add_tallies(const std::vector<ChangedTally>& changes) {
  for (const auto& [book, key, sums] : changes) {
    auto& tallies = change(book).tallies;
    auto& totals = tallies[key];
    for (const auto& [measure, number] : sums) {
      if ((totals[measure] += number) == 0) totals.erase(measure);
    }
    if (totals.empty()) tallies.erase(key);
  }
}

void MemoryShelf::clear_tallies() {
  for (const BookCode& code : books()) change(code).tallies.clear();
}

void MemoryShelf::add_to_book(const BookCode& code, int64_t records, const Hash& digest) {
  Book& book = change(code);
  book.merged += records;
  book.state_digest = add(book.state_digest, digest);
}

}  // namespace sitelog
