#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "sync/session/work_queue.hpp"
#include "tests/support/memory_replica.hpp"

namespace sitelog {

// A work queue over a memory replica, for tests: one thread, group commit of all that waits.
class ThreadWorkQueue : public WorkQueue {
 public:
  explicit ThreadWorkQueue(MemoryReplica& replica);
  ~ThreadWorkQueue() override { close(); }

  bool post(Work work) override;
  uint64_t subscribe(Listener listener) override;
  void unsubscribe(uint64_t id) override;

  // Runs `what` as a Work and waits until it is durable.
  void run(std::function<void(MemoryReplica&)> what);
  // The next transaction fails: what it did is undone.
  void fail_next();
  // As a slow disk: each transaction takes that much longer.
  void slow_down(std::chrono::milliseconds each);
  // Runs what was posted, then takes no more.
  void close();
  uint64_t works() const;

 private:
  void serve();
  void transact(std::deque<Work> works, bool fail);

  MemoryReplica& replica_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> works_;
  std::map<uint64_t, Listener> listeners_;
  uint64_t last_id_ = 0;
  uint64_t done_ = 0;
  bool fail_next_ = false;
  bool closed_ = false;
  std::chrono::milliseconds delay_{0};
  std::mutex listening_;  // held while listeners are called, so that unsubscribe is final
  std::thread thread_;
};

}  // namespace sitelog
