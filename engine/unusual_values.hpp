#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"
#include "engine/engine.hpp"

namespace sitelog {

// Marks lines of records with what is unusual about them and not explained (说明缺失). Campaigns
// and units as they are when this is made; used beside all writing.
class UnusualValues {
 public:
  explicit UnusualValues(Engine& engine);

  // Adds "unexplained", the names of such fields, where there are any; true where there are. What
  // is voided needs no explanation.
  bool mark(boost::json::object& line) const;

 private:
  std::map<std::string, Definition> campaigns_;
  UnitTree units_;
  Date today_;
};

}  // namespace sitelog
