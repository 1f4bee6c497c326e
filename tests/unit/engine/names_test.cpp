// What people call things, through the operations.
#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;
using Catch::Matchers::Contains;
namespace json = boost::json;

namespace {

// A field whose label a field of the other campaign has too.
constexpr const char* kSecond = R"(
id = "second"
version = 1
title = { zh = "另一个", en = "Another" }
from = 2020-06-01
to = 2020-08-31
[[kind]]
key = "song"
zh = "文艺"
en = "Songs"
[[kind]]
key = "dance"
zh = "舞蹈"
en = "Dances"
[[form]]
key = "show"
zh = "演出"
en = "Show"
[[form.field]]
name = "kind"
type = "choice"
vocabulary = "kind"
zh = "类型"
en = "Kind"
required = true
[[form.field]]
name = "name"
type = "text"
zh = "名称"
en = "Title"
[report]
form = "show"
kind = "kind"
)";

}  // namespace

TEST_CASE("a form, its fields, a unit and a campaign are called by their Chinese names") {
  AskedHeadquarters top;
  REQUIRE(top.ask("campaign.publish", {{"file", "second.toml"}, {"content", kSecond}}));
  const auto saved = top.ask("record.add", {{"form", "活动"},
                                            {"unit", "北一"},
                                            {"campaign", "一年"},
                                            {"fields", {{"类型", "电影"}, {"名称", "一"}}}});
  REQUIRE(saved);
  const std::string record(saved->at("record").as_string());
  const json::object shown = top.shown(record);
  CHECK(shown.at("form") == "event");
  CHECK(shown.at("unit") == "north-1");
  CHECK(shown.at("fields") == json::object{{"kind", "film"}, {"title", "一"}});
  top.change_at_once(record, "title", {Value("二"), Value("三")});
  REQUIRE(top.ask(
      "conflict.decide",
      {{"record", record}, {"seen", top.seen(record)}, {"field", "名称"}, {"value", "四"}}));
  CHECK(top.ask("records.list", {{"unit", "北一"}})->at("records") == 1);
  CHECK(top.ask("invite", {{"unit", "北一"}})->at("unit") == "north-1");
  CHECK(top.ask("report.statistics", {{"campaign", "一年"}, {"unit", "北"}}));
}

TEST_CASE("what several are called is refused, and each of them named") {
  AskedHeadquarters top;
  REQUIRE(top.ask("campaign.publish", {{"file", "second.toml"}, {"content", kSecond}}));
  const auto field =
      top.ask("policy.set", {{"unit", "north"}, {"field", "名称"}, {"policy", "ask"}});
  REQUIRE_FALSE(field);
  CHECK_THAT(describe(field.refusal()), Contains("name, title"));
}

TEST_CASE("deciding a field that no form has says so, and not that there is no conflict") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "一");
  const std::string seen = top.seen(record);
  const auto unknown =
      top.ask("conflict.decide",
              {{"record", record}, {"seen", seen}, {"field", "参加人数"}, {"value", "5"}});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.refusal().reason == Reason::kUnknownField);
  const auto settled = top.ask(
      "conflict.decide", {{"record", record}, {"seen", seen}, {"field", "名称"}, {"value", "二"}});
  REQUIRE_FALSE(settled);
  CHECK(settled.refusal().reason == Reason::kNothingToDecide);
}

TEST_CASE("a policy that is cleared shows what the campaign says again") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "一");
  top.change_at_once(record, "title", {Value("二"), Value("三")});
  const json::object before = top.shown(record).at("fields").as_object();
  REQUIRE(before.contains("title"));
  const json::value latest = before.at("title");
  REQUIRE(top.ask("policy.set", {{"unit", "北"}, {"field", "名称"}, {"policy", "ask"}}));
  CHECK(top.shown(record).at("fields").as_object().at("title") == "一");
  const auto cleared = top.ask("policy.clear", {{"unit", "北"}, {"field", "名称"}});
  REQUIRE(cleared);
  CHECK(cleared->at("field") == "title");
  CHECK(top.shown(record).at("fields").as_object().at("title") == latest);
  REQUIRE(top.ask("policy.list", {}));
  for (const json::object& line : top.lines()) CHECK(line.at("policies") == json::object{});
  const auto again = top.ask("policy.clear", {{"unit", "北"}, {"field", "名称"}});
  REQUIRE_FALSE(again);
  CHECK(again.refusal().reason == Reason::kNothingToDecide);
}
