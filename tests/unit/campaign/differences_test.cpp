#include "campaign/differences.hpp"

#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;

namespace {

using Catch::Matchers::Contains;

// What is told of a change to the shipped campaign, which has a film and a lecture, both held.
struct Told {
  std::string text;
  bool weighty = false;
};

Told told_of(const std::string& text) {
  const Definition before = shipped("thousand-events");
  const auto after = parse_definition(text, "plan.toml");
  INFO(described(after.problems));
  REQUIRE(after);
  Differences differences(before, *after, Language::kChinese);
  for (const char* kind : {"film", "lecture"}) {
    differences.look_at(record_of({}, "event",
                                  {{"_campaign", "thousand-events"},
                                   {"kind", kind},
                                   {"title", "一"},
                                   {"date", "2020-07-01"},
                                   {"status", "held"},
                                   {"participants", 5000}}));
  }
  return {described(differences.told()), differences.weighty()};
}

Told told_of(const std::string& what, const std::string& instead) {
  return told_of(with(shipped_text("thousand-events"), what, instead));
}

// The shipped campaign with two labels, each of which stands there once, in each other's place.
Told told_of_swapped(const std::string& one, const std::string& other) {
  const std::string text = shipped_text("thousand-events");
  return told_of(with(with(with(text, one, "zh = \"?\""), other, one), "zh = \"?\"", other));
}

}  // namespace

TEST_CASE("A new version that only says things otherwise touches no record") {
  const Told told = told_of("zh = \"送电影\"", "zh = \"放映电影\"");
  CHECK(told.text.empty());
  CHECK_FALSE(told.weighty);
}

TEST_CASE("A kind that is taken away is told with its records, which fall out of the counts") {
  const Told told = told_of("[[kind]]\nkey = \"film\"\nzh = \"送电影\"\nen = \"Films\"\n", "");
  CHECK_THAT(told.text, Contains("the choice “送电影 (film)” is taken away: 1 records") &&
                            Contains("1 records that count would count no longer"));
  CHECK(told.weighty);
}

TEST_CASE("A key that is replaced under the same label is told as that") {
  const Told told = told_of("key = \"film\"", "key = \"cinema\"");
  CHECK_THAT(told.text, Contains("“送电影 (film)” is now “cinema” under the same label") &&
                            Contains("1 records"));
  CHECK(told.weighty);
}

TEST_CASE("Two choices whose labels change places are told, as records would say something else") {
  const Told told = told_of_swapped("zh = \"送电影\"", "zh = \"送讲座\"");
  CHECK_THAT(told.text, Contains("“送电影 (film)” is now called “送讲座”, which is what “送讲座 "
                                 "(lecture)” was called: 1 records") &&
                            Contains("“送讲座 (lecture)” is now called “送电影”"));
  CHECK(told.weighty);
}

TEST_CASE("Two fields whose labels change places are told as well") {
  const Told told = told_of_swapped("zh = \"活动名称\"", "zh = \"活动地点\"");
  CHECK_THAT(told.text, Contains("“活动名称 (title)” is now called “活动地点”") &&
                            Contains(": 2 records would be read"));
  CHECK(told.weighty);
}

TEST_CASE("A field that must now be filled in is told with the records that lack it") {
  const Told told = told_of("zh = \"活动地点\"\n", "zh = \"活动地点\"\nrequired = true\n");
  CHECK_THAT(told.text, Contains("“活动地点 (venue)” must now be filled in: 2 records lack it"));
  CHECK_FALSE(told.weighty);
}

TEST_CASE("Narrower bounds and another period are told by what falls out") {
  CHECK_THAT(told_of("max = 10000000\n", "max = 4000\n").text,
             Contains("“参加人数 (participants)” has narrower bounds: 2 records") &&
                 Contains("2 records that count would count no longer"));
  const Told later =
      told_of("from = 2020-05-21\nto = 2020-11-30\n", "from = 2020-05-21\nto = 2020-12-30\n");
  CHECK(later.text.empty());
}

TEST_CASE("Another campaign under the same id is told by its title") {
  const Told told = told_of("en = \"A thousand cultural events", "en = \"Hazards");
  CHECK_THAT(told.text, Contains("the published campaign thousand-events is called"));
  CHECK(told.weighty);
}

TEST_CASE("Stations that come, go or are others are told with the records they touch") {
  const std::string all = "stations = [\"checker\", \"office\"]";
  const Told gone = told_of(all, "stations = []");
  CHECK_THAT(
      gone.text,
      Contains("judged by no stations any more (审核人 (checker)、宣教部 (office)): 0 records"));
  CHECK_FALSE(gone.weighty);
  const Told other = told_of(all, "stations = [\"office\"]");
  CHECK_THAT(other.text, Contains("is judged by 宣教部 (office), no longer by 审核人 "
                                  "(checker)、宣教部 (office): 0 records"));
  const auto none = parse_definition(with(shipped_text("thousand-events"), all, ""), "plan.toml");
  REQUIRE(none);
  const Definition after = shipped("thousand-events");
  Differences differences(*none, after, Language::kChinese);
  RecordState sent = record_of({}, "event", {{"_campaign", "thousand-events"}});
  differences.look_at(sent);
  sent.as_sent.emplace();
  differences.look_at(sent);
  CHECK_THAT(
      described(differences.told()),
      Contains("judged by stations from now on (审核人 (checker)、宣教部 (office)): 1 records"));
  CHECK_FALSE(differences.weighty());
}
