#pragma once

#include <boost/json.hpp>
#include <string>

#include "command/terminal/output.hpp"

// What several of sitelogd's commands have alike.
namespace sitelog {

// A number of an answer, as text.
std::string count(const boost::json::object& of, const char* name);
// The name of a line about a unit, marked where it was removed.
std::string name_of_unit(const boost::json::object& unit);

}  // namespace sitelog
