#pragma once

#include <optional>
#include <string>

#include "sync/ledger/clock.hpp"

namespace sitelog {

// What headquarters' clock has said so far, and whether it can be believed: one that says an
// earlier time than before (its battery is empty) would have every device stand ahead of it.
// A value; kept in `meta` between transactions.
struct ClockBelief {
  Instant latest;                          // that was believed
  std::optional<Instant> doubted_since{};  // by the clock that is not
  bool unseen = false;  // entries from ahead came while it was doubted, or before anybody looked
  bool owing = false;   // something of devices' clocks is yet to be said

  static ClockBelief read(const std::string& text);
  static bool readable(const std::string& text);
  std::string text() const;
  // Takes note of what the clock says now; true where it is believed. One that goes on without
  // another step back for limits::kClockDoubtedMs is.
  bool believe(Instant now);
  bool operator==(const ClockBelief&) const = default;
};

inline constexpr const char* kClockBeliefKey = "clock_belief";  // in `meta`, at headquarters

// How far ahead of headquarters' clock a device's may stand: the end of time where it is past it.
Instant latest_tolerated(Instant now);

}  // namespace sitelog
