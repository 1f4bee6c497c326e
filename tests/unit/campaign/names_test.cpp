#include "campaign/names.hpp"

#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;
using Catch::Matchers::Contains;

namespace {

const Vocabulary kGames{{"film", {"电影", "Film"}},
                        {"movie", {"电影", "Moving picture"}},
                        {"play", {"戏剧", "Film play"}}};

}  // namespace

TEST_CASE("A choice is called by its key or a label, in whatever width or case") {
  for (const char* given : {"play", "PLAY", " 戏剧 ", "Film Play", "ｐｌａｙ"}) {
    const auto choice = find_choice(kGames, given);
    REQUIRE(choice);
    CHECK((*choice)->key == "play");
  }
}

TEST_CASE("A label that two choices have names none of them, and both are told") {
  const auto choice = find_choice(kGames, "电影");
  REQUIRE_FALSE(choice);
  CHECK(choice.refusal().reason == Reason::kInvalidValue);
  CHECK_THAT(describe(choice.refusal()), Contains("film, movie"));
  CHECK((*find_choice(kGames, "film"))->key == "film");
  CHECK((*find_choice(kGames, "Film"))->key == "film");
  CHECK((*find_choice(kGames, "Moving picture"))->key == "movie");
}

TEST_CASE("What nobody is called is refused with what there is") {
  CHECK_THAT(describe(find_choice(kGames, "opera").refusal()), Contains("film Film"));
  CHECK(find_choice(kGames, "").refusal().reason == Reason::kInvalidValue);
  CHECK(find_choice(kGames, "\xff").refusal().reason == Reason::kInvalidValue);
}

TEST_CASE("A unit is called by its code or its name, which others may share") {
  const UnitTree units({{"a-1", "三号井", "", "", ""},
                        {"A-1", "四号井", "", "", ""},
                        {"b", "三号井", "", "", ""},
                        {"c", "a-1", "", "", ""}});
  CHECK(*find_unit(units, "a-1") == "a-1");
  CHECK(*find_unit(units, "A-1") == "A-1");
  CHECK(*find_unit(units, "四号井") == "A-1");
  CHECK_THAT(describe(find_unit(units, "三号井").refusal()), Contains("a-1, b"));
  CHECK(find_unit(units, "五号井").refusal().reason == Reason::kUnknownUnit);
}

TEST_CASE("A campaign, a form and a field are called by their labels") {
  const Definition definition = shipped("thousand-events");
  const std::vector<const Definition*> campaigns{&definition};
  CHECK((*find_campaign(campaigns, definition.title.zh))->id == definition.id);
  CHECK(find_campaign(campaigns, "nosuch").refusal().reason == Reason::kUnknownCampaign);
  const Form& form = definition.forms.front();
  CHECK((*find_form(definition, form.label.zh))->key == form.key);
  CHECK(*find_form(campaigns, form.label.zh) == form.key);
  CHECK((*find_field(form, "参加人数"))->name == "participants");
  CHECK(*find_field(campaigns, "参加人数") == "participants");
  CHECK(*find_kind(campaigns, "送电影") == "film");
  CHECK(find_form(campaigns, "nosuch").refusal().reason == Reason::kUnknownForm);
}

TEST_CASE("A form says which campaign is meant where one alone has it, else they are asked about") {
  const Definition events = shipped("thousand-events");
  Definition inspections = events;
  inspections.id = "inspections";
  inspections.title = {"安全检查", "Inspections"};
  inspections.forms.front().key = "inspection";
  inspections.forms.front().label = {"检查", "Inspection"};
  std::vector<const Definition*> all{&events, &inspections};
  CHECK((*find_campaign_of(all, "", "inspection"))->id == "inspections");
  CHECK((*find_campaign_of(all, "", "检查"))->id == "inspections");
  CHECK((*find_campaign_of(all, "", "event"))->id == events.id);
  CHECK((*find_campaign_of(all, events.id, "inspection"))->id == events.id);
  CHECK(find_campaign_of(all, "nosuch", "event").refusal().reason == Reason::kUnknownCampaign);
  CHECK(find_campaign_of(all, "", "nosuch").refusal().reason == Reason::kUnknownForm);

  Definition second = inspections;
  second.id = "second";
  all.push_back(&second);
  const auto asked = find_campaign_of(all, "", "inspection");
  REQUIRE_FALSE(asked);
  CHECK(asked.refusal().reason == Reason::kInvalidValue);
  CHECK_THAT(describe(asked.refusal()),
             Contains("inspections (Inspections), second (Inspections)"));
  // A key is one campaign's before it is another's label.
  second.forms.front().key = "other";
  second.forms.front().label = {"inspection", "inspection"};
  CHECK((*find_campaign_of(all, "", "inspection"))->id == "inspections");
}
