#include "engine/roles.hpp"

#include <optional>

#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

std::optional<Right> right_named(const std::string& word) {
  for (const Right right : {Right::kRead, Right::kRecord, Right::kReview}) {
    if (word == name_of(right)) return right;
  }
  return std::nullopt;  // a newer version's
}

}  // namespace

// Where several campaigns have a role, it may what any of them lets it.
std::shared_ptr<const RolesKnown::Meanings> RolesKnown::read() {
  const Hash now = engine_.read(
      [](const Queries& queries) { return queries.state_digest(BookCode(kRootBook)); });
  const std::lock_guard lock(mutex_);
  if (meanings_ && of_ == now) return meanings_;
  meanings_ = engine_.with_catalogue([](const CampaignCatalogue& catalogue) {
    Meanings out;
    for (const Definition* definition : catalogue.campaigns()) {
      for (const RoleDefinition& role : definition->roles) {
        Meaning& meaning = out[role.key];
        meaning.below = meaning.below || role.below;
        for (const std::string& word : role.may) {
          if (const auto right = right_named(word)) meaning.may.insert(*right);
        }
      }
    }
    return std::make_shared<const Meanings>(std::move(out));
  });
  of_ = now;
  return meanings_;
}

std::vector<Role> RolesKnown::as_held(const std::vector<RoleGrant>& grants) {
  std::vector<Role> out;
  const auto meanings = read();
  for (const RoleGrant& grant : grants) {
    const Scope whole{grant.unit.empty(),
                      grant.unit.empty() ? std::vector<BookCode>{} : std::vector{grant.unit}};
    if (grant.role == kAdministrator) {
      out.push_back(administrator_of(whole));
    } else if (grant.role == kViewer) {
      out.push_back(viewer_of(whole));
    } else if (const auto at = meanings->find(grant.role); at != meanings->end()) {
      const Meaning& meaning = at->second;
      Scope scope = whole;
      if (!meaning.below) scope = {whole.everything, {}, whole.subtrees};
      out.push_back({grant.role, {meaning.may.begin(), meaning.may.end()}, std::move(scope)});
    } else {
      out.push_back({grant.role, {}, {}});
    }
  }
  return out;
}

bool RolesKnown::knows(const std::string& role) {
  return role == kAdministrator || role == kViewer || read()->contains(role);
}

std::vector<std::string> RolesKnown::names() {
  std::vector<std::string> out{kAdministrator, kViewer};
  for (const auto& [name, meaning] : *read()) out.push_back(name);
  return out;
}

}  // namespace sitelog
