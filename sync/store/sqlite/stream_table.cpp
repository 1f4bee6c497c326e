#include "sync/store/sqlite/stream_table.hpp"

#include <algorithm>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/store/sqlite/entry_writer.hpp"
#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

namespace {
constexpr size_t kNamesKeptMax = 1 << 18;  // in memory, some 12 MB
constexpr size_t kFewRows = 8;             // whose names are as well read one by one
}  // namespace

StreamTable::StreamTable(Database& database, const StoreOptions& options)
    : database_(attach_functions(database)),
      options_(options),
      select_book_(database, "SELECT book_id FROM books WHERE code = ?1"),
      insert_book_(database, "INSERT INTO books (code, state_digest) VALUES (?1, zeroblob(32))"),
      select_rows_(database,
                   "SELECT stream_id, device, key, epoch, fork_of, fork_number, last, head"
                   " FROM streams JOIN devices USING (device_id) WHERE book_id = ?1"),
      select_stream_book_(database, "SELECT book_id FROM streams WHERE stream_id = ?1"),
      insert_row_(
          database,
          "INSERT INTO streams (book_id, device_id, epoch, fork_of, fork_number, last, head)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      update_row_(database, "UPDATE streams SET last = ?2, head = ?3 WHERE stream_id = ?1"),
      select_name_(database, "SELECT name FROM entries WHERE entry_id = ?1"),
      select_range_(database,
                    "SELECT entry_id, name, entry_bytes(entry_id, bytes) FROM entries"
                    " WHERE entry_id > ?1 AND entry_id <= ?2 ORDER BY entry_id"),
      select_device_(database, "SELECT device_id FROM devices WHERE device = ?1"),
      insert_device_(database, "INSERT INTO devices (device, key) VALUES (?1, ?2)"),
      select_head_before_(database,
                          "SELECT number, head, signature, bytes FROM heads"
                          " WHERE stream_id = ?1 AND number <= ?2 ORDER BY number DESC LIMIT 1"),
      select_head_after_(database,
                         "SELECT number, head, signature, bytes FROM heads"
                         " WHERE stream_id = ?1 AND number > ?2 ORDER BY number LIMIT 1"),
      // One walk over the book's streams, once an opening.
      select_held_of_(database,
                      "SELECT device, sum(last - fork_number), coalesce(sum((SELECT sum(bytes)"
                      " FROM heads WHERE heads.stream_id = streams.stream_id)), 0)"
                      " FROM streams JOIN devices USING (device_id) WHERE book_id = ?1"
                      " GROUP BY device"),
      insert_head_(database,
                   "INSERT OR REPLACE INTO heads (stream_id, number, head, signature, bytes)"
                   " VALUES (?1, ?2, ?3, ?4, ?5)"),
      delete_head_(database, "DELETE FROM heads WHERE stream_id = ?1 AND number = ?2"),
      count_entries_(database, "UPDATE books SET entries = entries + ?2 WHERE book_id = ?1"),
      select_erased_(database, "SELECT digest FROM erased WHERE entry_id = ?1") {}

StreamTable::~StreamTable() = default;

std::optional<int64_t> StreamTable::find_book(const BookCode& code) {
  // Most are asked for several times in a row.
  if (last_book_ != book_ids_.end() && last_book_->first == code) return last_book_->second;
  last_book_ = book_ids_.find(code);
  if (last_book_ != book_ids_.end()) return last_book_->second;
  const int64_t id = select_book_.with(code).number_or(0);
  if (id == 0) return std::nullopt;
  last_book_ = book_ids_.emplace(code, id).first;
  book_codes_[id] = code;
  return id;
}

int64_t StreamTable::book_id(const BookCode& code) {
  if (const auto known = find_book(code)) return *known;
  insert_book_.with(code).run();
  return *find_book(code);
}

const BookCode& StreamTable::book_code(int64_t book_id) {
  if (!book_codes_.contains(book_id)) books();
  return book_codes_.at(book_id);
}

std::vector<BookCode> StreamTable::books() {
  Statement all(database_, "SELECT book_id, code FROM books ORDER BY code");
  std::vector<BookCode> out;
  while (all.step()) {
    book_ids_[all.text(1)] = all.number(0);
    book_codes_[all.number(0)] = all.text(1);
    out.push_back(all.text(1));
  }
  return out;
}

StreamRows& StreamTable::load(int64_t book_id) {
  if (const auto at = by_book_.find(book_id); at != by_book_.end()) return at->second;
  std::vector<StreamRow> rows;
  select_rows_.with(book_id);
  while (select_rows_.step()) {
    StreamRow row;
    row.id = select_rows_.number(0);
    row.book_id = book_id;
    row.key = {select_rows_.fixed<DeviceId>(1), {static_cast<uint64_t>(select_rows_.number(3))}};
    row.public_key = select_rows_.fixed<PublicKey>(2);
    if (!select_rows_.is_null(4)) row.fork_of = select_rows_.number(4);
    row.fork_number = {static_cast<uint64_t>(select_rows_.number(5))};
    row.last = {static_cast<uint64_t>(select_rows_.number(6))};
    row.head = select_rows_.fixed<Hash>(7);
    if (row.fork_of && *row.fork_of >= row.id) {
      throw StoreError(StoreError::Kind::kDamaged, "a stream parts from one that came after it");
    }
    rows.push_back(row);
  }
  for (const StreamRow& row : rows) book_of_stream_[row.id] = book_id;
  return by_book_.try_emplace(book_id, std::move(rows)).first->second;
}

StreamRow& StreamTable::mutable_row(int64_t stream_id) {
  auto book = book_of_stream_.find(stream_id);
  if (book == book_of_stream_.end()) {
    const int64_t book_id = select_stream_book_.with(stream_id).number_or(0);
    load(book_id);
    book = book_of_stream_.find(stream_id);
  }
  if (book == book_of_stream_.end()) {
    throw StoreError(StoreError::Kind::kDamaged, "an entry belongs to a stream that is not there");
  }
  return *load(book->second).find(stream_id);
}

const StreamRow& StreamTable::row(int64_t stream_id) {
  return mutable_row(stream_id);
}

VersionVector StreamTable::vector(int64_t book_id) {
  return load(book_id).vector();
}

Hash StreamTable::digest(int64_t book_id) {
  const auto at = digests_.find(book_id);
  if (at != digests_.end()) return at->second;
  return digests_[book_id] = digest_of(book_code(book_id), load(book_id).tips());
}

EntryName StreamTable::name_at(int64_t stream_id, Sequence number) {
  const StreamRow& in = row(stream_id);
  if (number == in.last) return name_of(in.head);
  const auto counted = counted_in_.find(entry_id_of(stream_id, number));
  if (counted != counted_in_.end()) return counted->second;
  if (writer_) {
    if (const auto added = writer_->name(entry_id_of(stream_id, number))) return *added;
  }
  select_name_.with(entry_id_of(stream_id, number));
  if (!select_name_.step()) {
    throw StoreError(StoreError::Kind::kDamaged, "an entry is missing in the middle of a stream");
  }
  const auto out = select_name_.fixed<EntryName>(0);
  select_name_.restart();
  return out;
}

const StreamTable::Names& StreamTable::names_at(int64_t book_id, const StreamKey& stream,
                                                Sequence number) {
  const auto known = names_.find({book_id, stream, number});
  if (known != names_.end()) return known->second;
  Names names;
  for (const StreamRow* row : load(book_id).of(stream)) {
    if (row->covers(number)) names.emplace(name_at(row->id, number), row->id);
  }
  names_kept_ += names.size() + 1;
  if (names_kept_ > kNamesKeptMax) {
    names_.clear();
    names_kept_ = names.size() + 1;
  }
  return names_[{book_id, stream, number}] = std::move(names);
}

int64_t StreamTable::row_with(int64_t book_id, const StreamKey& stream, const Mark& mark) {
  const StreamRow* last = load(book_id).ending_with(mark.name);
  if (last != nullptr && last->key == stream && last->last == mark.number) return last->id;
  const auto recent = recent_.find(mark.name);
  if (recent != recent_.end() && number_of(recent->second) == mark.number &&
      row(stream_of(recent->second)).key == stream) {
    return stream_of(recent->second);
  }
  const Names& names = names_at(book_id, stream, mark.number);
  const auto at = names.find(mark.name);
  return at != names.end() ? at->second : 0;
}

std::optional<StreamTable::Place> StreamTable::find(int64_t book_id, const StreamKey& stream,
                                                    const Mark& mark) {
  if (mark.number.value == 0) return Place{};
  const auto& rows = load(book_id).of(stream);
  if (rows.empty()) return std::nullopt;
  int64_t in = 0;
  if (rows.size() > 1) {
    in = row_with(book_id, stream, mark);
  } else if (rows[0]->covers(mark.number) && name_at(rows[0]->id, mark.number) == mark.name) {
    in = rows[0]->id;
  }
  return in != 0 ? std::optional(Place{in, mark.number}) : std::nullopt;
}

int64_t StreamTable::entry_id(int64_t book_id, const EntryPlace& place) {
  const auto& rows = load(book_id).of(place.stream);
  // Only where the stream has forked the name must tell.
  int64_t in = 0;
  if (rows.size() > 1) {
    in = row_with(book_id, place.stream, {place.number, place.name});
  } else if (!rows.empty() && rows[0]->covers(place.number)) {
    in = rows[0]->id;
  }
  if (in == 0) {
    throw StoreError(StoreError::Kind::kDamaged, "an entry is not in the stream it is said to be");
  }
  return entry_id_of(in, place.number);
}

void StreamTable::forget() {
  book_ids_.clear();
  last_book_ = book_ids_.end();
  book_codes_.clear();
  by_book_.clear();
  book_of_stream_.clear();
  digests_.clear();
  held_in_.clear();
  recent_.clear();
  names_.clear();
  names_kept_ = 0;
  writer_.reset();
}

void StreamTable::climb(const Place& place, const std::function<bool(const Segment&)>& visit) {
  Place at = place;
  while (at.stream_id != 0) {
    const StreamRow& in = row(at.stream_id);
    if (!visit({in.id, in.fork_number, at.number})) return;
    at = {in.fork_of.value_or(0), in.fork_number};
  }
}

std::vector<Segment> StreamTable::way_to(const Place& place) {
  std::vector<Segment> out;
  climb(place, [&](const Segment& segment) {
    out.push_back(segment);
    return true;
  });
  std::reverse(out.begin(), out.end());
  return out;
}

Sequence StreamTable::common(const Place& a, const Place& b) {
  Sequence out;
  const auto way_a = way_to(a);
  const auto way_b = way_to(b);
  for (size_t i = 0; i < way_a.size() && i < way_b.size(); ++i) {
    if (way_a[i].stream_id != way_b[i].stream_id) break;
    out = std::min(way_a[i].to, way_b[i].to);
  }
  return out;
}

void StreamTable::each(int64_t stream_id, Sequence after, Sequence to,
                       const std::function<void(const Kept&)>& visit) {
  flush();
  Statement range(database_,
                  "SELECT entry_id, name, entry_bytes(entry_id, bytes) FROM entries"
                  " WHERE entry_id > ?1 AND entry_id <= ?2 ORDER BY entry_id");
  range.with(entry_id_of(stream_id, after), entry_id_of(stream_id, to));
  while (range.step()) {
    const int64_t entry_id = range.number(0);
    Kept kept{number_of(entry_id), range.fixed<EntryName>(1), range.view(2), {}};
    const auto known = kept.bytes.empty() ? erased(entry_id) : std::nullopt;
    kept.erased = known.has_value();
    kept.digest = known ? *known : sha256(as_bytes(kept.bytes));
    visit(kept);
  }
}

void StreamTable::each_last(int64_t book_id,
                            const std::function<void(const StreamKey&, std::string_view)>& visit) {
  flush();
  Statement last(database_,
                 "SELECT entry_bytes(entry_id, bytes) FROM entries"
                 " WHERE entry_id > ?1 AND entry_id <= ?2"
                 " AND entry_id NOT IN (SELECT entry_id FROM erased)"
                 " ORDER BY entry_id DESC LIMIT 1");
  for (const StreamRow& row : rows(book_id).all()) {
    last.with(entry_id_of(row.id, row.fork_number), entry_id_of(row.id, row.last));
    if (last.step()) visit(row.key, last.view(0));
  }
}

// Nothing where it has its body.
std::optional<Hash> StreamTable::erased(int64_t entry_id) {
  select_erased_.with(entry_id);
  std::optional<Hash> out;
  if (select_erased_.step()) out = select_erased_.fixed<Hash>(0);
  select_erased_.restart();
  return out;
}

// Writes the block of a packed entry again, without its bytes.
void StreamTable::take_from_block(int64_t entry_id) {
  Statement find(database_,
                 "SELECT first_entry, entries, packed FROM blocks WHERE first_entry <= ?1"
                 " ORDER BY first_entry DESC LIMIT 1");
  find.with(entry_id);
  Packer packer;
  std::optional<std::string> joined;
  std::optional<std::vector<std::string_view>> entries;
  int64_t first = 0;
  if (find.step()) {
    first = find.number(0);
    joined = packer.unpack(find.view(2));
    if (joined) entries = split_entries(*joined, static_cast<size_t>(find.number(1)));
  }
  const auto at = static_cast<size_t>(entry_id - first);
  if (!entries || at >= entries->size()) {
    throw StoreError(StoreError::Kind::kDamaged, "a block of entries is damaged");
  }
  find.restart();
  (*entries)[at] = {};
  const std::string packed = packer.pack(join_entries(*entries));
  Statement(database_, "UPDATE blocks SET packed = ?2 WHERE first_entry = ?1")
      .with(first, as_bytes(packed))
      .run();
  forget_block(database_, first);
}

std::optional<std::string> StreamTable::body(int64_t entry_id) {
  flush();
  Statement read(database_, "SELECT entry_bytes(entry_id, bytes) FROM entries WHERE entry_id = ?1");
  read.with(entry_id);
  if (!read.step() || read.is_null(0)) {
    throw StoreError(StoreError::Kind::kDamaged, "an entry that is held is not there");
  }
  std::string out = read.text(0);
  read.restart();
  if (out.empty() && erased(entry_id)) return std::nullopt;
  return out;
}

void StreamTable::erase(int64_t entry_id) {
  const auto bytes = body(entry_id);
  if (!bytes) return;
  Statement packed(database_, "SELECT bytes IS NULL FROM entries WHERE entry_id = ?1");
  if (packed.with(entry_id).number_or(0) == 1) take_from_block(entry_id);
  Statement(database_, "INSERT INTO erased VALUES (?1, ?2)")
      .with(entry_id, sha256(as_bytes(*bytes)))
      .run();
  Statement(database_, "UPDATE entries SET bytes = x'' WHERE entry_id = ?1").with(entry_id).run();
}

Hash StreamTable::hash_at(int64_t book_id, const StreamKey& stream, const Place& place) {
  if (place.stream_id == 0) return chain_start(book_code(book_id), stream);
  const StreamRow& in = row(place.stream_id);
  if (place.number == in.last) return in.head;
  Sequence from = in.fork_number;
  Hash hash;
  select_head_before_.with(in.id, place.number.value);
  const bool signed_before = select_head_before_.step();
  if (signed_before) {
    from = {static_cast<uint64_t>(select_head_before_.number(0))};
    hash = select_head_before_.fixed<Hash>(1);
    select_head_before_.restart();
  } else {
    hash = hash_at(book_id, stream, {in.fork_of.value_or(0), in.fork_number});
  }
  each(in.id, from, place.number, [&](const Kept& kept) { hash = chain_next(hash, kept.digest); });
  return hash;
}

// The entry held right after `place` that has this name.
std::optional<StreamTable::Place> StreamTable::next_with_name(int64_t book_id,
                                                              const StreamKey& stream,
                                                              const Place& place,
                                                              const EntryName& name) {
  const Sequence next{place.number.value + 1};
  if (place.stream_id != 0 && row(place.stream_id).covers(next) &&
      name_at(place.stream_id, next) == name) {
    return Place{place.stream_id, next};
  }
  const auto& parting = load(book_id).parting(stream, place.stream_id, place.number);
  if (parting.size() > kFewRows) {
    const int64_t in = row_with(book_id, stream, {next, name});
    return in != 0 ? std::optional(Place{in, next}) : std::nullopt;
  }
  for (const StreamRow* candidate : parting) {
    if (candidate->covers(next) && name_at(candidate->id, next) == name) {
      return Place{candidate->id, next};
    }
  }
  return std::nullopt;
}

void StreamTable::prepare_flush() {
  if (writer_) writer_->prepare();
}

void StreamTable::flush() {
  if (writer_) writer_->flush();
}

}  // namespace sitelog
