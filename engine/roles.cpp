#include "engine/roles.hpp"

#include <algorithm>
#include <optional>

#include "campaign/names.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

std::optional<Right> right_named(const std::string& word) {
  for (const Right right : {Right::kRead, Right::kRecord, Right::kReview}) {
    if (word == name_of(right)) return right;
  }
  return std::nullopt;  // a newer version's
}

Units units_of(const BookCode& unit, bool below) {
  if (unit.empty()) return {.everything = true};
  return below ? Units{false, {unit}, {}} : Units{false, {}, {unit}};
}

}  // namespace

std::shared_ptr<const RolesKnown::Meanings> RolesKnown::read() {
  const Hash now = engine_.read(
      [](const Queries& queries) { return queries.state_digest(BookCode(kRootBook)); });
  const std::lock_guard lock(mutex_);
  if (meanings_ && of_ == now) return meanings_;
  meanings_ = engine_.with_catalogue([](const CampaignCatalogue& catalogue) {
    Meanings out;
    const auto add = [](const RoleDefinition& role, Meaning& meaning) {
      meaning.below = meaning.below || role.below;
      for (const std::string& word : role.may) {
        if (const auto right = right_named(word)) meaning.may.insert(*right);
      }
    };
    for (const Definition* definition : catalogue.campaigns()) {
      out.in_force.push_back(definition->id);
      for (const RoleDefinition& role : definition->roles) {
        add(role, out.all[role.key]);
        add(role, out.of[role.key][definition->id]);
        out.in_use.insert(role.key);
      }
    }
    for (const Definition* definition : catalogue.withdrawn()) {
      out.withdrawn.push_back(definition->id);
      for (const RoleDefinition& role : definition->roles) {
        if (!out.in_use.contains(role.key)) add(role, out.all[role.key]);
        add(role, out.of[role.key][definition->id]);
      }
    }
    return std::make_shared<const Meanings>(std::move(out));
  });
  of_ = now;
  return meanings_;
}

// A campaign's role.
void RolesKnown::add_held(const Meanings& known, const RoleGrant& grant, std::vector<Role>& out) {
  const auto add = [&](const Meaning& meaning, Scope::Part part) {
    part.in = units_of(grant.unit, meaning.below);
    Scope scope{false, {}};
    scope.parts.push_back(std::move(part));
    out.push_back({grant.role, {meaning.may.begin(), meaning.may.end()}, std::move(scope)});
  };
  const auto all = known.all.find(grant.role);
  const auto of = known.of.find(grant.role);
  if (!grant.campaign.empty()) {
    if (of != known.of.end() && of->second.contains(grant.campaign)) {
      return add(of->second.at(grant.campaign), {{}, grant.campaign});
    }
  } else if (all != known.all.end()) {
    const Meaning& any = all->second;
    // Each of these says what it lets it do with its records.
    auto campaigns = known.in_force;
    if (!known.in_use.contains(grant.role)) {
      campaigns.insert(campaigns.end(), known.withdrawn.begin(), known.withdrawn.end());
    } else {
      // One that was withdrawn, what it let it.
      for (const std::string& campaign : known.withdrawn) {
        const auto own = of->second.find(campaign);
        if (own != of->second.end() && own->second != any) add(own->second, {{}, campaign});
      }
    }
    const bool alike = std::ranges::all_of(campaigns, [&](const std::string& campaign) {
      const auto at = of->second.find(campaign);
      return at != of->second.end() && at->second == any;
    });
    if (alike) {
      const Units in = units_of(grant.unit, any.below);
      return out.push_back(
          {grant.role, {any.may.begin(), any.may.end()}, {in.everything, in.subtrees, in.units}});
    }
    add(any, {{}, {}, campaigns});
    for (const std::string& campaign : campaigns) {
      if (of->second.contains(campaign)) add(of->second.at(campaign), {{}, campaign});
    }
    return;
  }
  out.push_back({grant.role, {}, {}});
}

std::vector<Role> RolesKnown::as_held(const std::vector<RoleGrant>& grants) {
  std::vector<Role> out;
  const auto meanings = read();
  for (const RoleGrant& grant : grants) {
    const bool administers = grant.role == kAdministrator;
    if (!administers && grant.role != kViewer) {
      add_held(*meanings, grant, out);
      continue;
    }
    const Units in = units_of(grant.unit, true);
    Scope scope{in.everything, in.subtrees, in.units};
    if (!grant.campaign.empty()) scope = {false, {}, {}, {{in, grant.campaign}}};
    out.push_back(administers ? administrator_of(std::move(scope)) : viewer_of(std::move(scope)));
  }
  return out;
}

bool RolesKnown::knows(const std::string& role) {
  return role == kAdministrator || role == kViewer || read()->in_use.contains(role);
}

bool RolesKnown::knows(const std::string& role, const std::string& campaign) {
  if (role == kAdministrator || role == kViewer) return true;
  const auto meanings = read();
  const auto of = meanings->of.find(role);
  return of != meanings->of.end() && of->second.contains(campaign);
}

Result<std::string> RolesKnown::meant(const std::string& given) {
  if (knows(given)) return given;
  return engine_.with_catalogue([&](const CampaignCatalogue& catalogue) -> Result<std::string> {
    std::vector<Named> names{{kAdministrator, "管理员", kAdministrator},
                             {kViewer, "查看人", kViewer}};
    for (const Definition* definition : catalogue.campaigns()) {
      for (const RoleDefinition& role : definition->roles) {
        names.push_back({role.key, role.label.zh, role.label.en});
      }
    }
    const auto at = sitelog::meant(given, names);
    if (!at) return at.refusal();
    if (*at) return std::string(names[**at].key);
    return not_among(names, Reason::kInvalidValue, N_("there is no role {}; there are: {}"), given);
  });
}

}  // namespace sitelog
