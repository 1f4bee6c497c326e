#pragma once

#include <cstdint>

namespace sitelog {

// How long to wait before the next attempt: doubling from one second to five minutes, for ever,
// each time with a random part so that many devices don't come back in the same second.
class Backoff {
 public:
  void succeeded() { failures_ = 0; }
  // The pause after one more failure. `random` is any random number.
  int64_t failed_ms(uint64_t random);
  // The pause between two syncs in good order.
  static int64_t period_ms(uint64_t random);

 private:
  int failures_ = 0;
};

}  // namespace sitelog
