#include "command/opening_teller.hpp"

#include <algorithm>
#include <chrono>

#include "command/terminal/language.hpp"

namespace sitelog {

namespace {

constexpr int64_t kSilentMs = 2'000;
constexpr int64_t kLineMovesMs = 200;
constexpr int64_t kLogLineMs = 10'000;

std::string words_of(const Opening& at) {
  if (at.of <= 0) return fill(tr("{} …"), {tr(at.step)});
  const int64_t done = std::min(at.done, at.of);
  return fill(tr("{}: {} of {} ({}%)"), {tr(at.step), std::to_string(done), std::to_string(at.of),
                                         std::to_string(100 * done / at.of)});
}

}  // namespace

OpeningTeller::OpeningTeller(Output& out, std::string folder, std::function<int64_t()> now_ms)
    : out_(out),
      folder_(std::move(folder)),
      now_ms_(std::move(now_ms)),
      began_ms_(now_ms_()),
      next_ms_(began_ms_ + kSilentMs) {}

OpeningTeller::~OpeningTeller() {
  if (!told_) return;
  out_.note(fill(tr("That took {} s."), {std::to_string((now_ms_() - began_ms_) / 1000)}));
}

void OpeningTeller::tell(const Opening& at) {
  const int64_t now = now_ms_();
  if (now < next_ms_) return;
  if (!told_) {
    out_.note(fill(
        tr("The data folder {} was last used by another version of Sitelog and is brought up "
           "to date. Please wait; if this is broken off nothing is lost, and it begins again."),
        {folder_}));
    told_ = true;
  }
  if (out_.shows_progress()) {
    out_.progress(words_of(at));
    next_ms_ = now + kLineMovesMs;
  } else {
    out_.note(words_of(at));
    next_ms_ = now + kLogLineMs;
  }
}

int64_t OpeningTeller::steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace sitelog
