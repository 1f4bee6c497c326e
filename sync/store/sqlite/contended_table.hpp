#pragma once

#include "sync/ledger/ids.hpp"
#include "sync/merge/merge_work.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// How much of what devices wrote stands under records in conflict. Part of a Store, in its
// transaction; after a flush.
class ContendedTable {
 public:
  explicit ContendedTable(Database& database);

  // What there is of the device by now, with this added.
  ContendedShare add(int64_t book_id, const DeviceId& device, const ContendedShare& more);
  void set(int64_t book_id, const DeviceId& device, const ContendedShare& share);
  // Counted anew: what the device itself wrote of the records that are in conflict.
  ContendedShare in_conflict(int64_t book_id, const DeviceId& device);

 private:
  Statement add_, set_, count_;
};

}  // namespace sitelog
