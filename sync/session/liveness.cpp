#include "sync/session/liveness.hpp"

#include <algorithm>
#include <utility>

namespace sitelog {

Liveness::Liveness(const Patience& patience, int64_t now_ms)
    : patience_(patience),
      due_ms_(now_ms + patience.greeting_ms),
      moved_ms_(now_ms),
      heard_ms_(now_ms),
      progress_ms_(now_ms),
      asked_ms_(now_ms) {}

void Liveness::greeted() {
  if (!std::exchange(greeted_, true)) due_ms_.reset();
}

void Liveness::received(int64_t now_ms) {
  moved_ms_ = heard_ms_ = now_ms;
  unanswered_ms_.reset();
}

void Liveness::sent(int64_t now_ms) {
  progress_ms_ = now_ms;
  if (std::exchange(asking_, false)) return;
  moved_ms_ = now_ms;
}

void Liveness::moved(int64_t now_ms, bool waits, uint64_t answers, size_t queued_bytes) {
  const int64_t worked = now_ms - std::exchange(works_since_ms_, std::nullopt).value_or(now_ms);
  const bool answered = std::exchange(answers_, answers) != answers;
  if (!waits) {
    answer_due_ms_.reset();
  } else if (answered || !answer_due_ms_) {
    const auto to_go = static_cast<int64_t>(queued_bytes) * 1'000 / limits::kSlowestBytesPerSecond;
    answer_due_ms_ = now_ms + patience_.answer_ms + to_go;
  } else {
    *answer_due_ms_ += worked;  // that was this end's
  }
}

Liveness::Verdict Liveness::judge(int64_t now_ms, bool sending) {
  if (due_ms_ && now_ms >= *due_ms_) return Verdict::kLate;
  if (sending && now_ms - progress_ms_ > patience_.stalled_ms) return Verdict::kStalled;
  if (due_ms_) return Verdict::kWait;
  if (answer_due_ms_ && !works_since_ms_ && now_ms >= *answer_due_ms_) return Verdict::kNoAnswer;
  const int64_t silent = silent_ms(now_ms);
  if (silent > patience_.silence_ms) return Verdict::kSilent;
  // Small writes go into the system's buffer though nobody is there: what was sent at once does not
  // put the question off.
  const int64_t since_asked = now_ms - std::max(sending ? moved_ms_ : heard_ms_, asked_ms_);
  if (patience_.ask_after_ms == 0 || since_asked <= patience_.ask_after_ms) return Verdict::kWait;
  asked_ms_ = now_ms;
  if (!unanswered_ms_) unanswered_ms_ = now_ms;
  asking_ = true;
  return Verdict::kAsk;
}

}  // namespace sitelog
