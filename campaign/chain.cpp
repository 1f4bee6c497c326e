#include "campaign/chain.hpp"

#include <algorithm>
#include <set>

namespace sitelog {

std::optional<Chain> chain_of(const Definition& definition, const Form& form, const UnitTree& units,
                              const BookCode& unit) {
  const auto asked = definition.stations_of(form);
  if (asked.empty()) return std::nullopt;
  Chain out;
  for (const RoleDefinition* role : asked) {
    if (role->stands == Stands::kTop) {
      out.stations.push_back({role->key, {}});
      continue;
    }
    const auto among = role->stands == Stands::kUnit ? std::vector{unit} : units.ancestors(unit);
    const auto at = std::find_if(among.begin(), among.end(), [&](const BookCode& code) {
      const Unit* known = units.unit(code);
      return known != nullptr && known->is_filled(role->key, definition.id);
    });
    if (at != among.end()) {
      out.stations.push_back({role->key, *at});
    } else {
      out.missing.push_back(role->key);
    }
  }
  return out;
}

bool is_below(const UnitTree& units, const BookCode& unit, const Station& station) {
  return station.is_top() || units.within(unit, station.unit);
}

namespace {

std::vector<std::string> stations_where(const std::vector<const Definition*>& campaigns, bool top) {
  std::set<std::string> out;
  for (const Definition* definition : campaigns) {
    for (const Form& form : definition->forms) {
      for (const RoleDefinition* role : definition->stations_of(form)) {
        if ((role->stands == Stands::kTop) == top) out.insert(role->key);
      }
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace

std::vector<std::string> roles_at_units(const std::vector<const Definition*>& campaigns) {
  return stations_where(campaigns, false);
}

std::vector<std::string> top_roles(const std::vector<const Definition*>& campaigns) {
  return stations_where(campaigns, true);
}

std::string filled_field(const std::string& role) {
  return std::string(kFilledPrefix) + role;
}

}  // namespace sitelog
