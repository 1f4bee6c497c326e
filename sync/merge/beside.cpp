#include "sync/merge/beside.hpp"

#include <exception>
#include <utility>

namespace sitelog {

struct Beside::Work {
  explicit Work(std::function<void()> work) : run(std::move(work)) {}

  // Whoever is first does it.
  bool take() { return !taken.test_and_set(); }

  void finish() {
    try {
      run();
    } catch (...) {
      thrown = std::current_exception();
    }
    run = nullptr;
    done.test_and_set();
    done.notify_all();
  }

  std::function<void()> run;
  std::exception_ptr thrown;
  std::atomic_flag taken, done;
};

Beside::Beside(Helpers& helpers, std::function<void()> work)
    : work_(std::make_shared<Work>(std::move(work))) {
  helpers.post([work = work_] {
    if (work->take()) work->finish();
  });
}

Beside& Beside::operator=(Beside&& other) noexcept {
  if (this != &other) {
    const Beside before(std::move(*this));
    work_ = std::move(other.work_);
  }
  return *this;
}

Beside::~Beside() {
  if (work_ && !work_->take()) work_->done.wait(false);
}

void Beside::wait() {
  if (!work_) return;
  const std::shared_ptr<Work> work = std::exchange(work_, nullptr);
  if (work->take()) work->finish();
  work->done.wait(false);
  if (work->thrown) std::rethrow_exception(work->thrown);
}

}  // namespace sitelog
