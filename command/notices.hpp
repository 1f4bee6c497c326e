#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "command/terminal/output.hpp"

// What answers say besides what was done (`notices`).
namespace sitelog {

// Each as a note; with of how many records it is said, where that stands there (`records`).
void tell_notices(Output& out, const boost::json::object& outcome);

// Of many answers, which say the same of many records.
class CountedNotices {
 public:
  void add(const boost::json::object& outcome);
  void tell(Output& out) const;

 private:
  std::vector<std::pair<boost::json::object, int64_t>> notices_;  // in the order they came
};

}  // namespace sitelog
