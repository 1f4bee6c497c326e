#include "sync/ledger/clock.hpp"

#include "sync/ledger/limits.hpp"

namespace sitelog {

HybridTime HybridClock::tick(Instant wall) {
  if (wall.ms > last_.wall_ms) {
    last_ = {wall.ms, 0};
  } else if (++last_.counter == 0) {
    ++last_.wall_ms;  // the counter ran over: another device's time can stand at its end
  }
  return last_;
}

void HybridClock::observe(HybridTime seen, Instant wall) {
  int64_t ahead_ms = 0;
  if (__builtin_sub_overflow(seen.wall_ms, wall.ms, &ahead_ms)) return;
  if (ahead_ms > limits::kHybridAheadMaxMs) return;
  if (seen > last_) last_ = seen;
}

}  // namespace sitelog
