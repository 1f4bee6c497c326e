#include "sync/store/work_order.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "sync/store/limits.hpp"

namespace sitelog {

namespace {

double halved(double cost_us, int64_t passed_us) {
  return cost_us *
         std::exp2(-static_cast<double>(passed_us) / static_cast<double>(limits::kCostHalvesUs));
}

// Takes those of `waiting` that `chosen` picks out, as long as the group has room for more.
template <class Chosen>
void take_some(std::deque<PostedWork>& waiting, std::vector<PostedWork>& group, Chosen chosen) {
  size_t bytes =
      std::accumulate(group.begin(), group.end(), size_t{0},
                      [](size_t sum, const PostedWork& work) { return sum + work.bytes; });
  std::deque<PostedWork> left;
  for (PostedWork& work : waiting) {
    const bool wanted = chosen(work);
    if (wanted && group.size() < limits::kGroupWorksMax && bytes < limits::kGroupBytesMax) {
      bytes += work.bytes;
      group.push_back(std::move(work));
    } else {
      left.push_back(std::move(work));
    }
  }
  waiting = std::move(left);
}

}  // namespace

int64_t WorkOrder::cost_us(const DeviceId& account, int64_t now_us) const {
  const auto at = accounts_.find(account);
  if (at == accounts_.end()) return 0;
  return std::llround(halved(at->second.cost_us, now_us - at->second.at_us));
}

bool WorkOrder::over(const PostedWork& work, int64_t now_us) const {
  return work.account && cost_us(*work.account, now_us) > limits::kCostAllowedUs;
}

std::vector<PostedWork> WorkOrder::take(int64_t now_us, bool closing) {
  if (waiting_.empty()) return {};
  if (closing) return take_all();
  const auto is_over = [&](const PostedWork& work) { return over(work, now_us); };
  const auto is_own = [](const PostedWork& work) { return !work.account; };
  const bool some_over = std::any_of(waiting_.begin(), waiting_.end(), is_over);
  const bool some_own = std::any_of(waiting_.begin(), waiting_.end(), is_own);
  const bool some_within = !std::all_of(waiting_.begin(), waiting_.end(), is_over);
  // Those over their allowance wait for the others, but not for ever.
  const int64_t due_us = respite_until_us_ + (some_own ? limits::kOverWaitUsMax : 0);
  if (some_within && !(some_over && now_us >= due_us)) return take_within(now_us);
  const bool others_are_about = others_at_us_ && now_us - *others_at_us_ <= limits::kOthersAboutUs;
  if (!some_within && others_are_about && now_us < respite_until_us_) return {};
  return take_over(now_us);
}

std::vector<PostedWork> WorkOrder::take_all() {
  std::vector<PostedWork> out;
  take_some(waiting_, out, [](const PostedWork&) { return true; });
  return out;
}

std::vector<PostedWork> WorkOrder::take_within(int64_t now_us) {
  std::vector<PostedWork> out;
  take_some(waiting_, out, [](const PostedWork& work) { return !work.account; });
  take_some(waiting_, out, [&](const PostedWork& work) { return !over(work, now_us); });
  return out;
}

// Those that have cost least, as long as they will be done soon, as far as one can tell.
std::vector<PostedWork> WorkOrder::take_over(int64_t now_us) {
  const auto cost = [&](const PostedWork& work) { return cost_us(*work.account, now_us); };
  std::vector<std::pair<int64_t, size_t>> order;
  for (size_t i = 0; i < waiting_.size(); ++i) {
    if (over(waiting_[i], now_us)) order.emplace_back(cost(waiting_[i]), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<bool> chosen(waiting_.size());
  int64_t expected_us = 0;
  size_t bytes = 0;
  for (const auto& [cost_us, i] : order) {
    const int64_t work_us = accounts_.at(*waiting_[i].account).work_us;
    if (expected_us > 0 &&
        (expected_us + work_us > limits::kOverGroupUsMax || bytes >= limits::kGroupBytesMax)) {
      break;
    }
    expected_us += std::max<int64_t>(work_us, 1);
    bytes += waiting_[i].bytes;
    chosen[i] = true;
  }
  over_run_ = true;
  std::vector<PostedWork> out;
  size_t at = 0;
  take_some(waiting_, out, [&](const PostedWork&) { return chosen[at++]; });
  return out;
}

void WorkOrder::charge(const DeviceId& device, int64_t cost_us, int64_t now_us) {
  Account& account = accounts_[device];
  account.cost_us =
      std::min(halved(account.cost_us, now_us - account.at_us) + static_cast<double>(cost_us),
               static_cast<double>(limits::kCostUsMax));
  account.at_us = now_us;
  account.work_us = cost_us;
}

void WorkOrder::done(const std::vector<PostedWork>& group, int64_t commit_us, int64_t now_us) {
  int64_t ran_us = 0;
  for (const PostedWork& work : group) ran_us += work.took_us;
  for (const PostedWork& work : group) {
    if (!work.account) continue;
    const int64_t of_commit =
        ran_us > 0 ? commit_us * work.took_us / ran_us : commit_us / int64_t(group.size());
    charge(*work.account, work.took_us + of_commit, now_us);
  }
  if (std::exchange(over_run_, false)) {
    respite_until_us_ = now_us + 2 * (ran_us + commit_us);
  } else if (!std::all_of(group.begin(), group.end(), [&](const PostedWork& work) {
               return over(work, now_us);  // just now
             })) {
    others_at_us_ = now_us;
  }
  if (accounts_.size() > limits::kAccountsMax) forget_cheap(now_us);
}

void WorkOrder::forget_cheap(int64_t now_us) {
  std::erase_if(accounts_, [&](const auto& item) {
    return halved(item.second.cost_us, now_us - item.second.at_us) <
           static_cast<double>(limits::kCostAllowedUs) / 16;
  });
}

}  // namespace sitelog
