#pragma once

#include <boost/json.hpp>
#include <optional>
#include <vector>

#include "engine/answer_shape.hpp"
#include "sync/store/queries.hpp"

namespace sitelog {

// {"hold","judged_by","install"} where this program doesn't know the judging rules that hold;
// nothing where it does.
std::optional<boost::json::object> to_json(const RulesInForce& rules);
Shape rules_shape();

// {"entries":{"own","book","waiting","held"},"records","conflicts","quarantined","book_digest",
// "state_digest"}. `waiting`: of this device's entries, not yet acknowledged. `memory` is where the
// parts live.
boost::json::object to_json(const BookStatus& status, boost::json::storage_ptr memory = {});
std::vector<Member> book_status_members();

}  // namespace sitelog
