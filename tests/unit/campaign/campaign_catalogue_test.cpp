#include "campaign/campaign_catalogue.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "campaign/counts.hpp"
#include "campaign/validation.hpp"
#include "support.hpp"
#include "sync/merge/sought.hpp"

using namespace sitelog;

namespace {

RecordState campaign_state(const std::string& id, const std::string& text) {
  return record_of(campaign_record(id), "campaign", {{"id", id}, {"definition", text}});
}

CampaignCatalogue with_events() {
  CampaignCatalogue catalogue;
  const auto consequence =
      catalogue.learn(campaign_state("thousand-events", shipped_text("thousand-events")));
  CHECK(consequence == Consequence::kTallies);
  return catalogue;
}

std::map<std::string, Value> event_values() {
  return {{"_campaign", "thousand-events"},
          {"kind", "film"},
          {"date", "2020-07-01"},
          {"level", "county"},
          {"sessions", 2},
          {"status", "held"},
          {"participants", 300}};
}

RecordState event_state(const std::map<std::string, Value>& changes = {}) {
  auto values = event_values();
  for (const auto& [name, value] : changes) values[name] = value;
  return record_of({}, "event", values);
}

enum class Reviewed { kToday, kByOlderBuild };

// The event with headquarters' verdict; `since` changed after it.
RecordState reviewed(ReviewVerdict verdict, const std::map<std::string, Value>& since = {},
                     const std::map<std::string, Value>& changes = {},
                     Reviewed how = Reviewed::kToday) {
  RecordState state = event_state(changes);
  uint8_t next = 2;
  const auto add = [&](const std::map<std::string, Value>& values) {
    HistoryEntry entry;
    entry.origin.entry.bytes[0] = next++;
    entry.entry = compose(&state, state.record, state.form, values);
    REQUIRE(extend(state, entry));
  };
  Review review;
  review.verdict = verdict;
  const auto explanations =
      how == Reviewed::kToday ? std::optional(explanation_digest(state)) : std::nullopt;
  add({{"_review", review_value(review, content_digest(state), explanations)}});
  if (!since.empty()) add(since);
  return state;
}

}  // namespace

TEST_CASE("A published campaign can be asked for and gives fields their policies") {
  const CampaignCatalogue catalogue = with_events();
  REQUIRE(catalogue.campaign("thousand-events") != nullptr);
  CHECK(catalogue.campaigns().size() == 1);
  CHECK(catalogue.campaign("other") == nullptr);
  CHECK(catalogue.default_policy("thousand-events", "event", "performers") == Policy::kUnion);
  CHECK(catalogue.default_policy("thousand-events", "event", "date") == Policy::kAsk);
  CHECK_FALSE(catalogue.default_policy("thousand-events", "event", "title"));
  CHECK_FALSE(catalogue.default_policy("thousand-events", "plan", "title"));
  CHECK_FALSE(catalogue.default_policy("other", "event", "date"));
}

TEST_CASE("What a new version of a campaign changes decides what is worked out again") {
  CampaignCatalogue catalogue = with_events();
  const std::string text = shipped_text("thousand-events");
  const auto learn = [&](const std::string& changed) {
    return catalogue.learn(campaign_state("thousand-events", changed));
  };
  CHECK(learn(text) == Consequence::kNone);
  CHECK(learn(with(text, "送电影", "放映电影")) == Consequence::kNone);
  CHECK(catalogue.campaign("thousand-events")->kinds[1].label.zh == "放映电影");
  CHECK(learn(with(text, "policy = \"ask\"", "policy = \"site\"")) == Consequence::kPolicies);
  CHECK(learn(with(text, "[\"held\"]\n", "[\"held\", \"planned\"]\n")) == Consequence::kTallies);
  const std::string both = with(with(text, "[\"held\"]\n", "[\"planned\"]\n"), "policy = \"ask\"",
                                "policy = \"latest\"");
  CHECK(learn(both) == Consequence::kTallies);
}

TEST_CASE(
    "A definition that can't be read counts nothing, whatever was known before, and says why") {
  CampaignCatalogue catalogue = with_events();
  const RecordState unreadable = campaign_state("thousand-events", "id = ");
  CHECK(catalogue.learn(unreadable) == Consequence::kTallies);
  CHECK(catalogue.campaign("thousand-events") == nullptr);
  REQUIRE(catalogue.problems().size() == 1);
  CHECK(catalogue.problems()[0].campaign == "thousand-events");
  // As for one who never knew another.
  CampaignCatalogue fresh;
  fresh.learn(unreadable);
  CHECK(fresh.tally(event_state()) == catalogue.tally(event_state()));
  CHECK(catalogue.learn(campaign_state("thousand-events", shipped_text("thousand-events"))) ==
        Consequence::kTallies);
  CHECK(catalogue.problems().empty());
}

TEST_CASE("A definition under another campaign's id is not taken") {
  CampaignCatalogue catalogue;
  CHECK(catalogue.learn(campaign_state("other", shipped_text("thousand-events"))) ==
        Consequence::kNone);
  CHECK(catalogue.campaigns().empty());
  CHECK(catalogue.problems().size() == 1);
}

TEST_CASE("A withdrawn campaign counts nothing") {
  CampaignCatalogue catalogue = with_events();
  const auto withdrawn = record_of(campaign_record("thousand-events"), "campaign",
                                   {{"id", "thousand-events"}, {"_void", "x"}});
  CHECK(catalogue.learn(withdrawn) == Consequence::kTallies);
  CHECK(catalogue.campaign("thousand-events") == nullptr);
  CHECK_FALSE(catalogue.tally(event_state()));
}

TEST_CASE("A withdrawn campaign is known as it was last, whichever way the word of it came") {
  const auto withdrawn = record_of(
      campaign_record("thousand-events"), "campaign",
      {{"id", "thousand-events"}, {"definition", shipped_text("thousand-events")}, {"_void", "x"}});
  CampaignCatalogue told = with_events(), fresh;
  CHECK(told.learn(withdrawn) == Consequence::kTallies);
  CHECK(told.learn(withdrawn) == Consequence::kNone);
  CHECK(fresh.learn(withdrawn) == Consequence::kTallies);
  for (const CampaignCatalogue* catalogue : {&told, &fresh}) {
    CHECK(catalogue->campaign("thousand-events") == nullptr);
    CHECK(catalogue->campaigns().empty());
    CHECK(catalogue->is_withdrawn("thousand-events"));
    REQUIRE(catalogue->known("thousand-events") != nullptr);
    CHECK(catalogue->withdrawn().size() == 1);
    CHECK(catalogue->listing(event_state()).campaign == "thousand-events");
    CHECK_FALSE(catalogue->tally(event_state()));
    CHECK_FALSE(catalogue->default_policy("thousand-events", "event", "participants"));
    CHECK(refuse_withdrawn(*catalogue, "", "event"));
    CHECK(refuse_withdrawn(*catalogue, "thousand-events", ""));
    CHECK_FALSE(refuse_withdrawn(*catalogue, "another", "event"));
  }
  CHECK(told.learn(campaign_state("thousand-events", shipped_text("thousand-events"))) ==
        Consequence::kTallies);
  CHECK_FALSE(told.is_withdrawn("thousand-events"));
  CHECK(told.tally(event_state()));
  CHECK_FALSE(refuse_withdrawn(told, "", "event"));
}

TEST_CASE("A held event counts with its kind, level, sessions and participants") {
  const CampaignCatalogue catalogue = with_events();
  const auto row = [&](std::map<std::string, Value> changed = {}) {
    return row_of("ruzhou", catalogue.tally(event_state(std::move(changed))).value());
  };
  CHECK(row().unit == "ruzhou");
  CHECK(row().campaign == "thousand-events");
  CHECK(row().kind == "film");
  CHECK(row().level == "county");
  CHECK(row().review == "pending");
  CHECK(row().counts == Counts{1, 2, 300});
  CHECK(row({{"sessions", Value()}}).counts.sessions == 1);
  CHECK(row({{"participants", Value()}}).counts.participants == 0);
  CHECK(row({{"level", Value()}}).level.empty());
  CHECK(row({{"participants", 10'000'000}}).counts.participants == 10'000'000);
  CHECK(row().left_out.empty());
}

TEST_CASE("Counts read back as they were told, and a key from elsewhere as not stated") {
  const TallyRow row{"ruzhou", "thousand-events", "film", "county", "accepted", {1, 2, 300}};
  const TallyRow back = row_of("ruzhou", tally_of(row));
  CHECK(back.kind == "film");
  CHECK(back.level == "county");
  CHECK(back.review == "accepted");
  CHECK(back.counts == row.counts);
  const TallyRow odd = row_of("ruzhou", {{"thousand-events", "pending", {}}, {{"hours", 7}}});
  CHECK(odd.kind.empty());
  CHECK(odd.level.empty());
  CHECK(odd.counts == Counts{});
}

TEST_CASE("Planned, cancelled, voided and foreign records do not count") {
  const CampaignCatalogue catalogue = with_events();
  CHECK_FALSE(catalogue.tally(event_state({{"status", "planned"}})));
  CHECK_FALSE(catalogue.tally(event_state({{"status", "cancelled"}})));
  CHECK_FALSE(catalogue.tally(event_state({{"_void", "记错了"}})));
  CHECK_FALSE(catalogue.tally(event_state({{"_campaign", "other"}})));
  CHECK_FALSE(catalogue.tally(event_state({{"_campaign", Value()}})));
  CHECK_FALSE(catalogue.tally(record_of({}, "plan", event_values())));
}

TEST_CASE("A refused event does not count until the site corrects it") {
  const CampaignCatalogue catalogue = with_events();
  CHECK_FALSE(catalogue.tally(reviewed(ReviewVerdict::kRefused)));
  CHECK(catalogue.tally(reviewed(ReviewVerdict::kRefused, {{"participants", 20}}))->key.review ==
        "pending");
  CHECK(catalogue.tally(reviewed(ReviewVerdict::kAccepted))->key.review == "accepted");
  CHECK(catalogue.tally(reviewed(ReviewVerdict::kReturned))->key.review == "returned");
  CHECK(catalogue.tally(reviewed(ReviewVerdict::kAccepted, {{"sessions", 3}}))->key.review ==
        "pending");
}

TEST_CASE(
    "A record is listed by what is laid down, and by none where it invents form or campaign") {
  CampaignCatalogue catalogue;
  const auto listed = [&](const std::string& form, const std::string& campaign) {
    const Listing whole =
        catalogue.listing(record_of({}, form, {{"_campaign", campaign}, {"title", "x"}}));
    return Listing{whole.form, whole.campaign};
  };
  CHECK(listed("event", "thousand-events") == Listing{"", ""});
  CHECK(listed("grant", "invented") == Listing{"grant", ""});
  CHECK(listed("rules", "invented") == Listing{"rules", ""});
  const std::string text = shipped_text("thousand-events");
  CHECK(catalogue.learn(campaign_state("thousand-events", text)) == Consequence::kTallies);
  CHECK(listed("event", "thousand-events") == Listing{"event", "thousand-events"});
  CHECK(listed("event", "invented") == Listing{"event", ""});
  CHECK(listed("invented", "thousand-events") == Listing{"", "thousand-events"});
  CHECK(listed("invented", std::string(60'000, 'x')) == Listing{"", ""});
  // A form more is a consequence, though all counts as before.
  std::string more = text;
  more +=
      "\n[[form]]\nkey = \"other\"\nzh = \"另\"\nen = \"Other\"\n"
      "[[form.field]]\nname = \"title\"\ntype = \"text\"\nzh = \"题\"\nen = \"Title\"\n";
  CHECK(listed("other", "thousand-events") == Listing{"", "thousand-events"});
  CHECK(catalogue.learn(campaign_state("thousand-events", more)) == Consequence::kTallies);
  CHECK(listed("other", "thousand-events") == Listing{"other", "thousand-events"});
  CHECK(catalogue.learn(campaign_state("thousand-events", "broken")) == Consequence::kTallies);
  CHECK(listed("event", "thousand-events") == Listing{"", ""});
}

TEST_CASE("What a record is found by is what the fields of its form mean to its campaign") {
  CampaignCatalogue catalogue = with_events();
  const Listing listed = catalogue.listing(event_state());
  CHECK(listed.kind == "film");
  CHECK(listed.level == "county");
  CHECK(listed.status == "held");
  CHECK(listed.day == day_number(2020, 7, 1));
  CHECK(catalogue.listing(event_state({{"date", "someday"}})).day == 0);
  // A kind that the campaign left out is still the record's.
  CHECK(catalogue.listing(event_state({{"kind", "former"}})).kind == "former");
  CHECK(catalogue.listing(event_state({{"_campaign", "invented"}})).kind.empty());
  CHECK(catalogue.listing(event_state({{"_campaign", "invented"}})).unusual);
}

TEST_CASE("A label changes without anything to be worked out anew, a rule does not") {
  CampaignCatalogue catalogue;
  const std::string text = shipped_text("thousand-events");
  catalogue.learn(campaign_state("thousand-events", text));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const size_t at = changed.find(from);
    REQUIRE(at != changed.npos);
    changed.replace(at, from.size(), to);
    CampaignCatalogue other = catalogue;
    return other.learn(campaign_state("thousand-events", changed));
  };
  CHECK(with("version = ", "version = 1") == Consequence::kNone);
  CHECK(with("required = true", "required = false") == Consequence::kTallies);
}

TEST_CASE("What is unusual on some day in some unit may be unusual, whatever a record says") {
  const CampaignCatalogue catalogue = with_events();
  const Definition& definition = *catalogue.campaign("thousand-events");
  const Form& form = *definition.form("event");
  const Field* day = nullptr;
  for (const Field& field : form.fields) {
    if (day == nullptr && field.type == FieldType::kDate) day = &field;
  }
  std::mt19937 dice(3);
  const auto draw = [&](size_t below) { return dice() % below; };
  const std::vector<Value> values{
      Value(),       "held",  "film",     "2020-06-01", "2031-01-01",       "1999-12-31",
      "13800000000", "x",     int64_t{5}, int64_t{-1},  int64_t{9'000'000}, true,
      "planned",     "county"};
  int unusual_ones = 0, usual_ones = 0;
  for (int i = 0; i < 3000; ++i) {
    std::map<std::string, Value> said;
    if (draw(3) > 0) said = event_values();
    said["_campaign"] = "thousand-events";
    for (size_t n = draw(4); n > 0; --n) {
      const Field& field = form.fields[draw(form.fields.size())];
      said[field.name] = values[draw(values.size())];
      if (draw(3) == 0) said["_explain." + field.name] = "so it was";
    }
    const RecordState state = record_of({}, "event", said);
    const bool may_be = may_be_unusual(definition, form, day, state);
    const Listing listed = catalogue.listing(state);
    CHECK(listed.unusual == may_be);
    for (const Date& today : {Date{2019, 1, 1}, Date{2020, 6, 15}, Date{2040, 1, 1}}) {
      for (const char* unit : {"", "汝州市", "x"}) {
        const bool is = !unusual(definition, state, today, unit).empty();
        const bool later = listed.day > day_number(today.year, today.month, today.day);
        CHECK((!is || may_be || later));
        unusual_ones += is ? 1 : 0;
        usual_ones += !is && !may_be ? 1 : 0;
      }
    }
  }
  CHECK(unusual_ones > 100);
  CHECK(usual_ones > 100);
}
