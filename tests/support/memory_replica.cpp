#include "tests/support/memory_replica.hpp"

#include <algorithm>

#include "sync/ledger/limits.hpp"

namespace sitelog {

MemoryReplica::MemoryReplica(SigningKey key, const PublicKey& authority,
                             std::vector<BookCode> books)
    : key_(std::move(key)), authority_(authority) {
  for (auto& book : books) books_[std::move(book)];
}

const MemoryReplica::Stream* MemoryReplica::find(const BookCode& book,
                                                 const StreamKey& stream) const {
  const auto at = books_.find(book);
  if (at == books_.end()) return nullptr;
  const auto found = at->second.find(stream);
  return found != at->second.end() ? &found->second : nullptr;
}

Tip MemoryReplica::tip_of(const StreamKey& key, const Stream& stream, size_t number) {
  return {key, {number}, stream.heads.at(number)};
}

void MemoryReplica::write(const BookCode& book, std::string entry) {
  const StreamKey key = own_stream();
  const auto [at, added] = books_[book].try_emplace(key);
  Stream& stream = at->second;
  if (added) {
    stream.key = key_.public_key();
    stream.heads.push_back(chain_start(book, key));
  }
  stream.heads.push_back(chain_next(stream.heads.back(), as_bytes(entry)));
  stream.entries.push_back(std::move(entry));
  changed_.insert(book);
}

size_t MemoryReplica::count(const BookCode& book) const {
  size_t out = 0;
  if (const auto at = books_.find(book); at != books_.end()) {
    for (const auto& [key, stream] : at->second) out += stream.entries.size();
  }
  return out;
}

std::vector<std::string> MemoryReplica::entries(const BookCode& book,
                                                const StreamKey& stream) const {
  const Stream* found = find(book, stream);
  return found != nullptr ? found->entries : std::vector<std::string>();
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

struct MemoryReplica::Snapshot {
  std::map<BookCode, Book> books;
  std::map<BookCode, Sequence> held_by_peer;
  std::optional<Instant> contact;
  std::vector<Receipt> receipts;
};

std::shared_ptr<const MemoryReplica::Snapshot> MemoryReplica::snapshot() const {
  return std::make_shared<Snapshot>(Snapshot{books_, held_by_peer_, contact_, receipts_});
}

void MemoryReplica::restore(const Snapshot& snapshot) {
  books_ = snapshot.books;
  held_by_peer_ = snapshot.held_by_peer;
  contact_ = snapshot.contact;
  receipts_ = snapshot.receipts;
  changed_.clear();
}

Result<std::vector<BookCode>> MemoryReplica::scope(const Peer& peer) {
  if (revoked_.contains(peer.device)) {
    return Refusal{Reason::kRevoked, N_("this device was shut out by headquarters"), {}};
  }
  std::vector<BookCode> out;
  for (const auto& [book, streams] : books_) {
    if (peer.standing.carries(book)) out.push_back(book);
  }
  return out;
}

VersionVector MemoryReplica::vector(const BookCode& book) const {
  VersionVector out;
  if (const auto at = books_.find(book); at != books_.end()) {
    for (const auto& [key, stream] : at->second) {
      out.push_back(tip_of(key, stream, stream.entries.size()));
    }
  }
  return out;
}

Hash MemoryReplica::digest(const BookCode& book) const {
  return digest_of(book, vector(book));
}

bool MemoryReplica::holds(const BookCode& book, const StreamKey& stream, const Mark& mark) const {
  const Stream* found = find(book, stream);
  return found != nullptr && mark.number.value > 0 && mark.number.value < found->heads.size() &&
         name_of(found->heads[mark.number.value]) == mark.name;
}

std::optional<Sequence> MemoryReplica::common(const BookCode& book, const Tip& tip,
                                              const Mark& mark) const {
  if (!holds(book, tip.stream, mark)) return std::nullopt;
  return std::min(tip.number, mark.number);
}

Mark MemoryReplica::mark_at(const BookCode& book, const Tip& tip, Sequence number) const {
  const Stream* found = find(book, tip.stream);
  SITELOG_ASSERT(found != nullptr && number.value < found->heads.size());
  return {number, name_of(found->heads[number.value])};
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
  Stream& stream = books_.at(book).at(tip.stream);
  Batch out;
  out.book = book;
  out.stream = tip.stream;
  out.key = stream.key;
  out.first = {after.value + 1};
  if (after.value > 0) out.previous = name_of(stream.heads.at(after.value));
  const bool own = tip.stream == own_stream();
  size_t bytes = 0;
  size_t signed_count = 0;  // of the entries taken, up to the last signed head
  for (uint64_t n = after.value + 1; n <= tip.number.value; ++n) {
    const std::string& entry = stream.entries[n - 1];
    const bool full = own ? out.entries.size() >= limits::kSignedSpanEntriesMax ||
                                bytes + entry.size() > limits::kSignedSpanBytesMax
                          : out.entries.size() >= limits::kBatchEntriesMax ||
                                bytes + entry.size() > limits::kBatchBytesMax;
    if (full && !out.entries.empty()) break;
    bytes += entry.size();
    out.entries.push_back(entry);
    if (stream.signatures.contains(n)) signed_count = out.entries.size();
  }
  if (own) {
    const Tip last = tip_of(tip.stream, stream, out.last().value);
    auto& signature = stream.signatures[last.number.value];
    if (signature.is_zero()) signature = sign_head(key_, book, last);
  } else {
    SITELOG_ASSERT(signed_count > 0);
    out.entries.resize(signed_count);
  }
  out.signature = stream.signatures.at(out.last().value);
  return out;
}

Result<Tip> MemoryReplica::append(const Peer& from, const Batch& batch) {
  const auto book = books_.find(batch.book);
  if (book == books_.end() || !from.standing.carries(batch.book)) {
    return Refusal{
        Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {batch.book}};
  }
  if (unwanted_.contains(batch.stream.device)) {
    return Refusal{Reason::kNoGrant,
                   N_("device {} has no grant in the book of unit {}"),
                   {batch.stream.device.hex(), batch.book}};
  }
  static const Stream kNone;
  const auto known = book->second.find(batch.stream);
  const Stream& before = known != book->second.end() ? known->second : kNone;
  if (batch.first.value > before.entries.size() + 1) {
    return Refusal{Reason::kGap,
                   N_("entries before number {} of stream {} are missing"),
                   {std::to_string(batch.first.value), to_text(batch.book, batch.stream)}};
  }
  Hash head = batch.first.value == 1 ? chain_start(batch.book, batch.stream)
                                     : before.heads[batch.first.value - 1];
  if (batch.first.value > 1 && name_of(head) != batch.previous) {
    return Refusal{Reason::kBrokenChain,
                   N_("stream {} does not continue what is held"),
                   {to_text(batch.book, batch.stream)}};
  }
  std::vector<Hash> heads;
  for (const auto& entry : batch.entries) {
    heads.push_back(head = chain_next(head, as_bytes(entry)));
    const uint64_t number = batch.first.value + heads.size() - 1;
    if (number < before.heads.size() && before.heads[number] != head) {
      return Refusal{Reason::kBrokenChain,
                     N_("stream {} does not continue what is held"),
                     {to_text(batch.book, batch.stream)}};
    }
  }
  const Tip last{batch.stream, batch.last(), head};
  if (!head_is_signed(batch.key, batch.book, last, batch.signature)) {
    return Refusal{Reason::kBadSignature,
                   N_("the signature of stream {} is not its device's"),
                   {to_text(batch.book, batch.stream)}};
  }
  Stream& stream = book->second[batch.stream];
  if (stream.heads.empty()) {
    stream.key = batch.key;
    stream.heads.push_back(chain_start(batch.book, batch.stream));
  }
  for (size_t i = 0; i < batch.entries.size(); ++i) {
    if (batch.first.value + i < stream.heads.size()) continue;
    stream.entries.push_back(batch.entries[i]);
    stream.heads.push_back(heads[i]);
    changed_.insert(batch.book);
  }
  stream.signatures[batch.last().value] = batch.signature;
  return last;
}

Receipt MemoryReplica::receipt(const BookCode& book, const VersionVector& tips, Instant wall) {
  Receipt out{book, tips, wall, {}};
  if (is_authority()) out.signature = key_.sign(as_bytes(receipt_message(out)));
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

void MemoryReplica::contact(const Peer&, const ClockReading&, Instant true_wall) {
  contact_ = true_wall;
}

}  // namespace sitelog
