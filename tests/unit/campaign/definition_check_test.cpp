#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;

namespace {

using Catch::Matchers::Contains;

// What is wrong with a shipped definition after a change, for who is about to publish it; who reads
// what is published takes it as it is.
std::string refused(const std::string& text) {
  CHECK(parse_definition(text, "plan.toml", UnknownKeys::kIgnore));
  const auto parsed = parse_definition(text, "plan.toml");
  CHECK_FALSE(parsed);
  return described(parsed.problems);
}

std::string changed(const std::string& what, const std::string& instead,
                    const std::string& id = "thousand-events") {
  return with(shipped_text(id), what, instead);
}

std::string fields(int count, const std::string& name) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    out += "[[form.field]]\nname = \"" + name + number + "\"\ntype = \"text\"\nzh = \"项" + number +
           "\"\nen = \"Item " + number + "\"\n\n";
  }
  return out;
}

std::string kinds(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    out += "[[kind]]\nkey = \"k" + number + "\"\nzh = \"类" + number + "\"\nen = \"K" + number +
           "\"\n\n";
  }
  return out;
}

}  // namespace

TEST_CASE("A definition too large to be published is refused by check, with the limit") {
  const std::string text = shipped_text("thousand-events");
  CHECK(parse_definition(text + "\n#" + std::string(40'000, 'x'), "plan.toml"));
  CHECK_THAT(refused(text + "\n#" + std::string(70'000, 'x')), Contains("at most 61440"));
}

TEST_CASE("Whether a thing took place must be said: no default, and something that counts") {
  const std::string silent = changed("required = true  # whether it took place must be said\n", "");
  CHECK_THAT(refused(silent), Contains("“status” must be required and have no default"));
  CHECK_THAT(refused(changed("required = true  # whether it took place must be said\n",
                             "required = true\ndefault = \"held\"\n")),
             Contains("“status” must be required and have no default"));
  CHECK_THAT(refused(changed("held = [\"held\"]\n", "held = []\n")),
             Contains("nothing would count"));
}

TEST_CASE("Equal labels, empty vocabularies and a kind asked for twice are refused") {
  CHECK_THAT(refused(changed("zh = \"送电影\"", "zh = \"送文艺\"")),
             Contains("the label “送文艺” is there twice"));
  CHECK_THAT(refused(changed("en = \"Venue\"", "en = \"title\"")),
             Contains("the label “title” is there twice"));
  CHECK_THAT(refused(changed("[vocabulary]\n", "[vocabulary]\nempty = []\n")),
             Contains("the vocabulary “empty” is empty"));
  CHECK_THAT(refused(changed("at_least = 4 ", "kinds = [\"coaching\", \"coaching\"]\nat_least = 4 ",
                             "artists-among-workers")),
             Contains("“coaching” is there twice"));
}

TEST_CASE("What is read on a screen or on paper is on one line and not endless") {
  CHECK_THAT(refused(changed("zh = \"送电影\"", "zh = \"送\\n电影\"")),
             Contains("must be on one line"));
  CHECK_THAT(refused(changed("en = \"Films\"", "en = \"" + std::string(101, 'f') + "\"")),
             Contains("101 characters, at most 100"));
  CHECK_THAT(refused(changed("en = \"A thousand", "en = \"" + std::string(200, 'A') + " thousand")),
             Contains("at most 200"));
}

TEST_CASE("A phase outside the campaign is refused") {
  CHECK_THAT(
      refused(changed("from = 2020-05-21\nto = 2020-06-20", "from = 2019-05-21\nto = 2020-06-20")),
      Contains("the phase “mobilise” is not inside the campaign"));
}

TEST_CASE("A form whose record with all explanations would not fit an entry is refused") {
  const std::string at = "[[form.field]]\nname = \"venue\"";
  CHECK(parse_definition(changed(at, fields(110, "more") + at), "plan.toml"));
  CHECK_THAT(refused(changed(at, fields(111, "more") + at)), Contains("128 fields, at most 127"));
  CHECK(parse_definition(changed(at, fields(1, std::string(54, 'n')) + at), "plan.toml"));
  CHECK_THAT(refused(changed(at, fields(1, std::string(55, 'n')) + at)),
             Contains("56 bytes, at most 55"));
}

TEST_CASE("Kinds by levels that no table could hold are refused") {
  const std::string first = "[[kind]]\nkey = \"performance\"";
  CHECK(parse_definition(changed(first, kinds(128) + first), "plan.toml"));
  CHECK_THAT(refused(changed(first, kinds(129) + first)),
             Contains("402 columns of a report, at most 400"));
  CHECK_THAT(refused(changed(first, kinds(501) + first)), Contains("has 506 choices, at most 500"));
}

TEST_CASE("A number that is summed can be neither below 0 nor without measure") {
  CHECK_THAT(refused(changed("max = 10000\n", "max = 10000\nmin = -1000000\n")),
             Contains("“sessions” is summed"));
  CHECK_THAT(refused(changed("max = 10000000\n", "max = 9000000000\n")),
             Contains("“participants” is summed"));
}
