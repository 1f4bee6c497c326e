#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <functional>

// JSON of any size in parts that each fit a line: {"at":[member or index …],"value":…}, in which
// what holds others comes before them, empty.
namespace sitelog {

void each_part(boost::json::value whole, size_t bytes_max,
               const std::function<void(boost::json::object)>& take);

// Puts a part where it belongs; the first is the whole, as far as it is there. False where it
// belongs nowhere.
bool put_part(boost::json::value& whole, const boost::json::object& part);

}  // namespace sitelog
