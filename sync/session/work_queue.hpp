#pragma once

#include <functional>
#include <optional>
#include <set>

#include "sync/session/replica.hpp"

namespace sitelog {

// The way from the drivers to the one thread that writes. Work posted by many connections runs in
// one transaction (group commit); what follows from it happens only once that is durable.
class WorkQueue {
 public:
  struct Work {
    // Runs on the store's thread, inside a transaction. Must not throw but for the environment
    // (a failed write), which rolls the whole transaction back.
    std::function<void(Replica&)> run;
    // Runs on the store's thread afterwards: `durable` is false when the transaction failed. Must
    // be quick: hand over to the own thread.
    std::function<void(bool durable)> afterwards;
    size_t bytes = 0;  // about what it brings: so that one transaction does not take too many
    // For whom it is done, and so whose share of the thread's time it takes. Nothing: for nobody
    // who pays.
    std::optional<DeviceId> account = std::nullopt;
  };

  virtual ~WorkQueue() = default;
  // Any thread. Waits while the queue is full. False: the queue is closed and nothing will run.
  virtual bool post(Work work) = 0;
  // `listener` is told, on the store's thread and after the commit, which books hold more than
  // before. Returns an id for `unsubscribe`, after which it is not called again.
  using Listener = std::function<void(const std::set<BookCode>& books)>;
  virtual uint64_t subscribe(Listener listener) = 0;
  virtual void unsubscribe(uint64_t id) = 0;
};

}  // namespace sitelog
