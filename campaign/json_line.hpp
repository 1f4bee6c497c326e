#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

// A JSON object as people write it into a file, on one line. Refuses kMalformed what is none, and
// kInvalidValue a name that stands twice in one object: JSON itself would let the last one win.
Result<boost::json::object> parse_json_line(std::string_view line);

}  // namespace sitelog
