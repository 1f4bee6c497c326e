#include "command/terminal/line_writer.hpp"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>

namespace sitelog {

namespace {

constexpr int kLookAgainMs = 200;  // whether it is to end, while nobody reads

// True where something can be written without waiting, or writing fails at once.
bool has_room(int descriptor) {
  pollfd waiting{descriptor, POLLOUT, 0};
  return ::poll(&waiting, 1, kLookAgainMs) != 0;
}

}  // namespace

// Shared with the thread, which may outlive the object.
struct LineWriter::State {
  const int descriptor;
  const std::function<std::string(uint64_t)> left_out;

  std::mutex mutex;
  std::condition_variable filled;
  std::condition_variable emptied;
  std::deque<std::string> lines;
  size_t bytes = 0;           // of those
  uint64_t left_out_now = 0;  // since the last that went out
  bool ending = false;
  bool given_up = false;
  bool done = false;

  State(int to, std::function<std::string(uint64_t)> told)
      : descriptor(to), left_out(std::move(told)) {}

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      filled.wait(lock, [&] { return ending || !lines.empty(); });
      if (lines.empty() || given_up) break;
      const std::string line = std::move(lines.front());
      lines.pop_front();
      lock.unlock();
      const bool written = put(line);
      lock.lock();
      bytes -= line.size();
      if (!written) {
        ++left_out_now;
      } else if (left_out_now > 0) {
        const std::string told = left_out(std::exchange(left_out_now, 0));
        bytes += told.size();
        lines.push_front(told);
      }
    }
    done = true;
    emptied.notify_all();
  }

  bool gives_up() {
    const std::lock_guard lock(mutex);
    return given_up;
  }

  // False where it can't be written, or nobody takes it any more. A pipe that has room takes
  // PIPE_BUF bytes at once.
  bool put(std::string_view rest) {
    while (!rest.empty()) {
      while (!has_room(descriptor)) {
        if (gives_up()) return false;
      }
      const ssize_t got = ::write(descriptor, rest.data(), std::min<size_t>(rest.size(), PIPE_BUF));
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) return false;
      rest.remove_prefix(static_cast<size_t>(got));
    }
    return true;
  }
};

LineWriter::LineWriter(int descriptor, std::function<std::string(uint64_t)> left_out)
    : state_(std::make_shared<State>(descriptor, std::move(left_out))) {
  std::thread([state = state_] { state->run(); }).detach();
}

LineWriter::~LineWriter() {
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  state_->filled.notify_all();
  const auto grace = std::chrono::milliseconds(kEndGraceMs);
  state_->emptied.wait_for(lock, grace, [&] { return state_->done; });
  state_->given_up = true;
}

void LineWriter::write(std::string line) {
  const std::lock_guard lock(state_->mutex);
  if (state_->ending || state_->bytes + line.size() > kWaitingBytesMax) {
    ++state_->left_out_now;
    return;
  }
  state_->bytes += line.size();
  state_->lines.push_back(std::move(line));
  state_->filled.notify_one();
}

}  // namespace sitelog
