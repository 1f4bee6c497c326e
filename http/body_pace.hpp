#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "http/limits.hpp"

namespace sitelog {

// How long a body may still take: it may stop for limits::kBodyTime, and comes at
// limits::kBodyBytesPerSecondMin in the long run. What came faster is no credit for later, so who
// stops sending is done with soon, however much they sent. A value; times come in.
class BodyPace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit BodyPace(Clock::time_point begun) : until_(begun + limits::kBodyTime) {}
  // So many bytes of the body have come in all.
  void came(size_t bytes, Clock::time_point now) {
    using namespace std::chrono;
    const auto earned = nanoseconds(seconds(1)) * (bytes - come_) / limits::kBodyBytesPerSecondMin;
    until_ = std::min(until_ + duration_cast<Clock::duration>(earned), now + limits::kBodyTime);
    come_ = bytes;
  }
  Clock::time_point until() const { return until_; }

 private:
  Clock::time_point until_;
  size_t come_ = 0;
};

}  // namespace sitelog
