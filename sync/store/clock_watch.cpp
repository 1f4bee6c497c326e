#include "sync/store/clock_watch.hpp"

#include <algorithm>
#include <sstream>

#include "sync/store/limits.hpp"

namespace sitelog {

namespace {

// The end of time where it would be past it.
Instant tolerated_at(Instant now) {
  Instant out;
  if (__builtin_add_overflow(now.ms, limits::kClockAheadToleratedMs, &out.ms)) out.ms = INT64_MAX;
  return out;
}

bool behind(Instant now, Instant then) {
  return tolerated_at(now) < then;
}

std::optional<ClockBelief> parse(const std::string& text) {
  std::istringstream in(text);
  ClockBelief out;
  int64_t since_ms = 0;
  int doubted = 0, unseen = 0;
  if (!(in >> out.latest.ms >> doubted >> since_ms >> unseen)) return std::nullopt;
  if (doubted != 0) out.doubted_since = Instant{since_ms};
  out.unseen = unseen != 0;
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
      << doubted_since.value_or(Instant{}).ms << ' ' << unseen;
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

void ClockWatch::begin() {
  now_.reset();
  arrived_.clear();
  (void)work_.take_seen_later();
}

void ClockWatch::arrived(const BookCode& book, const StreamKey& stream, Sequence number,
                         const ClockReading& clock) {
  if (arrived_.empty() || arrived_.back().stream != stream || arrived_.back().book != book) {
    arrived_.push_back({book, stream, {}});
  }
  arrived_.back().entries.emplace_back(number, clock);
}

void ClockWatch::look_on() {
  work_.watch_for_later_than(now_ ? std::optional(tolerated_at(now_->wall)) : std::nullopt);
}

MergeWork::Streams ClockWatch::take_ahead() {
  auto out = work_.take_seen_later();
  const auto arrived = std::exchange(arrived_, {});
  if (!now_) return {};
  const Instant latest = tolerated_at(now_->wall);
  for (const Arrived& part : arrived) {
    const bool ahead = std::ranges::any_of(part.entries, [&](const auto& entry) {
      return work_.time_of(part.book, part.stream, entry.first, entry.second) > latest;
    });
    if (ahead) out.emplace(part.book, part.stream);
  }
  return out;
}

std::map<std::string, Value> words_of(const Grant& grant,
                                      std::span<const std::pair<Epoch, Sequence>> held,
                                      Instant now) {
  size_t said = grant.ahead_of_all.said().size();
  for (const auto& [epoch, words] : grant.ahead) said += words.said().size();
  std::map<std::string, Value> out;
  for (const auto& [epoch, tip] : held) {
    if (said + 1 >= kWordsOfDeviceMax) {
      out.emplace(kAheadOfAll, with_word(grant.ahead_of_all, said, tip, now).to_value());
      break;
    }
    const auto known = grant.ahead.find(epoch);
    const ClockWords words = known != grant.ahead.end() ? known->second : ClockWords();
    out.emplace(ahead_field(epoch), with_word(words, said++, tip, now).to_value());
  }
  return out;
}

}  // namespace sitelog
