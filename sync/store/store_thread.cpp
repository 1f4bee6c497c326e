#include "sync/store/store_thread.hpp"

#include <pthread.h>

#include <chrono>

#include "sync/store/limits.hpp"

namespace sitelog {

namespace {
constexpr auto kReopenPause = std::chrono::milliseconds(500);

int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// An operation runs on one thread, and every transaction that it asks for is asked for there.
thread_local const std::optional<Payer>* paid_here = nullptr;

}  // namespace

StoreThread::Paying::Paying(std::optional<Payer> payer)
    : payer_(std::move(payer)), before_(std::exchange(paid_here, &payer_)) {}

StoreThread::Paying::~Paying() {
  paid_here = before_;
}

const std::optional<Payer>& StoreThread::payer_here() {
  static const std::optional<Payer> kNobody;
  return paid_here != nullptr ? *paid_here : kNobody;
}

StoreThread::StoreThread(Opener opener, std::function<void(const std::string&)> failed,
                         std::function<void()> committed)
    : opener_(std::move(opener)),
      failed_(std::move(failed)),
      committed_(std::move(committed)),
      store_(opener_()) {
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

bool StoreThread::post_work(PostedWork work) {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [&] { return closed_ || order_.size() < limits::kPostedWorksMax; });
  if (closed_) return false;
  order_.post(std::move(work));
  filled_.notify_one();
  return true;
}

bool StoreThread::post(Work work) {
  return post_work({[run = std::move(work.run)](Store& store) { run(store); },
                    std::move(work.afterwards), work.bytes,
                    work.account ? std::optional<Payer>(*work.account) : std::nullopt});
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

bool StoreThread::run_group(std::vector<PostedWork>& group) {
  try {
    if (!store_) store_ = opener_();
    store_->begin();
    for (PostedWork& work : group) {
      const int64_t began_us = now_us();
      work.run(*store_);
      work.took_us = now_us() - began_us;
    }
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

// Empty when closed and done with all.
std::vector<PostedWork> StoreThread::next_group() {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto group = order_.take(now_us(), closed_);
    if (!group.empty() || (closed_ && order_.size() == 0)) return group;
    if (order_.size() == 0) {
      filled_.wait(lock);
    } else {
      filled_.wait_for(lock, std::chrono::microseconds(order_.ready_at_us() - now_us()));
    }
  }
}

void StoreThread::account_for(const std::vector<PostedWork>& group, int64_t began_us) {
  const int64_t ended_us = now_us();
  int64_t commit_us = ended_us - began_us;
  for (const PostedWork& work : group) commit_us -= work.took_us;
  const std::lock_guard lock(mutex_);
  order_.done(group, commit_us, ended_us);
}

void StoreThread::loop() {
  pthread_setname_np(pthread_self(), "store");  // as tools that look at the process show it
  for (;;) {
    auto group = next_group();
    if (group.empty()) break;
    emptied_.notify_all();
    const int64_t began_us = now_us();
    const bool durable = run_group(group);
    account_for(group, began_us);
    if (durable) committed_();
    for (PostedWork& work : group) {
      if (work.afterwards) work.afterwards(durable);
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
