#include "campaign/validation.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "campaign/banner.hpp"
#include "support.hpp"

using namespace sitelog;
using Catch::Matchers::Contains;
namespace json = boost::json;

namespace {

const Definition& events() {
  static const Definition definition = shipped("thousand-events");
  return definition;
}

CheckContext a_day() {
  return {Date{2020, 7, 1}, "八矿工会", nullptr};
}

// A good new event, as JSON, with `changes` on top.
RawInput event(const RawInput& changes = {}) {
  RawInput input{{"kind", "performance"}, {"title", "进工地慰问演出"}, {"date", "2020-06-28"},
                 {"level", "grassroots"}, {"status", "held"},          {"participants", 120}};
  for (const auto& [name, value] : changes) input[name] = value;
  return input;
}

Checked check(const RawInput& input) {
  return check_input(events(), "event", input, a_day());
}

std::string text_of(const std::vector<FieldProblem>& problems) {
  std::string out;
  for (const FieldProblem& problem : problems) {
    out += problem.field + ": " + describe(problem.refusal) + "\n";
  }
  return out;
}

std::string errors(const RawInput& changes) {
  return text_of(check(event(changes)).errors);
}
std::string warnings(const RawInput& changes) {
  const Checked checked = check(event(changes));
  CHECK(text_of(checked.errors).empty());
  return text_of(checked.warnings);
}

}  // namespace

TEST_CASE("A good event is taken as it is, with defaults for what was left out") {
  const Checked checked = check(event());
  CHECK(text_of(checked.errors).empty());
  CHECK(text_of(checked.warnings).empty());
  CHECK(checked.values == std::map<std::string, Value>{{"kind", "performance"},
                                                       {"title", "进工地慰问演出"},
                                                       {"date", "2020-06-28"},
                                                       {"level", "grassroots"},
                                                       {"participants", 120},
                                                       {"sessions", 1},
                                                       {"status", "held"}});
}

TEST_CASE("Texts of a command line give the same values as typed JSON") {
  const Checked typed = check(event({{"performers", json::array{"甲", "乙"}}, {"sessions", 2}}));
  const Checked texts =
      check(event({{"participants", "120"}, {"performers", "甲、乙"}, {"sessions", " ２ "}}));
  CHECK(text_of(texts.errors).empty());
  CHECK(typed.values == texts.values);
}

TEST_CASE("Chinese and English labels stand for choices, and labels for field names") {
  CHECK(check(event({{"kind", "送电影"}})).values.at("kind") == Value("film"));
  CHECK(check(event({{"kind", "films"}})).values.at("kind") == Value("film"));
  CHECK(check(event({{"level", "市区"}})).values.at("level") == Value("district"));
  CHECK(check(event({{"活动地点", "二号井口"}})).values.at("venue") == Value("二号井口"));
  CHECK_THAT(errors({{"场次", 2}, {"sessions", 2}}), Contains("given twice"));
}

TEST_CASE("Dates are normalised and impossible ones refused") {
  CHECK(check(event({{"date", "2020年6月1日"}})).values.at("date") == Value("2020-06-01"));
  CHECK(check(event({{"date", "2020/6/1"}})).values.at("date") == Value("2020-06-01"));
  CHECK_THAT(errors({{"date", "2020-02-30"}}), Contains("date: “2020-02-30” is not a day"));
  CHECK_THAT(errors({{"date", 20200601}}), Contains("date: “20200601” is not a text"));
}

TEST_CASE("Lists are split at Chinese and ASCII separators, without blanks and repetitions") {
  CHECK(check(event({{"performers", "甲、乙,丙，丁;甲、 、"}})).values.at("performers") ==
        Value(TextList{"甲", "乙", "丙", "丁"}));
  CHECK_THAT(errors({{"performers", json::array{"甲", 3}}}), Contains("“3” is not a text"));
  CHECK_THAT(errors({{"performers", 3}}), Contains("not a list"));
  CHECK_THAT(errors({{"performers", json::string(300, 'x')}}), Contains("too long"));
}

TEST_CASE("Wrong values are refused with what would be right") {
  CHECK_THAT(errors({{"kind", "opera"}}),
             Contains("kind: “opera” is not one of: performance Performances, film Films"));
  CHECK_THAT(errors({{"kind", 1}}), Contains("not a text"));
  CHECK_THAT(errors({{"participants", -1}}), Contains("participants: -1 is too small: at least 0"));
  CHECK_THAT(errors({{"participants", "-1"}}), Contains("too small"));
  CHECK_THAT(errors({{"participants", "3.5"}}), Contains("“3.5” is not a whole number"));
  CHECK_THAT(errors({{"participants", 3.5}}), Contains("not a whole number"));
  CHECK_THAT(errors({{"participants", 1e300}}), Contains("not a whole number"));
  CHECK_THAT(errors({{"participants", "99999999999999999999"}}), Contains("not a whole number"));
  CHECK_THAT(errors({{"participants", "三百"}}), Contains("not a whole number"));
  CHECK_THAT(errors({{"participants", true}}), Contains("not a whole number"));
  CHECK_THAT(errors({{"participants", 10'000'001}}), Contains("too large: at most 10000000"));
  CHECK_THAT(errors({{"title", json::object{}}}), Contains("title: “{}” is not a text"));
  CHECK_THAT(errors({{"title", json::string(201, 'x')}}), Contains("201 characters, at most 200"));
  CHECK_THAT(errors({{"title", "\xff\xfe"}}), Contains("not text in UTF-8"));
  CHECK_THAT(errors({{"title", "a\x1b[2J"}}), Contains("can't be shown"));
  std::string chinese;
  for (int i = 0; i < 200; ++i) chinese += "演";
  CHECK(errors({{"title", json::string(chinese)}}).empty());
}

TEST_CASE("Unknown forms and fields are refused with those there are") {
  const Checked form = check_input(events(), "evnt", event(), a_day());
  REQUIRE(form.errors.size() == 1);
  CHECK(form.errors[0].refusal.reason == Reason::kUnknownForm);
  CHECK_THAT(text_of(form.errors), Contains("it has: event"));
  const Checked field = check(event({{"particpants", 3}}));
  REQUIRE(field.errors.size() == 1);
  CHECK(field.errors[0].refusal.reason == Reason::kUnknownField);
  CHECK_THAT(text_of(field.errors), Contains("participants"));
  for (const char* reserved : {"_void", "_review", "_campaign", "_explain.nothing", "_explain."}) {
    INFO(reserved);
    CHECK_FALSE(errors({{reserved, "x"}}).empty());
  }
}

TEST_CASE("A list of choices is English for who reads English, and Chinese in the translation") {
  const Checked checked = check(event({{"kind", "opera"}}));
  REQUIRE(checked.errors.size() == 1);
  const Refusal& refusal = checked.errors[0].refusal;
  CHECK(describe(refusal).find("送") == std::string::npos);
  CHECK_THAT(describe(refusal, "“{}”不在可选范围内：{2}"),
             Contains("performance 送文艺、film 送电影"));
}

TEST_CASE("What an existing record lacks, or holds that can't be given today, is told") {
  auto values = check(event({{"venue", "井口"}})).values;
  const auto told = [&](const std::string& field, const Value& value) {
    auto changed = values;
    changed[field] = value;
    return text_of(unusual(events(), record_of({}, "event", changed), {2020, 7, 1}, ""));
  };
  CHECK(told("venue", "井下").empty());
  CHECK_THAT(told("status", Value()), Contains("status: this is required, one of: planned"));
  CHECK_THAT(told("kind", "opera"), Contains("kind: “opera” is not one of"));
  CHECK_THAT(told("participants", -500), Contains("participants: -500 is too small"));
  CHECK_THAT(told("sessions", INT64_MAX), Contains("too large"));
  values["_explain.kind"] = "今年改了类别";
  CHECK(told("kind", "opera").empty());
  // Whoever looks at the explanation is told of what.
  values["kind"] = "opera";
  CHECK_THAT(text_of(unusual(events(), "event", values, {2020, 7, 1}, "", Explained::kToo)),
             Contains("kind: “opera” is not one of"));
}

TEST_CASE("A new event without kind, title, date or status is refused; nothing else is asked for") {
  const Checked checked = check_input(events(), "event", {}, a_day());
  CHECK(text_of(checked.errors) ==
        "kind: this is required, one of: performance Performances, film Films, calligraphy "
        "Calligraphy and painting, training Training, lecture Lectures\ntitle: this is "
        "required\ndate: this is required\nstatus: this is required, one of: planned Planned, "
        "postponed Postponed, cancelled Cancelled, held Held\n");
  CHECK_THAT(errors({{"title", "  　"}}), Contains("title: this is required"));
  CHECK_THAT(errors({{"title", nullptr}}), Contains("title: this is required"));
}

TEST_CASE("An edit changes only what it names, and an empty text clears a field") {
  const RecordState existing = record_of({}, "event", check(event({{"venue", "井口"}})).values);
  CheckContext context = a_day();
  context.existing = &existing;
  const Checked edit = check_input(
      events(), "event", {{"venue", ""}, {"sessions", nullptr}, {"participants", "90"}}, context);
  CHECK(edit.errors.empty());
  CHECK(edit.values == std::map<std::string, Value>{
                           {"venue", Value()}, {"sessions", Value()}, {"participants", 90}});
  const Checked cleared = check_input(events(), "event", {{"title", ""}}, context);
  CHECK_THAT(text_of(cleared.errors), Contains("title: this is required and can't be emptied"));
}

TEST_CASE("What is unusual is told and does not stop saving") {
  CHECK_THAT(warnings({{"participants", 3001}}), Contains("participants: 3001 is unusually many"));
  CHECK(warnings({{"participants", 3000}}).empty());
  CHECK_THAT(warnings({{"participants", 0}}), Contains("participants: 0 is unusually few"));
  CHECK_THAT(warnings({{"participants", nullptr}}),
             Contains("participants: this is not filled in"));
  CHECK(warnings({{"participants", nullptr}, {"status", "计划"}}).empty());
  CHECK_THAT(warnings({{"sessions", 11}}), Contains("sessions: 11 is unusually many"));
  CHECK_THAT(warnings({{"date", "2020-05-20"}}),
             Contains("date: 2020-05-20 is outside the campaign"));
  CHECK_THAT(warnings({{"date", "2020-07-02"}}), Contains("date: 2020-07-02 is in the future"));
  CHECK(warnings({{"date", "2020-07-02"}, {"status", "planned"}}).empty());
  CHECK_THAT(warnings({{"status", "postponed"}}), Contains("reason: this is not filled in"));
  CHECK(warnings({{"status", "cancelled"}, {"reason", "疫情防控"}}).empty());
  CHECK_THAT(warnings({{"level", nullptr}}), Contains("level: this is not filled in"));
  CHECK_THAT(warnings({{"banner", "欢迎各位"}}),
             Contains("banner: this is not the campaign's banner"));
  CHECK_THAT(warnings({{"phone", "没有电话"}}), Contains("does not look like a telephone number"));
  CHECK(warnings({{"phone", "０３７５－１２３４５６７"}}).empty());
}

TEST_CASE("An explanation settles a warning and is saved with the record") {
  const Checked checked =
      check(event({{"participants", 5000}, {"_explain.participants", "全市广场演出，现场清点"}}));
  CHECK(checked.errors.empty());
  CHECK(checked.warnings.empty());
  CHECK(checked.values.at("_explain.participants") == Value("全市广场演出，现场清点"));
  CHECK_FALSE(warnings({{"participants", 5000}, {"_explain.participants", " "}}).empty());
  CHECK_FALSE(warnings({{"participants", 5000}, {"_explain.sessions", "两天"}}).empty());
}

TEST_CASE("An edit is warned of for the record as it would stand") {
  const RecordState existing = record_of({}, "event", check(event({{"sessions", 12}})).values);
  CheckContext context = a_day();
  context.existing = &existing;
  const Checked edit = check_input(events(), "event", {{"status", "延期"}}, context);
  CHECK_THAT(text_of(edit.warnings), Contains("sessions: 12") && Contains("reason:"));
  CHECK_THAT(text_of(unusual(events(), existing, {2020, 7, 1}, "")), Contains("sessions: 12"));
  const Checked explained =
      check_input(events(), "event", {{"_explain.sessions", "巡回十二场"}}, context);
  CHECK(explained.warnings.empty());
}

TEST_CASE("The banner is made for a unit and checked without fuss about widths") {
  const std::string banner = banner_text(events(), "八矿工会");
  CHECK(banner == "平顶山工会“中国梦·劳动美·工会情”千场文化活动进基层---（八矿工会专场）");
  CHECK_FALSE(check_banner(events(), "八矿工会", banner));
  CHECK_FALSE(
      check_banner(events(), "八矿工会",
                   "平顶山工会\"中国梦·劳动美·工会情\" 千场文化活动进基层——(八矿工会专场)"));
  CHECK_FALSE(check_banner(events(), "", banner));
  CHECK(check_banner(events(), "", banner_text(events(), "")));
  const auto wrong = check_banner(events(), "八矿工会", banner_text(events(), "十二矿工会"));
  REQUIRE(wrong);
  CHECK_THAT(describe(*wrong), Contains(banner));
  CHECK(banner_text(shipped("artists-among-workers"), "甲").empty());
  CHECK_FALSE(check_banner(shipped("artists-among-workers"), "甲", "任何文字"));
}

TEST_CASE("Whatever bytes are typed, an answer comes back") {
  std::string bytes;
  uint32_t seed = 7;
  for (int round = 0; round < 3000; ++round) {
    bytes.clear();
    for (int i = 0; i < round % 40; ++i) {
      seed = seed * 1664525 + 1013904223;
      bytes += static_cast<char>(seed >> 24);
    }
    for (const char* field :
         {"kind", "title", "date", "sessions", "performers", "phone", "banner"}) {
      const Checked checked = check(event({{field, json::string(bytes)}, {bytes, "x"}}));
      for (const auto& [name, value] : checked.values) {
        CHECK((value.list() == nullptr || !value.list()->empty()));
      }
    }
  }
}
