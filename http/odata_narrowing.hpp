#pragma once

#include <boost/json.hpp>

#include "http/odata_filter.hpp"

namespace sitelog {

// The arguments by which records.list leaves out much that a $filter does not fit, and nothing that
// it does: so that what is asked for is found at once, and not looked for row by row. Rows are
// still held against the filter. Empty where nothing can be said. No I/O.
boost::json::object odata_narrowing(const ODataSet& set, const ODataFilter& filter);

}  // namespace sitelog
