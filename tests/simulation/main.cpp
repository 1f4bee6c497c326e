// Runs whole fleets through seeded schedules of work and faults, and checks what must hold.
//   simulation --seeds N [--from S] [--log]
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <optional>

#include "tests/simulation/world.hpp"

using namespace sitelog;
using namespace sitelog::simulation;

namespace {

constexpr uint64_t kRunTwiceEvery = 16;

// For an assertion that fails: written by a signal handler.
char replay[256];

void tell_replay(int) {
  const auto ignored = ::write(STDERR_FILENO, replay, std::strlen(replay));
  static_cast<void>(ignored);
}

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
  uint64_t seeds = 100;
  uint64_t from = 1;
  std::ostream* log = nullptr;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--log") {
      log = &std::cout;
    } else if (i + 1 < argc && argument == "--seeds") {
      seeds = std::stoull(argv[++i]);
    } else if (i + 1 < argc && argument == "--from") {
      from = std::stoull(argv[++i]);
    } else {
      std::cerr << "usage: simulation --seeds N [--from S] [--log]\n";
      return 2;
    }
  }
  std::signal(SIGABRT, tell_replay);
  Counts counts;
  uint64_t failures = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = from; seed < from + seeds; ++seed) {
    const std::string command = std::string(argv[0]) + " --seeds 1 --from " + std::to_string(seed);
    std::snprintf(replay, sizeof replay, "died at seed %llu; replay: %s\n",
                  static_cast<unsigned long long>(seed), command.c_str());
    const std::string wrong = try_seed(seed, counts, log);
    if (wrong.empty()) continue;
    ++failures;
    std::cout << "seed " << seed << ": " << wrong << "\n  replay: " << command << std::endl;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  for (const auto& [name, count] : counts) std::cout << name << ": " << count << "\n";
  std::cout << seeds << " seeds, " << failures << " failed, "
            << static_cast<double>(seeds) / took.count() << " seeds/s\n";
  return failures == 0 ? 0 : 1;
}
