// Which roles are filled at which units, told in the common book: so that every site knows whom a
// record is sent to, and nobody's name.
#include <algorithm>
#include <set>

#include "campaign/chain.hpp"
#include "daemon/headquarters.hpp"
#include "engine/call_in_parts.hpp"
#include "engine/operation_parts.hpp"
#include "engine/station_words.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

// Unit, role and campaign; none where it is for the records of all.
using Filled = std::set<std::tuple<BookCode, std::string, std::string>>;

Filled filled_by(const std::vector<Account>& accounts, const std::vector<std::string>& roles) {
  Filled out;
  for (const Account& account : accounts) {
    if (account.disabled) continue;
    for (const RoleGrant& grant : account.roles) {
      const bool told = std::find(roles.begin(), roles.end(), grant.role) != roles.end();
      if (told && !grant.unit.empty()) out.emplace(grant.unit, grant.role, grant.campaign);
    }
  }
  return out;
}

// What the field of each of these roles is to hold, by unit and role.
using Fields = std::map<BookCode, std::map<std::string, Value>>;
Fields fields_of(const Filled& filled) {
  Fields out;
  for (const auto& [unit, role, campaign] : filled) {
    Value& value = out[unit].try_emplace(role, TextList()).first->second;
    if (campaign.empty()) {
      value = Value(true);
    } else if (value.list() != nullptr) {
      TextList campaigns = *value.list();
      campaigns.push_back(campaign);
      value = Value(std::move(campaigns));
    }
  }
  return out;
}

Filled told_as_filled(const UnitTree& units) {
  Filled out;
  for (const BookCode& code : units.all_within("")) {
    for (const std::string& each : units.unit(code)->filled) {
      const size_t slash = each.find('/');
      out.emplace(code, each.substr(0, slash),
                  slash == each.npos ? std::string() : each.substr(slash + 1));
    }
  }
  return out;
}

// By unit, the fields that change.
Fields changes_between(const Fields& told, const Fields& wanted) {
  Fields out;
  for (const auto& [unit, roles] : wanted) {
    const auto at = told.find(unit);
    for (const auto& [role, value] : roles) {
      const bool same =
          at != told.end() && at->second.contains(role) && at->second.at(role) == value;
      if (!same) out[unit][filled_field(role)] = value;
    }
  }
  for (const auto& [unit, roles] : told) {
    const auto at = wanted.find(unit);
    for (const auto& [role, value] : roles) {
      if (at == wanted.end() || !at->second.contains(role)) out[unit][filled_field(role)] = Value();
    }
  }
  return out;
}

}  // namespace

Result<> tell_filled_roles(Headquarters& headquarters, const Person& by) {
  Engine& engine = *headquarters.engine;
  if (engine.folder().read_only()) return Done{};
  const auto roles = engine.with_catalogue(
      [](const CampaignCatalogue& catalogue) { return roles_at_units(catalogue.campaigns()); });
  if (roles.empty()) return Done{};  // nobody asks; what is told says nothing to anybody
  const auto units = engine.read([&](const Queries& queries) { return engine.units(queries); });
  const Fields wanted = fields_of(filled_by(headquarters.accounts->book().all(), roles));
  const Fields changes = changes_between(fields_of(told_as_filled(*units)), wanted);
  if (changes.empty()) return Done{};
  auto next = changes.begin();
  return call_in_parts(engine, changes.size(), [&](Store& store, size_t) -> Result<> {
    const auto& [unit, values] = *next++;
    const BookCode root(kRootBook);
    const std::string form(kFormUnit);
    const auto known = store.state(root, unit_record(unit), form);
    if (!known) return Done{};  // of a unit that is no more than a name in an account
    const auto written =
        store.write(root, compose(&*known, unit_record(unit), form, values), read_clock(), by);
    if (!written) return written.refusal();
    return Done{};
  });
}

std::optional<Refusal> station_without_unit(Headquarters& headquarters, const RoleGrant& grant) {
  if (!grant.unit.empty()) return std::nullopt;
  return headquarters.engine->with_catalogue(
      [&](const CampaignCatalogue& catalogue) -> std::optional<Refusal> {
        const auto campaigns = catalogue.campaigns();
        const auto roles = roles_at_units(campaigns);
        if (std::find(roles.begin(), roles.end(), grant.role) == roles.end()) return std::nullopt;
        const auto has_it =
            std::find_if(campaigns.begin(), campaigns.end(),
                         [&](const Definition* each) { return each->role(grant.role) != nullptr; });
        const Definition* known = has_it != campaigns.end() ? *has_it : nullptr;
        return Refusal{
            Reason::kInvalidValue,
            N_("the role {} judges records at one unit: held everywhere it fills no chair, and "
               "no record is sent to it; give it at a unit (--unit CODE)"),
            {called(known, grant.role, Language::kEnglish),
             called(known, grant.role, Language::kChinese)}};
      });
}

}  // namespace sitelog
