#include "tests/support/memory_replica.hpp"

#include <algorithm>
#include <cstring>

#include "sync/ledger/limits.hpp"
#include "tests/support/rules_of_tomorrow.hpp"

namespace sitelog {

MemoryReplica::MemoryReplica(SigningKey key, const PublicKey& authority,
                             std::vector<BookCode> books)
    : key_(std::move(key)),
      authority_(authority),
      work_(std::make_unique<MergeWork>(shelf_, catalogue_, device_of(authority_), helpers_,
                                        rules_of_today())) {
  for (const auto& book : books) shelf_.change(book);
}

Tip MemoryReplica::tip_of(const Held& entry) {
  return {entry.place.stream, entry.place.number, entry.head};
}

void MemoryReplica::keep(const BookCode& book, Held held) {
  const EntryPlace place = held.place;
  auto entry = decode_entry(as_bytes(held.bytes));
  held.of_a_record = static_cast<bool>(entry);
  shelf_.keep(book, std::move(held));
  changed_.insert(book);
  if (shelf_.find(book)->erased.contains(place.name)) return;
  if (!entry) return shelf_.set_aside(book, place, entry.refusal());
  MergeWork::Record& record = work_->open(book, entry->record, entry->form);
  work_->add(record, place, std::move(*entry));
}

void MemoryReplica::write(const BookCode& book, std::string entry) {
  const StreamKey key = own_stream();
  shelf_.change(book).keys.emplace(key, key_.public_key());
  const Held* last = nullptr;
  for (const EntryName& name : shelf_.find(book)->tips) {
    const Held* tip = shelf_.find(book, name);
    if (tip->place.stream == key) last = tip;
  }
  const Hash before = last != nullptr ? last->head : chain_start(book, key);
  const Hash head = chain_next(before, as_bytes(entry));
  const uint64_t number = last != nullptr ? last->place.number.value + 1 : 1;
  keep(book, {{key, {number}, name_of(head)}, last, head, std::move(entry)});
}

uint64_t MemoryReplica::count(const BookCode& book) const {
  const auto* in = shelf_.find(book);
  return in != nullptr ? in->entries.size() : 0;
}

std::vector<std::string> MemoryReplica::entries(const BookCode& book,
                                                const StreamKey& stream) const {
  std::vector<std::string> out;
  for (const Tip& tip : vector(book)) {
    if (tip.stream != stream) continue;
    for (const Held* held : shelf_.way_to(book, name_of(tip.head))) out.push_back(held->bytes);
  }
  return out;
}

Sequence MemoryReplica::own_held_by_peer(const BookCode& book) const {
  const auto at = held_by_peer_.find(book);
  return at != held_by_peer_.end() ? at->second : Sequence{0};
}

Sequence MemoryReplica::own_held_by_headquarters(const BookCode& book) const {
  Sequence out{0};
  for (const Receipt& receipt : receipts_) {
    for (const Tip& tip : receipt.tips) {
      if (receipt.book == book && tip.stream == own_stream()) out = std::max(out, tip.number);
    }
  }
  return out;
}

void MemoryReplica::flush() {
  work_->flush();
}

const MemoryShelf::Book& MemoryReplica::book(const BookCode& code) {
  flush();
  return *shelf_.find(code);
}

std::optional<RecordState> MemoryReplica::state(const BookCode& book, const RecordId& record,
                                                const std::string& form) {
  return work_->state({book, record, form});
}

std::optional<RecordState> MemoryReplica::merged(const BookCode& book, const RecordId& record,
                                                 const std::string& form) {
  const auto history = work_->history({book, record, form});
  if (history.empty()) return std::nullopt;
  return merge_record(history, work_->settings(book));
}

struct MemoryReplica::Snapshot {
  MemoryShelf shelf;
  std::map<BookCode, Sequence> held_by_peer;
  std::optional<Instant> contact;
  std::vector<Receipt> receipts;
};

std::shared_ptr<const MemoryReplica::Snapshot> MemoryReplica::snapshot() {
  flush();
  return std::make_shared<Snapshot>(Snapshot{shelf_, held_by_peer_, contact_, receipts_});
}

void MemoryReplica::restore(const Snapshot& snapshot) {
  shelf_ = snapshot.shelf;
  held_by_peer_ = snapshot.held_by_peer;
  contact_ = snapshot.contact;
  receipts_ = snapshot.receipts;
  changed_.clear();
  by_stream_.clear();
  trees_.clear();
  catalogue_ = {};
  work_ = std::make_unique<MergeWork>(shelf_, catalogue_, device_of(authority_), helpers_,
                                      rules_of_today());
  work_->teach_catalogue();
}

Result<std::vector<BookCode>> MemoryReplica::scope(const Peer& peer) {
  if (revoked_.contains(peer.device)) {
    return Refusal{Reason::kRevoked, N_("this device was shut out by headquarters"), {}};
  }
  std::vector<BookCode> out;
  for (const BookCode& book : shelf_.books()) {
    if (peer.standing.carries(book)) out.push_back(book);
  }
  return out;
}

std::optional<Refusal> MemoryReplica::refuse_reading(const Peer& peer) {
  if (!kept_out_.contains(peer.device)) return std::nullopt;
  return Refusal{Reason::kNoGrant, N_("headquarters does not know this device any more"), {}};
}

VersionVector MemoryReplica::vector(const BookCode& book) const {
  VersionVector out;
  if (const auto* in = shelf_.find(book)) {
    for (const EntryName& name : in->tips) out.push_back(tip_of(*in->entries.at(name)));
  }
  std::sort(out.begin(), out.end());
  return out;
}

const TipTree& MemoryReplica::tip_tree(const BookCode& book) const {
  auto& known = trees_[book];
  if (known.first != count(book)) {
    known.first = count(book);
    known.second = {};
    for (const Tip& tip : vector(book)) known.second.add(tip);
  }
  return known.second;
}

Hash MemoryReplica::digest(const BookCode& book) const {
  return digest_of(book, tip_tree(book));
}

bool MemoryReplica::holds(const BookCode& book, const StreamKey& stream, const Mark& mark) const {
  const Held* found = shelf_.find(book, mark.name);
  return found != nullptr && found->place == EntryPlace{stream, mark.number, mark.name};
}

std::vector<StreamKey> MemoryReplica::grown(const BookCode& book, uint64_t count) const {
  std::vector<StreamKey> out;
  if (count == this->count(book)) return out;
  for (const auto& [stream, tips] : by_stream(book)) out.push_back(stream);
  return out;
}

VersionVector MemoryReplica::tips(const BookCode& book, const StreamKey& stream) const {
  const auto& streams = by_stream(book);
  const auto at = streams.find(stream);
  return at != streams.end() ? at->second : VersionVector{};
}

const std::map<StreamKey, VersionVector>& MemoryReplica::by_stream(const BookCode& book) const {
  auto& known = by_stream_[book];
  const uint64_t held = count(book);
  if (known.first == held) return known.second;
  known.first = held;
  known.second.clear();
  for (const Tip& tip : vector(book)) known.second[tip.stream].push_back(tip);
  return known.second;
}

// Each entry is a row of its own.
bool MemoryReplica::climb(const BookCode& book, const StreamKey& stream, const Mark& mark,
                          const std::function<bool(const Segment&)>& visit) const {
  if (mark.number.value == 0) return true;
  if (!holds(book, stream, mark)) return false;
  for (const Held* at = shelf_.find(book, mark.name); at != nullptr; at = at->previous) {
    int64_t row = 0;
    std::memcpy(&row, at->place.name.bytes.data(), sizeof row);
    const Sequence number = at->place.number;
    if (!visit({row, {number.value - 1}, number})) break;
  }
  return true;
}

Mark MemoryReplica::mark_at(const BookCode& book, const Tip& tip, Sequence number) const {
  const auto way = shelf_.way_to(book, name_of(tip.head));
  SITELOG_ASSERT(number.value > 0 && number.value <= way.size());
  return {number, way[number.value - 1]->place.name};
}

std::vector<Mark> MemoryReplica::samples(const BookCode& book, const Tip& tip) const {
  std::vector<Mark> out;
  uint64_t back = 0;
  for (uint64_t step = 1; back < tip.number.value && out.size() < limits::kLocatorMax; step *= 2) {
    out.push_back(mark_at(book, tip, {tip.number.value - back}));
    back += step;
  }
  return out;
}

Batch MemoryReplica::read(const BookCode& book, const Tip& tip, Sequence after) {
  const auto way = shelf_.way_to(book, name_of(tip.head));
  Batch out;
  out.book = book;
  out.stream = tip.stream;
  out.key = shelf_.find(book)->keys.at(tip.stream);
  out.first = {after.value + 1};
  if (after.value > 0) out.previous = way.at(after.value - 1)->place.name;
  const bool own = tip.stream.device == key_.device();
  size_t bytes = 0;
  size_t signed_count = 0;  // of the entries taken, up to the last signed head
  for (uint64_t n = after.value; n < way.size(); ++n) {
    const auto& erased = shelf_.find(book)->erased;
    const auto gone = erased.find(way[n]->place.name);
    const std::string entry = gone != erased.end() ? std::string() : way[n]->bytes;
    const bool full = own ? out.entries.size() >= limits::kSignedSpanEntriesMax ||
                                bytes + entry.size() > limits::kSignedSpanBytesMax
                          : out.entries.size() >= limits::kBatchEntriesMax ||
                                bytes + entry.size() > limits::kBatchBytesMax;
    if (full && !out.entries.empty()) break;
    bytes += entry.size();
    if (gone != erased.end()) out.erased[out.entries.size()] = gone->second;
    out.entries.push_back(entry);
    if (signatures_.contains(way[n]->place.name)) signed_count = out.entries.size();
  }
  if (own) {
    const Held& last = *way[out.last().value - 1];
    auto& signature = signatures_[last.place.name];
    if (signature.is_zero()) signature = sign_head(key_, book, tip_of(last));
  } else {
    SITELOG_ASSERT(signed_count > 0);
    out.entries.resize(signed_count);
    out.erased.erase(out.erased.lower_bound(signed_count), out.erased.end());
  }
  out.signature = signatures_.at(way[out.last().value - 1]->place.name);
  return out;
}

// Where the batch goes on from: a hash, or why it can't be kept.
Result<Hash> MemoryReplica::base_of(const Batch& batch) const {
  if (batch.first.value == 1) return chain_start(batch.book, batch.stream);
  const Held* previous = shelf_.find(batch.book, batch.previous);
  const Sequence number{batch.first.value - 1};
  if (previous != nullptr && previous->place.number == number) return previous->head;
  return Refusal{Reason::kGap,
                 N_("entries before number {} of stream {} are missing"),
                 {std::to_string(batch.first.value), to_text(batch.book, batch.stream)}};
}

Result<Tip> MemoryReplica::append(const Peer& from, const Batch& batch, const ClockReading&) {
  const MemoryShelf::Book* book = shelf_.find(batch.book);
  if (book == nullptr || !from.standing.carries(batch.book)) {
    return Refusal{
        Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {batch.book}};
  }
  if (unwanted_.contains(batch.stream.device)) {
    return Refusal{Reason::kNoGrant,
                   N_("device {} has no grant in the book of unit {}"),
                   {batch.stream.device.hex(), batch.book}};
  }
  if (!batch.erased.empty() && !from.standing.is_authority()) {
    return Refusal{Reason::kNotPermitted,
                   N_("only headquarters can pass on an entry whose text is erased"),
                   {}};
  }
  const auto base = base_of(batch);
  if (!base) return base.refusal();
  Hash head = *base;
  std::vector<EntryName> names;
  std::vector<Held> added;
  for (size_t i = 0; i < batch.entries.size(); ++i) {
    head = chain_next(head, batch.entry_digest(i));
    const EntryPlace place{batch.stream, {batch.first.value + i}, name_of(head)};
    names.push_back(place.name);
    if (!book->entries.contains(place.name)) {
      added.push_back({place, nullptr, head, batch.entries[i]});
    }
  }
  const Tip last{batch.stream, batch.last(), head};
  if (added.empty()) return last;
  if (!head_is_signed(batch.key, batch.book, last, batch.signature)) {
    return Refusal{Reason::kBadSignature,
                   N_("the signature of stream {} is not its device's"),
                   {to_text(batch.book, batch.stream)}};
  }
  shelf_.change(batch.book).keys.emplace(batch.stream, batch.key);
  signatures_[name_of(head)] = batch.signature;
  const size_t held_before = batch.entries.size() - added.size();
  const Held* previous =
      shelf_.find(batch.book, held_before == 0 ? batch.previous : names.at(held_before - 1));
  for (Held& held : added) {
    const EntryName name = held.place.name;
    const auto gone = batch.erased.find(held.place.number.value - batch.first.value);
    if (gone != batch.erased.end()) shelf_.change(batch.book).erased[name] = gone->second;
    held.previous = previous;
    keep(batch.book, std::move(held));
    previous = shelf_.find(batch.book, name);
  }
  work_->judge_kept(batch.book, batch.stream, [&](const Tip& tip) {
    const auto come = std::span(names).subspan(held_before);
    return std::ranges::find(come, name_of(tip.head)) != come.end();
  });
  return last;
}

Receipt MemoryReplica::receipt(const BookCode& book, const VersionVector& tips, Instant wall) {
  Receipt out{book, tips, wall, {}};
  if (!is_authority()) return out;
  out.headquarters = headquarters_id();
  out.signature = key_.sign(as_bytes(receipt_message(out)));
  return out;
}

void MemoryReplica::peer_holds(const Peer&, const BookCode& book, const VersionVector& tips,
                               Instant) {
  Sequence& held = held_by_peer_[book] = {0};
  for (const Tip& tip : tips) {
    if (tip.stream == own_stream()) held = std::max(held, tip.number);
  }
}

Replica::Word MemoryReplica::take_receipt(const Peer& peer, const Receipt& receipt) {
  const bool by_authority =
      receipt.headquarters == headquarters_id() &&
      verify_signature(authority_, as_bytes(receipt_message(receipt)), receipt.signature);
  if (!by_authority && peer.standing.is_authority()) return Word::kNobodys;
  if (by_authority) receipts_.push_back(receipt);
  if (!by_authority || peer.standing.is_authority()) {
    Sequence& held = held_by_peer_[receipt.book];
    for (const Tip& tip : receipt.tips) {
      if (tip.stream == own_stream()) held = std::max(held, tip.number);
    }
  }
  return by_authority ? Word::kAuthoritys : Word::kPeers;
}

std::vector<Receipt> MemoryReplica::receipts(const BookCode& book, const DeviceId& author) {
  std::vector<Receipt> out;
  for (const Receipt& receipt : receipts_) {
    const bool concerned = receipt.book == book &&
                           std::any_of(receipt.tips.begin(), receipt.tips.end(),
                                       [&](const Tip& tip) { return tip.stream.device == author; });
    if (concerned) out.push_back(receipt);
  }
  return out;
}

Result<> MemoryReplica::keep_agreement_key(const Peer&, const AgreementClaim& claim,
                                           const ClockReading&) {
  if (!peer_key) return Done{};
  const auto key = checked_agreement_key(claim, *peer_key);
  if (!key) return key.refusal();
  kept_agreement_key = *key;
  return Done{};
}

void MemoryReplica::contact(const Peer&, const ClockReading& now,
                            std::optional<Instant> true_wall) {
  contact_ = true_wall.value_or(now.wall);
}

}  // namespace sitelog
