#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/engine.hpp"
#include "sync/merge/beside.hpp"

namespace sitelog {

// What one thread makes of the records that it is told.
class ShownTaker {
 public:
  virtual ~ShownTaker() = default;
  // What follows, up to the end, is the piece of this number: pieces ascend as the ids of their
  // records do, whoever is told them.
  virtual void begin(size_t piece) = 0;
  virtual void take(const ShownRecord& record) = 0;
  virtual void end() = 0;
};

struct ShownReading {
  RecordFilter filter = {};
  // Made on each thread that reads.
  std::function<std::unique_ptr<ShownTaker>()> taker;
  // After each piece that the calling thread has read: how many records there are, of all. It may
  // throw, which ends the reading.
  std::function<void(int64_t of)> told;
  int64_t records_of_piece = 1000;
};

// Tells all that the filter means, for tables: this thread and, where they are many, helpers read
// them, each at a moment of its own and never long at the same, beside all writing. Throws what
// somebody who took or was told threw, and StoreError; nobody reads any more then.
void read_all_shown(Engine& engine, Helpers& helpers, const ShownReading& reading);

}  // namespace sitelog
