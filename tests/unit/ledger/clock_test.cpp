#include "sync/ledger/clock.hpp"

#include <limits>

#include "support.hpp"
#include "sync/ledger/limits.hpp"

using namespace sitelog;

namespace {

constexpr int64_t kYearMs = int64_t{365} * 24 * 3600 * 1000;
constexpr int64_t kNow = 1'718'000'000'000;  // June 2024

// Wall clocks as they are met: 1970, decades off, or a little.
rc::Gen<Instant> any_wall() {
  return rc::gen::map(rc::gen::oneOf(rc::gen::inRange<int64_t>(0, 100 * kYearMs),
                                     rc::gen::inRange<int64_t>(kNow - 1000, kNow + 1000),
                                     rc::gen::just<int64_t>(0)),
                      [](int64_t ms) { return Instant{ms}; });
}

}  // namespace

TEST_CASE("Each entry's hybrid time is later than all before, however the wall clock jumps") {
  rc::prop("for random wall clocks and meetings", [] {
    HybridClock clock;
    HybridTime before = clock.last();
    const int steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) {
      const Instant wall = *any_wall();
      if (*rc::gen::arbitrary<bool>()) {
        const HybridTime seen{(*any_wall()).ms, *rc::gen::inRange<uint32_t>(0, 1000)};
        clock.observe(seen, wall);
        RC_ASSERT(clock.last() >= before);
        before = clock.last();
      } else {
        const HybridTime ticked = clock.tick(wall);
        RC_ASSERT(ticked > before);
        RC_ASSERT(ticked == clock.last());
        RC_ASSERT(ticked.wall_ms >= wall.ms);
        before = ticked;
      }
    }
  });
}

TEST_CASE("The hybrid time follows the wall clock and counts within a millisecond") {
  HybridClock clock;
  CHECK(clock.tick({kNow}) == HybridTime{kNow, 0});
  CHECK(clock.tick({kNow}) == HybridTime{kNow, 1});
  CHECK(clock.tick({kNow - kYearMs}) == HybridTime{kNow, 2});
  CHECK(clock.tick({kNow + 1}) == HybridTime{kNow + 1, 0});
}

TEST_CASE("What was written after another device's entry was seen has a later hybrid time") {
  HybridClock clock;
  const HybridTime seen{kNow + 3'600'000, 5};
  clock.observe(seen, {kNow});
  CHECK(clock.tick({kNow}) > seen);
  clock.observe({kNow - kYearMs, 9}, {kNow});
  CHECK(clock.last() == HybridTime{kNow + 3'600'000, 6});
}

TEST_CASE("A clock never follows one that is implausibly far ahead") {
  rc::prop("for random meetings", [] {
    HybridClock clock;
    (void)clock.tick({kNow});
    const HybridTime seen{(*any_wall()).ms, *rc::gen::arbitrary<uint32_t>()};
    clock.observe(seen, {kNow});
    RC_ASSERT(clock.last().wall_ms <= kNow + limits::kHybridAheadMaxMs);
  });
  HybridClock clock;
  clock.observe({kNow + limits::kHybridAheadMaxMs + 1, 0}, {kNow});
  CHECK(clock.last() == HybridTime{});
  clock.observe({kNow + limits::kHybridAheadMaxMs, 0}, {kNow});
  CHECK(clock.last() == HybridTime{kNow + limits::kHybridAheadMaxMs, 0});
}

TEST_CASE("A hybrid time at the end of its counter goes on in the next millisecond") {
  HybridClock clock;
  const HybridTime seen{kNow + 1000, std::numeric_limits<uint32_t>::max()};
  clock.observe(seen, {kNow});
  CHECK(clock.last() == seen);
  CHECK(clock.tick({kNow}) == HybridTime{kNow + 1001, 0});
}

TEST_CASE("Hybrid times at the ends of the number line are harmless") {
  HybridClock clock(HybridTime{kNow, 0});
  clock.observe({std::numeric_limits<int64_t>::min(), 0}, {kNow});
  CHECK(clock.last() == HybridTime{kNow, 0});
  clock.observe({std::numeric_limits<int64_t>::max(), 0}, {kNow});
  CHECK(clock.last() == HybridTime{kNow, 0});
  clock.observe({kNow + 1, 0}, {std::numeric_limits<int64_t>::max()});
  CHECK(clock.last() == HybridTime{kNow + 1, 0});
}

TEST_CASE("A clock that is kept over a restart goes on where it was") {
  HybridClock first;
  const HybridTime last = first.tick({kNow});
  HybridClock second(last);
  CHECK(second.tick({0}) > last);
}

TEST_CASE("A reading is corrected by the time that passed since its device's true time was known") {
  const ClockAnchor anchor{10'000, kNow};
  CHECK(corrected({{0}, 10'000, 1}, anchor) == Instant{kNow});
  CHECK(corrected({{kYearMs}, 70'000, 1}, anchor) == Instant{kNow + 60'000});
  CHECK(corrected({{kYearMs}, 4'000, 1}, anchor) == Instant{kNow - 6'000});
}

TEST_CASE("Corrected readings of one boot keep their order whatever the wall clock said") {
  rc::prop("for random readings", [] {
    const auto any_uptime = rc::gen::inRange<int64_t>(0, kYearMs);
    const ClockAnchor anchor{*any_uptime, (*any_wall()).ms};
    const ClockReading a{*any_wall(), *any_uptime, 1};
    const ClockReading b{*any_wall(), *any_uptime, 1};
    RC_ASSERT((corrected(a, anchor) < corrected(b, anchor)) == (a.monotonic_ms < b.monotonic_ms));
  });
}

TEST_CASE("An absurd anchor gives an absurd time and nothing worse") {
  const int64_t least = std::numeric_limits<int64_t>::min();
  const int64_t most = std::numeric_limits<int64_t>::max();
  // Wraps around, the same on every replica.
  CHECK(corrected({{0}, most, 1}, {least, 0}) == Instant{-1});
  CHECK(corrected({{0}, 1, 1}, {0, most}) == Instant{least});
}
