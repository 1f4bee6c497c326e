#include "engine/accounts/tries.hpp"

#include <algorithm>

#include "campaign/looks.hpp"
#include "engine/accounts/limits.hpp"

namespace sitelog {

using std::chrono::seconds;

double Tries::still_counts(const Address& address, Clock::time_point now) const {
  const double gone = std::chrono::duration<double>(now - address.at).count() /
                      static_cast<double>(limits::kTryOfAddressEvery.count());
  return std::max(0.0, address.tries - gone);
}

seconds Tries::wait(const std::string& account, const std::string& address, Clock::time_point now) {
  const Pair pair{address, looks_of(account)};
  const std::lock_guard lock(mutex_);
  if (const auto at = wrong_.find(pair); at != wrong_.end() && at->second.until > now) {
    return std::chrono::ceil<seconds>(at->second.until - now);
  }
  if (known_.contains(pair)) return seconds(0);
  const auto at = addresses_.find(address);
  if (at == addresses_.end()) return seconds(0);
  const double beyond = still_counts(at->second, now) - limits::kTriesOfAddress;
  if (beyond < 0) return seconds(0);
  return std::max(seconds(1), std::chrono::ceil<seconds>(std::chrono::duration<double>(
                                  beyond * limits::kTryOfAddressEvery)));
}

void Tries::failed(const std::string& account, const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  forget_some(now);
  Wrong& wrong = wrong_[{address, looks_of(account)}];
  // What is long ago counts no more.
  if (now - wrong.until > limits::kWaitMost) wrong = {};
  ++wrong.tries;
  wrong.until = now;
  if (wrong.tries >= limits::kFreeTries) {
    const int doublings = std::min(wrong.tries - limits::kFreeTries, 20);
    wrong.until +=
        std::min<Clock::duration>(limits::kWaitFirst * (1 << doublings), limits::kWaitMost);
  }
  Address& from = addresses_[address];
  from = {still_counts(from, now) + 1, now};
}

void Tries::succeeded(const std::string& account, const std::string& address) {
  const std::lock_guard lock(mutex_);
  const Pair pair{address, looks_of(account)};
  wrong_.erase(pair);
  if (known_.size() >= limits::kTriesKept) known_.erase(known_.begin());
  known_.insert(pair);
}

void Tries::forget_some(Clock::time_point now) {
  if (wrong_.size() < limits::kTriesKept && addresses_.size() < limits::kTriesKept) return;
  std::erase_if(wrong_, [now](const auto& each) { return each.second.until < now; });
  std::erase_if(addresses_, [&](const auto& each) { return still_counts(each.second, now) <= 0; });
  // All of them wait still: the one that has waited least loses its place in the list.
  while (wrong_.size() >= limits::kTriesKept) {
    wrong_.erase(std::min_element(wrong_.begin(), wrong_.end(), [](const auto& a, const auto& b) {
      return a.second.until < b.second.until;
    }));
  }
  while (addresses_.size() >= limits::kTriesKept) addresses_.erase(addresses_.begin());
}

}  // namespace sitelog
