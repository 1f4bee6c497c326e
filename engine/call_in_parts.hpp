#pragma once

#include <chrono>
#include <cstddef>

#include "engine/engine.hpp"
#include "engine/limits.hpp"

namespace sitelog {

// Does `task(Store&, i) -> Result<>` for each i below `count`, in as many transactions as it takes
// so that nobody waits long for one. Ends at the first refusal; what was done before it stays, so
// what is done so can be asked for again.
template <class Task>
Result<> call_in_parts(Engine& engine, size_t count, const Task& task) {
  using Clock = std::chrono::steady_clock;
  Result<> done = Done{};
  for (size_t at = 0; done && at < count;) {
    done = engine.call([&](Store& store, const CampaignCatalogue&) -> Result<> {
      const auto until = Clock::now() + kTimeInOneCommit;
      do {
        if (auto one = task(store, at); !one) return one;
        ++at;
      } while (at < count && Clock::now() < until);
      return Done{};
    });
  }
  return done;
}

}  // namespace sitelog
