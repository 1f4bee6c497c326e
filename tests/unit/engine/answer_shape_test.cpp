#include "engine/answer_shape.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace sitelog;
namespace json = boost::json;

namespace {

Shape saved() {
  using namespace shape;
  return object({{"record", text()},
                 sometimes("number", integer()),
                 sometimes("parts", list(object({{"ok", flag()}}))),
                 sometimes("values", map(or_null(number())))});
}

std::string misfit_of(const char* text) {
  return misfit(saved(), json::parse(text));
}

}  // namespace

TEST_CASE("an answer that is as its shape says fits") {
  CHECK(misfit_of(R"({"record":"a"})").empty());
  CHECK(misfit_of(R"({"record":"a","number":3,"parts":[{"ok":true}],"values":{"x":1.5,"y":null}})")
            .empty());
}

TEST_CASE("where an answer differs from its shape the place is named") {
  CHECK(misfit_of(R"({})") == ".record: missing");
  CHECK(misfit_of(R"({"record":1})") == ".record: not text: 1");
  CHECK(misfit_of(R"({"record":"a","number":1.5})") == ".number: not integer: 1.5E0");
  CHECK(misfit_of(R"({"record":"a","parts":[{"ok":1}]})") == ".parts[].ok: not true or false: 1");
  CHECK(misfit_of(R"({"record":"a","values":{"x":"y"}})") == ".values.x: not number: \"y\"");
  CHECK(misfit_of(R"({"record":"a","more":1})") == ".more: not named in the shape");
}

TEST_CASE("a shape is told as people read it and as JSON Schema") {
  CHECK(text_of(saved()) ==
        "{record: text, number?: integer, parts?: [{ok: true or false} …], "
        "values?: {NAME: number or null …}}");
  const json::object schema = schema_of(saved());
  CHECK(schema.at("type") == "object");
  CHECK(schema.at("required") == json::array{"record"});
  CHECK(schema.at("additionalProperties") == false);
  const json::object& properties = schema.at("properties").as_object();
  CHECK(properties.at("values").at("additionalProperties").at("type") ==
        json::array{"number", "null"});
}
