#pragma once

#include <set>
#include <string>
#include <vector>

#include "sync/store/queries.hpp"
#include "tests/support/wire.hpp"

// Real stores on both ends of a wire: what devices and their headquarters go through together.
namespace sitelog {

inline constexpr const char* kUnit = "u1";

// Headquarters and two devices of one unit, enrolled and in step.
struct Fleet {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice a{clock, 2, headquarters, kUnit};
  TestDevice b{clock, 3, headquarters, kUnit};

  Fleet();
  void sync_all();
  std::vector<TestDevice*> all() { return {&headquarters, &a, &b}; }
};

// All hold the same, show the same and verify.
void check_equal(std::vector<TestDevice*> devices, const BookCode& book = kUnit);
void check_nothing_twice(TestDevice& device);
BookStatus status_of(TestDevice& device, const BookCode& book = kUnit);
// In which `author` wrote, as far as `at` knows.
std::set<uint64_t> epochs_of(TestDevice& at, const TestDevice& author);

}  // namespace sitelog
