#pragma once

#include <boost/json.hpp>

#include "sync/store/queries.hpp"

namespace sitelog {

// {"entries":{"own","book","waiting","held"},"records","conflicts","quarantined","book_digest",
// "state_digest"}. `waiting`: of this device's entries, not yet acknowledged.
boost::json::object to_json(const BookStatus& status);

}  // namespace sitelog
