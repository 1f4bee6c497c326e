#include "sync/store/clock_belief.hpp"

#include <sstream>

#include "sync/store/limits.hpp"

namespace sitelog {

Instant latest_tolerated(Instant now) {
  Instant out;
  if (__builtin_add_overflow(now.ms, limits::kClockAheadToleratedMs, &out.ms)) out.ms = INT64_MAX;
  return out;
}

namespace {

bool behind(Instant now, Instant then) {
  return latest_tolerated(now) < then;
}

std::optional<ClockBelief> parse(const std::string& text) {
  std::istringstream in(text);
  ClockBelief out;
  int64_t since_ms = 0;
  int doubted = 0, unseen = 0;
  if (!(in >> out.latest.ms >> doubted >> since_ms >> unseen)) return std::nullopt;
  if (doubted != 0) out.doubted_since = Instant{since_ms};
  out.unseen = unseen != 0;
  int owing = 0;  // older builds kept nothing of it
  out.owing = (in >> owing) && owing != 0;
  return out;
}

}  // namespace

ClockBelief ClockBelief::read(const std::string& text) {
  return parse(text).value_or(ClockBelief{{INT64_MIN}});
}

bool ClockBelief::readable(const std::string& text) {
  return parse(text).has_value();
}

std::string ClockBelief::text() const {
  std::ostringstream out;
  out << latest.ms << ' ' << doubted_since.has_value() << ' '
      << doubted_since.value_or(Instant{}).ms << ' ' << unseen << ' ' << owing;
  return out.str();
}

bool ClockBelief::believe(Instant now) {
  const bool doubtful = behind(now, latest);
  if (doubtful && (!doubted_since || behind(now, *doubted_since))) doubted_since = now;
  int64_t lasted_ms = 0;
  const bool long_enough =
      doubted_since && (__builtin_sub_overflow(now.ms, doubted_since->ms, &lasted_ms) ||
                        lasted_ms >= limits::kClockDoubtedMs);
  if (doubtful && !long_enough) return false;
  doubted_since.reset();
  // A step now and then is enough: the last minutes don't matter.
  if (doubtful || behind(latest, now)) latest = now;
  return true;
}

}  // namespace sitelog
