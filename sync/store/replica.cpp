// What sync sessions ask of the store.
#include <algorithm>
#include <cstdlib>

#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/sqlite/meta_table.hpp"
#include "sync/store/sqlite/peer_table.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

namespace {
constexpr size_t kManyEntries = 32;  // worth waking a helper
}  // namespace

Result<std::vector<BookCode>> Store::scope(const Peer& peer) {
  const Standing& own = owner_.standing;
  if (peer.standing.is_authority() && !own.is_authority()) return own.books();
  const BookCode& unit = peer.standing.unit();
  if (unit.empty() || unit == kRootBook) {
    return Refusal{Reason::kWrongUnit, N_("the device's certificate names no unit"), {}};
  }
  std::vector<BookCode> common = peer.standing.books();
  std::erase_if(common, [&](const BookCode& book) { return !own.carries(book); });
  if (common.size() < 2) {  // the common book, and no unit's
    return Refusal{
        Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {own.unit()}};
  }
  const Grant* grant = own.carries(unit) ? settings(unit).grant(peer.device) : nullptr;
  if (grant != nullptr && grant->held_up) {
    return Refusal{
        Reason::kHeldUp,
        N_("headquarters keeps no more of this device until it is let in again: it has sent more "
           "than one device ever should; what it recorded stays on it: ask headquarters"),
        {}};
  }
  if (grant != nullptr && grant->revoked) {
    return Refusal{
        Reason::kRevoked,
        N_("this device was revoked by headquarters (reason: {}); what it recorded stays "
           "on it: ask headquarters to reinstate it, or join with a new data folder and a new "
           "invitation"),
        {grant->reason.empty() ? "-" : grant->reason}};
  }
  return common;
}

// After a restore the grant may be among what was lost, and so may be what was said of it since.
std::optional<Refusal> Store::refuse_reading(const Peer& peer) {
  if (!owner_.standing.is_authority() || peer.standing.is_authority()) return std::nullopt;
  const BookCode& unit = peer.standing.unit();
  if (settings(unit).grant(peer.device) != nullptr) return std::nullopt;
  flush();  // it may have come in this transaction
  if (settings(unit).grant(peer.device) != nullptr) return std::nullopt;
  return Refusal{
      Reason::kNoGrant,
      N_("headquarters does not know this device any more, as it was put back to an older backup: "
         "what this device had to send was taken, and it goes on recording, but is given nothing. "
         "Let the other devices of the unit sync, which bring back what headquarters has lost, and "
         "sync again; if that does not help, ask headquarters for a new invitation and join with a "
         "new data folder (--data FOLDER)"),
      {}};
}

void Store::take_on(const std::vector<BookCode>& books) {
  for (const BookCode& book : books) streams_->book_id(book);
}

VersionVector Store::vector(const BookCode& book) const {
  const auto book_id = streams_->find_book(book);
  return book_id ? streams_->vector(*book_id) : VersionVector{};
}

const TipTree& Store::tip_tree(const BookCode& book) const {
  static const TipTree kNone;
  const auto book_id = streams_->find_book(book);
  return book_id ? streams_->rows(*book_id).tips() : kNone;
}

Hash Store::digest(const BookCode& book) const {
  const auto book_id = streams_->find_book(book);
  return book_id ? streams_->digest(*book_id) : digest_of(book, VersionVector{});
}

bool Store::holds(const BookCode& book, const StreamKey& stream, const Mark& mark) const {
  const auto book_id = streams_->find_book(book);
  return book_id && streams_->find(*book_id, stream, mark).has_value();
}

uint64_t Store::count(const BookCode& book) const {
  const auto book_id = streams_->find_book(book);
  return book_id ? streams_->rows(*book_id).entries() : 0;
}

std::vector<StreamKey> Store::grown(const BookCode& book, uint64_t count) const {
  std::vector<StreamKey> out;
  const auto book_id = streams_->find_book(book);
  if (!book_id) return out;
  for (const StreamRow* row : streams_->rows(*book_id).grown(count)) out.push_back(row->key);
  return out;
}

VersionVector Store::tips(const BookCode& book, const StreamKey& stream) const {
  VersionVector out;
  const auto book_id = streams_->find_book(book);
  if (!book_id) return out;
  for (const StreamRow* row : streams_->rows(*book_id).of(stream)) out.push_back(row->tip());
  std::sort(out.begin(), out.end());
  return out;
}

bool Store::climb(const BookCode& book, const StreamKey& stream, const Mark& mark,
                  const std::function<bool(const Segment&)>& visit) const {
  const auto book_id = streams_->find_book(book);
  const auto place = book_id ? streams_->find(*book_id, stream, mark) : std::nullopt;
  if (!place) return false;
  streams_->climb(*place, [&](const sitelog::Segment& segment) {
    return visit({segment.stream_id, segment.from, segment.to});
  });
  return true;
}

Mark Store::mark_at(const BookCode& book, const Tip& tip, Sequence number) const {
  Mark out;
  climb(book, tip.stream, mark_of(tip), [&](const Segment& segment) {
    if (number <= segment.from) return true;
    if (number <= segment.to) out = {number, streams_->name_at(segment.row, number)};
    return false;
  });
  return out;
}

std::vector<Mark> Store::samples(const BookCode& book, const Tip& tip) const {
  std::vector<Mark> out;
  uint64_t step = 0;
  uint64_t number = tip.number.value;
  climb(book, tip.stream, mark_of(tip), [&](const Segment& segment) {
    while (number > segment.from.value && out.size() < limits::kLocatorMax) {
      out.push_back({{number}, streams_->name_at(segment.row, {number})});
      step = step == 0 ? 1 : step * 2;
      number = number > step ? number - step : 0;
    }
    return number > 0 && out.size() < limits::kLocatorMax;
  });
  return out;
}

Batch Store::read(const BookCode& book, const Tip& tip, Sequence after) {
  const StreamTable::Signer sign = [this](const BookCode& code, const Tip& head) {
    return sign_head(owner_.key, code, head);
  };
  const bool own = tip.stream.device == device_;
  const auto book_id = streams_->find_book(book);
  SITELOG_ASSERT(book_id.has_value());
  return streams_->read(*book_id, tip, after, own ? &sign : nullptr);
}

// Headquarters takes entries of devices it has granted a place in the book, of its own, and of the
// device that brings them (whose grant may be on its way back, after a restore).
std::optional<Refusal> Store::refuse_author(const Peer& from, const Batch& batch) {
  if (!owner_.standing.is_authority() || batch.stream.device == device_) return std::nullopt;
  if (batch.book == kRootBook) {
    return Refusal{Reason::kNotPermitted, N_("only headquarters writes in the common book"), {}};
  }
  if (batch.stream.device == from.device) return std::nullopt;
  if (settings(batch.book).grant(batch.stream.device) != nullptr) return std::nullopt;
  return Refusal{Reason::kUnknownDevice,
                 N_("device {} has no grant in the book of unit {}"),
                 {batch.stream.device.hex(), batch.book}};
}

Result<Tip> Store::append(const Peer& from, const Batch& batch, const ClockReading& now) {
  if (watch_) watch_->tells(now);
  if (const auto refusal = refuse_author(from, batch)) return *refusal;
  const bool of_device = owner_.standing.is_authority() && batch.stream.device != device_;
  if (of_device) {
    if (const auto refusal = refuse_for_room()) return *refusal;
  }
  // Else anybody could keep what is in the entries of others from whoever has not got them yet.
  if (!batch.erased.empty() && !from.standing.is_authority()) {
    return Refusal{Reason::kNotPermitted,
                   N_("only headquarters can pass on an entry whose text is erased"),
                   {}};
  }
  if (of_device) {
    if (const auto refusal = refuse_held_up(batch)) return *refusal;
  }
  auto appended = of_device ? streams_->append(batch, allowed(batch.book, batch.stream.device))
                            : streams_->append(batch);
  if (!appended) {
    // Whoever brings what others wrote shall hold nobody up by it.
    const bool its_own = from.device == batch.stream.device;
    if (its_own && appended.refusal().reason == Reason::kHeldUp) {
      hold_up(batch.book, batch.stream.device, now);
    }
    return appended.refusal();
  }
  const int64_t book_id = streams_->book_id(batch.book);
  const auto& added = appended->added;
  std::vector<std::optional<Result<Entry>>> entries(added.size());
  run_in_pieces(*options_.helpers, added.size(), kManyEntries, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) entries[i] = decode_entry(as_bytes(*added[i].bytes));
  });
  for (size_t i = 0; i < added.size(); ++i) {
    if (watch_ && batch.stream.device != device_ && !added[i].erased && *entries[i]) {
      watch_->arrived(batch.book, batch.stream, number_of(added[i].entry_id), (*entries[i])->clock);
    }
    keep(batch.book, batch.stream, book_id, added[i], *std::move(entries[i]));
  }
  if (!appended->added.empty()) {
    const Sequence first = number_of(added.front().entry_id);
    work_->judge_kept(batch.book, batch.stream, [&](const Tip& tip) {
      const uint64_t at = tip.number.value - first.value;  // wraps before them
      return at < added.size() && added[at].name == name_of(tip.head);
    });
    changed_.insert(batch.book);
    if (of_device) hold_up_for_one_record(batch.book, batch.stream.device, now);
    peers_->note_held(from.device, batch.book, {appended->end}, seen_wall_, false);
    size_t last = batch.entries.size();
    while (last > 0 && batch.erased.contains(last - 1)) --last;
    const auto entry = last > 0 ? decode_entry(as_bytes(batch.entries[last - 1])) : Entry{};
    if (last > 0 && entry) clock(book_id).observe(entry->hybrid, seen_wall_);
    // Somebody else carried on the stream in which this device writes: a copy of this disk, or this
    // disk before it was restored. What is written from now on goes into a new epoch. Other epochs
    // of this device are a copy's that has parted already: parting again each time would never end.
    const std::string epoch_key = kEpochOf + batch.book;
    if (batch.stream.device == device_ &&
        meta(epoch_key) == std::to_string(batch.stream.epoch.value)) {
      meta_->erase(epoch_key);
    }
  }
  return appended->end;
}

Receipt Store::receipt(const BookCode& book, const VersionVector& tips, Instant wall) {
  Receipt out{book, tips, wall, {}};
  if (owner_.standing.is_authority()) {
    out.headquarters = owner_.headquarters;
    out.signature = owner_.key.sign(as_bytes(receipt_message(out)));
  }
  return out;
}

void Store::peer_holds(const Peer& peer, const BookCode& book, const VersionVector& tips,
                       Instant wall) {
  peers_->note_held(peer.device, book, tips, wall, true);
}

Replica::Word Store::take_receipt(const Peer& peer, const Receipt& receipt) {
  const bool by_authority =
      !receipt.signature.is_zero() && receipt.headquarters == owner_.headquarters &&
      verify_signature(owner_.authority, as_bytes(receipt_message(receipt)), receipt.signature);
  if (!by_authority) {
    if (peer.standing.is_authority()) return Word::kNobodys;
    peers_->note_held(peer.device, receipt.book, receipt.tips, receipt.wall, false);
    return Word::kPeers;
  }
  if (owner_.standing.is_authority()) return Word::kAuthoritys;  // it knows
  peers_->keep_receipt(receipt);
  // What headquarters itself has said since tells more: it may have been restored in between.
  if (peer.standing.is_authority() || receipt.wall > peers_->last_met(authority_)) {
    peers_->note_held(authority_, receipt.book, receipt.tips, receipt.wall, false);
  }
  return Word::kAuthoritys;
}

std::vector<Receipt> Store::receipts(const BookCode& book, const DeviceId& author) {
  std::vector<Receipt> out = peers_->receipts(book, author, authority_);
  std::erase_if(
      out, [&](const Receipt& receipt) { return receipt.headquarters != owner_.headquarters; });
  return out;
}

void Store::contact(const Peer& peer, const ClockReading& now, std::optional<Instant> told) {
  seen_wall_ = now.wall;
  if (watch_) watch_->tells(now);
  const BookCode& unit = owner_.standing.unit();
  const Instant believed =
      owner_.standing.is_authority() ? now.wall : settings(unit).true_time(device_, now);
  peers_->met(peer.device, told.value_or(believed));
  if (owner_.standing.is_authority()) {
    // Whoever is met from now on can encrypt to headquarters.
    if (owner_.agreement_key) {
      write_agreement_key(BookCode(kRootBook), owner_.authority, *owner_.agreement_key, now);
    }
    return;
  }
  if (!peer.standing.is_authority() || !told) return;
  const Instant true_wall = *told;
  int64_t offset_ms = 0;
  if (__builtin_sub_overflow(true_wall.ms, now.wall.ms, &offset_ms)) return;  // no time at all
  set_meta("clock_offset_ms", std::to_string(offset_ms));
  // A correction is data: it says what the true time was at a moment of this boot.
  int64_t off_ms = 0;
  const bool absurd = __builtin_sub_overflow(true_wall.ms, believed.ms, &off_ms);
  constexpr int64_t kTolerated = limits::kClockOffsetToleratedMs;
  if (!absurd && off_ms >= -kTolerated && off_ms <= kTolerated) return;
  const RecordId record = *RecordId::from(device_.view());
  const std::string form(kFormClock);
  const auto known = state(unit, record, form);
  const Entry entry =
      compose(known ? &*known : nullptr, record, form,
              {{anchor_field(now.boot), anchor_value({now.monotonic_ms, true_wall.ms})}});
  const auto written = write(unit, entry, now, {});
  SITELOG_ASSERT(static_cast<bool>(written));
}

std::optional<AgreementClaim> Store::agreement_claim() {
  if (!owner_.agreement_key || owner_.standing.is_authority()) return std::nullopt;
  const Grant* grant = settings(owner_.standing.unit()).grant(device_);
  if (grant != nullptr && grant->agreement_key == owner_.agreement_key) return std::nullopt;
  if (said_before(owner_.standing.unit(), device_, *owner_.agreement_key)) return std::nullopt;
  return claim_agreement_key(owner_.key, *owner_.agreement_key);
}

Result<> Store::keep_agreement_key(const Peer& peer, const AgreementClaim& claim,
                                   const ClockReading& now) {
  if (!owner_.standing.is_authority()) return Done{};
  const Grant* grant = settings(peer.standing.unit()).grant(peer.device);
  if (grant == nullptr) return Done{};  // on its way back, after a restore
  const PublicKey device = grant->key;
  const auto key = checked_agreement_key(claim, device);
  if (!key) return key.refusal();
  const BookCode& unit = peer.standing.unit();
  if (!said_before(unit, peer.device, *key)) {
    write_agreement_key(unit, device, *key, now);
  }
  return Done{};
}

// A key that stood in the grant and was replaced since is not taken back: two copies of one device,
// each with a key of its own, would else replace each other's at every contact. Nor is one more
// than limits::kAgreementKeysMax: each costs headquarters an entry.
bool Store::said_before(const BookCode& book, const DeviceId& device,
                        const AgreementPublicKey& key) {
  const Value said(key.hex());
  size_t taken = 0;
  for (const HistoryEntry& item :
       history(book, *RecordId::from(device.view()), std::string(kFormGrant))) {
    for (const Assignment& assignment : item.entry.assignments) {
      if (assignment.field != kFieldAgreementKey) continue;
      if (assignment.value == said || ++taken == limits::kAgreementKeysMax) return true;
    }
  }
  return false;
}

}  // namespace sitelog
