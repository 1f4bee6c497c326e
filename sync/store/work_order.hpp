#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sync/ledger/ids.hpp"

namespace sitelog {

class Store;

// Who pays for a work: a device, or an account of a person by its name.
using Payer = std::variant<DeviceId, std::string>;

// A work that waits for the store's thread, or is under way there.
struct PostedWork {
  std::function<void(Store&)> run;
  std::function<void(bool durable)> afterwards;
  size_t bytes = 0;
  // Whose share of the thread's time it takes; nothing: whoever sits at this folder, whose works
  // are never held against them.
  std::optional<Payer> payer = std::nullopt;
  bool waited_for = false;  // somebody waits for it to be done
  int64_t took_us = 0;      // filled in by whoever ran it
};

// Who is served next, so that nobody's works keep the others waiting: what each payer has cost
// lately is remembered, and one that has cost more than its allowance is served by itself, the one
// that has cost least first, in a third of the time while others are about. Of what is within its
// allowance people's works, which somebody waits for, go first, then what devices brought, in order
// of arrival, in transactions that are short while people are about. A policy
// without a clock or a lock: times are microseconds of a monotonic clock. Belongs to the
// StoreThread.
class WorkOrder {
 public:
  void post(PostedWork work) { waiting_.push_back(std::move(work)); }
  size_t size() const { return waiting_.size(); }

  // The works that share the next transaction. None where none waits, or where those that do have
  // to leave room for others until `ready_at`; `closing`: nobody has to.
  std::vector<PostedWork> take(int64_t now_us, bool closing = false);
  int64_t ready_at_us() const { return respite_until_us_; }
  // They are done; beside what each took, the transaction took that long.
  void done(const std::vector<PostedWork>& group, int64_t commit_us, int64_t now_us);

  // What the payer has cost lately.
  int64_t cost_us(const Payer& payer, int64_t now_us) const;
  size_t payers() const { return payers_.size(); }

 private:
  struct Spent {
    double cost_us = 0;  // as of at_us; halves every limits::kCostHalvesUs
    int64_t at_us = 0;
    int64_t work_us = 0;  // what its last work took
  };
  bool over(const PostedWork& work, int64_t now_us) const;
  void charge(const Payer& payer, int64_t cost_us, int64_t now_us);
  int64_t expected_us(const PostedWork& work) const;
  bool people_are_about(int64_t now_us) const;
  std::vector<PostedWork> take_within(int64_t now_us);
  std::vector<PostedWork> take_over(int64_t now_us);
  std::vector<PostedWork> take_all();
  void forget_cheap(int64_t now_us);

  std::deque<PostedWork> waiting_;  // in order of arrival
  std::map<Payer, Spent> payers_;
  double byte_us_ = 0;                   // what a byte of what devices bring takes, lately
  bool over_run_ = false;                // what is under way is over its allowance
  int64_t respite_until_us_ = 0;         // until then those over their allowance leave room
  std::optional<int64_t> others_at_us_;  // when somebody else was last served
  std::optional<int64_t> people_at_us_;  // when somebody who waits was
};

}  // namespace sitelog
