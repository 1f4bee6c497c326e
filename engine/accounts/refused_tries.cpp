#include "engine/accounts/refused_tries.hpp"

#include <algorithm>

#include "engine/accounts/limits.hpp"

namespace sitelog {

namespace json = boost::json;

void RefusedTries::add(Told& to, const std::string& from, uint64_t count, int64_t at_ms) {
  to.count += count;
  const auto known = std::find_if(to.from.begin(), to.from.end(),
                                  [&](const From& each) { return each.address == from; });
  From latest = known != to.from.end() ? *known : From{from};
  if (known != to.from.end()) to.from.erase(known);
  latest.count += count;
  latest.last_ms = std::max(latest.last_ms, at_ms);
  to.from.insert(to.from.begin(), std::move(latest));
  if (to.from.size() > limits::kTriesToldFrom) to.from.pop_back();
}

void RefusedTries::refused(const std::string& account, const std::string& from, int64_t at_ms) {
  const std::lock_guard lock(mutex_);
  add(accounts_[account].since, from, 1, at_ms);
}

RefusedTries::Told RefusedTries::signed_in(const std::string& account, const std::string& from,
                                           int64_t at_ms) {
  const std::lock_guard lock(mutex_);
  OfAccount& own = accounts_[account];
  // Where this is remembered from now on it is the sign-in before the next.
  own.told = std::exchange(own.since, {.signed_in_ms = at_ms, .signed_in_from = from});
  return own.told;
}

RefusedTries::Told RefusedTries::told(const std::string& account) const {
  const std::lock_guard lock(mutex_);
  const auto own = accounts_.find(account);
  if (own == accounts_.end()) return {};
  Told out = own->second.told;
  const auto& since = own->second.since.from;
  const uint64_t others = own->second.since.count;
  uint64_t named = 0;
  for (auto each = since.rbegin(); each != since.rend(); ++each) {
    add(out, each->address, each->count, each->last_ms);
    named += each->count;
  }
  out.count += others - named;  // of addresses that are not told any more
  return out;
}

json::object to_json(const RefusedTries::Told& told) {
  json::array from;
  for (const auto& each : told.from) {
    from.emplace_back(
        json::object{{"from", each.address}, {"count", each.count}, {"last", each.last_ms}});
  }
  json::object out{{"count", told.count}, {"from", std::move(from)}};
  if (told.signed_in_ms != 0) {
    out["signed_in_before"] =
        json::object{{"at", told.signed_in_ms}, {"from", told.signed_in_from}};
  }
  return out;
}

}  // namespace sitelog
