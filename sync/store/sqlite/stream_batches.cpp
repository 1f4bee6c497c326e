// How entries come into streams and leave them: batches from others and for others, this device's
// own, and how much there is of each device.
#include <algorithm>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/sqlite/entry_writer.hpp"
#include "sync/store/sqlite/stream_table.hpp"

namespace sitelog {

namespace {
constexpr size_t kRecentMax = 1 << 14;
}  // namespace

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

namespace {

// Entries of a device past the first streams that its grant can list, and one, where what comes in
// stream `into` (0: a new one) is past them too; else 0.
uint64_t entries_past_listed(const StreamRows& known, const DeviceId& device, int64_t into) {
  std::vector<std::pair<int64_t, uint64_t>> rows;
  for (const StreamRow& row : known.all()) {
    if (row.key.device == device) rows.emplace_back(row.id, row.last.value - row.fork_number.value);
  }
  std::ranges::sort(rows);
  uint64_t out = 1;
  bool past = into == 0;
  for (size_t i = limits::kListItemsMax; i < rows.size(); ++i) {
    out += rows[i].second;
    past = past || rows[i].first == into;
  }
  return past ? out : 0;
}

}  // namespace

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
  if (most && most->streams > 0 && known.of_device(batch.stream.device) >= limits::kListItemsMax) {
    const uint64_t unlisted =
        entries_past_listed(known, batch.stream.device, continues ? at.stream_id : 0);
    const uint64_t unlisted_max = limits::kUnlistedEntriesOfStream * most->streams;
    if (unlisted > 0 && unlisted - 1 + batch.entries.size() - skipped > unlisted_max) {
      return Refusal{
          Reason::kTooLarge,
          N_("device {} has {} streams in the book of unit {}, as its folder was copied or put "
             "back so often, and {} entries past the first {}: more are taken once headquarters "
             "lets it in again (sitelogd devices admit); what was recorded stays where it is "
             "until then"),
          {batch.stream.device.hex(), std::to_string(known.of_device(batch.stream.device)),
           batch.book, std::to_string(unlisted - 1), std::to_string(limits::kListItemsMax)}};
    }
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

Batch StreamTable::read(int64_t book_id, const Tip& tip, Sequence after, const Signer* sign) {
  const auto end = find(book_id, tip.stream, mark_of(tip));
  SITELOG_ASSERT(end && after < tip.number);
  const auto way = way_to(*end);
  // Others' entries are packed by more at a time where they wait for the commit.
  if (writer_ && std::any_of(way.begin(), way.end(), [&](const Segment& segment) {
        return writer_->has(segment.stream_id);
      })) {
    flush();
  }
  Batch out;
  out.book = book_code(book_id);
  out.stream = tip.stream;
  out.first = {after.value + 1};
  size_t bytes_read = 0;
  bool first_segment = true;
  for (const Segment& segment : way) {
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
