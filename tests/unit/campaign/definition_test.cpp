#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "campaign/calendar.hpp"
#include "campaign/notices.hpp"
#include "campaign/reporting_units.hpp"
#include "support.hpp"

using namespace sitelog;

namespace {

// The problems of the shipped definition after one change, in English.
std::string problems_after(const std::string& what, const std::string& instead) {
  const auto parsed =
      parse_definition(with(shipped_text("thousand-events"), what, instead), "plan.toml");
  CHECK_FALSE(parsed);
  return described(parsed.problems);
}

using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("Both shipped campaigns are read without a problem") {
  const Definition events = shipped("thousand-events");
  CHECK(events.id == "thousand-events");
  CHECK(events.kinds.size() == 5);
  CHECK(events.kinds[0].label.zh == "送文艺");
  CHECK(events.phases.size() == 4);
  CHECK(events.deadlines.front().date == Date{2020, 5, 10});
  CHECK(events.form("event")->fields.size() == 17);
  CHECK(events.report.held == std::vector<std::string>{"held"});

  const Definition artists = shipped("artists-among-workers");
  CHECK(artists.kinds.size() == 4);
  CHECK(artists.from == Date{2014, 7, 1});
  CHECK(artists.deadlines.size() == 9);
  REQUIRE(artists.criteria.size() == 1);
  CHECK(artists.criteria[0].kinds.size() == 4);
  CHECK(artists.criteria[0].at_least == 4);
  CHECK(artists.banner.empty());
}

TEST_CASE("Kind, title, date and whether it took place are required of an event, and no more") {
  for (const char* id : {"thousand-events", "artists-among-workers"}) {
    std::set<std::string> required;
    const Definition definition = shipped(id);
    for (const Field& field : definition.form("event")->fields) {
      if (field.required) required.insert(field.name);
    }
    CHECK(required == std::set<std::string>{"kind", "title", "date", "status"});
    CHECK_FALSE(definition.form("event")->field("status")->default_value);
  }
}

TEST_CASE("Quotas keep the order of the annex") {
  const Definition events = shipped("thousand-events");
  REQUIRE(events.quotas.size() == 29);
  CHECK(events.quotas.front().unit == "ruzhou");
  CHECK(events.quotas.back().unit == "pinggao");
  CHECK(events.quota("city") == 5);
  CHECK(events.quota("shenma") == 60);
  CHECK_FALSE(events.quota("shenma-mine-8"));
}

TEST_CASE("That the 29 quotas add up to 596 and not to the printed 600 is told") {
  const Definition events = shipped("thousand-events");
  CHECK(quota_sum(events, UnitTree(shipped_units())) == 596);
  CHECK(events.printed_total == 600);
  const auto told = notices(events, UnitTree(shipped_units()));
  REQUIRE(told.size() == 3);
  CHECK_THAT(describe(told[0]), Contains("the deadline plan (2020-05-10) is outside the campaign"));
  CHECK(
      describe(told[1]) ==
      "the printed total is 600, but the quotas of the 29 units add up to 596: a difference of 4");
  CHECK_THAT(describe(told[2]), Contains("5 of 34 units have no quota"));
}

TEST_CASE("A quota for a unit that is not known is told when publishing") {
  auto units = shipped_units();
  std::erase_if(units, [](const Unit& unit) { return unit.code == "pinggao"; });
  CHECK_THAT(described(notices(shipped("thousand-events"), UnitTree(units))),
             Contains("a quota of 5 for the unit “pinggao”"));
  CHECK_THAT(described(notices(shipped("thousand-events"), UnitTree())),
             Contains("no units are known yet"));
}

TEST_CASE("Every mistake of a definition is told at once, each with its line") {
  std::string text = shipped_text("thousand-events");
  text = with(text, "version = 4", "version = \"one\"");
  text = with(text, "key = \"film\"", "key = \"performance\"");
  text = with(text, "type = \"long_text\"", "type = \"essay\"");
  text = with(text, "vocabulary = \"site_type\"", "vocabulary = \"sites\"");
  text = with(text, "from = 2020-10-21", "from = 2020-12-21");
  text = with(text, "ruzhou = 60", "ruzhou = -60");
  text = with(text, "held = [\"held\"]", "held = [\"helt\"]");
  const auto parsed = parse_definition(text, "plan.toml");
  REQUIRE_FALSE(parsed);
  INFO(described(parsed.problems));
  REQUIRE(parsed.problems.size() == 7);
  const std::vector<std::string> marks{"\"one\"",         "\"essay\"",    "\"sites\"",
                                       "to = 2020-11-20", "ruzhou = -60", "[\"helt\"]"};
  const std::string all = described(parsed.problems);
  for (const std::string& mark : marks) {
    if (mark.starts_with("to =")) continue;
    CHECK_THAT(all, Contains("plan.toml line " + std::to_string(line_with(text, mark)) + ": "));
  }
  CHECK_THAT(all, Contains("“performance” is there twice"));
  CHECK_THAT(all, Contains("2020-11-20"));
  size_t before = 0;
  for (const Refusal& problem : parsed.problems) {
    CHECK(problem.reason == Reason::kInvalidFile);
    CHECK(problem.args.at(0) == "plan.toml");
    const size_t line = std::stoul(problem.args.at(1));
    CHECK(line >= before);
    before = line;
  }
}

TEST_CASE("Of a field of no known type nothing else is told as wrong") {
  // A date and a choice, with bounds, warnings, conditions and reports that rest on their types.
  for (const char* type : {"date", "choice", "integer"}) {
    const std::string good = std::string("type = \"") + type + "\"";
    std::string text = shipped_text("thousand-events");
    size_t mistakes = 0;
    for (size_t at = text.find(good); at != std::string::npos; at = text.find(good, at + 1)) {
      text.replace(at, good.size(), "type = \"none\"");
      ++mistakes;
    }
    const auto parsed = parse_definition(text, "plan.toml");
    INFO(described(parsed.problems));
    REQUIRE(mistakes > 0);
    CHECK(parsed.problems.size() == mistakes);
    for (const Refusal& problem : parsed.problems) {
      CHECK_THAT(describe(problem), Contains("there is no type “none”"));
    }
  }
}

TEST_CASE("A mistyped key is refused with its line and the keys there are") {
  const std::string text =
      with(shipped_text("thousand-events"), "required = true", "requierd = true");
  const auto parsed = parse_definition(text, "plan.toml");
  REQUIRE(parsed.problems.size() == 1);
  CHECK_THAT(described(parsed.problems),
             Contains("line " + std::to_string(line_with(text, "requierd"))) &&
                 Contains("“requierd”") && Contains("required"));
}

TEST_CASE("A key of a newer version is passed over where a person did not write the text") {
  const std::string text =
      with(shipped_text("thousand-events"), "version = 4", "version = 4\nweather = \"fine\"");
  CHECK_FALSE(parse_definition(text, "plan.toml"));
  CHECK(parse_definition(text, "plan.toml", UnknownKeys::kIgnore));
}

TEST_CASE("What a definition can't mean is refused") {
  CHECK_THAT(problems_after("id = \"thousand-events\"", "id = \"Thousand\""),
             Contains("small letters"));
  CHECK_THAT(problems_after("id = \"thousand-events\"", ""), Contains("“id” is missing"));
  CHECK_THAT(problems_after("to = 2020-11-30", "to = 2019-11-30"),
             Contains("before the beginning"));
  CHECK_THAT(problems_after("to = 2020-11-30", "to = \"2020-02-30\""), Contains("must be a date"));
  CHECK_THAT(problems_after("{unit}", "unit"), Contains("the banner must hold {unit}"));
  CHECK_THAT(problems_after("policy = \"ask\"", "policy = \"union\""),
             Contains("not for the type"));
  CHECK_THAT(problems_after("policy = \"ask\"", "policy = \"newest\""), Contains("no policy"));
  CHECK_THAT(problems_after("default = 1\n", "default = \"many\"\n"), Contains("the default"));
  CHECK_THAT(problems_after("max = 10000\n", "max = 10000\nmin = 20000\n"),
             Contains("min is greater"));
  CHECK_THAT(problems_after("{ above = 10 }", "{ future = true }"), Contains("warning is not for"));
  CHECK_THAT(problems_after("{ above = 10 }", "{ above = 10, below = 3 }"),
             Contains("exactly one"));
  CHECK_THAT(problems_after("{ status = [\"held\"] }", "{ state = [\"held\"] }"),
             Contains("not a choice of this form"));
  CHECK_THAT(problems_after("{ status = [\"held\"] }", "{ status = [\"done\"] }"),
             Contains("not one of"));
  CHECK_THAT(problems_after("name = \"venue\"", "name = \"title\""), Contains("there twice"));
  CHECK_THAT(problems_after("name = \"venue\"", "name = \"_venue\""), Contains("small letters"));
  CHECK_THAT(problems_after("key = \"event\"", "key = \"grant\""), Contains("Sitelog's own"));
  CHECK_THAT(problems_after("ruzhou = 60", "root = 60"), Contains("can't be a unit's code"));
  CHECK_THAT(problems_after("kind = \"kind\"\nlevel", "kind = \"kinds\"\nlevel"),
             Contains("no field"));
  CHECK_THAT(problems_after("zh = \"送电影\"", ""), Contains("“zh” is missing"));
  CHECK_THAT(problems_after("key = \"county\"", "key = \"unspecified\""),
             Contains("meaning of its own"));
}

TEST_CASE("A text that is not TOML is refused with the line of its first error") {
  const auto parsed = parse_definition("id = \"a\"\nversion = = 1\n", "plan.toml");
  REQUIRE(parsed.problems.size() == 1);
  CHECK_THAT(described(parsed.problems), Contains("plan.toml line 2: this is not TOML"));
  CHECK_THAT(described(parse_definition("id = 1\n\xff", "plan.toml").problems),
             Contains("line 2: this is not UTF-8"));
}

TEST_CASE("Lists merge by union unless the definition says otherwise") {
  const Definition events = shipped("thousand-events");
  CHECK(events.form("event")->field("performers")->policy == Policy::kUnion);
  CHECK_FALSE(events.form("event")->field("title")->policy);
}

TEST_CASE("Dates are read in the shapes people write, and only real days") {
  for (const char* text : {"2020-06-01", "2020-6-1", "2020/6/1", "2020.6.1", "2020年6月1日",
                           "2020年06月01号", " 2020-06-01 ", "２０２０－０６－０１"}) {
    INFO(text);
    REQUIRE(parse_date(text));
    CHECK(parse_date(text)->text() == "2020-06-01");
  }
  for (const char* text : {"2020-02-30", "2019-02-29", "2020-13-01", "2020-00-10", "2020-1-0", "",
                           "2020", "2020-06", "06-01-2020", "2020-06/01", "2020-06-01x", "20-6-1",
                           "2020年6月1", "99999-01-01", "1900-02-29", "今天"}) {
    INFO(text);
    CHECK_FALSE(parse_date(text));
  }
  CHECK(parse_date("2020-02-29"));
  CHECK(parse_date("2000-02-29"));
  CHECK(parse_date("20200601")->text() == "2020-06-01");
  for (const char* text : {"20200631", "2020061", "202006011", "20201301", "2020 601"}) {
    CHECK_FALSE(parse_date(text));
  }
}

TEST_CASE("A day without its year is taken where the campaign has just one such day") {
  const Date from{2020, 6, 1}, to{2021, 8, 31};
  CHECK(parse_date_within("5月1日", from, to)->text() == "2021-05-01");
  CHECK(parse_date_within(" ９月３０号", from, to)->text() == "2020-09-30");
  CHECK(parse_date_within("2019-01-01", from, to)->text() == "2019-01-01");
  CHECK_FALSE(parse_date_within("7月1日", from, to));
  CHECK_FALSE(parse_date_within("2月29日", from, to));
  CHECK_FALSE(parse_date_within("7月", from, to));
  CHECK_FALSE(parse_date_within("7-1", from, to));
}

TEST_CASE("A day without its year is the only one within, or the next") {
  const auto day = parse_day("12月5日");
  REQUIRE(day);
  CHECK(*day == Date{0, 12, 5});
  CHECK(parse_day("2020年12月5日") == Date{2020, 12, 5});
  CHECK_FALSE(parse_day("2月30日"));
  CHECK_FALSE(parse_day("13月1日"));
  CHECK(next_day(*day, {2026, 11, 26}) == Date{2026, 12, 5});
  CHECK(next_day(*day, {2026, 12, 5}) == Date{2026, 12, 5});
  CHECK(next_day(*day, {2026, 12, 6}) == Date{2027, 12, 5});
  CHECK(next_day({2020, 1, 1}, {2026, 1, 1}) == Date{2020, 1, 1});
  CHECK(next_day(*parse_day("2月29日"), {2096, 3, 1}) == Date{2104, 2, 29});
  CHECK(day_within(*day, {2020, 6, 1}, {2021, 5, 31}) == Date{2020, 12, 5});
  CHECK_FALSE(day_within(*day, {2020, 6, 1}, {2021, 12, 31}));
}

TEST_CASE("Damaged definitions are refused, never a crash") {
  std::mt19937 random(20200601);
  const std::string whole = shipped_text("thousand-events");
  const std::string pieces = "[]{}=\"'.,#\n\\\xe9\x80 0-_a\r\0";
  for (int round = 0; round < 600; ++round) {
    std::string text = whole;
    const size_t begin = random() % text.size();
    for (auto edits = 1 + random() % 6; edits > 0; --edits) {
      const size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text.erase(at, random() % 40); break;
        case 1: text.insert(at, 1, pieces[random() % pieces.size()]); break;
        case 2: text[at] = static_cast<char>(random()); break;
        case 3: text.insert(at, text.substr(std::min(begin, text.size()), random() % 80)); break;
      }
      if (text.empty()) text = " ";
    }
    INFO("round " << round);
    const auto parsed = parse_definition(text, "damaged.toml");
    CHECK(parsed.value.has_value() == parsed.problems.empty());
  }
  std::string deep = "a";
  for (int i = 0; i < 100'000; ++i) deep += ".a";
  CHECK_FALSE(parse_definition(deep + " = 1", "deep.toml"));
  CHECK_FALSE(parse_definition("a = " + std::string(100'000, '['), "deep.toml"));
  CHECK_FALSE(parse_definition("", "empty.toml"));
}
