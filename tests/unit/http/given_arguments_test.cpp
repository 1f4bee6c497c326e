#include "http/given_arguments.hpp"

#include <catch2/catch.hpp>

#include "http/limits.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

Operation row() {
  return {.name = "list",
          .arguments = {argument::text("unit", "").between(1, 20),
                        argument::integer("limit", 1, 10, ""), argument::flag("held", ""),
                        argument::texts("kinds", ""), argument::fields("fields", "")}};
}

using Query = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("a query becomes what the row's types ask for") {
  const auto args = arguments_from_query(row(), Query{{"unit", "7"},
                                                      {"limit", "5"},
                                                      {"held", "false"},
                                                      {"kinds", "a"},
                                                      {"kinds", "b"},
                                                      {"fields", R"({"x":1})"}});
  REQUIRE(args);
  CHECK(*args == json::parse(R"({"unit":"7","limit":5,"held":false,"kinds":["a","b"],
                                 "fields":{"x":1}})"));
  CHECK(read_arguments(row(), *args));
}

TEST_CASE("what is of no type stays as it came, for the dispatcher to refuse by name") {
  const auto args = arguments_from_query(
      row(), Query{{"limit", "5x"}, {"held", "yes"}, {"fields", "{"}, {"nosuch", "1"}});
  REQUIRE(args);
  const auto read = read_arguments(row(), *args);
  REQUIRE_FALSE(read);
  CHECK(read.refusal().problems.size() == 4);
}

TEST_CASE("what is there twice is refused by name") {
  const auto args =
      arguments_from_query(row(), Query{{"limit", "1"}, {"limit", "1"}, {"unit", "x"}});
  REQUIRE_FALSE(args);
  REQUIRE(args.refusal().problems.size() == 1);
  CHECK(args.refusal().problems.front().field == "limit");
}

TEST_CASE("a body is one JSON object, not too deep and of not too many values") {
  CHECK(arguments_from_body("")->empty());
  CHECK(arguments_from_body(" \r\n")->empty());
  CHECK(arguments_from_body(R"({"a":[1,2]})")->size() == 1);
  for (const char* bad :
       {"[]", "1", "null", "{", R"({"a":1}x)", R"({"a":1,})", "\xff", R"({'a':1})"}) {
    const auto refused = arguments_from_body(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.refusal().reason == Reason::kMalformed);
  }
  const auto nested = [](size_t depth) {
    return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(arguments_from_body(nested(limits::kJsonDepthMax - 1)));
  CHECK(arguments_from_body(nested(limits::kJsonDepthMax + 1)).refusal().reason ==
        Reason::kTooLarge);
  CHECK(arguments_from_body(nested(1'000'000)).refusal().reason == Reason::kTooLarge);
  std::string many = R"({"a":[)";
  for (size_t i = 0; i <= limits::kJsonValuesMax; ++i) many += "1,";
  CHECK(arguments_from_body(many + "1]}").refusal().reason == Reason::kTooLarge);
  const std::string commas(limits::kJsonValuesMax * 2, ',');
  CHECK(arguments_from_body(R"({"a":"\")" + commas + R"("})"));  // in a text they are none
}

TEST_CASE("lines are values each, and those that are none are told by number") {
  const auto values = values_from_lines("{\"line\":1}\r\n\n[2]\n3");
  REQUIRE(values);
  CHECK(values->size() == 3);
  const auto refused = values_from_lines("1\n{\n3\nx");
  REQUIRE_FALSE(refused);
  REQUIRE(refused.refusal().problems.size() == 2);
  CHECK(refused.refusal().problems[0].field == "2");
  CHECK(refused.refusal().problems[1].field == "4");
}
