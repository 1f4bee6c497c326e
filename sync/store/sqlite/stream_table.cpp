#include "sync/store/sqlite/stream_table.hpp"

#include <algorithm>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/store/sqlite/entry_writer.hpp"
#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

namespace {
constexpr size_t kNamesKeptMax = 1 << 18;  // in memory, some 12 MB
constexpr size_t kRecentMax = 1 << 14;
constexpr size_t kFewRows = 8;  // whose names are as well read one by one
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

StreamRow& StreamTable::add_row(int64_t book_id, const StreamKey& key, const PublicKey& public_key,
                                const Place& parent) {
  StreamRows& rows = load(book_id);
  int64_t device_id = select_device_.with(key.device).number_or(0);
  if (device_id == 0) {
    insert_device_.with(key.device, public_key).run();
    device_id = database_.last_row_id();
  }
  StreamRow row;
  row.book_id = book_id;
  row.key = key;
  row.public_key = public_key;
  if (parent.stream_id != 0) row.fork_of = parent.stream_id;
  row.fork_number = row.last = parent.number;
  insert_row_
      .with(book_id, device_id, key.epoch.value, row.fork_of, row.fork_number.value, row.last.value,
            row.head)
      .run();
  row.id = database_.last_row_id();
  book_of_stream_[row.id] = book_id;
  return rows.add(std::move(row));
}

void StreamTable::grow(StreamRow& row, Sequence last, const Hash& head) {
  // What was asked for among numbers that are there only now.
  const auto from = names_.lower_bound({row.book_id, row.key, {row.last.value + 1}});
  auto to = from;
  for (; to != names_.end() && to->first <= std::tuple(row.book_id, row.key, last); ++to) {
    names_kept_ -= to->second.size() + 1;
  }
  names_.erase(from, to);
  load(row.book_id).grow(row, last, head);
  update_row_.with(row.id, row.last.value, row.head).run();
  digests_.erase(row.book_id);
}

void StreamTable::save_head(const StreamRow& row, Sequence number, const Hash& head,
                            const Signature& signature, int64_t bytes) {
  // Drops the signed head before, where one span may reach from the one before that to this.
  select_head_before_.with(row.id, number.value - 1);
  if (select_head_before_.step()) {
    const Sequence middle{static_cast<uint64_t>(select_head_before_.number(0))};
    const int64_t middle_bytes = select_head_before_.number(3);
    select_head_before_.with(row.id, middle.value - 1);
    Sequence first = row.fork_number;
    if (select_head_before_.step()) first = {static_cast<uint64_t>(select_head_before_.number(0))};
    select_head_before_.restart();
    if (number.value - first.value <= limits::kSignedSpanEntriesMax &&
        static_cast<size_t>(bytes + middle_bytes) <= limits::kSignedSpanBytesMax) {
      delete_head_.with(row.id, middle.value).run();
      bytes += middle_bytes;
    }
  }
  select_head_before_.restart();
  insert_head_.with(row.id, number.value, head, signature, bytes).run();
}

std::map<DeviceId, DeviceShare>& StreamTable::held_in(int64_t book_id) {
  const auto [at, fresh] = held_in_.try_emplace(book_id);
  if (!fresh) return at->second;
  select_held_of_.with(book_id);
  while (select_held_of_.step()) {
    at->second[select_held_of_.fixed<DeviceId>(0)] = {
        .entries = static_cast<uint64_t>(select_held_of_.number(1)),
        .bytes = static_cast<uint64_t>(select_held_of_.number(2))};
  }
  return at->second;
}

DeviceShare StreamTable::held_of(int64_t book_id, const DeviceId& device) {
  const auto& all = held_in(book_id);
  const auto at = all.find(device);
  DeviceShare out = at != all.end() ? at->second : DeviceShare{};
  out.streams = load(book_id).of_device(device);
  return out;
}

Result<StreamTable::Appended> StreamTable::append(const Batch& batch,
                                                  const std::optional<DeviceShare>& most) {
  const int64_t book = book_id(batch.book);
  const auto base = find(book, batch.stream, {{batch.first.value - 1}, batch.previous});
  if (!base) {
    return Refusal{Reason::kGap,
                   N_("entries before number {} of stream {} are not here yet"),
                   {std::to_string(batch.first.value), to_text(batch.book, batch.stream)}};
  }
  // Past what is held already.
  Place at = *base;
  Hash hash = hash_at(book, batch.stream, at);
  size_t skipped = 0;
  std::vector<Hash> hashes;
  hashes.reserve(batch.entries.size());
  for (size_t i = 0; i < batch.entries.size(); ++i) {
    hash = chain_next(hash, batch.entry_digest(i));
    hashes.push_back(hash);
    if (skipped + 1 == hashes.size()) {
      if (const auto next = next_with_name(book, batch.stream, at, name_of(hash))) {
        at = *next;
        ++skipped;
      }
    }
  }
  // Names are half of a hash: what decides is the whole one, of the last that seems to be held.
  if (skipped > 0 && hash_at(book, batch.stream, at) != hashes[skipped - 1]) {
    return Refusal{Reason::kBrokenChain,
                   N_("entry {} of stream {} has the name of another one that is held here"),
                   {std::to_string(at.number.value), to_text(batch.book, batch.stream)}};
  }
  Appended out{{batch.stream, batch.last(), hash}, {}};
  if (skipped == batch.entries.size()) return out;
  if (!head_is_signed(batch.key, batch.book, out.end, batch.signature)) {
    return Refusal{Reason::kBadSignature,
                   N_("entries {} to {} of stream {} are not signed by their device"),
                   {std::to_string(batch.first.value), std::to_string(batch.last().value),
                    to_text(batch.book, batch.stream)}};
  }
  int64_t new_bytes = 0;
  for (size_t i = skipped; i < batch.entries.size(); ++i) {
    new_bytes += static_cast<int64_t>(batch.entries[i].size());
  }
  DeviceShare share;
  if (most) {
    share = held_of(book, batch.stream.device);
    share.entries += batch.entries.size() - skipped;
    share.bytes += static_cast<uint64_t>(new_bytes);
    if (share.entries > most->entries || share.bytes > most->bytes) {
      return Refusal{
          Reason::kHeldUp,
          N_("headquarters keeps no more of device {} until it is let in again: it has "
             "brought {} entries, or {} bytes of them"),
          {batch.stream.device.hex(), std::to_string(most->entries), std::to_string(most->bytes)}};
    }
  }
  const StreamRows& known = load(book);
  const bool continues = at.stream_id != 0 && row(at.stream_id).last == at.number;
  size_t streams_max = options_.streams_of_device_max;
  if (most && most->streams > 0) streams_max = std::min<size_t>(streams_max, most->streams);
  if (!continues && known.of_device(batch.stream.device) >= streams_max) {
    return Refusal{Reason::kTooLarge,
                   N_("device {} has {} streams in the book of unit {}, as its folder was copied "
                      "or put back so often: more are taken once headquarters lets it in again "
                      "(sitelogd devices admit); what was recorded stays where it is until then"),
                   {batch.stream.device.hex(), std::to_string(streams_max), batch.book}};
  }
  StreamRow& into =
      continues ? mutable_row(at.stream_id) : add_row(book, batch.stream, batch.key, at);
  const bool forked = known.of(batch.stream).size() > 1;
  if (recent_.size() > kRecentMax) recent_.clear();
  for (size_t i = skipped; i < batch.entries.size(); ++i) {
    const Sequence number{batch.first.value + i};
    const auto erased = batch.erased.find(i);
    out.added.push_back(
        {entry_id_of(into.id, number), name_of(hashes[i]), &batch.entries[i], false,
         erased != batch.erased.end() ? std::optional(erased->second) : std::nullopt});
    counted_in_.insert_or_assign(out.added.back().entry_id, out.added.back().name);
    if (forked) recent_.insert_or_assign(out.added.back().name, out.added.back().entry_id);
  }
  if (most) held_in(book)[batch.stream.device] = share;
  grow(into, out.end.number, hash);
  save_head(into, into.last, hash, batch.signature, new_bytes);
  count_entries_.with(book, int64_t(out.added.size())).run();
  return out;
}

std::optional<EntryPlace> StreamTable::end_of_own(int64_t book_id, const StreamKey& stream) {
  const auto& rows = load(book_id).of(stream);
  if (rows.empty()) return std::nullopt;
  return EntryPlace{stream, rows[0]->last, name_of(rows[0]->head)};
}

NewEntry StreamTable::append_own(int64_t book_id, const StreamKey& stream, const PublicKey& key,
                                 const std::string& bytes, Hash& head) {
  const auto& rows = load(book_id).of(stream);
  StreamRow& into = !rows.empty() ? *rows[0] : add_row(book_id, stream, key, {});
  const Hash before = into.last.value == 0 ? chain_start(book_code(book_id), stream) : into.head;
  head = chain_next(before, as_bytes(bytes));
  grow(into, {into.last.value + 1}, head);
  count_entries_.with(book_id, 1).run();
  return {entry_id_of(into.id, into.last), name_of(head), &bytes, true};
}

void StreamTable::insert_entry(const NewEntry& entry, std::optional<int64_t> record_id) {
  if (!writer_) writer_ = std::make_unique<EntryWriter>(database_, options_);
  writer_->add(entry, record_id, entry.own);
  counted_in_.erase(entry.entry_id);
}

void StreamTable::prepare_flush() {
  if (writer_) writer_->prepare();
}

void StreamTable::flush() {
  if (writer_) writer_->flush();
}

Batch StreamTable::read(int64_t book_id, const Tip& tip, Sequence after, const Signer* sign) {
  const auto end = find(book_id, tip.stream, mark_of(tip));
  SITELOG_ASSERT(end && after < tip.number);
  flush();
  Batch out;
  out.book = book_code(book_id);
  out.stream = tip.stream;
  out.first = {after.value + 1};
  size_t bytes_read = 0;
  bool first_segment = true;
  for (const Segment& segment : way_to(*end)) {
    if (segment.to <= after) continue;
    const StreamRow& in = row(segment.stream_id);
    out.key = in.public_key;
    const Sequence from = std::max(segment.from, after);
    if (std::exchange(first_segment, false) && after.value > 0) {
      out.previous = from == segment.from ? name_at(*in.fork_of, from) : name_at(in.id, from);
    }
    // Where this run is signed next, if on the way; an own run can be signed anywhere.
    std::optional<Sequence> signed_at;
    std::optional<Signature> signature;
    select_head_after_.with(in.id, from.value);
    while (select_head_after_.step()) {
      const Sequence number{static_cast<uint64_t>(select_head_after_.number(0))};
      if (number > segment.to) break;
      signed_at = number;
      signature = select_head_after_.fixed<Signature>(2);
      break;
    }
    select_head_after_.restart();
    const Sequence to = signed_at.value_or(segment.to);
    Statement& range = select_range_;
    range.with(entry_id_of(in.id, from), entry_id_of(in.id, to));
    bool full = false;
    while (!full && range.step()) {
      const std::string_view bytes = range.view(2);
      // Only a run without a signature ahead may be cut, to be signed at the cut.
      if (!signed_at && sign != nullptr && !out.entries.empty() &&
          (out.entries.size() >= limits::kSignedSpanEntriesMax ||
           bytes_read + bytes.size() > limits::kSignedSpanBytesMax)) {
        full = true;
        break;
      }
      if (bytes.empty()) {
        if (const auto digest = erased(range.number(0))) out.erased[out.entries.size()] = *digest;
      }
      out.entries.emplace_back(bytes);
      bytes_read += bytes.size();
    }
    range.restart();
    if (signature) {
      out.signature = *signature;
      return out;
    }
    if (full || segment.to == tip.number) {
      SITELOG_ASSERT(sign != nullptr && !out.entries.empty());
      const Sequence number = out.last();
      const Hash head = hash_at(book_id, tip.stream, {in.id, number});
      out.signature = (*sign)(out.book, {tip.stream, number, head});
      save_head(in, number, head, out.signature, static_cast<int64_t>(bytes_read));
      return out;
    }
  }
  SITELOG_ASSERT(!"a way without an end");
}

}  // namespace sitelog
