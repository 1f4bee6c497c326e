#include "sync/store/sqlite/peer_table.hpp"

#include <map>

namespace sitelog {

PeerTable::PeerTable(Database& database, StreamTable& streams)
    : streams_(streams),
      replace_peer_(database, "INSERT OR REPLACE INTO peers VALUES (?1, ?2)"),
      select_met_(database, "SELECT contact_ms FROM peers WHERE device = ?1"),
      select_held_(database,
                   "SELECT stream_id, number FROM acknowledgements JOIN streams USING (stream_id)"
                   " WHERE device = ?1 AND book_id = ?2"),
      select_held_of_(database,
                      "SELECT number FROM acknowledgements WHERE device = ?1 AND stream_id = ?2"),
      replace_held_(database, "INSERT OR REPLACE INTO acknowledgements VALUES (?1, ?2, ?3, ?4)"),
      delete_held_(database, "DELETE FROM acknowledgements WHERE device = ?1 AND stream_id = ?2"),
      replace_receipt_(
          database,
          "INSERT INTO receipts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET"
          " number = excluded.number, receipt = excluded.receipt WHERE excluded.number >= number"),
      select_receipts_(
          database,
          "SELECT DISTINCT receipt FROM receipts AS r JOIN streams USING (stream_id)"
          " JOIN devices USING (device_id) JOIN acknowledgements AS a USING (stream_id)"
          " WHERE book_id = ?1 AND devices.device = ?2 AND a.device = ?3 AND a.number >= "
          "r.number") {}

void PeerTable::met(const DeviceId& peer, Instant when) {
  replace_peer_.with(peer, when.ms).run();
}

Instant PeerTable::last_met(const DeviceId& peer) {
  return {select_met_.with(peer).number_or(INT64_MIN)};
}

// Who holds an entry holds the way to it: what is noted of a row stands for all before it too, so
// that no more of a way is looked at than is new.
void PeerTable::note_held(const DeviceId& device, const BookCode& book, const VersionVector& tips,
                          Instant wall, bool complete) {
  const auto book_id = streams_.find_book(book);
  if (!book_id) return;
  if (complete) return note_all(device, *book_id, tips, wall);
  for (const Tip& tip : tips) {
    const auto place = streams_.find(*book_id, tip.stream, mark_of(tip));
    if (!place) continue;
    streams_.climb(*place, [&](const Segment& segment) {
      if (held_of(device, segment.stream_id) >= segment.to) return false;
      replace_held_.with(device, segment.stream_id, segment.to.value, wall.ms).run();
      return true;
    });
  }
}

void PeerTable::note_all(const DeviceId& device, int64_t book_id, const VersionVector& tips,
                         Instant wall) {
  std::map<int64_t, Sequence> before, now;
  select_held_.with(device, book_id);
  while (select_held_.step()) {
    before[select_held_.number(0)] = {static_cast<uint64_t>(select_held_.number(1))};
  }
  for (const Tip& tip : tips) {
    const auto place = streams_.find(book_id, tip.stream, mark_of(tip));
    if (!place) continue;
    streams_.climb(*place, [&](const Segment& segment) {
      Sequence& held = now[segment.stream_id];
      if (held >= segment.to) return false;
      held = segment.to;
      return true;
    });
  }
  for (const auto& [stream_id, held] : now) {
    const auto known = before.find(stream_id);
    if (known != before.end() && known->second == held) continue;
    replace_held_.with(device, stream_id, held.value, wall.ms).run();
  }
  for (const auto& [stream_id, held] : before) {
    if (!now.contains(stream_id)) delete_held_.with(device, stream_id).run();
  }
}

Sequence PeerTable::held_of(const DeviceId& device, int64_t stream_id) {
  return {static_cast<uint64_t>(select_held_of_.with(device, stream_id).number_or(0))};
}

bool PeerTable::holds(const DeviceId& device, const BookCode& book, const EntryPlace& entry) {
  const auto book_id = streams_.find_book(book);
  if (!book_id) return false;
  const auto place = streams_.find(*book_id, entry.stream, {entry.number, entry.name});
  return place && held_of(device, place->stream_id) >= place->number;
}

void PeerTable::keep_receipt(const Receipt& receipt) {
  const std::string bytes = encode(Message(receipt));
  const auto book_id = streams_.find_book(receipt.book);
  if (!book_id) return;
  for (const Tip& tip : receipt.tips) {
    const auto place = streams_.find(*book_id, tip.stream, mark_of(tip));
    if (place && place->stream_id != 0) {
      replace_receipt_.with(place->stream_id, place->number.value, as_bytes(bytes)).run();
    }
  }
}

std::vector<Receipt> PeerTable::receipts(const BookCode& book, const DeviceId& author,
                                         const DeviceId& authority) {
  std::vector<Receipt> out;
  const auto book_id = streams_.find_book(book);
  if (!book_id) return out;
  select_receipts_.with(*book_id, author, authority);
  while (select_receipts_.step()) {
    auto message = decode_message(as_bytes(select_receipts_.view(0)));
    auto* receipt = message ? std::get_if<Receipt>(&*message) : nullptr;
    if (receipt != nullptr) out.push_back(std::move(*receipt));
  }
  return out;
}

}  // namespace sitelog
