#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"
#include "sync/merge/stations.hpp"

// What people read of roles and stations in a message: a role as its campaign calls it, by its key
// where that isn't known; below the top with the unit's name.
namespace sitelog {

std::string called(const Definition* definition, const std::string& role, Language language);

// Whether somebody calls a role so: by its key, or as its campaign does.
bool is_called(const Definition* definition, const std::string& role, const std::string& given);

// Each of these as an argument of its own, in English; then each in Chinese, which the translation
// takes by its number.
std::vector<std::string> in_both(const Definition* definition, const UnitTree& units,
                                 const std::vector<Station>& stations);
// All of a chain as one argument, likewise.
std::vector<std::string> chain_in_both(const Definition* definition, const UnitTree& units,
                                       const std::vector<Station>& chain);

// The name of its unit (`unit_name`) with each station that the line of a record tells, where it
// has another than its code.
using NameOfUnit = std::function<std::string(const BookCode& code)>;
void name_stations(const NameOfUnit& name_of_unit, boost::json::object& line);
// The names (`unit_names`, by code) of the units that what was sent and said in the line names,
// wherever it stands there: in its history, its conflicts or its fields. Nothing where none is.
void name_units_said(const NameOfUnit& name_of_unit, boost::json::object& line);

}  // namespace sitelog
