// Silence and who is given up for it: what a carrier of messages tells, and what it is told.
#include "sync/session/liveness.hpp"

#include <catch2/catch.hpp>
#include <functional>

using namespace sitelog;

namespace {

using Verdict = Liveness::Verdict;

constexpr Patience kPatience{
    .greeting_ms = 20, .silence_ms = 90, .stalled_ms = 60, .ask_after_ms = 30, .answer_ms = 300};

// One end of a link, played by hand. Once the network has failed (`fails_at`), nothing comes or
// goes any more; time passes, and the end goes on judging.
class Link {
 public:
  explicit Link(size_t fails_at, Patience patience = kPatience)
      : liveness_(patience, 0), fails_at_(fails_at) {}

  void greets() {
    if (step()) liveness_.greeted();
  }
  void receives() {
    if (step()) liveness_.received(now_);
  }
  void begins_to_send() {
    liveness_.begins_to_send(now_);
    sending_ = true;
  }
  void sends() {
    if (step()) liveness_.sent(now_);
  }
  void has_sent() {
    if (!step()) return;
    liveness_.sent(now_);
    sending_ = false;
  }
  // Time passes, a little at a time, as the carrier looks.
  void passes(int64_t ms) {
    for (; ms > 0 && !over(); --ms) {
      ++now_;
      verdict_ = liveness_.judge(now_, sending_);
      asked_ += verdict_ == Verdict::kAsk;
      // Behind whatever is not taken, the question is not either.
      if (verdict_ == Verdict::kAsk && !sending_) sends();
    }
  }
  void check(const std::function<void()>& what) {
    if (!failed()) what();
  }

  bool over() const { return verdict_ != Verdict::kWait && verdict_ != Verdict::kAsk; }
  Verdict verdict() const { return verdict_; }
  int asked() const { return asked_; }
  bool failed() const { return steps_ > fails_at_; }
  size_t steps() const { return steps_; }
  Liveness& liveness() { return liveness_; }

 private:
  bool step() {
    if (!failed()) ++steps_;
    return !failed();
  }

  Liveness liveness_;
  const size_t fails_at_;
  size_t steps_ = 0;
  int64_t now_ = 0;
  bool sending_ = false;
  Verdict verdict_ = Verdict::kWait;
  int asked_ = 0;
};

// Plays the script whole, then with the network failing at each of its steps: the other end is then
// given up, and not later than the patience allows.
void play(const std::function<void(Link&)>& script, Patience patience = kPatience) {
  Link whole(SIZE_MAX, patience);
  script(whole);
  for (size_t fails_at = 0; fails_at < whole.steps(); ++fails_at) {
    CAPTURE(fails_at);
    Link cut(fails_at, patience);
    script(cut);
    cut.passes(patience.silence_ms + 1);
    CHECK(cut.over());
  }
}

}  // namespace

TEST_CASE("who does not greet in time is given up, however much comes") {
  play([](Link& link) {
    for (int i = 0; i < 3; ++i) {
      link.passes(6);
      link.receives();
    }
    link.check([&] { CHECK_FALSE(link.over()); });
    link.passes(2);
    link.check([&] { CHECK(link.verdict() == Verdict::kLate); });
  });
}

TEST_CASE("a silent end is asked, and what it answers is a sign of life") {
  play([](Link& link) {
    link.greets();
    link.passes(31);
    link.check([&] { CHECK(link.asked() == 1); });
    link.passes(5);
    link.receives();
    link.passes(30);
    link.check([&] { CHECK(link.asked() == 1); });
    link.passes(1);
    link.check([&] { CHECK(link.asked() == 2); });
  });
}

TEST_CASE("a question that stays without an answer ends in giving up, and counts as nothing") {
  Link link(SIZE_MAX);
  link.greets();
  link.passes(90);
  CHECK_FALSE(link.over());
  link.passes(1);
  CHECK(link.verdict() == Verdict::kSilent);
  CHECK(link.asked() == 2);
}

TEST_CASE("small writes that only the system takes do not hide a dead link") {
  Link link(1);
  link.greets();
  // The network has failed: what is written goes into the system's buffer, and nothing comes.
  Liveness& liveness = link.liveness();
  int64_t now = 1;
  Verdict verdict = Verdict::kWait;
  while (verdict != Verdict::kSilent && now < 1000) {
    ++now;
    if (now % 5 == 0) {
      liveness.begins_to_send(now);
      liveness.sent(now);
    }
    verdict = liveness.judge(now, false);
    if (verdict == Verdict::kAsk) liveness.sent(now);
  }
  CHECK(verdict == Verdict::kSilent);
  CHECK(now <= 30 + 35 + 92);
}

TEST_CASE("who answers is never asked, and gives up just as late") {
  Patience patience = kPatience;
  patience.ask_after_ms = 0;
  Link link(SIZE_MAX, patience);
  link.greets();
  link.passes(91);
  CHECK(link.asked() == 0);
  CHECK(link.verdict() == Verdict::kSilent);
}

TEST_CASE("what goes out slowly is no silence, and what is not taken at all is given up") {
  play([](Link& link) {
    link.greets();
    link.begins_to_send();
    for (int i = 0; i < 5; ++i) {
      link.passes(29);
      link.sends();
    }
    link.check([&] {
      CHECK(link.asked() == 0);
      CHECK_FALSE(link.over());
    });
    link.passes(60);
    link.check([&] { CHECK_FALSE(link.over()); });
    link.passes(1);
    link.check([&] { CHECK(link.verdict() == Verdict::kStalled); });
  });
}

TEST_CASE("a goodbye has its own time, which greeting late does not lengthen") {
  Link link(SIZE_MAX);
  link.greets();
  link.liveness().due(10);
  link.liveness().greeted();
  link.passes(9);
  CHECK_FALSE(link.over());
  link.passes(1);
  CHECK(link.verdict() == Verdict::kLate);
}

TEST_CASE("the usual patience: 20 s for greeting, 90 s of silence, 60 s without progress") {
  Patience usual;
  usual.ask_after_ms = limits::kPingIntervalMs;
  Liveness late(usual, 0);
  CHECK(late.judge(limits::kHandshakeTimeoutMs - 1, false) == Verdict::kWait);
  CHECK(late.judge(limits::kHandshakeTimeoutMs, false) == Verdict::kLate);
  Liveness silent(usual, 0);
  silent.greeted();
  CHECK(silent.judge(limits::kPingIntervalMs, false) == Verdict::kWait);
  CHECK(silent.judge(limits::kPingIntervalMs + 1, false) == Verdict::kAsk);
  CHECK(silent.judge(limits::kIdleTimeoutMs, false) == Verdict::kAsk);
  CHECK(silent.judge(limits::kIdleTimeoutMs + 1, false) == Verdict::kSilent);
  Liveness stalled(usual, 0);
  stalled.greeted();
  CHECK(stalled.judge(limits::kStalledTimeoutMs, true) == Verdict::kAsk);
  CHECK(stalled.judge(limits::kStalledTimeoutMs + 1, true) == Verdict::kStalled);
}

TEST_CASE("who is there and answers nothing of what it was asked is given up") {
  const bool asks_back = GENERATE(false, true);
  CAPTURE(asks_back);
  Liveness liveness(kPatience, 0);
  liveness.greeted();
  liveness.moved(10, true, 1, 0);
  for (int64_t now = 11; now < 310; ++now) {
    if (now % 20 == 0) liveness.received(now);  // as pongs do
    if (asks_back && now % 50 == 0) {
      // What comes may be an answer: while the session looks at it no time passes.
      liveness.works(now);
      liveness.moved(now, true, 1, 0);
    }
    const Verdict verdict = liveness.judge(now, false);
    CHECK((verdict == Verdict::kWait || verdict == Verdict::kAsk));
  }
  CHECK(liveness.judge(310, false) == Verdict::kNoAnswer);
}

TEST_CASE("each answer begins the time anew, and who waits for nothing has all the time") {
  Liveness liveness(kPatience, 0);
  liveness.greeted();
  const auto alive = [&](int64_t now) {
    liveness.received(now);
    return liveness.judge(now, false) != Verdict::kNoAnswer;
  };
  liveness.moved(0, true, 0, 0);
  CHECK(alive(299));
  liveness.moved(299, true, 1, 0);
  CHECK(alive(598));
  liveness.moved(598, false, 1, 0);
  CHECK(alive(100'000));
  liveness.moved(100'000, true, 1, 0);
  CHECK(alive(100'299));
  // What this end's own store takes is not the other's time.
  liveness.works(100'299);
  CHECK(alive(200'000));
  liveness.moved(200'000, true, 1, 0);
  CHECK(alive(200'000));
  CHECK_FALSE(alive(200'001));
}

TEST_CASE("an honest link of an eighth of 64 kbit/s never meets the time for an answer") {
  constexpr int64_t kByteMs = 1000 / limits::kSlowestBytesPerSecond;
  static_assert(kByteMs * limits::kSlowestBytesPerSecond == 1000);
  static_assert(limits::kSlowestBytesPerSecond * 8 == 64'000 / 8);
  Patience usual;
  CHECK(usual.answer_ms == limits::kAnswerTimeoutMs);
  // The answer stands behind the longest frame that there is, which comes whole or not at all.
  Liveness down(usual, 0);
  down.greeted();
  down.moved(0, true, 0, 0);
  const int64_t frame_ms = int64_t{limits::kFrameBytesMax} * kByteMs;
  down.received(frame_ms);
  CHECK(down.judge(frame_ms, false) == Verdict::kWait);
  CHECK(down.judge(limits::kAnswerTimeoutMs - 1, false) == Verdict::kSilent);  // that is another
  down.received(limits::kAnswerTimeoutMs);
  CHECK(down.judge(limits::kAnswerTimeoutMs, false) == Verdict::kNoAnswer);
  // The question stands behind all that may be under way.
  Liveness up(usual, 0);
  up.greeted();
  constexpr size_t kUnderWay = limits::kUnacknowledgedBatchesMax * limits::kBatchBytesMax;
  up.moved(0, true, 0, kUnderWay);
  const int64_t sent_ms = int64_t{kUnderWay} * kByteMs;
  up.sent(sent_ms);
  CHECK(up.judge(sent_ms, true) == Verdict::kWait);
  up.received(sent_ms + limits::kAnswerTimeoutMs);
  CHECK(up.judge(sent_ms + limits::kAnswerTimeoutMs, false) == Verdict::kNoAnswer);
}
