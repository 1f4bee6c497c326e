// Runs whole fleets through seeded schedules of work and faults, and checks what must hold.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "tests/simulation/workers.hpp"
#include "tests/simulation/world.hpp"

using namespace sitelog;
using namespace sitelog::simulation;

namespace {

constexpr uint64_t kRunTwiceEvery = 16;

uint64_t run(uint64_t seed, Counts& counts, std::ostream* log) {
  World world(seed, counts, log);
  world.run();
  return world.trace();
}

// What went wrong; nothing where all held.
std::string try_seed(uint64_t seed, Counts& counts, std::ostream* log) {
  try {
    const uint64_t trace = run(seed, counts, log);
    if (seed % kRunTwiceEvery == 0) {
      Counts again;
      if (run(seed, again, nullptr) != trace) return "the same seed went another way";
    }
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Runs whole fleets through seeded schedules of work and faults, and checks what must hold.\n"
      "Example: ./dev simulate --seeds 500");
  uint64_t seeds = 100;
  uint64_t from = 1;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  uint64_t failures_max = UINT64_MAX;
  bool log = false;
  app.add_option("--seeds", seeds, "how many seeds")->capture_default_str();
  app.add_option("--from", from, "the first seed")->capture_default_str();
  app.add_option("--jobs", jobs, "processes at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--failures", failures_max, "stop after so many seeds have failed");
  app.add_flag("--log", log, "tell each step");
  CLI11_PARSE(app, argc, argv);
  if (log) jobs = 1;  // so that the story of one seed is told after that of another

  const auto start = std::chrono::steady_clock::now();
  const Task task = [&](uint64_t seed, Counts& counts) {
    return try_seed(seed, counts, log ? &std::cout : nullptr);
  };
  const auto rate = [&](const Outcome& outcome) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return static_cast<double>(outcome.seeds) / took.count();
  };
  const auto failed = [](const Failure& failure) {
    std::cout << "seed " << failure.seed << " at commit " << commit() << ": " << failure.what
              << "\n  replay: ./dev simulate --seeds 1 --from " << failure.seed << " --log"
              << std::endl;
  };
  const auto progress = [&](const Outcome& so_far) {
    std::cerr << so_far.seeds << " of " << seeds << " seeds, " << rate(so_far) << " seeds/s"
              << std::endl;
  };
  const Outcome outcome = run_seeds(from, seeds, jobs, failures_max, task, failed, progress);
  for (const auto& [name, count] : outcome.counts) std::cout << name << ": " << count << "\n";
  std::cout << outcome.seeds << " seeds, " << outcome.failures << " failed, " << rate(outcome)
            << " seeds/s\n";
  return outcome.failures == 0 ? 0 : 1;
}
