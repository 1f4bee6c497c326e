#include <algorithm>
#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

Caller li_as(Role role) {
  Caller out;
  out.name = "li";
  out.known_by = KnownBy::kPassword;
  out.roles = {std::move(role)};
  return out;
}

Caller li_views(const BookCode& unit) {
  return li_as(viewer_of(Scope{false, {unit}}));
}

Caller li_administers(const BookCode& unit) {
  return li_as(administrator_of(Scope{false, {unit}}));
}

// The one problem of a refusal, as "field: reason".
std::string problem_of(const OperationAnswer& answer) {
  REQUIRE_FALSE(answer);
  REQUIRE(answer.refusal().problems.size() == 1);
  const FieldProblem& problem = answer.refusal().problems.front();
  return problem.field + ": " + name_of(problem.refusal.reason);
}

}  // namespace

TEST_CASE("voiding a record without a reason is refused and takes no voiding back") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  REQUIRE(top.ask("record.void", {{"record", record}, {"reason", "重复"}}));
  CHECK(problem_of(top.ask("record.void", {{"record", record}})) == "reason: usage");
  CHECK(problem_of(top.ask("record.void", {{"record", record}, {"reason", ""}})) ==
        "reason: usage");
  CHECK(top.shown(record).at("void") == "重复");
  REQUIRE(top.ask("record.unvoid", {{"record", record}}));
  CHECK_FALSE(top.shown(record).contains("void"));
  CHECK(top.ask("record.unvoid", {{"record", record}})->contains("unchanged"));
}

TEST_CASE("deciding a conflict without saying to what is refused and clears nothing") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  top.change_at_once(record, "title", {Value("甲"), Value("乙")});
  const json::object about{{"record", record}, {"seen", top.seen(record)}, {"field", "title"}};
  CHECK(problem_of(top.ask("conflict.decide", about)) == "take: usage");
  json::object both = about;
  both["take"] = "0123";
  both["value"] = "丙";
  CHECK(problem_of(top.ask("conflict.decide", both)) == "take: usage");
  CHECK(top.shown(record).at("conflicts").as_array().size() == 1);
  json::object cleared = about;
  cleared["value"] = "";
  REQUIRE(top.ask("conflict.decide", cleared));
  CHECK_FALSE(top.shown(record).at("fields").as_object().contains("title"));
}

TEST_CASE("a conflict of reviews is decided by a candidate, not by typing a review") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  top.change_at_once(record, "_review",
                     {review_value({ReviewVerdict::kAccepted, false, "", {}, ""}, Hash{}),
                      review_value({ReviewVerdict::kRefused, false, "不", {}, ""}, Hash{})});
  const json::object shown = top.shown(record);
  json::object args{
      {"record", record}, {"seen", shown.at("seen")}, {"field", "_review"}, {"value", "accepted"}};
  const auto refused = top.ask("conflict.decide", args);
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kInvalidValue);
  args.erase("value");
  args["take"] = shown.at("conflicts").at(0).at("candidates").at(0).at("entry");
  CHECK(top.ask("conflict.decide", args));
}

TEST_CASE("a review with a verdict that is none is refused, whatever it remarks") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  const std::string seen = top.seen(record);
  for (const char* verdict : {"pending", "aproved", ""}) {
    const auto refused =
        top.ask("record.review",
                {{"record", record}, {"seen", seen}, {"verdict", verdict}, {"remark", "好"}});
    CHECK(problem_of(refused).starts_with("verdict: "));
  }
  const auto entries = top.shown(record).at("entries").as_array().size();
  CHECK(entries == 1);
  CHECK_FALSE(
      top.ask("record.review", {{"record", record}, {"seen", seen}, {"verdict", "returned"}}));
  CHECK(top.ask("record.review", {{"record", record},
                                  {"seen", seen},
                                  {"verdict", "returned"},
                                  {"fields", {{"title", "?"}}},
                                  {"due", "2020.8.1"}}));
  CHECK(top.shown(record).at("review").at("due") == "2020-08-01");
}

TEST_CASE("headquarters names the unit of a new record, as it has no book of records itself") {
  AskedHeadquarters top;
  json::object args{{"form", "event"}, {"fields", {{"kind", "film"}}}};
  CHECK(problem_of(top.ask("record.add", args)) == "unit: usage");
  CHECK(problem_of(top.ask("record.add_many", {{"form", "event"}})) == "unit: usage");
  args["unit"] = "nosuch";
  CHECK(problem_of(top.ask("record.add", args)) == "unit: unknown_unit");
  args["unit"] = "root";
  CHECK(problem_of(top.ask("record.add", args)) == "unit: unknown_unit");
  args["unit"] = "north-1";
  REQUIRE(top.ask("record.add", args));
  REQUIRE(top.ask("records.list", {{"unit", "north"}}));
  REQUIRE(top.lines().size() == 1);
  CHECK(top.lines().front().at("unit") == "north-1");
}

TEST_CASE("all wrong fields of a record are refused at once, by field") {
  AskedHeadquarters top;
  const auto refused =
      top.ask("record.add", {{"form", "event"}, {"unit", "north"}, {"fields", {{"nosuch", "x"}}}});
  REQUIRE_FALSE(refused);
  std::vector<std::string> fields;
  for (const auto& problem : refused.refusal().problems) fields.push_back(problem.field);
  CHECK(fields == std::vector<std::string>{"nosuch", "kind"});
  REQUIRE(top.ask("records.list", {}));
  CHECK(top.lines().empty());
}

TEST_CASE("a file with errors is refused with each of them") {
  AskedHeadquarters top;
  const auto refused =
      top.ask("units.import", {{"file", "u.csv"}, {"content", "code,name\na,\n,b\n"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kInvalidFile);
  CHECK(refused.refusal().problems.size() == 2);
}

TEST_CASE("nothing is told of records outside the caller's scope, not even that they are there") {
  AskedHeadquarters top;
  const std::string inside = top.add_event("north-1", "内");
  const std::string outside = top.add_event("south", "外");
  top.change_at_once(outside, "title", {Value("甲"), Value("乙")});
  const Caller viewer = li_views("north");
  REQUIRE(top.ask_as(viewer, "records.list", {}));
  REQUIRE(top.lines().size() == 1);
  CHECK(top.lines().front().at("record").as_string() == inside);
  CHECK(top.ask_as(viewer, "record.show", {{"record", inside}}));
  const auto refused = top.ask_as(viewer, "record.show", {{"record", outside}});
  REQUIRE_FALSE(refused);
  const std::string nosuch(32, 'f');
  const auto unknown = top.ask_as(viewer, "record.show", {{"record", nosuch}});
  REQUIRE_FALSE(unknown);
  CHECK(refused.refusal().text == unknown.refusal().text);
  CHECK_FALSE(top.ask_as(viewer, "records.list", {{"after", outside}}));
  REQUIRE(top.ask_as(viewer, "conflicts.list", {}));
  CHECK(top.lines().empty());
  CHECK_FALSE(top.ask_as(viewer, "records.list", {{"unit", "south"}}));
  CHECK_FALSE(top.ask_as(li_views("nosuch"), "records.list", {}));
  for (const json::object& unit : {json::object(), json::object{{"unit", "north"}}}) {
    json::object args{{"campaign", "year"}};  // without a unit: their only one
    for (const auto& [name, value] : unit) args[name] = value;
    CHECK(top.ask_as(viewer, "report.statistics", args));
  }
  CHECK_FALSE(top.ask_as(viewer, "report.statistics", {{"campaign", "year"}, {"unit", "south"}}));
  const auto status = top.ask_as(viewer, "status", {});
  REQUIRE(status);
  CHECK(status->at("units").as_array().size() == 2);
  const Caller administrator = li_administers("north");
  CHECK_FALSE(top.ask_as(administrator, "record.edit",
                         {{"record", outside}, {"fields", {{"title", "x"}}}}));
  CHECK_FALSE(top.ask_as(administrator, "policy.set", {{"unit", "south"}, {"policy", "ask"}}));
  CHECK(top.ask_as(administrator, "policy.set", {{"unit", "north"}, {"policy", "ask"}}));
}

TEST_CASE("what an account writes stands under its name, and it can give no other") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  const Caller account = li_administers("north");
  json::object asked{{"record", record}, {"fields", {{"title", "x"}}}, {"person", "wang"}};
  CHECK(problem_of(top.ask_as(account, "record.edit", asked)) == "person: not_permitted");
  asked.erase("person");
  REQUIRE(top.ask_as(account, "record.edit", asked));
  const json::object shown = top.shown(record);
  CHECK(shown.at("entries").as_array().back().at("person") == "li");
}

TEST_CASE("who may read at one place and change at another changes nothing where it only reads") {
  AskedHeadquarters top;
  const std::string north = top.add_event("north", "电影");
  const std::string south = top.add_event("south", "电影");
  Caller li = li_views("north");
  li.roles.push_back(administrator_of(Scope{false, {"south"}}));
  const auto edit = [&](const std::string& record) {
    return top.ask_as(li, "record.edit", {{"record", record}, {"fields", {{"title", "x"}}}});
  };
  CHECK(top.ask_as(li, "record.show", {{"record", north}}));
  const auto refused = edit(north);
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kUnknownRecord);
  CHECK(edit(south));
}

TEST_CASE("a report is told as rows and words in the caller's language") {
  AskedHeadquarters top;
  top.add_event("north-1", "电影");
  const auto english = top.ask("report.statistics", {{"campaign", "year"}});
  REQUIRE(english);
  CHECK(english->at("title") == "A year: statistics");
  CHECK(english->at("figures").at("total").at("events") == 1);
  const auto total = static_cast<size_t>(english->at("total_rows").as_int64());
  REQUIRE(top.lines().size() > total);
  CHECK(top.lines().back().at("cells").as_array().front() == "Total");
  const auto chinese = top.ask_as(owner_of_folder(Language::kChinese, ""), "report.statistics",
                                  {{"campaign", "year"}});
  REQUIRE(chinese);
  CHECK(chinese->at("title") == "一年情况统计表");
  CHECK(top.lines().back().at("cells").as_array().front() == "总计");
}

TEST_CASE("conflicts are listed page by page, each once, in the order of their records") {
  AskedHeadquarters top;
  constexpr size_t kMoreThanAPage = 1200;
  std::vector<std::string> records;
  const auto written = top.engine().call([&](Store& store, const CampaignCatalogue&) -> Result<> {
    for (size_t i = 0; i < kMoreThanAPage; ++i) {
      const RecordId record = store.new_record_id(read_clock());
      records.push_back(record.hex());
      for (const char* title : {"甲", "乙"}) {
        const auto done = store.write(
            "north", compose(nullptr, record, "event", {{"_campaign", "year"}, {"title", title}}),
            read_clock(), "乙");
        if (!done) return done.refusal();
      }
    }
    return Done{};
  });
  REQUIRE(written);
  REQUIRE(top.ask("conflicts.list", {}));
  std::vector<std::string> told;
  for (const json::object& line : top.lines()) {
    CHECK(line.at("candidates").as_array().size() == 2);
    told.emplace_back(line.at("record").as_string());
  }
  std::sort(records.begin(), records.end());
  CHECK(told == records);
  REQUIRE(top.ask("conflicts.list", {{"unit", "south"}}));
  CHECK(top.lines().empty());
}

TEST_CASE("what headquarters voids it refuses on that content, so a voiding undone shows") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  REQUIRE(top.ask("record.void", {{"record", record}, {"reason", "重复"}}));
  json::object shown = top.shown(record);
  CHECK(shown.at("review") == json::value({{"state", "refused"}}));
  const auto again = top.ask("record.void", {{"record", record}, {"reason", "别的"}});
  REQUIRE_FALSE(again);
  CHECK(again.refusal().reason == Reason::kNothingToDecide);
  CHECK(top.shown(record).at("entries").as_array().size() == 3);
  // As a device that heeds nothing writes it.
  const auto undone = top.engine().call([&](Store& store, const CampaignCatalogue&) -> Result<> {
    const RecordId id = *RecordId::parse(record);
    const auto state = store.state("north", id, "event");
    const auto done = store.write("north", compose(&*state, id, "event", {{"_void", Value()}}),
                                  read_clock(), "甲");
    if (!done) return done.refusal();
    return Done{};
  });
  REQUIRE(undone);
  shown = top.shown(record);
  CHECK_FALSE(shown.contains("void"));
  CHECK(shown.at("review") == json::value({{"state", "refused"}, {"changed_since", true}}));
  REQUIRE(top.ask("records.list", {{"changed", true}}));
  CHECK(top.lines().size() == 1);
  const auto status = top.ask("status", {{"unit", "north"}});
  REQUIRE(status);
  CHECK(status->at("units").at(0).at("changed") == 1);
}

TEST_CASE("every answer of headquarters is as its row says") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  top.change_at_once(record, "title", {Value("甲"), Value("乙")});
  REQUIRE(top.ask("conflicts.list", {}));
  CHECK(top.lines().size() == 1);
  for (const char* name : {"records.list", "quarantine.list", "campaigns.list", "units.list",
                           "policy.list", "devices.list", "status", "verify"}) {
    INFO(name);
    CHECK(top.ask(name, {}));
  }
  REQUIRE(top.ask("invite", {{"unit", "north"}}));
  CHECK(top.ask("report.progress", {{"campaign", "year"}}));
  CHECK(top.ask(
      "record.review",
      {{"record", record}, {"seen", top.seen(record)}, {"verdict", "refused"}, {"remark", "…"}}));
  CHECK(top.ask("record.show", {{"record", record}}));
}
