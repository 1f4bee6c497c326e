#include "sync/store/sqlite/contended_table.hpp"

#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

namespace {

ContendedShare first_of(Statement& statement) {
  ContendedShare out;
  if (statement.step()) {
    out = {static_cast<uint64_t>(statement.number(0)), static_cast<uint64_t>(statement.number(1))};
  }
  statement.restart();
  return out;
}

}  // namespace

ContendedTable::ContendedTable(Database& database)
    : add_(database,
           "INSERT INTO contended SELECT ?1, device_id, ?3, ?4 FROM devices WHERE device = ?2"
           " ON CONFLICT DO UPDATE SET entries = entries + excluded.entries,"
           " bytes = bytes + excluded.bytes RETURNING entries, bytes"),
      set_(database,
           "UPDATE contended SET entries = ?3, bytes = ?4 WHERE book_id = ?1"
           " AND device_id = (SELECT device_id FROM devices WHERE device = ?2)"),
      // By who wrote them: what a text says of a device is no matter.
      count_(attach_functions(database),
             "SELECT count(*), coalesce(sum(length(entry_bytes(entry_id, bytes))), 0) FROM entries"
             " WHERE record_id IN (SELECT record_id FROM conflicts JOIN records USING (record_id)"
             " WHERE book_id = ?1) AND entry_id >> 40 IN (SELECT stream_id FROM streams"
             " JOIN devices USING (device_id) WHERE book_id = ?1 AND device = ?2)"
             " AND NOT EXISTS (SELECT 1 FROM quarantine AS q"
             " WHERE q.entry_id = entries.entry_id)") {}

ContendedShare ContendedTable::add(int64_t book_id, const DeviceId& device,
                                   const ContendedShare& more) {
  add_.with(book_id, device, static_cast<int64_t>(more.entries), static_cast<int64_t>(more.bytes));
  return first_of(add_);
}

void ContendedTable::set(int64_t book_id, const DeviceId& device, const ContendedShare& share) {
  set_.with(book_id, device, static_cast<int64_t>(share.entries), static_cast<int64_t>(share.bytes))
      .run();
}

ContendedShare ContendedTable::in_conflict(int64_t book_id, const DeviceId& device) {
  count_.with(book_id, device);
  return first_of(count_);
}

}  // namespace sitelog
