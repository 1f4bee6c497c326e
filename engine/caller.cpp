#include "engine/caller.hpp"

#include <algorithm>

#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

bool may(const Role& role, Right right) {
  return std::find(role.may.begin(), role.may.end(), right) != role.may.end();
}

}  // namespace

const char* name_of(Right right) {
  switch (right) {
    case Right::kRead: return "read";
    case Right::kRecord: return "record";
    case Right::kReview: return "review";
    case Right::kAdminister: return "administer";
    case Right::kMaintain: return "maintain";
  }
  return "unknown";
}

Caller owner_of_folder(Language language, const std::string& program) {
  Caller out;
  out.known_by = KnownBy::kFolder;
  out.scope.everything = true;
  out.language = language;
  out.program = program;
  return out;
}

Role administrator_of(Scope scope) {
  // The folder itself is its owner's alone.
  return {kAdministrator,
          {Right::kRead, Right::kRecord, Right::kReview, Right::kAdminister},
          std::move(scope)};
}

Role viewer_of(Scope scope) {
  return {kViewer, {Right::kRead}, std::move(scope)};
}

bool has_right(const Caller& caller, Right right) {
  if (caller.known_by == KnownBy::kFolder) return true;
  return std::any_of(caller.roles.begin(), caller.roles.end(),
                     [right](const Role& role) { return may(role, right); });
}

Scope scope_of(const Caller& caller, Right right) {
  if (caller.known_by == KnownBy::kFolder) return {true, {}};
  Scope out;
  for (const Role& role : caller.roles) {
    if (!may(role, right)) continue;
    out.everything = out.everything || role.scope.everything;
    out.subtrees.insert(out.subtrees.end(), role.scope.subtrees.begin(), role.scope.subtrees.end());
    out.units.insert(out.units.end(), role.scope.units.begin(), role.scope.units.end());
  }
  return out;
}

std::string roles_with(const Caller& caller, Right right) {
  std::string out;
  for (const Role& role : caller.roles) {
    if (!may(role, right)) continue;
    const std::string more = (out.empty() ? "" : ", ") + role.name;
    if (out.size() + more.size() <= limits::kNameBytesMax) out += more;
  }
  return out;
}

bool lies_in(const Scope& scope, const UnitTree& units, const BookCode& unit) {
  // What headquarters publishes to all is everybody's to read.
  if (scope.everything || unit == kRootBook) return true;
  if (std::find(scope.units.begin(), scope.units.end(), unit) != scope.units.end()) return true;
  return std::any_of(scope.subtrees.begin(), scope.subtrees.end(), [&](const BookCode& subtree) {
    return unit == subtree || (!subtree.empty() && units.within(unit, subtree));
  });
}

}  // namespace sitelog
