#pragma once

#include <cstdint>
#include <functional>

// What the opening of a data folder does first where another version of the program left it: of a
// large one it takes minutes, and people are to see how far it is.
namespace sitelog {

struct Opening {
  const char* step = "";  // message id
  int64_t done = 0;
  int64_t of = 0;  // 0: nobody can say
};
// Called often, on the thread that opens: whoever shows it looks at the clock.
using OnOpening = std::function<void(const Opening&)>;

// Where one opening stands. Lives on the stack of whoever opens.
class OpeningProgress {
 public:
  explicit OpeningProgress(const OnOpening& tell) : tell_(tell) {}
  OpeningProgress(const OpeningProgress&) = delete;
  OpeningProgress& operator=(const OpeningProgress&) = delete;

  void begin(const char* step, int64_t of = 0) {
    at_ = {step, 0, of};
    beat();
  }
  // One more of the step is done.
  void one() {
    constexpr int64_t kToldEach = 64;
    if (++at_.done % kToldEach == 0) beat();
  }
  // It goes on.
  void beat() const {
    if (tell_) tell_(at_);
  }

 private:
  const OnOpening& tell_;
  Opening at_;
};

}  // namespace sitelog
