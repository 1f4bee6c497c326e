#include "engine/in_parts.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sitelog;
namespace json = boost::json;

namespace {

std::vector<json::object> parts_of(const json::value& whole, size_t bytes_max) {
  std::vector<json::object> out;
  each_part(whole, bytes_max, [&](json::object part) { out.push_back(std::move(part)); });
  return out;
}

}  // namespace

TEST_CASE("what is told in parts is put together again, however small they are") {
  const json::value whole = json::parse(R"({"fields":{"a":"x","b":[1,"two",null]},
      "entries":[{"n":1,"empty":{}},{"n":2,"list":[]}],"wide":"texttexttexttexttext"})");
  for (const size_t bytes_max : {1, 8, 20, 40, 1000}) {
    json::value again;
    for (const json::object& part : parts_of(whole, bytes_max)) {
      if (bytes_max > 30) CHECK(json::serialize(part.at("value")).size() <= bytes_max);
      REQUIRE(put_part(again, part));
    }
    CHECK(again == whole);
  }
  CHECK(parts_of(whole, 1000).size() == 1);
}

TEST_CASE("a part that belongs nowhere is refused and changes nothing") {
  json::value whole = json::object{{"list", json::array{1}}};
  const json::value before = whole;
  for (const char* text : {R"({"value":1})", R"({"at":["list"]})", R"({"at":["list",2],"value":1})",
                           R"({"at":["list","x"],"value":1})", R"({"at":["list",0,"x"],"value":1})",
                           R"({"at":[7],"value":1})"}) {
    INFO(text);
    CHECK_FALSE(put_part(whole, json::parse(text).as_object()));
    CHECK(whole == before);
  }
}
