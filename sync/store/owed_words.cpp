#include "sync/store/owed_words.hpp"

#include "sync/store/limits.hpp"

namespace sitelog {

void OwedWords::add(const BookCode& book, const StreamKey& stream, const ClockWord& word) {
  ClockWords& words = owed_[{book, stream.device}][stream.epoch];
  words = words + ClockWords({word});
}

bool OwedWords::may_be_said(const Device& device, Instant now) {
  constexpr int64_t kShareMs = limits::kClockWordsAtOnce * limits::kClockWordsApartMs;
  Instant& used = used_up_to_.try_emplace(device, now).first->second;
  int64_t ahead_ms = 0;
  // No more than the share can be used up but by a clock that has gone back since.
  const bool odd = __builtin_sub_overflow(used.ms, now.ms, &ahead_ms) || ahead_ms > kShareMs;
  if (odd || ahead_ms < 0) {
    used = now;
    ahead_ms = 0;
  }
  if (ahead_ms > kShareMs - limits::kClockWordsApartMs) return false;
  return !__builtin_add_overflow(used.ms, limits::kClockWordsApartMs, &used.ms);
}

std::map<OwedWords::Device, OwedWords::Streams> OwedWords::take_due(
    Instant now, const std::function<bool(const Device&)>& at_once) {
  std::map<Device, Streams> out;
  for (auto at = owed_.begin(); at != owed_.end();) {
    const auto next = std::next(at);
    if (at_once(at->first) || may_be_said(at->first, now)) out.insert(owed_.extract(at));
    at = next;
  }
  return out;
}

}  // namespace sitelog
