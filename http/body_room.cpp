#include "http/body_room.hpp"

namespace sitelog {

size_t BodyRoom::of(const std::string& whose) const {
  const auto at = of_one_.find(whose);
  return at != of_one_.end() ? at->second : 0;
}

bool BodyRoom::has_room(const std::string& whose, size_t bytes) const {
  return of(whose) + beyond(bytes) <= limits_.of_one;
}

BodyRoom::Grown BodyRoom::hold(uint64_t body, const std::string& whose, size_t bytes) {
  Grown out;
  leave(body);
  const size_t more = beyond(bytes);
  if (more == 0) return out;
  const size_t own = of(whose) + more;
  if (own > limits_.of_one) {
    out.verdict = Verdict::kTooMuchOfOne;
    return out;
  }
  while (held_ + more > limits_.all) {
    if (give_way(whose, own, out.give_way)) continue;
    out.verdict = Verdict::kTooMuchOfAll;
    return out;
  }
  bodies_[body] = {whose, more};
  of_one_[whose] = own;
  held_ += more;
  return out;
}

// The largest body that is still coming, of whoever holds the most beside `whose` and more than
// they would. False where there is none.
bool BodyRoom::give_way(const std::string& whose, size_t own, std::vector<uint64_t>& gone) {
  uint64_t largest = 0;
  size_t most = own, bytes = 0;
  for (const auto& [id, body] : bodies_) {
    const size_t all = of(body.whose);
    if (body.whole || body.whose == whose || all < most || (all == most && bytes == 0)) continue;
    if (all == most && body.bytes <= bytes) continue;
    most = all;
    bytes = body.bytes;
    largest = id;
  }
  if (bytes == 0) return false;
  leave(largest);
  gone.push_back(largest);
  return true;
}

void BodyRoom::is_whole(uint64_t body) {
  if (const auto at = bodies_.find(body); at != bodies_.end()) at->second.whole = true;
}

void BodyRoom::leave(uint64_t body) {
  const auto at = bodies_.find(body);
  if (at == bodies_.end()) return;
  const auto own = of_one_.find(at->second.whose);
  own->second -= at->second.bytes;
  if (own->second == 0) of_one_.erase(own);
  held_ -= at->second.bytes;
  bodies_.erase(at);
}

}  // namespace sitelog
