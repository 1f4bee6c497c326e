#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/simulation/dice.hpp"

namespace sitelog::simulation {

struct Failure {
  uint64_t seed = 0;
  std::string what;
};

struct Outcome {
  uint64_t seeds = 0;  // that were run
  uint64_t failures = 0;
  Counts counts;
};

// Runs one seed; returns what went wrong, or nothing.
using Task = std::function<std::string(uint64_t seed, Counts& counts)>;

// Runs `seeds` seeds from `from` on in `jobs` processes, so that a seed that crashes or hangs fails
// alone. `failed` is called here, for each failure as it comes; after `failures_max` of them it
// ends early. `progress` is called once a minute.
Outcome run_seeds(uint64_t from, uint64_t seeds, unsigned jobs, uint64_t failures_max,
                  const Task& task, const std::function<void(const Failure&)>& failed,
                  const std::function<void(const Outcome&)>& progress);

// The commit of the sources, with "-dirty" where they were changed since.
std::string commit();

}  // namespace sitelog::simulation
