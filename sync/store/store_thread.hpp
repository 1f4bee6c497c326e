#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sync/session/work_queue.hpp"
#include "sync/store/store.hpp"
#include "sync/store/work_order.hpp"

namespace sitelog {

// The one thread that owns a Store. Takes what many connections and commands post, runs it in one
// transaction, commits, and only then lets the consequences out. Whose works cost much gives way to
// the others (WorkOrder). After a failed write the store is opened anew; what was under way is told
// so.
class StoreThread final : public WorkQueue {
 public:
  using Opener = std::function<std::unique_ptr<Store>()>;  // throws StoreError
  // On the store's thread `failed` is told of failed writes, `committed` of what became durable,
  // before any consequence of it is let out.
  StoreThread(
      Opener opener, std::function<void(const std::string&)> failed,
      std::function<void()> committed = [] {});
  ~StoreThread() override;

  bool post(Work work) override;
  uint64_t subscribe(Listener listener) override;
  void unsubscribe(uint64_t id) override;

  // Runs `task` in the next transaction and gives back its result once that is durable. Throws
  // StoreError where the transaction failed. Not from the store's own thread.
  template <class Task>
  auto call(Task task) {
    using Outcome = decltype(task(std::declval<Store&>()));
    auto promise = std::make_shared<std::promise<Outcome>>();
    auto outcome = std::make_shared<std::optional<Outcome>>();
    auto future = promise->get_future();
    PostedWork work;
    work.run = [task = std::move(task), outcome](Store& store) mutable { *outcome = task(store); };
    work.afterwards = [this, promise, outcome](bool durable) {
      if (durable && outcome->has_value()) {
        promise->set_value(std::move(**outcome));
      } else {
        promise->set_exception(std::make_exception_ptr(last_failure_));
      }
    };
    work.payer = payer_here();
    work.waited_for = true;
    const bool accepted = post_work(std::move(work));
    if (!accepted) throw StoreError(StoreError::Kind::kOther, "the store is closed");
    return future.get();
  }

  // While it lives, what this thread `call`s takes of that payer's share of the store's time, or of
  // nobody's. The last one counts.
  class Paying {
   public:
    explicit Paying(std::optional<Payer> payer);
    ~Paying();
    Paying(const Paying&) = delete;
    Paying& operator=(const Paying&) = delete;

   private:
    const std::optional<Payer> payer_;
    const std::optional<Payer>* const before_;
  };

  // Lets nothing more in, finishes what was let in, ends the thread.
  void close();

 private:
  static const std::optional<Payer>& payer_here();  // of this thread
  bool post_work(PostedWork work);
  std::vector<PostedWork> next_group();
  bool run_group(std::vector<PostedWork>& group);
  void loop();
  void account_for(const std::vector<PostedWork>& group, int64_t began_us);

  const Opener opener_;
  const std::function<void(const std::string&)> failed_;
  const std::function<void()> committed_;
  std::mutex mutex_;
  std::condition_variable filled_, emptied_;
  WorkOrder order_;
  bool closed_ = false;
  std::mutex listeners_mutex_;
  std::map<uint64_t, Listener> listeners_;
  uint64_t next_listener_ = 1;
  std::unique_ptr<Store> store_;
  StoreError last_failure_{StoreError::Kind::kOther, "the store is closed"};
  std::thread thread_;
};

}  // namespace sitelog
