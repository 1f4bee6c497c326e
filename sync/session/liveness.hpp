#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sync/session/session_config.hpp"

namespace sitelog {

// Whether the other end is still there: the one place where silence is judged. It is told when
// bytes come and go, and says what follows; times are milliseconds of a monotonic clock. Belongs to
// what carries the session's messages, since only that sees bytes move while the store is busy. A
// value.
class Liveness {
 public:
  enum class Verdict {
    kWait,      // for what is under way
    kAsk,       // silent for some time, or since it was asked: ask whether it is there (Ping)
    kLate,      // what had to be done by a certain time is not
    kSilent,    // nothing came or went for too long
    kStalled,   // it takes nothing of what is sent
    kNoAnswer,  // it is there, and answers nothing of what it was asked
  };

  // From the first byte on both have `patience.greeting_ms` for greeting each other.
  Liveness(const Patience& patience, int64_t now_ms);

  // Both have greeted: from now on there is no time by which anything has to be done.
  void greeted();
  // All has to be over by then, as after a goodbye.
  void due(int64_t at_ms) {
    due_ms_ = at_ms;
    greeted_ = true;  // greeting does not take it back
  }

  void received(int64_t now_ms);
  // The other end took some of what is sent, or the system did: what goes out as a question is no
  // sign of life, nor is anything behind one that is not answered.
  void sent(int64_t now_ms);
  // Something is to be sent from now on, where nothing was before.
  void begins_to_send(int64_t now_ms) { progress_ms_ = now_ms; }

  // The session is at work: what has come may be an answer.
  void works(int64_t now_ms) { works_since_ms_ = now_ms; }
  // It has moved: whether it waits for the other end, how many answers it has had so far, and how
  // many bytes have still to go out, which the last question may be behind.
  void moved(int64_t now_ms, bool waits, uint64_t answers, size_t queued_bytes);

  // `sending`: something is still to be taken by the other end.
  Verdict judge(int64_t now_ms, bool sending);
  int64_t silent_ms(int64_t now_ms) const {
    return now_ms - (unanswered_ms_ ? std::min(moved_ms_, *unanswered_ms_) : moved_ms_);
  }

 private:
  Patience patience_;
  std::optional<int64_t> due_ms_;
  bool greeted_ = false;
  int64_t moved_ms_;     // bytes last came, or went that were no question
  int64_t heard_ms_;     // bytes last came
  int64_t progress_ms_;  // bytes last went
  int64_t asked_ms_;
  std::optional<int64_t> unanswered_ms_;  // the first question after which nothing came
  bool asking_ = false;                   // the question has still to go out
  uint64_t answers_ = 0;                  // of the session
  std::optional<int64_t> answer_due_ms_;  // while it waits
  std::optional<int64_t> works_since_ms_;
};

}  // namespace sitelog
