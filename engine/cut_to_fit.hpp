#pragma once

#include <boost/json.hpp>
#include <cstddef>

namespace sitelog {

// Brings what is told of one thing to at most so many bytes of JSON, so that nothing whose author
// wrote without measure keeps it from being told at all: texts end with …, lists and what holds
// very many members with the first of them. The members of `line` itself stay, and "too_large" then
// says how many bytes there were. Changes nothing that fits.
void cut_to_fit(boost::json::object& line, size_t bytes_max);

}  // namespace sitelog
