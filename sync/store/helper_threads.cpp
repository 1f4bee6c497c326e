#include "sync/store/helper_threads.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace sitelog {

namespace {

constexpr size_t kWaitingMax = 64;  // what finds no helper soon is done by who waits for it

constexpr int kGiveWay = 10;  // so much nicer than the process; Linux has it by thread

class HelperThreads final : public Helpers {
 public:
  explicit HelperThreads(int niceness) : niceness_(niceness) {}

  void post(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      if (!started_) start();
      if (waiting_.size() >= kWaitingMax) return;
      waiting_.push_back(std::move(work));
    }
    filled_.notify_one();
  }

 private:
  void start() {
    started_ = true;
    try {
      for (unsigned i = 0; i < helper_count(); ++i) std::thread([this] { loop(); }).detach();
    } catch (const std::system_error&) {
      // With fewer helpers, or none, more is done by who waits.
    }
  }

  void loop() {
    if (niceness_ != 0) {
      const auto own = static_cast<id_t>(::gettid());
      ::setpriority(PRIO_PROCESS, own, std::min(19, ::getpriority(PRIO_PROCESS, own) + niceness_));
    }
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [&] { return !waiting_.empty(); });
        work = std::move(waiting_.front());
        waiting_.pop_front();
      }
      work();
    }
  }

  const int niceness_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> waiting_;
  bool started_ = false;
};

}  // namespace

unsigned helper_count() {
  return std::clamp(std::thread::hardware_concurrency(), 2U, 8U) - 1;
}

Helpers& helper_threads() {
  // Never destroyed: its threads end with the process.
  static auto& threads = *new HelperThreads(0);
  return threads;
}

Helpers& patient_helpers() {
  static auto& threads = *new HelperThreads(kGiveWay);
  return threads;
}

}  // namespace sitelog
