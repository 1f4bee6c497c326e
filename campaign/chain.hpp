#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

// Whom a record of a unit is sent to.
struct Chain {
  std::vector<Station> stations;     // the top last
  std::vector<std::string> missing;  // roles that nobody has where they would stand
};

// By the units as they are: a role at the record's own unit is asked where it is filled there, one
// above at the nearest unit that has it filled. Nothing where headquarters alone judges records of
// this form.
std::optional<Chain> chain_of(const Definition& definition, const Form& form, const UnitTree& units,
                              const BookCode& unit);

// Whether the unit lies below the station still, or at it: one that was moved elsewhere since it
// sent is nobody's there, so that the chair counts as empty. Everything is below the top.
bool is_below(const UnitTree& units, const BookCode& unit, const Station& station);

// The roles that can stand at units, of all these campaigns: of no other it is told in the common
// book where they are filled.
std::vector<std::string> roles_at_units(const std::vector<const Definition*>& campaigns);

// The roles that stand at the top, of all of these.
std::vector<std::string> top_roles(const std::vector<const Definition*>& campaigns);

// The field of a unit's record that says that a role is filled there.
std::string filled_field(const std::string& role);

}  // namespace sitelog
