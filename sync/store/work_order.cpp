#include "sync/store/work_order.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "sync/store/limits.hpp"

namespace sitelog {

namespace {

// Of a group: with less, what it took says nothing of what a byte takes.
constexpr size_t kBytesThatTell = 64 * 1024;

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

int64_t WorkOrder::cost_us(const Payer& payer, int64_t now_us) const {
  const auto at = payers_.find(payer);
  if (at == payers_.end()) return 0;
  return std::llround(halved(at->second.cost_us, now_us - at->second.at_us));
}

bool WorkOrder::over(const PostedWork& work, int64_t now_us) const {
  return work.payer && cost_us(*work.payer, now_us) > limits::kCostAllowedUs;
}

// With its share of the commit: by what its payer's last took, or by what it brings.
int64_t WorkOrder::expected_us(const PostedWork& work) const {
  const auto by_bytes = std::llround(byte_us_ * static_cast<double>(work.bytes));
  const auto at = work.payer ? payers_.find(*work.payer) : payers_.end();
  return std::max<int64_t>({by_bytes, at != payers_.end() ? at->second.work_us : 0, 1});
}

bool WorkOrder::people_are_about(int64_t now_us) const {
  return (people_at_us_ && now_us - *people_at_us_ <= limits::kOthersAboutUs) ||
         std::any_of(waiting_.begin(), waiting_.end(),
                     [](const PostedWork& work) { return work.waited_for; });
}

std::vector<PostedWork> WorkOrder::take(int64_t now_us, bool closing) {
  if (waiting_.empty()) return {};
  if (closing) return take_all();
  const auto is_over = [&](const PostedWork& work) { return over(work, now_us); };
  const bool some_over = std::any_of(waiting_.begin(), waiting_.end(), is_over);
  const bool some_people =
      std::any_of(waiting_.begin(), waiting_.end(),
                  [&](const PostedWork& work) { return work.waited_for && !is_over(work); });
  const bool some_within = !std::all_of(waiting_.begin(), waiting_.end(), is_over);
  // Those over their allowance wait for the others, but not for ever.
  const int64_t due_us = respite_until_us_ + (some_people ? limits::kOverWaitUsMax : 0);
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

// People's before; and while they are about what devices brought only as far as it is done soon.
std::vector<PostedWork> WorkOrder::take_within(int64_t now_us) {
  const bool short_one = people_are_about(now_us);
  std::vector<PostedWork> out;
  take_some(waiting_, out,
            [&](const PostedWork& work) { return work.waited_for && !over(work, now_us); });
  int64_t expected = 0;
  take_some(waiting_, out, [&](const PostedWork& work) {
    if (over(work, now_us)) return false;
    if (short_one && expected > 0 && expected + expected_us(work) > limits::kBesidePeopleUsMax) {
      expected = limits::kBesidePeopleUsMax;  // what came later doesn't overtake it
      return false;
    }
    expected += expected_us(work);
    return true;
  });
  return out;
}

// Those that have cost least, as long as they will be done soon, as far as one can tell.
std::vector<PostedWork> WorkOrder::take_over(int64_t now_us) {
  std::vector<std::pair<int64_t, size_t>> order;
  for (size_t i = 0; i < waiting_.size(); ++i) {
    if (over(waiting_[i], now_us)) order.emplace_back(cost_us(*waiting_[i].payer, now_us), i);
  }
  std::sort(order.begin(), order.end());
  const int64_t most_us =
      people_are_about(now_us) ? limits::kBesidePeopleUsMax : limits::kOverGroupUsMax;
  std::vector<bool> chosen(waiting_.size());
  int64_t expected = 0;
  size_t bytes = 0;
  for (const auto& [cost_us, i] : order) {
    const int64_t work_us = expected_us(waiting_[i]);
    if (expected > 0 && (expected + work_us > most_us || bytes >= limits::kGroupBytesMax)) break;
    expected += work_us;
    bytes += waiting_[i].bytes;
    chosen[i] = true;
  }
  over_run_ = true;
  std::vector<PostedWork> out;
  size_t at = 0;
  take_some(waiting_, out, [&](const PostedWork&) { return chosen[at++]; });
  return out;
}

void WorkOrder::charge(const Payer& payer, int64_t cost_us, int64_t now_us) {
  Spent& spent = payers_[payer];
  spent.cost_us =
      std::min(halved(spent.cost_us, now_us - spent.at_us) + static_cast<double>(cost_us),
               static_cast<double>(limits::kCostUsMax));
  spent.at_us = now_us;
  spent.work_us = cost_us;
}

void WorkOrder::done(const std::vector<PostedWork>& group, int64_t commit_us, int64_t now_us) {
  int64_t ran_us = 0;
  size_t bytes = 0;
  for (const PostedWork& work : group) {
    ran_us += work.took_us;
    bytes += work.bytes;
  }
  if (bytes >= kBytesThatTell) {
    const double byte_us = static_cast<double>(ran_us + commit_us) / static_cast<double>(bytes);
    byte_us_ = byte_us_ > 0 ? (3 * byte_us_ + byte_us) / 4 : byte_us;
  }
  for (const PostedWork& work : group) {
    if (work.waited_for) people_at_us_ = now_us;
    if (!work.payer) continue;
    const int64_t of_commit =
        ran_us > 0 ? commit_us * work.took_us / ran_us : commit_us / int64_t(group.size());
    charge(*work.payer, work.took_us + of_commit, now_us);
  }
  if (std::exchange(over_run_, false)) {
    respite_until_us_ = now_us + 2 * (ran_us + commit_us);
  } else if (!std::all_of(group.begin(), group.end(), [&](const PostedWork& work) {
               return over(work, now_us);  // just now
             })) {
    others_at_us_ = now_us;
  }
  if (payers_.size() > limits::kPayersMax) forget_cheap(now_us);
}

void WorkOrder::forget_cheap(int64_t now_us) {
  std::erase_if(payers_, [&](const auto& item) {
    return halved(item.second.cost_us, now_us - item.second.at_us) <
           static_cast<double>(limits::kCostAllowedUs) / 16;
  });
}

}  // namespace sitelog
