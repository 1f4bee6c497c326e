#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sitelog {

// A fixed number of threads for what takes time. Whoever asks has turns of their own: one who asks
// for much waits for themselves, others go on. Where too much waits, whoever has the most of it
// gives way to who has less. Any thread.
class CallThreads {
 public:
  struct Limits {
    size_t threads = 1;
    size_t of_one = 1;  // at a time
    size_t waiting = 0;
    size_t waiting_of_one = 0;
  };
  explicit CallThreads(Limits limits);
  ~CallThreads();

  // False where too much waits already; nothing is done then. `dropped` is called, by whoever posts
  // then, where it gave way to another's.
  bool post(
      const std::string& whose, std::function<void()> job, std::function<void()> dropped = [] {});
  size_t waiting() const;
  // How long the one has waited that waits for longest and could run if a thread were free; 0:
  // none.
  std::chrono::milliseconds kept_waiting() const;
  // What waits is not done; returns when what runs has ended. Again: does nothing.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    std::function<void()> job, dropped;
    Clock::time_point since;
  };
  struct Asker {
    std::deque<Waiting> waiting;
    size_t running = 0;
  };
  void work();
  std::optional<Waiting> give_way(size_t own);
  bool take(std::string& whose, std::function<void()>& job);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Asker> askers_;
  std::string last_;  // whose turn it was
  size_t waiting_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sitelog
