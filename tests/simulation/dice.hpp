#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sitelog::simulation {

// Something that must never happen, happened.
class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// How often each kind of step and fault was really met.
using Counts = std::map<std::string, uint64_t>;

// All chance in a run comes from here, and so from the seed. Uses no std::distribution: what those
// draw is not the same everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  uint64_t number() { return random_(); }
  // 0 … count - 1
  size_t below(size_t count) { return static_cast<size_t>(random_() % count); }
  int64_t between(int64_t least, int64_t greatest) {
    return least + static_cast<int64_t>(random_() % static_cast<uint64_t>(greatest - least + 1));
  }
  bool chance(int per_thousand) { return between(0, 999) < per_thousand; }
  template <class Range>
  auto& pick(Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::mt19937_64 random_;
};

// All that happens in a run, in order, as one number (FNV-1a).
class Trace {
 public:
  void add(std::string_view text) {
    for (const char c : text) hash_ = (hash_ ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
    hash_ = (hash_ ^ 0xff) * 0x100000001b3ULL;
  }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace sitelog::simulation
