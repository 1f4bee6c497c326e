#pragma once

#include <compare>
#include <cstdint>

namespace sitelog {

// Unix time in milliseconds.
struct Instant {
  int64_t ms = 0;
  auto operator<=>(const Instant&) const = default;
};

// What a device's clocks said at one moment. Read by the drivers, handed to the core.
struct ClockReading {
  Instant wall;
  int64_t monotonic_ms = 0;  // since boot, suspended time included
  uint64_t boot = 0;         // which boot

  auto operator<=>(const ClockReading&) const = default;
};

// Hybrid logical clock time (Kulkarni et al., "Logical Physical Clocks", 2014): near the wall
// clock, and never behind what its device has written or seen.
struct HybridTime {
  int64_t wall_ms = 0;
  uint32_t counter = 0;
  auto operator<=>(const HybridTime&) const = default;
};

class HybridClock {
 public:
  explicit HybridClock(HybridTime last = {}) : last_(last) {}

  // The time of a new local entry: later than every one before it, even if the wall clock fell.
  HybridTime tick(Instant wall);
  // Learns another device's time, unless it is implausibly far ahead (limits::kHybridAheadMaxMs):
  // one wrong clock must not drag all others with it. Causality does not rest on this clock.
  void observe(HybridTime seen, Instant wall);

  HybridTime last() const { return last_; }

 private:
  HybridTime last_;
};

// A moment at which a device's true time was known: at contact with headquarters, in one boot.
struct ClockAnchor {
  int64_t monotonic_ms = 0;
  int64_t wall_ms = 0;  // true time then
  auto operator<=>(const ClockAnchor&) const = default;
};

// True time of `reading`, which was taken in the same boot as `anchor`. Both are what some device
// wrote: absurd numbers wrap around, the same on every replica.
inline Instant corrected(const ClockReading& reading, const ClockAnchor& anchor) {
  const uint64_t passed_ms =
      static_cast<uint64_t>(reading.monotonic_ms) - static_cast<uint64_t>(anchor.monotonic_ms);
  return {static_cast<int64_t>(static_cast<uint64_t>(anchor.wall_ms) + passed_ms)};
}

}  // namespace sitelog
