#include "sync/store/store_thread.hpp"

#include <chrono>

#include "sync/store/limits.hpp"

namespace sitelog {

namespace {
constexpr auto kReopenPause = std::chrono::milliseconds(500);
}  // namespace

StoreThread::StoreThread(Opener opener, std::function<void(const std::string&)> failed)
    : opener_(std::move(opener)), failed_(std::move(failed)), store_(opener_()) {
  thread_ = std::thread([this] { loop(); });
}

StoreThread::~StoreThread() {
  close();
}

void StoreThread::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
  emptied_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool StoreThread::post_task(std::function<void(Store&)> run, std::function<void(bool)> afterwards,
                            size_t bytes) {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [&] { return closed_ || queue_.size() < limits::kPostedWorksMax; });
  if (closed_) return false;
  queue_.push_back({std::move(run), std::move(afterwards), bytes});
  filled_.notify_one();
  return true;
}

bool StoreThread::post(Work work) {
  return post_task([run = std::move(work.run)](Store& store) { run(store); },
                   std::move(work.afterwards), work.bytes);
}

uint64_t StoreThread::subscribe(Listener listener) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void StoreThread::unsubscribe(uint64_t id) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.erase(id);
}

bool StoreThread::run_group(std::deque<Task>& group) {
  try {
    if (!store_) store_ = opener_();
    store_->begin();
    for (Task& task : group) task.run(*store_);
    store_->commit();
    return true;
  } catch (const StoreError& error) {
    last_failure_ = error;
    failed_(error.what());
    if (store_) store_->rollback();
    store_.reset();
    return false;
  }
}

void StoreThread::loop() {
  for (;;) {
    std::deque<Task> group;
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [&] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) break;
      size_t bytes = 0;
      while (!queue_.empty() && group.size() < limits::kGroupWorksMax &&
             bytes < limits::kGroupBytesMax) {
        bytes += queue_.front().bytes;
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    emptied_.notify_all();
    const bool durable = run_group(group);
    for (Task& task : group) {
      if (task.afterwards) task.afterwards(durable);
    }
    if (!durable) {
      // A full disk stays full for a while: no storm of attempts.
      std::this_thread::sleep_for(kReopenPause);
      continue;
    }
    const auto changed = store_->take_changed();
    if (changed.empty()) continue;
    const std::lock_guard lock(listeners_mutex_);
    for (const auto& [id, listener] : listeners_) listener(changed);
  }
  store_.reset();
}

}  // namespace sitelog
