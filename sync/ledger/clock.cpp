#include "sync/ledger/clock.hpp"

#include "sync/ledger/limits.hpp"

namespace sitelog {

HybridTime HybridClock::tick(Instant wall) {
  if (wall.ms > last_.wall_ms) {
    last_ = {wall.ms, 0};
  } else {
    ++last_.counter;
  }
  return last_;
}

void HybridClock::observe(HybridTime seen, Instant wall) {
  if (seen.wall_ms - limits::kHybridAheadMaxMs > wall.ms) return;
  if (seen > last_) last_ = seen;
}

}  // namespace sitelog
