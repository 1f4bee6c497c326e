// What devices wrote that no campaign asked for: told as that, and never in the way of the rest.
#include <catch2/catch.hpp>

#include "engine/cut_to_fit.hpp"
#include "support.hpp"
#include "sync/merge/record_state.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

std::string write(AskedHeadquarters& top, const std::string& form,
                  const std::map<std::string, Value>& values) {
  return top.engine().call([&](Store& store, const CampaignCatalogue&) {
    const RecordId id = store.new_record_id(read_clock());
    REQUIRE(store.write("north", compose(nullptr, id, form, values), read_clock(), "x"));
    return id.hex();
  });
}

std::map<std::string, std::string> outside(AskedHeadquarters& top, const json::object& args) {
  REQUIRE(top.ask("records.list", args));
  std::map<std::string, std::string> out;
  for (const json::object& line : top.lines()) {
    const auto* what = line.if_contains("outside");
    out[std::string(line.at("record").as_string())] =
        what != nullptr ? std::string(what->as_string()) : std::string();
  }
  return out;
}

}  // namespace

TEST_CASE("records of no campaign, or of a form that theirs has not, are told as that") {
  AskedHeadquarters top;
  const std::string good = top.add_event("north", "甲");
  const std::map<std::string, Value> values{
      {"_campaign", "year"}, {"kind", "film"}, {"title", "乙"}};
  const auto with = [&](const std::string& name, const Value& value) {
    auto out = values;
    out[name] = value;
    return out;
  };
  const std::string campaign = write(top, "event", with("_campaign", "invented"));
  const std::string none = write(top, "event", {{"title", "乙"}});
  const std::string form = write(top, "invented", values);
  const std::string kind = write(top, "event", with("kind", "invented"));
  CHECK(outside(top, {}) ==
        std::map<std::string, std::string>{
            {good, ""}, {campaign, "campaign"}, {none, "campaign"}, {form, "form"}, {kind, ""}});
  CHECK(outside(top, {{"unexplained", true}}) ==
        std::map<std::string, std::string>{
            {campaign, "campaign"}, {none, "campaign"}, {form, "form"}, {kind, ""}});
  CHECK(top.shown(campaign).at("outside") == "campaign");
  CHECK(top.shown(kind).at("unexplained").as_array().size() == 1);
  CHECK_FALSE(top.shown(good).contains("outside"));
}

TEST_CASE("what is shown of one thing is cut to a size, whatever its author wrote") {
  const json::object small{{"record", "x"}, {"fields", {{"title", std::string(3000, 'x')}}}};
  json::object line = small;
  cut_to_fit(line, 10'000);
  CHECK(line == small);
  cut_to_fit(line, 2000);
  CHECK(line.at("too_large") == static_cast<int64_t>(json::serialize(small).size()));
  CHECK(line.at("record") == "x");
  CHECK(json::serialize(line).size() < 2000);

  json::object many{{"record", "x"}};
  json::array entries;
  for (int entry = 0; entry < 300; ++entry) {
    json::object fields;
    for (int field = 0; field < 100; ++field) {
      fields["field " + std::to_string(field)] =
          json::object{{"value", std::string(100, '\x01')}, {"replaces", json::array(100, "y")}};
    }
    entries.emplace_back(json::object{{"entry", "e"}, {"fields", std::move(fields)}});
  }
  many["entries"] = entries;
  cut_to_fit(many, 200'000);
  CHECK(json::serialize(many).size() < 200'000);
  CHECK(many.at("entries").at(0).at("entry") == "e");
}
