#include "http/lookers.hpp"

#include <algorithm>

#include "http/limits.hpp"

namespace sitelog {

std::vector<std::string> Lookers::look(const std::string& account, std::optional<Place> place,
                                       Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  end_old(now);
  if (place && !looks_.contains(account)) make_room();
  std::vector<std::string> others;
  for (const auto& [other, look] : looks_) {
    if (place && other != account && look.place == place) others.push_back(other);
  }
  const auto at = looks_.find(account);
  if (!place && at == looks_.end()) return others;
  Look& own = looks_[account];
  own.said_again = place.has_value();
  own.place = std::move(place);
  own.until = now + limits::kLookingTime;
  return others;
}

std::vector<Lookers::Told> Lookers::take(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  end_old(now);
  std::vector<Told> out;
  for (auto& [account, look] : looks_) {
    if (look.told && look.told != look.place) out.push_back({account, *look.told, true});
    if (look.place && look.said_again) out.push_back({account, *look.place});
    look.told = look.place;
    look.said_again = false;
  }
  std::erase_if(looks_, [](const auto& each) { return !each.second.place; });
  return out;
}

void Lookers::end_old(Clock::time_point now) {
  for (auto& [account, look] : looks_) {
    if (look.until <= now) look.place.reset();
  }
}

// Whoever said it longest ago is left out, also where nobody was told of that yet.
void Lookers::make_room() {
  if (looks_.size() < limits::kLookersMax) return;
  looks_.erase(std::min_element(looks_.begin(), looks_.end(), [](const auto& a, const auto& b) {
    return a.second.until < b.second.until;
  }));
}

}  // namespace sitelog
