#include "sync/store/beside.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace sitelog {

struct Beside::Work {
  explicit Work(std::function<void()> run) : task(std::move(run)), done(task.get_future()) {}

  // Whoever is first does it.
  bool take() { return !taken.test_and_set(); }

  std::packaged_task<void()> task;
  std::future<void> done;
  std::atomic_flag taken;
};

namespace {

constexpr size_t kWaitingMax = 64;  // what finds no helper soon is done by who waits for it

class Helpers {
 public:
  void post(std::shared_ptr<Beside::Work> work) {
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
    for (;;) {
      std::shared_ptr<Beside::Work> work;
      {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [&] { return !waiting_.empty(); });
        work = std::move(waiting_.front());
        waiting_.pop_front();
      }
      if (work->take()) work->task();
    }
  }

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::shared_ptr<Beside::Work>> waiting_;
  bool started_ = false;
};

}  // namespace

unsigned helper_count() {
  return std::clamp(std::thread::hardware_concurrency(), 2U, 8U) - 1;
}

Beside::Beside(std::function<void()> work) : work_(std::make_shared<Work>(std::move(work))) {
  // Never destroyed: its threads end with the process.
  static auto& helpers = *new Helpers;
  helpers.post(work_);
}

Beside& Beside::operator=(Beside&& other) noexcept {
  if (this != &other) {
    const Beside before(std::move(*this));
    work_ = std::move(other.work_);
  }
  return *this;
}

Beside::~Beside() {
  if (work_ && !work_->take()) work_->done.wait();
}

void Beside::wait() {
  if (!work_) return;
  const std::shared_ptr<Work> work = std::exchange(work_, nullptr);
  if (work->take()) work->task();
  work->done.get();
}

}  // namespace sitelog
