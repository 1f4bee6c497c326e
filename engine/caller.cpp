#include "engine/caller.hpp"

#include <algorithm>
#include <set>

#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

template <class Some>
bool covers(const Some& some, const UnitTree& units, const BookCode& unit) {
  if (some.everything) return true;
  if (std::find(some.units.begin(), some.units.end(), unit) != some.units.end()) return true;
  return std::any_of(some.subtrees.begin(), some.subtrees.end(), [&](const BookCode& subtree) {
    return unit == subtree || (!subtree.empty() && units.within(unit, subtree));
  });
}

bool speaks_of(const Scope::Part& part, const std::string& campaign) {
  if (!part.campaign.empty()) return part.campaign == campaign;
  return std::find(part.except.begin(), part.except.end(), campaign) == part.except.end();
}

template <class Some>
void add_units(Scope& out, const Some& more) {
  out.everything = out.everything || more.everything;
  out.subtrees.insert(out.subtrees.end(), more.subtrees.begin(), more.subtrees.end());
  out.units.insert(out.units.end(), more.units.begin(), more.units.end());
}

bool may(const Role& role, Right right) {
  if (right == Right::kComment) return may(role, Right::kRecord) || may(role, Right::kReview);
  return std::find(role.may.begin(), role.may.end(), right) != role.may.end();
}

}  // namespace

const char* name_of(Right right) {
  switch (right) {
    case Right::kRead: return "read";
    case Right::kRecord: return "record";
    case Right::kReview: return "review";
    case Right::kComment: return "record or review";
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
    add_units(out, role.scope);
    out.parts.insert(out.parts.end(), role.scope.parts.begin(), role.scope.parts.end());
  }
  return out;
}

namespace {

template <class Holds>
std::string roles_that(const Caller& caller, Right right, const Holds& holds) {
  std::string out;
  std::set<std::string> named;
  for (const Role& role : caller.roles) {
    if (!may(role, right) || !holds(role) || !named.insert(role.name).second) continue;
    const std::string more = (out.empty() ? "" : ", ") + role.name;
    if (out.size() + more.size() <= limits::kNameBytesMax) out += more;
  }
  return out;
}

}  // namespace

std::string roles_with(const Caller& caller, Right right) {
  return roles_that(caller, right, [](const Role&) { return true; });
}

std::string roles_with(const Caller& caller, Right right, const UnitTree& units,
                       const BookCode& unit) {
  return roles_that(caller, right,
                    [&](const Role& role) { return touches(role.scope, units, unit); });
}

Scope for_campaign(const Scope& scope, const std::string& campaign) {
  Scope out{scope.everything, scope.subtrees, scope.units};
  for (const Scope::Part& part : scope.parts) {
    if (speaks_of(part, campaign)) add_units(out, part.in);
  }
  return out;
}

std::optional<BookCode> only_place(const Scope& scope) {
  if (scope.everything || !scope.parts.empty()) return std::nullopt;
  std::set<BookCode> places(scope.subtrees.begin(), scope.subtrees.end());
  places.insert(scope.units.begin(), scope.units.end());
  return places.size() == 1 ? std::optional(*places.begin()) : std::nullopt;
}

bool lies_in(const Scope& scope, const UnitTree& units, const BookCode& unit) {
  // What headquarters publishes to all is everybody's to read.
  if (unit == kRootBook || covers(scope, units, unit)) return true;
  return std::any_of(scope.parts.begin(), scope.parts.end(), [&](const Scope::Part& part) {
    return part.campaign.empty() && covers(part.in, units, unit);
  });
}

bool lies_in(const Scope& scope, const UnitTree& units, const BookCode& unit,
             const std::string& campaign) {
  if (unit == kRootBook || covers(scope, units, unit)) return true;
  return std::any_of(scope.parts.begin(), scope.parts.end(), [&](const Scope::Part& part) {
    return speaks_of(part, campaign) && covers(part.in, units, unit);
  });
}

bool touches(const Scope& scope, const UnitTree& units, const BookCode& unit) {
  if (unit == kRootBook || covers(scope, units, unit)) return true;
  return std::any_of(scope.parts.begin(), scope.parts.end(),
                     [&](const Scope::Part& part) { return covers(part.in, units, unit); });
}

}  // namespace sitelog
