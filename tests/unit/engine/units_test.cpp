// Units at headquarters, asked by the table of operations.
#include <catch2/catch.hpp>
#include <future>

#include "support.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

// Written as an earlier build may have taken it: nobody looks at the tree.
void write_unit(AskedHeadquarters& top, const Unit& unit) {
  const auto written = top.engine().call([&](Store& store, const CampaignCatalogue&) {
    const Entry entry =
        compose(nullptr, unit_record(unit.code), std::string(kFormUnit), unit_fields(unit));
    return store.write(BookCode(kRootBook), entry, read_clock(), "");
  });
  REQUIRE(written);
}

}  // namespace

TEST_CASE("Units are listed on the reader's thread, while the store's is busy") {
  AskedHeadquarters top;
  std::promise<void> release, busy;
  auto released = release.get_future().share();
  auto store = std::async(std::launch::async, [&] {
    top.engine().call([&](Store&, const CampaignCatalogue&) {
      busy.set_value();
      released.wait();
      return Done{};
    });
  });
  busy.get_future().wait();
  auto listed = std::async(std::launch::async, [&] {
    for (const char* name : {"units.list", "status", "policy.list"}) REQUIRE(top.ask(name, {}));
    REQUIRE(top.ask("units.list", {}));
  });
  const bool done = listed.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  release.set_value();
  store.get();
  listed.get();
  CHECK(done);
  CHECK(top.lines().size() == 4);
}

TEST_CASE("What an earlier build took of a circle or a long chain is listed, and told") {
  AskedHeadquarters top;
  write_unit(top, {"ring-1", "甲", "ring-2", "", ""});
  write_unit(top, {"ring-2", "乙", "ring-1", "", ""});
  for (int i = 0; i < 40; ++i) {
    write_unit(top, {"u" + std::to_string(100 + i), "丙",
                     i > 0 ? "u" + std::to_string(99 + i) : std::string(), "", ""});
  }
  const auto listed = top.ask("units.list", {});
  REQUIRE(listed);
  CHECK(listed->at("units").to_number<int64_t>() == 46);
  const auto& notices = listed->at("notices").as_array();
  REQUIRE(notices.size() == 2);
  CHECK(notices[0].at("args").as_array()[0] == "ring-1");
  CHECK(notices[1].at("args").as_array()[0] == "u132");
}

TEST_CASE("A unit's change is seen by whoever reads next, and a name that changes too") {
  AskedHeadquarters top;
  const auto name_of_north = [&] {
    REQUIRE(top.ask("units.list", {}));
    for (const json::object& line : top.lines()) {
      if (line.at("code") == "north") return std::string(line.at("name").as_string());
    }
    return std::string();
  };
  CHECK(name_of_north() == "北");
  REQUIRE(top.ask("units.import", {{"file", "u.csv"},
                                   {"content", "code,name,parent\ncity,市,\nnorth,北方,city\n"}}));
  CHECK(name_of_north() == "北方");
}

namespace {

std::string reason_of(const OperationAnswer& answer) {
  return answer ? "done" : describe(answer.refusal());
}

// The units listed, each with the depth that it is shown at.
std::vector<std::string> listed(AskedHeadquarters& top, bool removed = false) {
  REQUIRE(top.ask("units.list", {{"removed", removed}}));
  std::vector<std::string> out;
  for (const json::object& line : top.lines()) {
    out.push_back(std::string(static_cast<size_t>(line.at("depth").to_number<int>()), ' ') +
                  std::string(line.at("code").as_string()) + (line.contains("removed") ? "-" : ""));
  }
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("A unit is added by itself, below another that is called by its name") {
  AskedHeadquarters top;
  const auto added = top.ask(
      "units.add", {{"unit", "north-2"}, {"name", "北二"}, {"parent", "北"}, {"kind", "mine"}});
  INFO(reason_of(added));
  REQUIRE(added);
  CHECK(added->at("parent") == "north");
  CHECK(added->at("again") == false);
  CHECK(listed(top) == Lines{"city", " north", "  north-1", "  north-2", " south"});
  REQUIRE(top.add_event("north-2", "放映") != "");
  CHECK_THAT(reason_of(top.ask("units.add", {{"unit", "north-2"}, {"name", "别的"}})),
             Catch::Contains("unit north-2 is there already (北二): to change it, sitelogd units"));
  CHECK_THAT(reason_of(top.ask("units.add", {{"unit", "east"}})), Catch::Contains("needs a name"));
  CHECK_THAT(reason_of(top.ask("units.add", {{"unit", "ea st"}, {"name", "东"}})),
             Catch::Contains("can't be a unit's code"));
  CHECK_FALSE(top.ask("units.add", {{"unit", "east"}, {"name", "\u200b\u3000"}}));
  CHECK_FALSE(top.ask("units.add", {{"unit", "east"}, {"name", "东"}, {"parent", "nobody"}}));
}

TEST_CASE("A unit gets another name or parent, and nothing else changes") {
  AskedHeadquarters top;
  const auto moved = top.ask("units.change", {{"unit", "北一"}, {"parent", "南"}});
  REQUIRE(moved);
  CHECK(moved->at("changed") == true);
  CHECK(moved->at("name") == "北一");
  CHECK(listed(top) == Lines{"city", " north", " south", "  north-1"});
  REQUIRE(top.ask("units.change", {{"unit", "north-1"}, {"name", "新一"}}));
  CHECK(top.ask("units.change", {{"unit", "north-1"}, {"name", "新一"}})->at("changed") == false);
  REQUIRE(top.ask("units.list", {}));
  CHECK(top.lines().back().at("name") == "新一");
  CHECK(top.lines().back().at("kind") == "mine");
  REQUIRE(top.ask("units.change", {{"unit", "south"}, {"top", true}}));
  CHECK(listed(top) == Lines{"city", " north", "south", " north-1"});
  CHECK_THAT(reason_of(top.ask("units.change", {{"unit", "south"}, {"parent", "north-1"}})),
             Catch::Contains("unit south can't belong to north-1, which belongs to it"));
  CHECK_THAT(reason_of(top.ask("units.change", {{"unit", "south"}})),
             Catch::Contains("say what is to change"));
  CHECK_FALSE(top.ask("units.change", {{"unit", "south"}, {"top", true}, {"parent", "city"}}));
  CHECK_FALSE(top.ask("units.change", {{"unit", "nobody"}, {"name", "甲"}}));
}

TEST_CASE("No unit is put so deep that it, or what is below it, has more than 31 above it") {
  AskedHeadquarters top;
  std::string above = "south";  // which has one above it
  for (int depth = 2; depth < 32; ++depth) {
    const std::string code = "d" + std::to_string(depth);
    REQUIRE(top.ask("units.add", {{"unit", code}, {"name", code}, {"parent", above}}));
    above = code;
  }
  CHECK_THAT(reason_of(top.ask("units.add", {{"unit", "e"}, {"name", "e"}, {"parent", above}})),
             Catch::Contains("unit e would have more than 31 levels above it"));
  CHECK_THAT(reason_of(top.ask("units.change", {{"unit", "south"}, {"parent", "north"}})),
             Catch::Contains("unit d31 would have more than 31 levels above it"));
}

TEST_CASE("A removed unit's records stay with its name, and nothing new begins in it") {
  AskedHeadquarters top;
  const std::string record = top.add_event("south", "放映");
  const auto counted = [&] {
    const auto report = top.ask("report.statistics", {{"campaign", "year"}});
    REQUIRE(report);
    Lines out;
    for (const json::object& line : top.lines()) {
      if (const auto* figures = line.if_contains("figures")) {
        if (figures->at("events").to_number<int>() == 0) continue;
        out.emplace_back(figures->at("name").as_string());
      }
    }
    return out;
  };
  CHECK(counted() == Lines{"南"});
  const auto removed = top.ask("units.remove", {{"unit", "南"}, {"reason", "撤销"}});
  INFO(reason_of(removed));
  REQUIRE(removed);
  CHECK(listed(top) == Lines{"city", " north", "  north-1"});
  CHECK(listed(top, true) == Lines{"city", " north", "  north-1", " south-"});
  CHECK(counted() == Lines{"南"});
  CHECK(top.shown(record).at("unit") == "south");
  REQUIRE(top.ask("records.list", {{"unit", "city"}}));
  CHECK(top.lines().size() == 1);
  const auto fields = json::object{{"kind", "film"}};
  CHECK_FALSE(top.ask("record.add", {{"form", "event"}, {"unit", "south"}, {"fields", fields}}));
  CHECK_THAT(reason_of(top.ask("invite", {{"unit", "south"}})),
             Catch::Contains("unit 南 was removed"));
  CHECK_THAT(reason_of(top.ask("units.remove", {{"unit", "south"}})), Catch::Contains("add south"));
  CHECK_FALSE(top.ask("units.add", {{"unit", "s-1"}, {"name", "甲"}, {"parent", "south"}}));
  // A table that still has it says nothing of that; who adds it again gets what it was.
  const auto imported = top.ask(
      "units.import",
      {{"file", "u.csv"},
       {"content", "code,name,parent,kind,level\ncity,市,,federation,city\nsouth,南方,city,,\n"}});
  REQUIRE(imported);
  CHECK(imported->at("removed") == 1);
  CHECK(imported->at("changed") == 0);
  CHECK(imported->at("notices").as_array().size() == 1);
  CHECK(listed(top) == Lines{"city", " north", "  north-1"});
  const auto again = top.ask("units.add", {{"unit", "south"}});
  REQUIRE(again);
  CHECK(again->at("again") == true);
  CHECK(again->at("name") == "南");
  CHECK(listed(top) == Lines{"city", " north", "  north-1", " south"});
  CHECK(top.ask("record.add", {{"form", "event"}, {"unit", "south"}, {"fields", fields}}));
}

TEST_CASE("A unit is not removed under its units, devices and invitations, unless that is said") {
  AskedHeadquarters top;
  REQUIRE(top.ask("invite", {{"unit", "north"}}));
  const auto refused = top.ask("units.remove", {{"unit", "north"}});
  REQUIRE_FALSE(refused);
  REQUIRE(refused.refusal().problems.size() == 2);
  CHECK(describe(refused.refusal().problems[0].refusal).find("north-1") != std::string::npos);
  CHECK(listed(top).size() == 4);
  const auto removed = top.ask("units.remove", {{"unit", "north"}, {"anyway", true}});
  REQUIRE(removed);
  CHECK(removed->at("invitations") == 1);
  // What belonged to it belongs to the one above.
  CHECK(listed(top) == Lines{"city", " north-1", " south"});
  CHECK(listed(top, true) == Lines{"city", " north-1", " south", " north-"});
  REQUIRE(top.ask("units.add", {{"unit", "north"}}));
  CHECK(listed(top) == Lines{"city", " north", "  north-1", " south"});
}

TEST_CASE("A code that looks like another unit's is refused, a name that does is told") {
  AskedHeadquarters top;
  for (const char* code : {"NORTH", "ｎｏｒｔｈ", "No\u00adrth"}) {
    INFO(code);
    CHECK_FALSE(top.ask("units.add", {{"unit", code}, {"name", "别"}}));
  }
  CHECK_THAT(reason_of(top.ask("units.add", {{"unit", "Ｎorth"}, {"name", "别"}})),
             Catch::Contains("the code North looks like north (北)"));
  const auto added = top.ask("units.add", {{"unit", "ｅａｓｔ"}, {"name", "北 "}});
  INFO(reason_of(added));
  REQUIRE(added);
  CHECK(added->at("unit") == "east");
  CHECK(added->at("notices").as_array().size() == 1);
  // The two are asked for by code; a name of both is refused with both.
  CHECK_THAT(reason_of(top.ask("invite", {{"unit", "北"}})), Catch::Contains("north, east"));
}

TEST_CASE("A unit is found by a name as long as names may be") {
  AskedHeadquarters top;
  std::string name;
  for (int i = 0; i < 200; ++i) name += "矿";
  REQUIRE(top.ask("units.add", {{"unit", "long"}, {"name", name}}));
  CHECK(top.ask("invite", {{"unit", name}}));
  CHECK(top.ask("records.list", {{"unit", name}}));
  CHECK(top.ask("report.progress", {{"campaign", "year"}, {"unit", name}}));
  CHECK(top.ask("policy.set", {{"unit", name}, {"policy", "ask"}}));
  const std::string record = top.add_event(name, "放映");
  CHECK(top.ask("record.show", {{"record", "北/event/" + record}}).refusal().reason ==
        Reason::kUnknownRecord);
  REQUIRE(top.ask("units.change", {{"unit", name}, {"name", "大矿"}}));
  CHECK(top.ask("record.show", {{"record", "大矿/event/" + record}}));
}

TEST_CASE(
    "The unit that was asked for last is read anew once anything of the common book changes") {
  AskedHeadquarters top;
  const auto name = [&](const BookCode& code) {
    return top.engine().call([&](Store& store, const CampaignCatalogue&) {
      const auto& unit = top.engine().last_unit().find(store, code);
      return unit ? unit->name + (unit->removed ? ", removed" : "") : std::string("unknown");
    });
  };
  CHECK(name("new") == "unknown");
  write_unit(top, {"new", "甲", "", "", ""});
  CHECK(name("new") == "甲");
  write_unit(top, {"other", "乙", "", "", ""});
  CHECK(name("other") == "乙");
  CHECK(name("new") == "甲");
  REQUIRE(top.ask("units.change", {{"unit", "new"}, {"name", "丙"}}));
  CHECK(name("new") == "丙");
  REQUIRE(top.ask("units.remove", {{"unit", "new"}, {"reason", "merged"}}));
  CHECK(name("new") == "丙, removed");
}
