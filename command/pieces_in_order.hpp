#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "sync/merge/beside.hpp"

namespace sitelog {

// Pieces made by this thread and by helpers, in any order, and put out by this one in that of their
// numbers. Whoever leads makes some too while the next to be put is not there. Lives as long as a
// call of `run`.
template <class Piece>
class PiecesInOrder {
 public:
  using Make = std::function<Piece(size_t number)>;
  struct Work {
    size_t count = 0;
    // Asked for by each thread that makes some, there.
    std::function<Make()> maker;
    // On the thread that calls `run`.
    std::function<void(Piece)> put;
    // So many at most are being made or wait to be put.
    size_t ahead = 1;
  };

  explicit PiecesInOrder(Work work) : work_(std::move(work)) {}

  // With at most so many others. Throws what somebody who made or put one threw; nobody makes any
  // more then.
  void run(Helpers& helpers, size_t others) {
    std::vector<Beside> asked;
    for (size_t i = 0; i < others && i + 1 < work_.count; ++i) {
      asked.emplace_back(helpers, [this] { help(); });
    }
    try {
      lead();
    } catch (...) {
      fail(std::current_exception());
      throw;
    }
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  void lead() {
    const Make make = work_.maker();
    Lock lock(mutex_);
    while (put_ < work_.count) {
      if (failed_) std::rethrow_exception(failed_);
      if (auto next = made_.extract(put_); !next.empty()) {
        ++put_;
        changed_.notify_all();
        lock.unlock();
        work_.put(std::move(next.mapped()));
        lock.lock();
      } else if (may_begin()) {
        make_one(make, lock);
      } else {
        changed_.wait(lock);
      }
    }
  }

  void help() {
    try {
      const Make make = work_.maker();
      Lock lock(mutex_);
      for (;;) {
        changed_.wait(lock, [this] { return failed_ || begun_ == work_.count || may_begin(); });
        if (failed_ || begun_ == work_.count) return;
        make_one(make, lock);
      }
    } catch (...) {
      fail(std::current_exception());
    }
  }

  bool may_begin() const { return begun_ < work_.count && begun_ - put_ < work_.ahead; }

  void make_one(const Make& make, Lock& lock) {
    const size_t number = begun_++;
    lock.unlock();
    Piece piece = make(number);
    lock.lock();
    made_.emplace(number, std::move(piece));
    changed_.notify_all();
  }

  void fail(std::exception_ptr why) {
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = std::move(why);
    changed_.notify_all();
  }

  const Work work_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::map<size_t, Piece> made_;
  size_t begun_ = 0, put_ = 0;
  std::exception_ptr failed_;
};

}  // namespace sitelog
