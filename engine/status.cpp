#include "engine/status.hpp"

namespace sitelog {

boost::json::object to_json(const BookStatus& status, boost::json::storage_ptr memory) {
  boost::json::object out({{"entries",
                            {{"own", status.own},
                             {"book", status.entries},
                             {"waiting", status.own - status.held},
                             {"held", status.held}}},
                           {"records", status.records},
                           {"pending", status.pending},
                           {"changed", status.changed},
                           {"to_send", status.to_send},
                           {"conflicts", status.conflicts},
                           {"quarantined", status.quarantined},
                           {"book_digest", status.book_digest},
                           {"state_digest", status.state_digest}},
                          std::move(memory));
  if (status.held_since_ms) out["held_since"] = *status.held_since_ms;
  return out;
}

std::optional<boost::json::object> to_json(const RulesInForce& rules) {
  if (rules.hold == rules.judged_by) return std::nullopt;
  return boost::json::object{
      {"hold", rules.hold}, {"judged_by", rules.judged_by}, {"install", rules.install}};
}

Shape rules_shape() {
  using namespace shape;
  return object({{"hold", integer()}, {"judged_by", integer()}, {"install", text()}});
}

std::vector<Member> book_status_members() {
  using namespace shape;
  return {
      {"entries",
       object(
           {{"own", integer()}, {"book", integer()}, {"waiting", integer()}, {"held", integer()}})},
      {"records", integer()},
      {"pending", integer()},
      {"changed", integer()},
      {"to_send", integer()},
      {"conflicts", integer()},
      {"quarantined", integer()},
      {"book_digest", text()},
      {"state_digest", text()},
      sometimes("held_since", integer())};
}

}  // namespace sitelog
