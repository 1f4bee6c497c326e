#include "client/backoff.hpp"

#include <algorithm>

namespace sitelog {

namespace {

constexpr int64_t kFirstMs = 1'000;
constexpr int64_t kLongestMs = 300'000;
constexpr int64_t kPeriodMs = 60'000;

// Between half of `whole` and all of it.
int64_t jittered(int64_t whole_ms, uint64_t random) {
  return whole_ms / 2 + static_cast<int64_t>(random % static_cast<uint64_t>(whole_ms / 2 + 1));
}

}  // namespace

int64_t Backoff::failed_ms(uint64_t random) {
  const int64_t pause_ms = std::min(kLongestMs, kFirstMs << std::min(failures_, 16));
  ++failures_;
  return jittered(pause_ms, random);
}

int64_t Backoff::period_ms(uint64_t random) {
  return jittered(kPeriodMs, random);
}

}  // namespace sitelog
