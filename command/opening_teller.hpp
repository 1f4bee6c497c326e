#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "command/terminal/output.hpp"
#include "sync/store/opening.hpp"

namespace sitelog {

// Tells people how far the opening of a data folder is, once it takes longer than they would
// expect: on a terminal a line that moves on, else (a log, a file) a line now and then. Lives as
// long as the opening lasts; used on the thread that opens.
class OpeningTeller {
 public:
  // `now_ms`: a clock that only goes forward.
  OpeningTeller(Output& out, std::string folder, std::function<int64_t()> now_ms = steady_ms);
  ~OpeningTeller();
  OpeningTeller(const OpeningTeller&) = delete;
  OpeningTeller& operator=(const OpeningTeller&) = delete;

  OnOpening listener() {
    return [this](const Opening& at) { tell(at); };
  }
  void tell(const Opening& at);

 private:
  static int64_t steady_ms();

  Output& out_;
  const std::string folder_;
  const std::function<int64_t()> now_ms_;
  const int64_t began_ms_;
  int64_t next_ms_;
  bool told_ = false;
};

}  // namespace sitelog
