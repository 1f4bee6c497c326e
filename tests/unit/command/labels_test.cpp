#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "command/presentation.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

// A campaign of one form, as campaigns.list tells it, whose field `kind` has one choice `a`.
json::object campaign(const std::string& id, const std::string& form, const std::string& field,
                      const std::string& choice) {
  return {{"campaign", id},
          {"zh", id},
          {"en", id},
          {"forms",
           {{{"form", form},
             {"zh", form},
             {"en", form},
             {"list", {"kind"}},
             {"fields",
              {{{"name", "kind"},
                {"zh", field},
                {"en", field},
                {"choices", {{{"value", "a"}, {"zh", choice}, {"en", choice}}}}}}}}}}};
}

json::object record(const std::string& campaign, const std::string& form) {
  return {{"record", "0123456789abcdef"},
          {"unit", "u"},
          {"campaign", campaign},
          {"form", form},
          {"conflicts", {}},
          {"fields", {{"kind", "a"}}},
          {"review", {{"state", "pending"}}}};
}

}  // namespace

TEST_CASE("What two campaigns call alike has the label of each record's own campaign and form") {
  Labels labels("zh");
  labels.learn(campaign("events", "event", "活动类型", "送培训"));
  labels.learn(campaign("hazards", "hazard", "隐患类别", "顶板"));
  labels.learn(campaign("grades", "event", "等级", "优"));
  const auto& hazard = labels.of(record("hazards", "hazard"));
  CHECK(hazard.field("kind") == "隐患类别");
  CHECK(hazard.value("kind", "a") == "顶板");
  CHECK(labels.of(record("grades", "event")).value("kind", "a") == "优");
  CHECK(labels.of(record("events", "event")).value("kind", "a") == "送培训");
  CHECK(labels.of(record("unknown", "event")).value("kind", "a") == "a");
  const std::string conflict = conflict_text({{"campaign", "hazards"},
                                              {"form", "hazard"},
                                              {"field", "kind"},
                                              {"shown", "a"},
                                              {"policy", "latest"},
                                              {"candidates", json::array()}},
                                             labels);
  CHECK(conflict.find("隐患类别") != std::string::npos);
  CHECK(conflict.find("顶板") != std::string::npos);
}

TEST_CASE("A list shows each form's own columns, in a table of its own") {
  Labels labels("zh");
  labels.learn(campaign("events", "event", "活动类型", "送培训"));
  labels.learn(campaign("hazards", "hazard", "隐患类别", "顶板"));
  const auto tables = records_tables(
      {record("events", "event"), record("hazards", "hazard"), record("events", "event")}, labels,
      false);
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].rows.size() == 2);
  CHECK(tables[0].header[0][1].text == "活动类型");
  CHECK(tables[1].header[0][1].text == "隐患类别");
  CHECK(tables[1].rows[0][1] == Cell(std::string("顶板")));
  CHECK_FALSE(tables[1].title.empty());
  const auto one = records_tables({record("events", "event")}, labels, true);
  REQUIRE(one.size() == 1);
  CHECK(one[0].title.empty());
  CHECK(one[0].header[0].size() == 5);
}

TEST_CASE("What is kept aside names its record and the form as people call it") {
  Labels labels("zh");
  labels.learn(campaign("events", "活动", "活动类型", "送培训"));
  const json::object line{
      {"unit", "u"}, {"record", "0123456789abcdef"}, {"form", "活动"},    {"stream", "u/s"},
      {"number", 7}, {"reason", "no_grant"},         {"text", "refused"}, {"args", json::array()}};
  const std::string told = quarantine_text(line, labels);
  CHECK(told.find("89abcdef") != std::string::npos);
  CHECK(told.find("活动") != std::string::npos);
  json::object nobodys = line;
  nobodys["record"] = nullptr;
  nobodys["form"] = nullptr;
  CHECK(quarantine_text(nobodys, labels).find("u/s") != std::string::npos);
  // Two campaigns that call it otherwise: no label is guessed.
  labels.learn({{"campaign", "other"},
                {"zh", "other"},
                {"en", "other"},
                {"forms", {{{"form", "活动"}, {"zh", "别的"}, {"en", "别的"}}}}});
  CHECK(labels.form("活动") == "活动");
  CHECK(labels.form("没有") == "没有");
}

TEST_CASE("A conflict that decide doesn't take is told with what decides it, and no word to copy") {
  const Labels labels("zh");
  const auto told_of = [&](const std::string& form) {
    return conflict_text({{"record", "0123456789abcdef"},
                          {"code", "K7Q2M9"},
                          {"unit", "u"},
                          {"form", form},
                          {"field", "revoked"},
                          {"shown", nullptr},
                          {"policy", "latest"},
                          {"candidates", json::array()}},
                         labels);
  };
  for (const char* form : {"grant", "policy", "unit", "campaign"}) {
    CHECK(told_of(form).find("@K7Q2M9") == std::string::npos);
    CHECK(told_of(form).find("sitelogd ") != std::string::npos);
  }
  CHECK(told_of("event").find("89abcdef@K7Q2M9") != std::string::npos);
  CHECK(told_of("event").find("sitelogd ") == std::string::npos);
}

TEST_CASE("A record is shown with the names of its unit and campaign beside their codes") {
  Labels labels("zh");
  labels.learn(campaign("events", "event", "活动类型", "送培训"));
  json::object line = record("events", "event");
  line["unit_name"] = "八矿工会";
  line["code"] = "K7Q2M9";
  const std::string told = record_text(line, labels);
  CHECK(told.find("八矿工会") != std::string::npos);
  CHECK(told.find("活动类型") != std::string::npos);
}

TEST_CASE("No person's name makes a line of the history, nor stands for a device") {
  Labels labels("zh");
  json::object line = record("events", "event");
  const auto entry = [](const char* person) {
    return json::object{{"device", "1a2b3c4d5e6f"}, {"person", person}, {"wall", 0}};
  };
  line["entries"] = {entry("乙 (b0dc5aad)"), entry("乙” (b0dc5aad)"), entry("乙（b0dc5aad）"),
                     entry("丙\n  2020-07-01 08:00  headquarters"), entry("丁")};
  const std::string told = record_text(line, labels);
  CHECK(told.find("“乙 (b0dc5aad)” (1a2b3c4d)\n") != std::string::npos);
  CHECK(told.find("“乙' (b0dc5aad)” (1a2b3c4d)\n") != std::string::npos);
  CHECK(told.find("“乙（b0dc5aad）” (1a2b3c4d)\n") != std::string::npos);
  CHECK(told.find("丙   2020-07-01 08:00  headquarters (1a2b3c4d)\n") != std::string::npos);
  CHECK(told.find("  丁 (1a2b3c4d)\n") != std::string::npos);
}

TEST_CASE("The history says how headquarters knew whoever wrote, and believes no device's word") {
  Labels labels("zh");
  json::object line = record("events", "event");
  const auto entry = [](const char* key_of, const char* known_by) {
    return json::object{{"device", "1a2b3c4d5e6f"}, {"role", key_of},       {"person", "丁"},
                        {"person_role", "checker"}, {"known_by", known_by}, {"wall", 0}};
  };
  line["entries"] = {entry("headquarters", "password"), entry("headquarters", "folder"),
                     entry("site", "password"), entry("site", "pin")};
  const std::string told = record_text(line, labels);
  CHECK(told.find("丁 (headquarters, checker, signed in)\n") != std::string::npos);
  CHECK(told.find("丁 (headquarters, checker)\n") != std::string::npos);
  CHECK(told.find("丁 (1a2b3c4d)\n") != std::string::npos);
  CHECK(told.find("丁 (1a2b3c4d, by PIN, as the device says)\n") != std::string::npos);
}
