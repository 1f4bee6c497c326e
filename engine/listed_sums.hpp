#pragma once

#include <boost/json.hpp>
#include <optional>

#include "engine/answer_shape.hpp"
#include "engine/record_filter.hpp"

namespace sitelog {

// What the records of a list come to, added up as reports do: {"events","sessions","participants",
// "left_out","looked_at"}, and "at_least" where more match than are looked at. `left_out` are
// records that may have taken place and don't count; what counts for nothing adds nothing. Of the
// campaigns in force. Nothing where it can't be told without making each record's line.
std::optional<boost::json::object> sums_of(Engine& engine, const AskedRecords& asked);
Shape sums_shape();

}  // namespace sitelog
