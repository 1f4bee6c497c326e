#include "http/call_threads.hpp"

#include <algorithm>

namespace sitelog {

CallThreads::CallThreads(Limits limits) : limits_(limits) {
  for (size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { work(); });
}

CallThreads::~CallThreads() {
  stop();
}

bool CallThreads::post(const std::string& whose, std::function<void()> job,
                       std::function<void()> dropped) {
  std::optional<Waiting> gone;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    const auto at = askers_.find(whose);
    const size_t own = at == askers_.end() ? 0 : at->second.waiting.size();
    if (own >= limits_.waiting_of_one) return false;
    if (waiting_ >= limits_.waiting && !(gone = give_way(own + 1))) return false;
    askers_[whose].waiting.push_back({std::move(job), std::move(dropped), Clock::now()});
    ++waiting_;
  }
  changed_.notify_one();
  if (gone) gone->dropped();
  return true;
}

// The last that waits of whoever has the most waiting, and more than `own`.
std::optional<CallThreads::Waiting> CallThreads::give_way(size_t own) {
  const auto most =
      std::max_element(askers_.begin(), askers_.end(), [](const auto& a, const auto& b) {
        return a.second.waiting.size() < b.second.waiting.size();
      });
  if (most == askers_.end() || most->second.waiting.size() <= own) return std::nullopt;
  Waiting out = std::move(most->second.waiting.back());
  most->second.waiting.pop_back();
  --waiting_;
  if (most->second.waiting.empty() && most->second.running == 0) askers_.erase(most);
  return out;
}

std::chrono::milliseconds CallThreads::kept_waiting() const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  Clock::duration out{};
  for (const auto& [whose, asker] : askers_) {
    if (asker.waiting.empty() || asker.running >= limits_.of_one) continue;
    out = std::max(out, now - asker.waiting.front().since);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(out);
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
    job = std::move(asker.waiting.front().job);
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
