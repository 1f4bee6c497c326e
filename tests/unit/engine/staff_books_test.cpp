#include "engine/accounts/staff_books.hpp"

#include <catch2/catch.hpp>

#include "support.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;

namespace {

std::vector<std::string> roles_of(const StaffBooks& staff, const std::string& name) {
  std::vector<std::string> out;
  const auto account = staff.find(name);
  REQUIRE(account);
  for (const RoleGrant& grant : account->roles) out.push_back(grant.role + "@" + grant.unit);
  return out;
}

std::unique_ptr<StaffBooks> opened(AskedHeadquarters& top) {
  auto out = StaffBooks::open(top.engine());
  REQUIRE(out);
  return *std::move(out);
}

}  // namespace

TEST_CASE("an account is what the staff books say of it, whoever reads them") {
  AskedHeadquarters top;
  const auto staff = opened(top);
  Account li{.name = "李", .roles = {{"checker", "ruzhou"}, {"viewer", ""}}, .added_ms = 7};
  REQUIRE(staff->put(li, {"王", "administrator", KnownBy::kPassword}));
  REQUIRE(staff->put({.name = "Zhao", .roles = {{"viewer", "ruzhou"}}}, Person()));
  CHECK(opened(top)->find("李") == staff->find("李"));
  CHECK(opened(top)->all().size() == 2);
  CHECK(roles_of(*opened(top), "ＺＨＡＯ") == std::vector<std::string>{"viewer@ruzhou"});

  li.roles = {{"office", ""}, {"checker", "ruzhou"}};
  li.disabled = true;
  REQUIRE(staff->put(li, Person()));
  const auto again = opened(top);
  CHECK(roles_of(*again, "李") == std::vector<std::string>{"office@", "checker@ruzhou"});
  CHECK(again->find("李")->disabled);
  CHECK(again->find("李")->added_ms == 7);
  li.disabled = false;
  li.roles.clear();
  REQUIRE(again->put(li, Person()));
  CHECK(roles_of(*opened(top), "李").empty());
  CHECK_FALSE(opened(top)->find("李")->disabled);
}

TEST_CASE("the entry of an account names who gave it, and how they were known") {
  AskedHeadquarters top;
  const auto staff = opened(top);
  REQUIRE(staff->put({.name = "李", .roles = {{"viewer", "ruzhou"}}},
                     {"王", "administrator", KnownBy::kPassword}));
  top.engine().call([&](Store& store, const CampaignCatalogue&) {
    RecordId id;
    store.queries().each_account([&](const BookCode& book, const RecordState& record) {
      CHECK(book == "@staff/ruzhou");
      id = record.record;
    });
    const auto history = store.history("@staff/ruzhou", id, std::string(kFormAccount));
    REQUIRE(history.size() == 1);
    CHECK(history.front().entry.person == Person("王", "administrator", KnownBy::kPassword));
    return Done{};
  });
}

TEST_CASE(
    "of one name in two books all that either says holds, and it is let in where both let it") {
  AskedHeadquarters top;
  // Two that two daemons gave at once: the same name, the roles at two units.
  {
    const auto one = opened(top), other = opened(top);
    REQUIRE(one->put({.name = "李", .roles = {{"checker", "ruzhou"}}}, Person()));
    REQUIRE(
        other->put({.name = "李", .roles = {{"viewer", "wugang"}}, .disabled = true}, Person()));
  }
  const auto both = opened(top);
  CHECK(both->all().size() == 1);
  CHECK(roles_of(*both, "李") == std::vector<std::string>{"checker@ruzhou", "viewer@wugang"});
  CHECK(both->find("李")->disabled);
}

TEST_CASE("what is changed of one name in two books holds in both, and comes back from neither") {
  AskedHeadquarters top;
  {
    const auto one = opened(top), other = opened(top);
    REQUIRE(
        one->put({.name = "Li", .roles = {{"checker", "ruzhou"}, {"viewer", "wugang"}}}, Person()));
    REQUIRE(other->put(
        {.name = "LI", .roles = {{"viewer", "wugang"}, {"office", ""}}, .disabled = true},
        Person()));
  }
  auto staff = opened(top);
  Account li = *staff->find("li");
  CHECK(roles_of(*staff, "li") ==
        std::vector<std::string>{"office@", "checker@ruzhou", "viewer@wugang"});
  li.roles = {{"checker", "ruzhou"}, {"leader", "ruzhou"}};  // both books had the viewer
  li.disabled = false;
  REQUIRE(staff->put(li, Person()));
  const std::vector<std::string> right{"checker@ruzhou", "leader@ruzhou"};
  CHECK(roles_of(*staff, "li") == right);
  staff = opened(top);
  CHECK(roles_of(*staff, "li") == right);
  CHECK_FALSE(staff->find("li")->disabled);
  CHECK(staff->all().size() == 1);
  li = *staff->find("li");
  li.roles.clear();
  li.disabled = true;
  REQUIRE(staff->put(li, Person()));
  CHECK(roles_of(*opened(top), "li").empty());
  CHECK(opened(top)->find("li")->disabled);
}

TEST_CASE("a role for one campaign is kept apart from the same for all") {
  AskedHeadquarters top;
  const auto staff = opened(top);
  Account li{.name = "李", .roles = {{"checker", "ruzhou", "year"}, {"checker", "ruzhou"}}};
  REQUIRE(staff->put(li, Person()));
  CHECK(opened(top)->find("李")->roles ==
        std::vector<RoleGrant>{{"checker", "ruzhou"}, {"checker", "ruzhou", "year"}});
  li.roles.pop_back();
  REQUIRE(staff->put(li, Person()));
  CHECK(opened(top)->find("李")->roles == std::vector<RoleGrant>{{"checker", "ruzhou", "year"}});
  // Builds that know of no campaign there find no role, rather than one for all.
  top.engine().read([](const Queries& queries) {
    queries.each_account([](const BookCode&, const RecordState& record) {
      for (const auto& [field, state] : record.fields) {
        if (state.shown && !state.shown->is_cleared()) CHECK_FALSE(field.starts_with("grant."));
      }
    });
  });
}

TEST_CASE("a unit's code too long for a staff book's has one all the same, and only its own") {
  AskedHeadquarters top;
  const auto staff = opened(top);
  const std::string code(limits::kBookCodeBytesMax, 'u');
  REQUIRE(staff->put({.name = "李", .roles = {{"viewer", code}}}, Person()));
  REQUIRE(staff->put({.name = "王", .roles = {{"viewer", code.substr(1) + "v"}}}, Person()));
  std::set<BookCode> books;
  top.engine().read([&](const Queries& queries) {
    queries.each_account([&](const BookCode& book, const RecordState&) { books.insert(book); });
  });
  CHECK(books.size() == 2);
  for (const BookCode& book : books) CHECK(book.size() <= limits::kBookCodeBytesMax);
  CHECK(roles_of(*opened(top), "李") == std::vector<std::string>{"viewer@" + code});
}
