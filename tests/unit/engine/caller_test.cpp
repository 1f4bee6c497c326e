#include "engine/caller.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

namespace {

const UnitTree kTree({{"city", "市", "", "", ""},
                      {"north", "北", "city", "", ""},
                      {"north-1", "北一", "north", "", ""},
                      {"south", "南", "city", "", ""}});

Caller with(std::vector<Role> roles) {
  Caller out;
  out.known_by = KnownBy::kPassword;
  out.roles = std::move(roles);
  return out;
}

constexpr Right kAll[] = {Right::kRead, Right::kRecord, Right::kReview, Right::kAdminister,
                          Right::kMaintain};

}  // namespace

TEST_CASE("the owner of the folder may do everything, for all units") {
  const Caller owner = owner_of_folder(Language::kEnglish, "sitelog");
  for (const Right right : kAll) CHECK(has_right(owner, right));
  CHECK(lies_in(owner.scope, kTree, "south"));
  CHECK(lies_in(owner.scope, kTree, "nosuch"));
}

TEST_CASE("who has no role may do nothing, and a viewer reads") {
  for (const Right right : kAll) {
    CHECK_FALSE(has_right(with({}), right));
    CHECK_FALSE(has_right(with({{"nosuch", {}, {true, {}}}}), right));
    CHECK(has_right(with({viewer_of({true, {}})}), right) == (right == Right::kRead));
  }
}

TEST_CASE("an administrator may do all but touch the folder itself") {
  for (const Right right : kAll) {
    CHECK(has_right(with({administrator_of({true, {}})}), right) == (right != Right::kMaintain));
  }
}

TEST_CASE("who makes records or reviews them comments on them, each where they do") {
  const Caller both = with({{"recorder", {Right::kRead, Right::kRecord}, {false, {"north"}}},
                            {"checker", {Right::kRead, Right::kReview}, {false, {"south"}}},
                            viewer_of({false, {"city"}})});
  CHECK(has_right(both, Right::kComment));
  const Scope scope = scope_of(both, Right::kComment);
  CHECK(lies_in(scope, kTree, "north-1"));
  CHECK(lies_in(scope, kTree, "south"));
  CHECK_FALSE(lies_in(scope, kTree, "city"));
  CHECK(roles_with(both, Right::kComment, kTree, "north") == "recorder");
  CHECK(roles_with(both, Right::kComment, kTree, "south") == "checker");
  CHECK_FALSE(has_right(with({viewer_of({true, {}})}), Right::kComment));
  CHECK_FALSE(has_right(with({{"juror", {}, {true, {}}}}), Right::kComment));
}

TEST_CASE("a scope is its units and all below them, and what is published to all") {
  const Scope scope{false, {"north"}};
  CHECK(lies_in(scope, kTree, "north"));
  CHECK(lies_in(scope, kTree, "north-1"));
  CHECK(lies_in(scope, kTree, "root"));
  CHECK_FALSE(lies_in(scope, kTree, "south"));
  CHECK_FALSE(lies_in(scope, kTree, "city"));
  CHECK_FALSE(lies_in(scope, kTree, "nosuch"));
}

TEST_CASE("a scope without units holds none, and a blank unit in it is not all of them") {
  CHECK_FALSE(lies_in({}, kTree, "north"));
  CHECK_FALSE(lies_in({false, {""}}, kTree, "north"));
}

TEST_CASE("a unit by itself is in a scope without those below it") {
  const Scope scope{false, {}, {"north"}};
  CHECK(lies_in(scope, kTree, "north"));
  CHECK_FALSE(lies_in(scope, kTree, "north-1"));
}

TEST_CASE("a role for one campaign reaches its records, and nothing else of the unit") {
  Scope scope{false, {"south"}};
  scope.parts.push_back({{false, {"north"}, {}}, "films"});
  CHECK(lies_in(scope, kTree, "north-1", "films"));
  CHECK_FALSE(lies_in(scope, kTree, "north-1", "songs"));
  CHECK_FALSE(lies_in(scope, kTree, "north-1", ""));
  CHECK_FALSE(lies_in(scope, kTree, "north-1"));
  CHECK(touches(scope, kTree, "north-1"));
  CHECK_FALSE(touches(scope, kTree, "city"));
  CHECK(lies_in(scope, kTree, "south", "songs"));
  CHECK(lies_in(scope, kTree, "south"));
  CHECK_FALSE(lies_in(for_campaign(scope, "songs"), kTree, "north"));
  CHECK(lies_in(for_campaign(scope, "films"), kTree, "north"));
}

TEST_CASE("a role for all campaigns but some reaches the unit, and not these campaigns' records") {
  Scope scope{false, {}};
  scope.parts.push_back({{true}, {}, {"films"}});
  CHECK(lies_in(scope, kTree, "north"));
  CHECK(lies_in(scope, kTree, "north", "songs"));
  CHECK(lies_in(scope, kTree, "north", ""));
  CHECK_FALSE(lies_in(scope, kTree, "north", "films"));
}

TEST_CASE("an entry names each role by which somebody acts once") {
  const Scope north{false, {"north"}};
  CHECK(roles_with(with({viewer_of(north), viewer_of(north), administrator_of(north)}),
                   Right::kRead) == "viewer, administrator");
}

TEST_CASE("an entry in a unit's book names no role that is held elsewhere") {
  const Caller both = with({viewer_of({false, {"north"}}), administrator_of({false, {"south"}})});
  CHECK(roles_with(both, Right::kRead, kTree, "north") == "viewer");
  CHECK(roles_with(both, Right::kRead, kTree, "south") == "administrator");
  Scope films{false, {}};
  films.parts.push_back({{true}, "films"});
  CHECK(roles_with(with({viewer_of(films)}), Right::kRead, kTree, "north") == "viewer");
}

TEST_CASE("a right reaches as far as the roles that have it, and no other") {
  const Caller both = with({viewer_of({false, {"north"}}), administrator_of({false, {"south"}})});
  CHECK(scope_of(both, Right::kRead).subtrees == std::vector<BookCode>{"north", "south"});
  CHECK(scope_of(both, Right::kRecord).subtrees == std::vector<BookCode>{"south"});
  CHECK(scope_of(both, Right::kMaintain).subtrees.empty());
  CHECK_FALSE(scope_of(both, Right::kMaintain).everything);
  CHECK(scope_of(owner_of_folder(Language::kEnglish, "sitelog"), Right::kMaintain).everything);
}
