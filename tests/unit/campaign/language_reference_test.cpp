// docs/campaign-language.*: whoever writes a campaign by it writes what is read.
#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "campaign/definition.hpp"
#include "campaign/report.hpp"
#include "support.hpp"

using namespace sitelog;

namespace {

std::string page(const std::string& name) {
  std::ifstream file(SITELOG_SOURCE_DIR "/docs/" + name);
  std::ostringstream out;
  out << file.rdbuf();
  REQUIRE_FALSE(out.str().empty());
  return out.str();
}

// The campaigns that stand in it.
std::vector<std::string> examples(const std::string& text) {
  constexpr std::string_view kBegin = "```toml\n", kEnd = "```";
  std::vector<std::string> out;
  for (size_t at = text.find(kBegin); at != text.npos; at = text.find(kBegin, at)) {
    at += kBegin.size();
    out.push_back(text.substr(at, text.find(kEnd, at) - at));
  }
  return out;
}

}  // namespace

TEST_CASE("the examples in the reference of the campaign language can be published") {
  const auto all = examples(page("campaign-language.md"));
  CHECK(all.size() == 2);
  CHECK(examples(page("campaign-language.zh-CN.md")) == all);
  for (const std::string& example : all) {
    const auto parsed = parse_definition(example, "example.toml");
    CHECK(described(parsed.problems) == "");
    CHECK(parsed);
  }
  // A larger one leaves nothing out that there is.
  const auto large = parse_definition(all.back(), "example.toml");
  REQUIRE(large);
  std::set<FieldType> types;
  std::set<WarnRule::What> rules;
  for (const Field& field : large.value->forms.at(0).fields) {
    types.insert(field.type);
    for (const WarnRule& rule : field.warn) rules.insert(rule.what);
  }
  CHECK(types.size() == static_cast<size_t>(FieldType::kFlag) + 1);
  CHECK(rules.size() == static_cast<size_t>(WarnRule::What::kNotTheBanner) + 1);
  CHECK_FALSE(large.value->phases.empty());
  CHECK_FALSE(large.value->deadlines.empty());
  CHECK_FALSE(large.value->quotas.empty());
  CHECK_FALSE(large.value->criteria.empty());
  CHECK_FALSE(large.value->words.empty());
}

TEST_CASE("the reference of the campaign language names everything that can be said") {
  std::vector<std::string> names{
      "policy",  "warn",       "default", "required", "length_max", "min",          "max",
      "if = {",  "latest",     "site",    "ask",      "union",      "above",        "below",
      "missing", "future",     "measure", "held",     "words",      "headquarters", "banner",
      "from",    "to",         "id",      "version",  "kinds",      "at_least",     "list",
      "phase",   "vocabulary", "status",  "what",     "date",       "deadline",     "printed_total",
      "outside", "banner"};
  for (int type = 0; type <= static_cast<int>(FieldType::kFlag); ++type) {
    names.emplace_back("`" + std::string(name_of(static_cast<FieldType>(type))) + "`");
  }
  for (const Measure measure : {Measure::kEvents, Measure::kSessions, Measure::kParticipants}) {
    names.emplace_back("`" + std::string(name_of(measure)) + "`");
  }
  for (const std::string_view word : word_names()) {
    names.emplace_back("`" + std::string(word) + "`");
  }
  for (const char* name : {"campaign-language.md", "campaign-language.zh-CN.md"}) {
    const std::string text = page(name);
    for (const std::string& said : names) {
      INFO(name);
      CHECK_THAT(text, Catch::Matchers::Contains(said));
    }
  }
}
