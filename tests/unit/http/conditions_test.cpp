#include "http/conditions.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;
namespace json = boost::json;

namespace {

RequestHead head_with(const std::string& name, const std::string& value) {
  RequestHead out;
  out.fields = {{name, value}};
  return out;
}

Operation edit() {
  return {.name = "edit", .writes = true, .arguments = {argument::seen("seen", "")}};
}

}  // namespace

TEST_CASE("a tag is found among those that the reader has, weak or strong") {
  const std::string tag = tag_of("ab", "body");
  CHECK(tag != tag_of("ab", "body2"));
  for (const std::string& given :
       {tag, "W/" + tag, "\"x\", " + tag, "\"x\",W/" + tag, std::string(" * ")}) {
    CHECK(names_tag(head_with("if-none-match", given), tag));
  }
  for (const std::string& given :
       {std::string(), std::string("\"x\""), tag + "x", tag.substr(1), "x" + tag,
        std::string(100'000, ','), std::string(10'000, '"')}) {
    CHECK_FALSE(names_tag(head_with("if-none-match", given), tag));
  }
}

TEST_CASE("If-Match says what was seen, whatever else the tag says") {
  json::object args;
  REQUIRE(take_if_match(edit(), head_with("if-match", tag_of("abcd", "body")), args));
  CHECK(args.at("seen") == "abcd");
  REQUIRE(take_if_match(edit(), head_with("if-match", tag_of_seen("abcd")), args));
  CHECK_FALSE(take_if_match(edit(), head_with("if-match", "\"other\""), args));
  json::object none;
  REQUIRE(take_if_match(edit(), {}, none));
  CHECK(none.empty());
  Operation reading = edit();
  reading.writes = false;
  CHECK_FALSE(take_if_match(reading, head_with("if-match", "\"abcd\""), none));
}

TEST_CASE("a key is a word, in quotes or not") {
  CHECK(*idempotency_key(head_with("idempotency-key", "\"8e03978e-40d5\"")) == "8e03978e-40d5");
  CHECK(*idempotency_key(head_with("idempotency-key", "8e03978e-40d5")) == "8e03978e-40d5");
  CHECK_FALSE(idempotency_key({})->has_value());
  for (const std::string& bad :
       {std::string(), std::string("\"\""), std::string("\""), std::string("a b"),
        std::string("a\"b"), std::string("\xe9"), std::string("a\tb"), std::string(256, 'a')}) {
    CHECK_FALSE(idempotency_key(head_with("idempotency-key", bad)));
  }
  RequestHead twice = head_with("idempotency-key", "a");
  twice.fields.emplace_back("idempotency-key", "a");
  CHECK_FALSE(idempotency_key(twice));
}
