#include "tests/support/thread_work_queue.hpp"

#include <exception>
#include <future>

namespace sitelog {

namespace {
constexpr size_t kWaitingMax = 1024;
}

ThreadWorkQueue::ThreadWorkQueue(MemoryReplica& replica)
    : replica_(replica), thread_([this] { serve(); }) {}

bool ThreadWorkQueue::post(Work work) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || works_.size() < kWaitingMax; });
  if (closed_) return false;
  works_.push_back(std::move(work));
  changed_.notify_all();
  return true;
}

uint64_t ThreadWorkQueue::subscribe(Listener listener) {
  const std::lock_guard lock(mutex_);
  listeners_[++last_id_] = std::move(listener);
  return last_id_;
}

void ThreadWorkQueue::unsubscribe(uint64_t id) {
  const std::lock_guard listening(listening_);
  const std::lock_guard lock(mutex_);
  listeners_.erase(id);
}

void ThreadWorkQueue::run(std::function<void(MemoryReplica&)> what) {
  std::promise<void> done;
  post({[&](Replica&) { what(replica_); }, [&](bool) { done.set_value(); }});
  done.get_future().wait();
}

void ThreadWorkQueue::fail_next() {
  const std::lock_guard lock(mutex_);
  fail_next_ = true;
}

void ThreadWorkQueue::slow_down(std::chrono::milliseconds each) {
  const std::lock_guard lock(mutex_);
  delay_ = each;
}

void ThreadWorkQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

uint64_t ThreadWorkQueue::works() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

void ThreadWorkQueue::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closed_ || !works_.empty(); });
    if (works_.empty()) return;
    std::deque<Work> works;
    works.swap(works_);
    const bool fail = std::exchange(fail_next_, false);
    const auto delay = delay_;
    changed_.notify_all();
    lock.unlock();
    std::this_thread::sleep_for(delay);
    transact(std::move(works), fail);
    lock.lock();
  }
}

void ThreadWorkQueue::transact(std::deque<Work> works, bool fail) {
  const auto before = fail ? replica_.snapshot() : nullptr;
  bool durable = true;
  try {
    for (Work& work : works) work.run(replica_);
    if (fail) throw std::runtime_error("disk full");
  } catch (const std::exception&) {
    durable = false;
    if (before) replica_.restore(*before);
  }
  for (Work& work : works) work.afterwards(durable);
  const auto books = replica_.take_changed();
  const std::lock_guard listening(listening_);
  std::map<uint64_t, Listener> listeners;
  {
    const std::lock_guard lock(mutex_);
    done_ += works.size();
    listeners = listeners_;
  }
  if (books.empty()) return;
  for (const auto& [id, listener] : listeners) listener(books);
}

}  // namespace sitelog
