#include <catch2/catch.hpp>

#include "http/odata_narrowing.hpp"
#include "http/odata_query.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

ODataSet events() {
  using Kind = ODataProperty::Kind;
  return {"set",
          "c",
          "event",
          {{"_record"},
           {"title"},
           {"count", Kind::kInteger},
           {"day", Kind::kDate},
           {"held", Kind::kFlag},
           {"_created", Kind::kTime}}};
}

bool fits(const std::string& filter, const json::object& row) {
  const ODataSet set = events();
  const auto parsed = ODataFilter::parse(filter, set);
  INFO(filter);
  REQUIRE(parsed);
  return parsed->fits(row);
}

Reason reason_of(const std::string& filter) {
  const auto parsed = ODataFilter::parse(filter, events());
  INFO(filter);
  REQUIRE_FALSE(parsed);
  return parsed.refusal().reason;
}

}  // namespace

TEST_CASE("and binds before or, and brackets before both") {
  const json::object row{{"count", 1}};
  CHECK(fits("count eq 1 or count eq 2 and count eq 3", row));
  CHECK_FALSE(fits("(count eq 1 or count eq 2) and count eq 3", row));
  CHECK(fits("((count eq 1))", row));
  CHECK(fits("count eq 2 or (count ge 1 and count le 1)", row));
}

TEST_CASE("nothing compares with nothing alone") {
  const json::object row{{"count", nullptr}, {"title", "x"}};
  CHECK(fits("count eq null", row));
  CHECK_FALSE(fits("count ne null", row));
  CHECK_FALSE(fits("count lt 5", row));
  CHECK_FALSE(fits("count eq 5", row));
  CHECK(fits("count ne 5", row));
  CHECK(fits("title ne null", row));
}

TEST_CASE("literals are of their property's type") {
  const json::object row{{"title", "it's"},
                         {"day", "2020-06-01"},
                         {"held", true},
                         {"_created", "2020-06-01T10:00:00.500Z"}};
  CHECK(fits("title eq 'it''s'", row));
  CHECK(fits("day gt 2020-05-31", row));
  CHECK(fits("held eq true", row));
  CHECK(fits("_created gt 2020-06-01T10:00:00Z", row));
  CHECK(fits("_created eq 2020-06-01T10:00:00.5Z", row));
  for (const char* bad :
       {"title eq 5", "day eq '2020-06-01'", "day eq 2020", "held eq 1", "count eq 1.5",
        "count eq 99999999999999999999", "title eq 'x", "title eq", "title", "", "()",
        "title eq 'x' and", "nosuch eq 1", "title eq 'x' title eq 'y'"}) {
    CHECK((reason_of(bad) == Reason::kUsage || bad == std::string("title")));
  }
}

TEST_CASE("what OData knows and is not spoken here is told apart from what is wrong") {
  for (const char* known :
       {"contains(title,'x')", "not title eq 'x'", "title in ('x')", "title has 'x'"}) {
    CHECK(reason_of(known) == Reason::kUnknownForm);
  }
}

TEST_CASE("a filter has bounds") {
  CHECK(reason_of(std::string(100'000, '(')) == Reason::kUsage);
  std::string many = "count eq 1";
  for (int i = 0; i < 1000; ++i) many += " or count eq 1";
  CHECK(reason_of(many) == Reason::kUsage);
}

namespace {

// What a filter asks of the list.
json::object narrowed(const std::string& filter) {
  using Kind = ODataProperty::Kind;
  ODataSet set = events();
  for (const char* name :
       {"_unit", "_review", "_void", "_changed_by", "_changed_on", "kind", "level", "status"}) {
    set.properties.push_back({name});
  }
  set.properties.push_back({"_changed", Kind::kTime});
  set.properties.push_back({"_in_conflict", Kind::kFlag});
  set.kind = "kind";
  set.level = "level";
  set.state = "status";
  set.day = "day";
  const auto parsed = ODataFilter::parse(filter, set);
  INFO(filter);
  REQUIRE(parsed);
  return odata_narrowing(set, *parsed);
}

}  // namespace

TEST_CASE("what every row has to meet is asked of the list, and nothing that one need not") {
  CHECK(narrowed("kind eq 'film' and level eq 'county'") ==
        json::parse(R"({"kind":"film","level":"county"})").as_object());
  CHECK(narrowed("status eq 'held' and (_review eq 'pending')") ==
        json::parse(R"({"state":"held","review":"pending"})").as_object());
  CHECK(narrowed("day ge 2020-06-01 and day lt 2020-07-01") ==
        json::parse(R"({"from":"2020-06-01","to":"2020-07-01"})").as_object());
  CHECK(narrowed("_changed gt 2020-03-01T00:30:00Z") ==
        json::parse(R"({"changed_since":"2020-02-29"})").as_object());
  CHECK(narrowed("_changed_on eq '00ff' and _changed_by eq '张三' and _unit eq 'ruzhou'") ==
        json::parse(R"({"device":"00ff","by":"张三","unit":"ruzhou"})").as_object());
  CHECK(narrowed("_in_conflict eq true") == json::parse(R"({"conflicts":true})").as_object());
  CHECK(narrowed("_void ne null") == json::parse(R"({"state":"void"})").as_object());
  for (const char* nothing :
       {"kind eq 'film' or level eq 'county'", "kind ne 'film'", "kind eq null", "kind eq ''",
        "_review eq 'odd'", "status eq 'void'", "_changed lt 2020-01-01T00:00:00Z",
        "_in_conflict eq false", "_in_conflict ne true", "_void eq null", "title eq 'x'",
        "(kind eq 'film' or kind eq 'art') and count gt 5"}) {
    CHECK(narrowed(nothing).empty());
  }
}
