// Roles for the records of one campaign: what they reach, by every operation over records.
#include <algorithm>
#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

std::string definition(const std::string& id, const std::string& roles) {
  return "id = \"" + id + R"("
version = 1
title = { zh = ")" +
         id + R"(", en = ")" + id + R"(" }
from = 2020-01-01
to = 2020-12-31
[[kind]]
key = "film"
zh = "电影"
en = "Films"
[[form]]
key = "event"
zh = "活动"
en = "Event"
[[form.field]]
name = "kind"
type = "choice"
vocabulary = "kind"
zh = "类型"
en = "Kind"
required = true
[[form.field]]
name = "title"
type = "text"
zh = "名称"
en = "Title"
)" + roles +
         R"([report]
form = "event"
kind = "kind"
)";
}

std::string role(const std::string& key, const std::string& may, const std::string& below = "") {
  return "[[role]]\nkey = \"" + key + "\"\nzh = \"" + key + "\"\nen = \"" + key + "\"\nmay = [" +
         may + "]\n" + below;
}

constexpr const char* kBelow = "below = true\n";

// Two campaigns that ask for the same form, beside the one of every headquarters here.
struct TwoCampaigns {
  AskedHeadquarters top;

  TwoCampaigns() {
    publish("songs", role("checker", "\"read\", \"record\", \"review\"", kBelow) +
                         role("recorder", "\"read\", \"record\""));
    publish("films", role("checker", "\"read\"", kBelow));
  }

  void publish(const std::string& id, const std::string& roles) {
    const auto done =
        top.ask("campaign.publish", {{"file", "x.toml"}, {"content", definition(id, roles)}});
    INFO((done ? std::string() : json::serialize(to_json(done.refusal()))));
    REQUIRE(done);
  }

  std::string add(const std::string& campaign, const BookCode& unit, const std::string& title) {
    const auto saved = top.ask("record.add", {{"form", "event"},
                                              {"campaign", campaign},
                                              {"unit", unit},
                                              {"again", true},
                                              {"fields", {{"kind", "film"}, {"title", title}}}});
    REQUIRE(saved);
    return std::string(saved->at("record").as_string());
  }

  Caller li(const std::vector<RoleGrant>& grants) {
    Caller out;
    out.name = "li";
    out.known_by = KnownBy::kPassword;
    out.roles = top.headquarters().roles->as_held(grants);
    return out;
  }

  std::vector<std::string> listed(const Caller& caller, json::object args = {}) {
    std::vector<std::string> out;
    REQUIRE(top.ask_as(caller, "records.list", args));
    for (const json::object& line : top.lines()) out.emplace_back(line.at("record").as_string());
    std::sort(out.begin(), out.end());
    return out;
  }

  Reason refused(const Caller& caller, const std::string& operation, const json::object& args) {
    const auto answer = top.ask_as(caller, operation, args);
    INFO(operation << " " << json::serialize(args));
    REQUIRE_FALSE(answer);
    return answer.refusal().reason;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("who checks one campaign is told of its records below their unit, and of no other's") {
  TwoCampaigns all;
  const std::string song = all.add("songs", "north-1", "歌"),
                    film = all.add("films", "north", "影");
  all.add("songs", "south", "远");
  const Caller li = all.li({{"checker", "north", "songs"}});
  CHECK(all.listed(li) == Names{song});
  CHECK(all.listed(li, {{"unit", "north"}, {"limit", 5}}) == Names{song});
  CHECK(all.listed(li, {{"campaign", "films"}}).empty());
  CHECK(all.refused(li, "records.list", {{"form", "policy"}}) == Reason::kUnknownForm);
  REQUIRE(all.top.ask_as(li, "records.list", {{"limit", 0}}));
  CHECK(all.top.ask_as(li, "records.list", {{"limit", 0}})->at("of") == 1);
  CHECK(all.top.ask_as(li, "record.show", {{"record", song}}));
  for (const std::string& name : {film, film.substr(20), "north/event/" + film}) {
    for (const char* operation : {"record.show", "record.whole", "record.unvoid"}) {
      CHECK(all.refused(li, operation, {{"record", name}}) == Reason::kUnknownRecord);
    }
    CHECK(all.refused(li, "record.edit", {{"record", name}, {"fields", {{"title", "x"}}}}) ==
          Reason::kUnknownRecord);
    CHECK(all.refused(li, "record.review",
                      {{"record", name}, {"seen", all.top.seen(film)}, {"verdict", "accepted"}}) ==
          Reason::kUnknownRecord);
  }
  CHECK(all.refused(li, "records.list", {{"after", film}}) == Reason::kUnknownRecord);
  CHECK(all.refused(li, "records.list", {{"unit", "south"}}) == Reason::kUnknownUnit);
  // What is of a unit as a whole is told to whose role holds for all.
  for (const char* operation : {"status", "devices.list", "policy.list"}) {
    CHECK(all.refused(li, operation, {}) == Reason::kNotPermitted);
    CHECK(all.refused(li, operation, {{"unit", "south"}}) == Reason::kUnknownUnit);
  }
}

TEST_CASE("a verdict, on one or on many, is given on the records of the role's campaign alone") {
  TwoCampaigns all;
  const std::string song = all.add("songs", "north", "歌"), film = all.add("films", "north", "影");
  const Caller li = all.li({{"checker", "north", "songs"}});
  json::object review{{"record", song}, {"seen", all.top.seen(song)}, {"verdict", "accepted"}};
  REQUIRE(all.top.ask_as(li, "record.review", review));
  // A role that reads the other campaign's records reviews none of them.
  const Caller both = all.li({{"checker", "north", "songs"}, {"checker", "north", "films"}});
  CHECK(all.listed(both).size() == 2);
  review["record"] = film;
  review["seen"] = all.top.seen(film);
  CHECK(all.refused(both, "record.review", review) == Reason::kUnknownRecord);
  REQUIRE(all.top.ask("record.edit", {{"record", song}, {"fields", {{"title", "x"}}}}));
  CHECK(all.top.shown(film).at("review").at("state") == "pending");
}

TEST_CASE("a role for all campaigns lets do with a record what its campaign lets the role do") {
  TwoCampaigns all;
  const std::string song = all.add("songs", "north", "歌"), film = all.add("films", "north", "影");
  const std::string other = all.add("year", "north", "年");  // has no such role
  const Caller li = all.li({{"checker", "north"}});
  const Names both = song < film ? Names{song, film} : Names{film, song};
  CHECK(all.listed(li) == both);
  CHECK(all.refused(li, "record.show", {{"record", other}}) == Reason::kUnknownRecord);
  const auto edit = [&](const std::string& record) {
    return all.top.ask_as(li, "record.edit", {{"record", record}, {"fields", {{"title", "y"}}}});
  };
  CHECK(edit(song));
  CHECK_FALSE(edit(film));
  CHECK(all.top.ask_as(li, "devices.list", {}));
  CHECK(all.top.shown(song).at("entries").as_array().back().at("person_role") == "checker");
}

TEST_CASE("who records for one campaign records for no other, whatever its form is called") {
  TwoCampaigns all;
  const Caller li = all.li({{"recorder", "north", "songs"}});
  json::object asked{{"form", "event"},
                     {"unit", "north"},
                     {"campaign", "songs"},
                     {"fields", {{"kind", "film"}, {"title", "歌"}}}};
  CHECK(all.top.ask_as(li, "record.add", asked));
  asked["campaign"] = "films";
  CHECK(all.refused(li, "record.add", asked) == Reason::kNotPermitted);
  CHECK(all.refused(li, "record.add_many",
                    {{"form", "event"}, {"unit", "north"}, {"campaign", "year"}}) ==
        Reason::kNotPermitted);
  asked["campaign"] = "songs";
  asked["unit"] = "north-1";  // a recorder's role holds at the unit alone
  CHECK(all.refused(li, "record.add", asked) == Reason::kUnknownUnit);
  CHECK(all.listed(owner_of_folder(Language::kEnglish, "sitelogd")).size() == 1);
}

TEST_CASE("conflicts, counts and cursors are those of the role's campaign") {
  TwoCampaigns all;
  std::vector<std::string> records;
  for (const char* campaign : {"songs", "films", "songs"}) {
    records.push_back(all.add(campaign, "north", campaign));
    all.top.change_at_once(records.back(), "title", {Value("甲"), Value("乙")});
  }
  const Caller songs = all.li({{"checker", "north", "songs"}});
  const Caller films = all.li({{"checker", "north", "films"}});
  REQUIRE(all.top.ask_as(songs, "conflicts.list", {}));
  CHECK(all.top.lines().size() == 2);
  REQUIRE(all.top.ask_as(films, "conflicts.list", {}));
  REQUIRE(all.top.lines().size() == 1);
  CHECK(all.top.lines().front().at("record").as_string() == records[1]);
  CHECK(all.refused(films, "conflict.decide",
                    {{"record", records[0]},
                     {"seen", all.top.seen(records[0])},
                     {"field", "title"},
                     {"value", "x"}}) == Reason::kNotPermitted);
  const auto page = all.top.ask_as(songs, "records.list", {{"limit", 1}});
  REQUIRE(page);
  CHECK(all.refused(films, "records.list", {{"limit", 1}, {"cursor", page->at("next")}}) ==
        Reason::kInvalidValue);
  const json::object report{{"campaign", "songs"}, {"unit", "north"}};
  CHECK(
      all.top.ask_as(songs, "report.statistics", report)->at("figures").at("total").at("events") ==
      2);
  CHECK(all.refused(films, "report.statistics", report) == Reason::kUnknownUnit);
  CHECK(all.refused(films, "report.progress", {{"campaign", "songs"}}) == Reason::kNotPermitted);
}

TEST_CASE("which campaign a record stands in is decided between the two, by who sits in that one") {
  TwoCampaigns all;
  AskedHeadquarters& top = all.top;
  const std::string record = all.add("films", "north", "歌");
  all.publish("safety", role("recorder", "\"read\", \"record\""));
  // The later one shows: it stands there.
  top.change_at_once(record, "_campaign", {Value("safety"), Value("songs")});
  const json::object shown = top.shown(record);
  const std::string here(shown.at("campaign").as_string());
  const std::string there = here == "songs" ? "safety" : "songs";
  const auto decision = [&](const char* how, const json::value& to) {
    return json::object{
        {"record", record}, {"seen", shown.at("seen")}, {"field", "_campaign"}, {how, to}};
  };
  const auto candidate = [&](const std::string& campaign) {
    for (const json::value& each : shown.at("conflicts").at(0).at("candidates").as_array()) {
      if (each.at("value").as_string() == campaign) return each.at("entry");
    }
    return json::value();
  };
  const Caller li = all.li({{"recorder", "north", here}});
  CHECK(all.refused(li, "conflict.decide", decision("take", candidate(there))) ==
        Reason::kNotPermitted);
  // Not even by who may all: no record is moved by typing.
  const auto typed = top.ask("conflict.decide", decision("value", json::value(there)));
  REQUIRE_FALSE(typed);
  CHECK(typed.refusal().reason == Reason::kInvalidValue);
  CHECK(top.shown(record).at("conflicts").as_array().size() == 1);
  CHECK(top.ask_as(li, "conflict.decide", decision("take", candidate(here))));
  CHECK(top.shown(record).at("conflicts").as_array().empty());
}

TEST_CASE("a role for one campaign is given where the campaign has it, and taken apart") {
  TwoCampaigns all;
  AskedHeadquarters& top = all.top;
  json::object li{
      {"account", "李"}, {"role", "recorder"}, {"unit", "north"}, {"campaign", "songs"}};
  REQUIRE(top.ask("accounts.add", li));
  CHECK(all.refused(owner_of_folder(Language::kEnglish, ""), "accounts.grant",
                    {{"account", "李"}, {"role", "recorder"}, {"campaign", "films"}}) ==
        Reason::kInvalidValue);
  CHECK(all.refused(owner_of_folder(Language::kEnglish, ""), "accounts.grant",
                    {{"account", "李"}, {"role", "administrator"}, {"campaign", "films"}}) ==
        Reason::kInvalidValue);
  CHECK(all.refused(owner_of_folder(Language::kEnglish, ""), "accounts.grant",
                    {{"account", "李"}, {"role", "viewer"}, {"campaign", "nosuch"}}) ==
        Reason::kUnknownCampaign);
  REQUIRE(top.ask("accounts.grant", {{"account", "李"}, {"role", "recorder"}, {"unit", "north"}}));
  // That for all is another than that for one.
  REQUIRE(
      top.ask("accounts.withdraw", {{"account", "李"}, {"role", "recorder"}, {"unit", "north"}}));
  const auto roles = top.headquarters().accounts->book().find("李")->roles;
  CHECK(roles == std::vector<RoleGrant>{{"recorder", "north", "songs"}});
  li.erase("account");
  REQUIRE(
      top.ask("campaign.withdraw", {{"campaign", "songs"}, {"reason", "x"}, {"confirm", true}}));
  REQUIRE(
      top.ask("accounts.withdraw",
              {{"account", "李"}, {"role", "recorder"}, {"unit", "north"}, {"campaign", "songs"}}));
  CHECK(top.headquarters().accounts->book().find("李")->roles.empty());
}

TEST_CASE("a withdrawn campaign's records are read by whose role was for it") {
  TwoCampaigns all;
  const std::string song = all.add("songs", "north", "歌");
  REQUIRE(all.top.ask("campaign.withdraw",
                      {{"campaign", "songs"}, {"reason", "x"}, {"confirm", true}}));
  CHECK(all.listed(all.li({{"checker", "north", "songs"}})) == Names{song});
  CHECK_FALSE(has_right(all.li({{"checker", "north", "gone"}}), Right::kRead));
  CHECK_FALSE(has_right(all.li({{"recorder", "north", "films"}}), Right::kRead));
}

TEST_CASE("a role for all campaigns lets read and do what it did once the last was withdrawn") {
  TwoCampaigns all;
  const std::string song = all.add("songs", "north", "歌"), film = all.add("films", "north", "影");
  const Caller before = all.li({{"recorder", "north", ""}});
  CHECK(all.listed(before) == Names{song});
  for (const char* id : {"songs", "films"}) {
    REQUIRE(
        all.top.ask("campaign.withdraw", {{"campaign", id}, {"reason", "x"}, {"confirm", true}}));
  }
  // Another one is in force, which has no such role: nothing of it is told.
  const Caller after = all.li({{"recorder", "north", ""}});
  CHECK(all.listed(after) == Names{song});
  CHECK(all.top.ask_as(after, "record.show", {{"record", song}}));
  CHECK(all.refused(after, "record.show", {{"record", film}}) == Reason::kUnknownRecord);
  // Where the campaigns let it do different things, each says so of its records still.
  const Caller li = all.li({{"checker", "north", ""}});
  Names both{song, film};
  std::sort(both.begin(), both.end());
  CHECK(all.listed(li) == both);
  CHECK(all.top.ask_as(li, "record.edit", {{"record", song}, {"fields", {{"title", "y"}}}}));
  CHECK_FALSE(all.top.ask_as(li, "record.edit", {{"record", film}, {"fields", {{"title", "y"}}}}));
  // Nobody is given it anew.
  CHECK_FALSE(all.top.headquarters().roles->knows("recorder"));
}
