#include "engine/record_names.hpp"

#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

// A record of this id, as a device of that unit may make one.
void plant(AskedHeadquarters& top, const BookCode& unit, const std::string& form,
           const std::string& id, const std::string& title) {
  const auto written = top.engine().call([&](Store& store, const CampaignCatalogue&) -> Result<> {
    Entry entry;
    entry.record = *RecordId::parse(id);
    entry.form = form;
    entry.assignments = {{"_campaign", Value("year"), {}}, {"title", Value(title), {}}};
    const auto done = store.write(unit, entry, read_clock(), "乙");
    if (!done) return done.refusal();
    return Done{};
  });
  REQUIRE(written);
}

std::vector<std::string> told(const OperationAnswer& refused) {
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kUnknownRecord);
  std::vector<std::string> out;
  for (const FieldProblem& problem : refused.refusal().problems) out.push_back(problem.field);
  return out;
}

}  // namespace

TEST_CASE("a record is found by what lists print, the end of its id, or by the whole of it") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  for (const size_t digits : {4u, 7u, 8u, 32u}) {
    CHECK(top.shown(record.substr(32 - digits)).at("record").as_string() == record);
  }
  CHECK(told(top.ask("record.show", {{"record", record.substr(0, 12)}})).empty());
  CHECK(told(top.ask("record.show", {{"record", record.substr(29)}})).empty());
  CHECK(top.shown("north/event/" + record.substr(24)).at("record").as_string() == record);
  CHECK(told(top.ask("record.show", {{"record", "south/event/" + record}})).empty());
  CHECK(told(top.ask("record.show", {{"record", "north/other/" + record}})).empty());
}

TEST_CASE("an end of an id that several records have is refused, and each is told by its name") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  const std::string ground = std::string(24, '0') + record.substr(24);
  plant(top, "south", "event", ground, "冒名");
  const auto refused = top.ask("record.show", {{"record", record.substr(24)}});
  CHECK(told(refused) ==
        std::vector<std::string>{"south/event/" + ground, "north/event/" + record});
  CHECK(refused.refusal().problems.front().refusal.args ==
        std::vector<std::string>{"南", "event", "冒名"});
  // The other has what lists show of its form.
  CHECK(refused.refusal().problems.back().refusal.args ==
        std::vector<std::string>{"北", "event", "film"});
  CHECK(top.shown("north/event/" + record.substr(24)).at("record").as_string() == record);
}

TEST_CASE("one id in several units and forms hides no record from review") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  plant(top, "south", "event", record, "别的单位");
  plant(top, "north", "other", record, "别的表单");
  plant(top, "north", "other; rm -rf ~", record, "诱饵");
  const auto names = told(top.ask("record.show", {{"record", record}}));
  // What nobody should copy into a shell is told, and not as a word to be copied.
  CHECK(names == std::vector<std::string>{"north/event/" + record, "north/other/" + record, record,
                                          "south/event/" + record});
  for (const std::string& name : {names[0], names[1], names[3]}) {
    const json::object shown = top.shown(name);
    CHECK(shown.at("unit").as_string() == parse_record_name(name).unit);
    CHECK(shown.at("form").as_string() == parse_record_name(name).form);
    CHECK(top.ask(
        "record.review",
        {{"record", name}, {"seen", shown.at("seen")}, {"verdict", "refused"}, {"remark", "…"}}));
  }
  CHECK(top.shown("north/other; rm -rf ~/" + record).at("review").at("state") == "pending");
}

TEST_CASE("what was seen of one record names no other of the same id") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  plant(top, "south", "event", record, "电影");
  const auto refused = top.ask("record.review", {{"record", "south/event/" + record},
                                                 {"seen", top.seen("north/event/" + record)},
                                                 {"verdict", "accepted"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kChanged);
}

TEST_CASE("records that are not the caller's to see make no name ambiguous") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north-1", "电影");
  plant(top, "south", "event", record, "别的单位");
  Caller viewer;
  viewer.roles = {viewer_of({false, {"north"}})};
  REQUIRE(top.ask_as(viewer, "record.show", {{"record", record}}));
  CHECK(top.lines().front().at("unit") == "north-1");
}

TEST_CASE("of very many records of one name some are told, and that there are more") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  for (int i = 0; i < 30; ++i) plant(top, "north", "f" + std::to_string(i), record, "多");
  CHECK(told(top.ask("record.show", {{"record", record}})).size() == kRecordsToldMax);
}
