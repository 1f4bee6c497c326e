#include "sync/store/sqlite/contended_table.hpp"

#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

ContendedTable::ContendedTable(Database& database)
    : add_(database,
           "INSERT INTO contended SELECT ?1, device_id, ?3 FROM devices WHERE device = ?2"
           " ON CONFLICT DO UPDATE SET entries = entries + excluded.entries RETURNING entries"),
      set_(database,
           "UPDATE contended SET entries = ?3 WHERE book_id = ?1"
           " AND device_id = (SELECT device_id FROM devices WHERE device = ?2)"),
      count_(attach_functions(database),
             "SELECT count(*) FROM (SELECT 1 FROM entries WHERE record_id IN"
             " (SELECT record_id FROM conflicts JOIN records USING (record_id)"
             " WHERE book_id = ?1 AND instr(unpacked(conflict), ?2) > 0) LIMIT ?3)") {}

uint64_t ContendedTable::add(int64_t book_id, const DeviceId& device, uint64_t entries) {
  return static_cast<uint64_t>(
      add_.with(book_id, device, static_cast<int64_t>(entries)).number_or(0));
}

void ContendedTable::set(int64_t book_id, const DeviceId& device, uint64_t entries) {
  set_.with(book_id, device, static_cast<int64_t>(entries)).run();
}

uint64_t ContendedTable::entries_in_conflict(int64_t book_id, const DeviceId& device,
                                             uint64_t most) {
  return static_cast<uint64_t>(
      count_.with(book_id, device.hex(), static_cast<int64_t>(most)).number_or(0));
}

}  // namespace sitelog
