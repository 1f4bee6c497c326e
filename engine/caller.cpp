#include "engine/caller.hpp"

#include <algorithm>

#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {
constexpr const char* kAdministrator = "administrator";
constexpr const char* kViewer = "viewer";
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

bool has_right(const Caller& caller, Right right) {
  if (caller.known_by == KnownBy::kFolder) return true;
  const auto is = [&caller](const char* role) {
    return std::find(caller.roles.begin(), caller.roles.end(), role) != caller.roles.end();
  };
  // The folder itself is its owner's alone.
  if (is(kAdministrator)) return right != Right::kMaintain;
  return right == Right::kRead && is(kViewer);
}

bool lies_in(const Scope& scope, const UnitTree& units, const BookCode& unit) {
  // What headquarters publishes to all is everybody's to read.
  if (scope.everything || unit == kRootBook) return true;
  return std::any_of(scope.subtrees.begin(), scope.subtrees.end(), [&](const BookCode& subtree) {
    return unit == subtree || (!subtree.empty() && units.within(unit, subtree));
  });
}

}  // namespace sitelog
