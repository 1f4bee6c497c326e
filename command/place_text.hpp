#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

// What a site is told of its own place with headquarters (engine/own_place), in words.
namespace sitelog {

// Behind what was saved: that it doesn't count as things stand, and what to do. Nothing where there
// is nothing to say.
std::vector<std::string> place_of_what_is_saved(const boost::json::object& outcome);
// The same where a site asks how things stand: since when, how many entries, why.
std::vector<std::string> place_in_status(const boost::json::object& status);

}  // namespace sitelog
