#include "sync/store/clock_watch.hpp"

#include <algorithm>

namespace sitelog {

void ClockWatch::begin() {
  now_.reset();
  arrived_.clear();
  work_.watch_for_later_than(std::nullopt);
  (void)work_.take_seen_later();
  (void)work_.take_retimed();
}

void ClockWatch::tells(const ClockReading& now) {
  now_ = now;
  work_.watch_for_later_than(latest_tolerated(now.wall));
}

void ClockWatch::arrived(const BookCode& book, const StreamKey& stream, Sequence number,
                         const ClockReading& clock) {
  if (arrived_.empty() || arrived_.back().stream != stream || arrived_.back().book != book) {
    arrived_.push_back({book, stream, {}});
  }
  arrived_.back().entries.emplace_back(number, clock);
}

MergeWork::Streams ClockWatch::take_ahead() {
  auto out = work_.take_seen_later();
  const auto arrived = std::exchange(arrived_, {});
  if (!now_) return {};
  const Instant latest = latest_tolerated(now_->wall);
  for (const Arrived& part : arrived) {
    // What counts of a device that is shut out is noted when it is judged so.
    const Grant* grant = work_.settings(part.book).grant(part.stream.device);
    if (grant != nullptr && grant->revoked) continue;
    const bool ahead = std::ranges::any_of(part.entries, [&](const auto& entry) {
      return work_.time_of(part.book, part.stream, entry.first, entry.second) > latest;
    });
    if (ahead) out.emplace(part.book, part.stream);
  }
  return out;
}

MergeWork::Streams ClockWatch::all_ahead() {
  return now_ ? work_.later_than(latest_tolerated(now_->wall)) : MergeWork::Streams();
}

}  // namespace sitelog
