#include "sync/link/strangers.hpp"

#include <algorithm>
#include <vector>

namespace sitelog {

std::string owner_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_v4().to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  }
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 7, bytes.end(), uint8_t{0});
  return boost::asio::ip::address_v6(bytes).to_string();
}

// Who of these goes for another: the eldest who is silent, else the eldest who had its time.
std::optional<uint64_t> Strangers::makes_room(const Address& among, Clock::time_point now) const {
  for (const auto& [id, stranger] : among.inside) {
    if (stranger->answered || silent_(id)) return id;
  }
  const auto& [id, eldest] = *among.inside.begin();
  if (now - eldest->since > limits_.patience) return id;
  return std::nullopt;
}

std::optional<Strangers::Arrival> Strangers::place_for(const std::string& address,
                                                       Clock::time_point now) {
  const Address& own = addresses_[address];
  const Address* crowded = nullptr;
  if (own.inside.size() >= limits_.inside_of_address) {
    crowded = &own;
  } else if (inside_.size() >= limits_.inside) {
    crowded =
        &std::max_element(addresses_.begin(), addresses_.end(), [](const auto& a, const auto& b) {
           return a.second.inside.size() < b.second.inside.size();
         })->second;
  } else {
    return Arrival{};
  }
  const auto goes = makes_room(*crowded, now);
  if (!goes) return std::nullopt;
  return Arrival{Where::kInside, goes};
}

void Strangers::enter(uint64_t id, const std::string& address, Clock::time_point now) {
  Stranger& stranger = inside_[id] = {address, now};
  addresses_[address].inside[id] = &stranger;
}

Strangers::Arrival Strangers::arrive(uint64_t id, const std::string& address,
                                     Clock::time_point now) {
  Address& own = addresses_[address];
  // Whoever came before and waits goes first.
  if (own.waiting.empty()) {
    if (const auto place = place_for(address, now)) {
      if (place->makes_room) leave(*place->makes_room);
      enter(id, address, now);
      return *place;
    }
  }
  if (waiting_.size() >= limits_.waiting || own.waiting.size() >= limits_.waiting_of_address) {
    if (own.inside.empty() && own.waiting.empty()) addresses_.erase(address);
    return {Where::kTurnedAway};
  }
  waiting_[id] = {address, now};
  own.waiting.push_back(id);
  return {Where::kAtTheDoor};
}

void Strangers::answered(uint64_t id) {
  const auto at = inside_.find(id);
  if (at != inside_.end()) at->second.answered = true;
}

void Strangers::leave(uint64_t id) {
  std::string address;
  if (const auto at = inside_.find(id); at != inside_.end()) {
    address = at->second.address;
    addresses_.at(address).inside.erase(id);
    inside_.erase(at);
  } else if (const auto waits = waiting_.find(id); waits != waiting_.end()) {
    address = waits->second.address;
    std::erase(addresses_.at(address).waiting, id);
    waiting_.erase(waits);
  } else {
    return;
  }
  const Address& left = addresses_.at(address);
  if (left.inside.empty() && left.waiting.empty()) addresses_.erase(address);
}

std::optional<std::pair<uint64_t, Strangers::Arrival>> Strangers::let_in(Clock::time_point now) {
  if (waiting_.empty()) return std::nullopt;
  std::vector<std::pair<size_t, std::string>> order;
  for (const auto& [address, of] : addresses_) {
    if (!of.waiting.empty()) order.emplace_back(of.inside.size(), address);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [inside, address] : order) {
    const auto place = place_for(address, now);
    if (!place) continue;
    const uint64_t id = addresses_.at(address).waiting.front();
    if (place->makes_room) leave(*place->makes_room);
    leave(id);
    enter(id, address, now);
    return std::pair(id, *place);
  }
  return std::nullopt;
}

std::optional<uint64_t> Strangers::give_up(Clock::time_point now) {
  if (waiting_.empty() || now - waiting_.begin()->second.since <= limits_.waiting_time) {
    return std::nullopt;
  }
  const uint64_t id = waiting_.begin()->first;
  leave(id);
  return id;
}

}  // namespace sitelog
