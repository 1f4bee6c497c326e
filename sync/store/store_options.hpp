#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "sync/ledger/limits.hpp"
#include "sync/merge/beside.hpp"
#include "sync/merge/judging_rules.hpp"
#include "sync/store/clock_belief.hpp"
#include "sync/store/files.hpp"
#include "sync/store/helper_threads.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/opening.hpp"

namespace sitelog {

struct Packing {
  // A block is closed once it holds this much: 16 KiB unfold in some 20 µs, to read one entry.
  // Twice as much would save 50 bytes an event.
  size_t block_bytes = 16 * 1024;
  // A run that is still being written one entry at a time is packed only when it has grown to this,
  // so that hardly one in a hundred has to wait for it.
  size_t own_run_bytes = 320 * 1024;
};
static_assert(Packing{}.block_bytes + limits::kEntryBytesMax <= Packing{}.own_run_bytes);

enum class JournalMode {
  kWal,       // readers and the writer never wait for each other
  kRollback,  // one file and no shared memory, for a file system that has none to share
};

inline constexpr int kSiteCacheKib = 16'000;
inline constexpr int kHeadquartersCacheKib = 64'000;  // entries of many units come in turn

// How a store goes about its work. What it keeps does not depend on it, but for what it refuses.
struct StoreOptions {
  Packing packing = {};
  JournalMode journal = JournalMode::kWal;
  int cache_kib = 0;  // 0: as whose folder it is asks for
  size_t streams_of_device_max = limits::kStreamsOfDeviceMax;
  Helpers* helpers = &helper_threads();      // outlive the store
  const KnownRules* rules = &known_rules();  // likewise
  // At headquarters: how much of one device in one book, where its grant doesn't say, and what room
  // is left; where nobody says, there is enough.
  DeviceShare most_of_device{limits::kDeviceEntriesMax, limits::kDeviceBytesMax,
                             limits::kDeviceStreamsMax};
  std::function<std::optional<DiskSpace>()> space = {};
  OnOpening on_opening = {};  // while Store::open lasts
  // At headquarters: its clock is doubted from now on, or is no more. On the store's thread.
  std::function<void(const ClockBelief&)> on_clock = [](const ClockBelief&) {};
};

}  // namespace sitelog
