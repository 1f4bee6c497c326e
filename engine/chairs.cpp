#include "engine/chairs.hpp"

#include <algorithm>
#include <set>

namespace sitelog {

namespace {

// Whether a role judges for headquarters what a campaign asks for in this form.
bool is_top_of(const Definition& definition, const Form* form, const std::string& name) {
  if (form != nullptr) {
    const auto stations = definition.stations_of(*form);
    if (!stations.empty()) return stations.back()->key == name;
  }
  const RoleDefinition* role = definition.role(name);
  return role != nullptr && role->may_review() &&
         (role->stands == Stands::kTop || role->stands == Stands::kNotSaid);
}

bool among(const std::vector<BookCode>& units, const BookCode& unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

}  // namespace

Chairs::Chairs(const Caller& caller, Engine& engine)
    : Chairs(caller, engine.read([&](const Queries& queries) { return engine.units(queries); })) {}

Chairs::Chairs(const Caller& caller, std::shared_ptr<const UnitTree> units)
    : owner_(caller.known_by == KnownBy::kFolder), units_(std::move(units)) {
  std::copy_if(
      caller.roles.begin(), caller.roles.end(), std::back_inserter(roles_), [](const Role& role) {
        return std::find(role.may.begin(), role.may.end(), Right::kReview) != role.may.end();
      });
}

bool Chairs::at_top(const CampaignCatalogue& catalogue, const RecordState& state,
                    const BookCode& unit) const {
  if (owner_) return true;
  const Definition* definition = catalogue.known(state.campaign());
  return std::any_of(roles_.begin(), roles_.end(), [&](const Role& role) {
    if (!lies_in(role.scope, *units_, unit, state.campaign())) return false;
    if (role.name == kAdministrator) return true;
    if (definition != nullptr) {
      return is_top_of(*definition, definition->form(state.form), role.name);
    }
    const auto all = catalogue.campaigns();
    return std::any_of(all.begin(), all.end(), [&](const Definition* each) {
      return is_top_of(*each, nullptr, role.name);
    });
  });
}

bool Chairs::at(const Station& station, const CampaignCatalogue& catalogue,
                const RecordState& state, const BookCode& unit) const {
  if (station.is_top()) return at_top(catalogue, state, unit);
  return std::any_of(roles_.begin(), roles_.end(), [&](const Role& role) {
    if (role.name != station.role) return false;
    const Scope here = for_campaign(role.scope, state.campaign());
    return lies_in(here, *units_, unit) &&
           (among(here.subtrees, station.unit) || among(here.units, station.unit));
  });
}

std::vector<std::string> Chairs::own() const {
  std::set<std::string> out;
  const auto sits = [&out](const Role& role, const auto& at) {
    for (const auto* units : {&at.subtrees, &at.units}) {
      for (const BookCode& unit : *units) out.insert(text_of({role.name, unit}));
    }
  };
  for (const Role& role : roles_) {
    sits(role, role.scope);
    for (const Scope::Part& part : role.scope.parts) sits(role, part.in);
  }
  return {out.begin(), out.end()};
}

bool Chairs::some_top(const CampaignCatalogue& catalogue) const {
  if (owner_) return true;
  const auto all = catalogue.campaigns();
  return std::any_of(roles_.begin(), roles_.end(), [&](const Role& role) {
    return role.name == kAdministrator ||
           std::any_of(all.begin(), all.end(), [&](const Definition* each) {
             return std::any_of(each->forms.begin(), each->forms.end(), [&](const Form& form) {
               return is_top_of(*each, &form, role.name);
             });
           });
  });
}

}  // namespace sitelog
