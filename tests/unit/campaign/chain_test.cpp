#include "campaign/chain.hpp"

#include <catch2/catch.hpp>

#include "campaign/campaign_catalogue.hpp"
#include "campaign/counting_rules.hpp"
#include "campaign/counts.hpp"
#include "support.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;

namespace {

using Catch::Matchers::Contains;

// city ← group ← mine ← team; city ← county.
std::vector<Unit> units() {
  return {{"city", "City", "", "", ""},
          {"group", "Group", "city", "", ""},
          {"mine", "Mine", "group", "", ""},
          {"team", "Team", "mine", "", ""},
          {"county", "County", "city", "", ""}};
}

UnitTree tree(const std::map<BookCode, std::vector<std::string>>& filled) {
  auto all = units();
  for (Unit& unit : all) {
    const auto at = filled.find(unit.code);
    if (at != filled.end()) unit.filled = at->second;
  }
  return UnitTree(std::move(all));
}

std::string chain(const Definition& definition, const UnitTree& in, const BookCode& unit) {
  const auto found = chain_of(definition, definition.forms.front(), in, unit);
  if (!found) return "none";
  std::string out;
  for (const Station& station : found->stations) out += text_of(station) + " ";
  for (const std::string& role : found->missing) out += "without " + role + " ";
  return out;
}

Definition with_leader() {
  std::string text = shipped_text("thousand-events");
  text = with(text, "stations = [\"checker\", \"office\"]",
              "stations = [\"leader\", \"checker\", \"office\"]");
  text = with(text, "en = \"Leader in charge\"\nmay = [\"read\", \"record\"]\n",
              "en = \"Leader in charge\"\nmay = [\"read\", \"review\"]\nstands = \"unit\"\n");
  auto parsed = parse_definition(text, "leader.toml");
  INFO(described(parsed.problems));
  REQUIRE(parsed);
  return *std::move(parsed.value);
}

std::string refused(const std::string& what, const std::string& instead) {
  const std::string text = with(shipped_text("thousand-events"), what, instead);
  CHECK(parse_definition(text, "plan.toml", UnknownKeys::kIgnore));
  const auto parsed = parse_definition(text, "plan.toml");
  CHECK_FALSE(parsed);
  return described(parsed.problems);
}

}  // namespace

TEST_CASE("A record goes to the nearest unit above that has a checker, then to the top") {
  for (const char* id : {"thousand-events", "artists-among-workers"}) {
    const Definition definition = shipped(id);
    CHECK(chain(definition, tree({{"group", {"checker"}}}), "team") == "checker@group office@ ");
    CHECK(chain(definition, tree({{"group", {"checker"}}, {"mine", {"checker"}}}), "team") ==
          "checker@mine office@ ");
    CHECK(chain(definition, tree({{"city", {"checker"}}}), "team") == "checker@city office@ ");
  }
}

TEST_CASE("Nobody checks their own unit's records, and where nobody is above that is said") {
  const Definition definition = shipped("thousand-events");
  const UnitTree in = tree({{"group", {"checker"}}, {"county", {"checker"}}});
  CHECK(chain(definition, in, "group") == "office@ without checker ");
  CHECK(chain(definition, in, "county") == "office@ without checker ");
  CHECK(chain(definition, in, "city") == "office@ without checker ");
  CHECK(chain(definition, in, "nowhere") == "office@ without checker ");
  CHECK(chain(definition, tree({{"group", {"recorder", "viewer"}}}), "team") ==
        "office@ without checker ");
}

TEST_CASE("Whoever checks one campaign's records is not asked for another's") {
  const UnitTree in = tree({{"city", {"checker"}}, {"group", {"checker/artists-among-workers"}}});
  CHECK(chain(shipped("thousand-events"), in, "team") == "checker@city office@ ");
  CHECK(chain(shipped("artists-among-workers"), in, "team") == "checker@group office@ ");
}

TEST_CASE("A removed unit checks nothing: what belonged to it belongs to the next above") {
  auto all = units();
  all[1].removed = true;
  all[1].filled = {"checker"};
  all[0].filled = {"checker"};
  CHECK(chain(shipped("thousand-events"), UnitTree(all), "team") == "checker@city office@ ");
}

TEST_CASE("A role that stands at the record's own unit is asked where it is filled there") {
  const Definition definition = with_leader();
  const UnitTree in = tree({{"team", {"leader"}}, {"group", {"checker", "leader"}}});
  CHECK(chain(definition, in, "team") == "leader@team checker@group office@ ");
  CHECK(chain(definition, in, "mine") == "checker@group office@ without leader ");
  CHECK(roles_at_units({&definition}) == std::vector<std::string>{"checker", "leader"});
  CHECK(top_roles({&definition}) == std::vector<std::string>{"office"});
}

TEST_CASE("A form may have stations of its own, or none") {
  const std::string text = shipped_text("thousand-events");
  const auto none = parse_definition(with(text, "[[form]]\n", "[[form]]\nstations = []\n"), "a");
  REQUIRE(none);
  CHECK(chain(*none, tree({}), "team") == "none");
  const auto own =
      parse_definition(with(text, "[[form]]\n", "[[form]]\nstations = [\"office\"]\n"), "a");
  REQUIRE(own);
  CHECK(chain(*own, tree({{"group", {"checker"}}}), "team") == "office@ ");
}

TEST_CASE(
    "What can be no stations is refused with its line, and read as none where it is published") {
  const std::string all = "stations = [\"checker\", \"office\"]";
  CHECK_THAT(refused(all, "stations = [\"checker\", \"boss\"]"),
             Contains("there is no role “boss”"));
  CHECK_THAT(refused(all, "stations = [\"checker\"]"), Contains("the last station, and no other"));
  CHECK_THAT(refused(all, "stations = [\"office\", \"checker\"]"),
             Contains("the last station, and no other"));
  CHECK_THAT(refused(all, "stations = [\"recorder\", \"office\"]"),
             Contains("say where it stands"));
  CHECK_THAT(refused(all, "stations = [\"office\", \"office\"]"), Contains("is there twice"));
  CHECK_THAT(refused("may = [\"read\", \"review\"]\n", "may = [\"read\"]\n"),
             Contains("must be allowed to review"));
  CHECK_THAT(refused("below = true\nstands = \"above\"\n", "stands = \"above\"\n"),
             Contains("needs below = true"));
  const auto lenient = parse_definition(
      with(shipped_text("thousand-events"), all, "stations = [\"checker\", \"boss\"]"), "a",
      UnknownKeys::kIgnore);
  REQUIRE(lenient);
  CHECK(chain(*lenient, tree({}), "team") == "none");
  const auto nowhere = parse_definition(
      with(shipped_text("thousand-events"), "stands = \"above\"", "stands = \"beside\""), "a");
  CHECK_FALSE(nowhere);
}

TEST_CASE("A unit's record says which roles are filled there, beside all that else it says") {
  Unit unit{"group", "Group", "city", "", ""};
  auto fields = unit_fields(unit);
  fields[filled_field("leader")] = Value(true);
  fields[filled_field("checker")] = Value(true);
  fields[filled_field("juror")] = Value(TextList{"b", "a"});
  fields[filled_field("office")] = Value();
  const auto read = unit_from(record_of(unit_record("group"), std::string(kFormUnit), fields));
  REQUIRE(read);
  CHECK(read->filled == std::vector<std::string>{"checker", "juror/a", "juror/b", "leader"});
  CHECK(read->is_filled("checker", "thousand-events"));
  CHECK(read->is_filled("juror", "b"));
  CHECK_FALSE(read->is_filled("juror", "thousand-events"));
  CHECK_FALSE(read->is_filled("office", "thousand-events"));
  CHECK(read->is_filled_for_some("juror"));
  // Where a unit is removed nobody sits, whoever has a role there still.
  Unit removed = *read;
  removed.removed = true;
  CHECK_FALSE(removed.is_filled("checker", "thousand-events"));
  CHECK_FALSE(removed.is_filled_for_some("juror"));
}

namespace {

// A record of 5,000 people, out of the usual and explained, as the office judged what was sent.
RecordState judged(std::optional<std::vector<std::string>> accepts, ReviewVerdict verdict) {
  RecordState state = record_of({}, "event",
                                {{"_campaign", "thousand-events"},
                                 {"kind", "film"},
                                 {"title", "一"},
                                 {"date", "2021-07-01"},
                                 {"level", "county"},
                                 {"status", "held"},
                                 {"participants", 80},
                                 {"_explain.date", "补办"}});
  state.as_sent.emplace();
  const Value sent = sent_value({heads_to_send(state), {{"office", {}}}, {}, {}});
  state.fields[std::string(kFieldSent)] = {sent, {}};
  state.fields[station_field("office")] = {
      verdict_value(
          {.verdict = verdict, .unit = {}, .of = state.sent_name(), .accepts = std::move(accepts)}),
      {}};
  return state;
}

std::string counted(const RecordState& state) {
  const auto tally = CountingRules(shipped("thousand-events")).tally(state);
  if (!tally) return "not at all";
  const TallyRow row = row_of({}, *tally);
  return row.review + (row.left_out.empty() ? "" : " without " + row.left_out) + " " +
         std::to_string(row.counts.participants);
}

}  // namespace

TEST_CASE("What the top accepts counts with the explanations that it accepts") {
  const auto kAccepted = ReviewVerdict::kAccepted;
  CHECK(counted(judged(std::nullopt, kAccepted)) == "accepted 80");
  CHECK(counted(judged(std::vector<std::string>{"date"}, kAccepted)) == "accepted 80");
  CHECK_THAT(counted(judged(std::vector<std::string>{}, kAccepted)), Contains("without date"));
  CHECK_THAT(counted(judged(std::vector<std::string>{"kind"}, kAccepted)),
             Contains("without date"));
  CHECK(counted(judged(std::nullopt, ReviewVerdict::kRefused)) == "not at all");
  RecordState changed = judged(std::nullopt, kAccepted);
  changed.as_sent->emplace("participants", Value(7));
  CHECK(counted(changed) == "accepted 7");
}

TEST_CASE("Records of a campaign with stations are listed as such, of one without as ever") {
  CampaignCatalogue catalogue;
  const std::string text = shipped_text("thousand-events");
  const auto publish = [&](const std::string& definition) {
    catalogue.learn(record_of(campaign_record("thousand-events"), std::string(kFormCampaign),
                              {{"id", "thousand-events"}, {"definition", definition}}));
  };
  const RecordState event = record_of({}, "event", {{"_campaign", "thousand-events"}});
  publish(text);
  CHECK(catalogue.listing(event).by_stations);
  publish(with(text, "stations = [\"checker\", \"office\"]", "stations = []"));
  CHECK_FALSE(catalogue.listing(event).by_stations);
}
