#include "http/call_threads.hpp"

namespace sitelog {

CallThreads::CallThreads(Limits limits) : limits_(limits) {
  for (size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { work(); });
}

CallThreads::~CallThreads() {
  stop();
}

bool CallThreads::post(const std::string& whose, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_ >= limits_.waiting) return false;
    Asker& asker = askers_[whose];
    if (asker.waiting.size() >= limits_.waiting_of_one) return false;
    asker.waiting.push_back(std::move(job));
    ++waiting_;
  }
  changed_.notify_one();
  return true;
}

size_t CallThreads::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

// The next one in turn that has something to do and may.
bool CallThreads::take(std::string& whose, std::function<void()>& job) {
  auto at = askers_.upper_bound(last_);
  for (size_t looked = 0; looked < askers_.size(); ++looked, ++at) {
    if (at == askers_.end()) at = askers_.begin();
    Asker& asker = at->second;
    if (asker.waiting.empty() || asker.running >= limits_.of_one) continue;
    whose = last_ = at->first;
    job = std::move(asker.waiting.front());
    asker.waiting.pop_front();
    ++asker.running;
    --waiting_;
    return true;
  }
  return false;
}

void CallThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::string whose;
    std::function<void()> job;
    changed_.wait(lock, [&] { return stopping_ || take(whose, job); });
    if (!job) return;
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes here, not under the lock
    lock.lock();
    const auto at = askers_.find(whose);
    if (--at->second.running == 0 && at->second.waiting.empty()) askers_.erase(at);
    changed_.notify_one();
  }
}

void CallThreads::stop() {
  std::map<std::string, Asker> dropped;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
    for (auto& [whose, asker] : askers_) dropped[whose].waiting.swap(asker.waiting);
    waiting_ = 0;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace sitelog
