#include "campaign/json_line.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace sitelog;

TEST_CASE("A line of JSON is taken as it stands") {
  const auto line = parse_json_line(R"({"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]})");
  REQUIRE(line);
  CHECK(line->at("b").at("a") == 2);
}

TEST_CASE("A name that stands twice in one object is refused, at whatever depth and spelling") {
  for (const char* twice : {R"({"a":1,"a":2})", R"({"a":1,"b":[{"c":1,"c":1}]})",
                            R"({"title":"x","titl\u0065":"y"})"}) {
    const auto line = parse_json_line(twice);
    REQUIRE_FALSE(line);
    CHECK(line.refusal().reason == Reason::kInvalidValue);
    CHECK(line.refusal().text == "{} is given twice");
  }
}

TEST_CASE("What is no object of JSON is no line") {
  for (const char* none : {"", "[]", "3", "{", R"({"a":"\ud800"})", "{\"a\":\"\xC4\xFA\"}"}) {
    const auto line = parse_json_line(none);
    REQUIRE_FALSE(line);
    CHECK(line.refusal().reason == Reason::kMalformed);
  }
}
