#include "engine/arguments.hpp"

#include <catch2/catch.hpp>

#include "engine/operation.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

Operation row() {
  return {.name = "thing.do",
          .arguments = {
              argument::record("record", "").needed(), argument::text("reason", "").between(1, 10),
              argument::text("value", "").between(0, 10), argument::integer("days", 1, 366, ""),
              argument::flag("loud", ""), argument::texts("addresses", "").between(0, 2),
              argument::fields("fields", "").between(1, 2),
              argument::choice("verdict", {"accepted", "refused"}, ""), argument::date("due", ""),
              argument::path("to", "")}};
}

Answer<Arguments> read(const char* given) {
  return read_arguments(row(), json::parse(given).as_object());
}

// "field: reason" of every problem.
std::vector<std::string> problems(const char* given) {
  std::vector<std::string> out;
  const auto arguments = read(given);
  if (arguments) return out;
  for (const FieldProblem& problem : arguments.refusal().problems) {
    out.push_back(problem.field + ": " + name_of(problem.refusal.reason));
  }
  return out;
}

}  // namespace

TEST_CASE("arguments are handed on with their types") {
  const auto given = read(R"({"record":"019a","reason":"双","days":3,"loud":true,
      "addresses":["a:1"],"fields":{"title":"x"},"verdict":"refused","due":"2020年7月1日"})");
  REQUIRE(given);
  CHECK(given->text("record") == "019a");
  CHECK(given->text("reason") == "双");
  CHECK(given->integer("days") == 3);
  CHECK(given->flag("loud"));
  CHECK(given->texts("addresses") == std::vector<std::string>{"a:1"});
  CHECK(given->fields("fields").at("title") == "x");
  CHECK(given->text("verdict") == "refused");
  CHECK(given->date("due")->text() == "2020-07-01");
}

TEST_CASE("what is not given is empty, and is told from a blank that is given") {
  const auto given = read(R"({"record":"019a","value":""})");
  REQUIRE(given);
  CHECK(given->has("value"));
  CHECK(given->given_text("value") == "");
  CHECK_FALSE(given->has("reason"));
  CHECK(given->text("reason").empty());
  CHECK_FALSE(given->integer("days"));
  CHECK_FALSE(given->flag("loud"));
  CHECK(given->texts("addresses").empty());
  CHECK(given->fields("fields").empty());
  CHECK_FALSE(given->date("due"));
}

TEST_CASE("an argument that is missing, unknown or of another type is refused") {
  using Told = std::vector<std::string>;
  CHECK(problems(R"({})") == Told{"record: usage"});
  CHECK(problems(R"({"record":""})") == Told{"record: usage"});
  CHECK(problems(R"({"record":null})") == Told{"record: usage"});
  CHECK(problems(R"({"record":"a","reasn":"x"})") == Told{"reasn: usage"});
  CHECK(problems(R"({"record":"a","reason":5})") == Told{"reason: usage"});
  CHECK(problems(R"({"record":"a","days":"5"})") == Told{"days: usage"});
  CHECK(problems(R"({"record":"a","days":5.0})") == Told{"days: usage"});
  CHECK(problems(R"({"record":"a","days":99999999999999999999})") == Told{"days: usage"});
  CHECK(problems(R"({"record":"a","loud":"yes"})") == Told{"loud: usage"});
  CHECK(problems(R"({"record":"a","addresses":"a:1"})") == Told{"addresses: usage"});
  CHECK(problems(R"({"record":"a","addresses":[1]})") == Told{"addresses: usage"});
  CHECK(problems(R"({"record":"a","fields":[]})") == Told{"fields: usage"});
  CHECK(problems(R"({"record":"a","fields":{}})") == Told{"fields: usage"});
}

TEST_CASE("a value past a bound or none of the choices is refused") {
  using Told = std::vector<std::string>;
  CHECK(problems(R"({"record":"a","reason":"12345678901"})") == Told{"reason: too_large"});
  CHECK(problems(R"({"record":"a","days":0})") == Told{"days: invalid_value"});
  CHECK(problems(R"({"record":"a","days":367})") == Told{"days: invalid_value"});
  CHECK(problems(R"({"record":"a","addresses":["a","b","c"]})") == Told{"addresses: too_large"});
  CHECK(problems(R"({"record":"a","fields":{"a":1,"b":2,"c":3}})") == Told{"fields: too_large"});
  CHECK(problems(R"({"record":"a","verdict":"maybe"})") == Told{"verdict: invalid_value"});
  CHECK(problems(R"({"record":"a","due":"soon"})") == Told{"due: invalid_value"});
  CHECK(problems(R"({"record":"a","due":"2020-02-30"})") == Told{"due: invalid_value"});
}

TEST_CASE("a text that is not UTF-8 is refused") {
  const auto given = read_arguments(row(), {{"record", "\xff\xfe"}});
  REQUIRE_FALSE(given);
  CHECK(given.refusal().problems.front().field == "record");
}

TEST_CASE("all that is wrong is refused at once, and the message names each argument") {
  const auto given = read(R"({"days":0,"loud":1,"nosuch":{},"verdict":"x"})");
  REQUIRE_FALSE(given);
  std::vector<std::string> fields;
  for (const auto& problem : given.refusal().problems) fields.push_back(problem.field);
  CHECK(fields == std::vector<std::string>{"nosuch", "record", "days", "loud", "verdict"});
  CHECK(describe(given.refusal()) == "missing or wrong: nosuch, record, days, loud, verdict");
}

TEST_CASE("of arguments that stand for each other exactly one is taken") {
  Operation choice = row();
  choice.one_of = {{"reason", "value"}};
  CHECK(read_arguments(choice, {{"record", "a"}, {"value", ""}}));
  for (const json::object& given :
       {json::object{{"record", "a"}},
        json::object{{"record", "a"}, {"value", "x"}, {"reason", "y"}}}) {
    const auto refused = read_arguments(choice, given);
    REQUIRE_FALSE(refused);
    CHECK(refused.refusal().problems.front().field == "reason");
    CHECK(refused.refusal().reason == Reason::kUsage);
  }
}

TEST_CASE("a path holds no zero byte, which would end it for the system") {
  const auto given = read(R"({"record":"019a","to":"/media/备份"})");
  REQUIRE(given);
  CHECK(given->text("to") == "/media/备份");
  CHECK(problems("{\"record\":\"019a\",\"to\":\"/media/a\\u0000b\"}") ==
        std::vector<std::string>{"to: malformed"});
}

TEST_CASE("an argument holds nothing that could look like a line of another's") {
  using Told = std::vector<std::string>;
  const auto reason = [](const char* text) {
    std::vector<std::string> out;
    const auto read = read_arguments(row(), {{"record", "019a"}, {"reason", text}});
    if (!read) out.emplace_back(describe(read.refusal().problems.front().refusal));
    return out;
  };
  const Told unseen{"this holds characters that can't be shown, or that turn a line round"};
  CHECK(reason("双\n审").front() == "this must be one line, without tabs");
  CHECK(reason("a\x1b") == unseen);
  CHECK(reason("a\u009b") == unseen);
  CHECK(reason("a\u202e") == unseen);
  CHECK(reason("a\u200f") == unseen);
  CHECK(reason("a\u2028") == unseen);
  CHECK(reason("\xC4\xFA") == Told{"this is not text in UTF-8"});
  CHECK(reason("\u200b\u3000").front() == "this is required");
  CHECK(reason("双").empty());
}

TEST_CASE("a text of several lines has line feeds, wherever it was typed") {
  const Operation remark{.name = "thing.say",
                         .arguments = {argument::text("remark", "").holding(Holds::kSeveralLines)}};
  const auto given = read_arguments(remark, {{"remark", "一\r\n二\r三\n四"}});
  REQUIRE(given);
  CHECK(given->text("remark") == "一\n二\n三\n四");
  CHECK_FALSE(read_arguments(remark, {{"remark", "一\x07"}}));
}
