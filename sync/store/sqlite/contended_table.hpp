#pragma once

#include "sync/ledger/ids.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// How much of what devices brought stands under records in conflict. Part of a Store, in its
// transaction; after a flush.
class ContendedTable {
 public:
  explicit ContendedTable(Database& database);

  // What there is of the device by now, with this added.
  uint64_t add(int64_t book_id, const DeviceId& device, uint64_t entries);
  void set(int64_t book_id, const DeviceId& device, uint64_t entries);
  // The entries, whoever wrote them, of the records in conflict of which a candidate is the
  // device's; as far as `most`.
  uint64_t entries_in_conflict(int64_t book_id, const DeviceId& device, uint64_t most);

 private:
  Statement add_, set_, count_;
};

}  // namespace sitelog
