#pragma once

#include <string>
#include <vector>

#include "sync/session/message.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/sqlite/stream_table.hpp"

namespace sitelog {

// Who was met when, what each is known to hold, and headquarters' receipts as it signed them. Part
// of a Store, in its transaction.
class PeerTable {
 public:
  PeerTable(Database& database, StreamTable& streams);

  void met(const DeviceId& peer, Instant when);
  // INT64_MIN where it was never met.
  Instant last_met(const DeviceId& peer);

  // Notes that the device holds the ways to `tips`, since `wall` where that is new. `complete`: and
  // nothing else. What is not here is left out.
  void note_held(const DeviceId& device, const BookCode& book, const VersionVector& tips,
                 Instant wall, bool complete);

  // Whether the device is known to hold an entry that is held here.
  bool holds(const DeviceId& device, const BookCode& book, const EntryPlace& entry);

  // In the place of those that it covers.
  void keep_receipt(const Receipt& receipt);
  // Those about streams of `author` that `authority` is still known to hold that far.
  std::vector<Receipt> receipts(const BookCode& book, const DeviceId& author,
                                const DeviceId& authority);

 private:
  void note_all(const DeviceId& device, int64_t book_id, const VersionVector& tips, Instant wall);
  // How far of a row; 0: nothing.
  Sequence held_of(const DeviceId& device, int64_t stream_id);

  StreamTable& streams_;
  Statement replace_peer_, select_met_, select_held_, select_held_of_, replace_held_, delete_held_,
      replace_receipt_, select_receipts_;
};

}  // namespace sitelog
