#include "campaign/counting_rules.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "campaign/counts.hpp"
#include "support.hpp"

using namespace sitelog;

namespace {

using Values = std::map<std::string, Value>;

// A film of the shipped campaign, held within it, with headquarters' verdicts.
class Event {
 public:
  static Event with(const Values& changes) {
    Event out;
    Values values{{"_campaign", "thousand-events"},
                  {"kind", "film"},
                  {"level", "county"},
                  {"date", "2020-07-01"},
                  {"sessions", 2},
                  {"status", "held"},
                  {"participants", 300}};
    for (const auto& [name, value] : changes) values[name] = value;
    out.state_ = record_of({}, "event", values);
    return out;
  }

  Event& set(const Values& values) {
    HistoryEntry entry;
    entry.origin.entry.bytes[0] = next_++;
    entry.entry = compose(&state_, state_.record, state_.form, values);
    REQUIRE(extend(state_, entry));
    return *this;
  }
  Event& explain(const std::string& field, const std::string& why = "有说明") {
    return set({{"_explain." + field, why}});
  }
  Event& accept() {
    Review review;
    review.verdict = ReviewVerdict::kAccepted;
    return set(
        {{"_review", review_value(review, content_digest(state_), explanation_digest(state_))}});
  }
  // As builds did that knew of no explanations.
  Event& accept_as_before() {
    Review review;
    review.verdict = ReviewVerdict::kAccepted;
    return set({{"_review", review_value(review, content_digest(state_))}});
  }
  const RecordState& state() const { return state_; }

 private:
  RecordState state_;
  uint8_t next_ = 2;
};

Event film(const Values& changes = {}) {
  return Event::with(changes);
}

// Why the shipped campaign leaves an event out; empty where it counts, "-" where it is nothing.
std::string left_out(const Event& event,
                     const std::string& text = shipped_text("thousand-events")) {
  const auto definition = parse_definition(text, "plan.toml", UnknownKeys::kIgnore);
  REQUIRE(definition);
  const auto tally = CountingRules(*definition).tally(event.state());
  return tally ? row_of("ruzhou", *tally).left_out : "-";
}

Counts counted(const Event& event) {
  const auto tally = CountingRules(shipped("thousand-events")).tally(event.state());
  REQUIRE(tally);
  const TallyRow row = row_of("ruzhou", *tally);
  REQUIRE(row.left_out.empty());
  return row.counts;
}

}  // namespace

TEST_CASE(
    "An event that doesn't say whether it took place is left out and told, never taken for held") {
  CHECK(left_out(film()).empty());
  CHECK(left_out(film({{"status", Value()}})) == "status");
  CHECK(left_out(film({{"status", "done"}})) == "status");
  CHECK(left_out(film({{"status", 1}})) == "status");
  // It must be said: an explanation says something else.
  CHECK(left_out(film({{"status", Value()}}).explain("status").accept()) == "status");
  CHECK(left_out(film({{"status", "planned"}})) == "-");
}

TEST_CASE("What lies outside the campaign counts only when explained and accepted as explained") {
  const std::vector<std::pair<Values, std::string>> outside{
      {{{"date", "2030-07-01"}}, "date"}, {{{"date", "2019-07-01"}}, "date"},
      {{{"date", "next week"}}, "date"},  {{{"date", 20200701}}, "date"},
      {{{"kind", "opera"}}, "kind"},      {{{"kind", 5}}, "kind"},
      {{{"level", "province"}}, "level"}, {{{"participants", -500}}, "number"},
      {{{"sessions", 10'001}}, "number"}, {{{"participants", 10'000'001}}, "number"}};
  for (const auto& [changes, why] : outside) {
    const std::string field = changes.begin()->first;
    INFO(field);
    CHECK(left_out(film(changes)) == why);
    CHECK(left_out(film(changes).accept()) == why);
    CHECK(left_out(film(changes).explain(field)) == why);
    CHECK(left_out(film(changes).explain(field).accept_as_before()) == why);
    CHECK(left_out(film(changes).explain("title").accept()) == why);
    Event accepted = film(changes).explain(field).accept();
    CHECK(left_out(accepted).empty());
    CHECK(left_out(accepted.explain(field, "另有说明")) == why);
    CHECK(left_out(accepted.accept()).empty());
  }
  CHECK(counted(film({{"participants", -500}}).explain("participants").accept()) ==
        Counts{1, 2, -500});
}

TEST_CASE("What was accepted though the campaign doesn't know it counts as not stated") {
  const auto definition =
      parse_definition(shipped_text("thousand-events"), "plan.toml", UnknownKeys::kIgnore);
  REQUIRE(definition);
  const CountingRules rules(*definition);
  for (const char* field : {"kind", "level"}) {
    std::set<std::string> kept;
    for (const Value& invented :
         {Value("opera"), Value(std::string(50'000, 'x')), Value(7), Value("\"'\\")}) {
      Event event = film({{field, invented}});
      const auto tally = rules.tally(event.explain(field).accept().state());
      REQUIRE(tally);
      const TallyRow row = row_of("ruzhou", *tally);
      CHECK(row.left_out.empty());
      CHECK(row.counts.sessions == 2);
      kept.insert(row.kind + "/" + row.level);
    }
    CHECK(kept == std::set<std::string>{std::string(field) == "kind"
                                            ? std::string(kUnspecified) + "/county"
                                            : "film/" + std::string(kUnspecified)});
  }
}

TEST_CASE("A number that could break the sums never counts, and is never cut") {
  for (const int64_t number : {INT64_MAX, INT64_MIN, int64_t{1'000'000'001}}) {
    const Values changes{{"participants", number}};
    CHECK(left_out(film(changes)) == "number");
    CHECK(left_out(film(changes).explain("participants").accept()) == "number");
  }
  const Values text{{"participants", "many"}};
  CHECK(left_out(film(text).explain("participants").accept()) == "number");
  CHECK(counted(film({{"participants", 10'000'000}})) == Counts{1, 2, 10'000'000});
}

TEST_CASE("Numbers below nothing that a published campaign allows are left out like others") {
  const std::string text =
      with(shipped_text("thousand-events"), "max = 10000000\n", "max = 10000000\nmin = -1000000\n");
  CHECK(left_out(film({{"participants", -500}}), text) == "number");
  CHECK(left_out(film({{"participants", 0}}), text).empty());
}

TEST_CASE(
    "An edge of the campaign lies inside it, and a date that is not said is no date outside") {
  CHECK(left_out(film({{"date", "2020-05-21"}})).empty());
  CHECK(left_out(film({{"date", "2020-11-30"}})).empty());
  CHECK(left_out(film({{"date", "2020-12-01"}})) == "date");
  CHECK(left_out(film({{"date", Value()}})).empty());
  CHECK(left_out(film({{"level", Value()}})).empty());
  const std::string no_rule =
      with(shipped_text("thousand-events"), "  { outside_campaign = true },\n", "");
  CHECK(left_out(film({{"date", "2030-07-01"}}), no_rule).empty());
}

TEST_CASE("Rules follow what is counted, not what it is called") {
  const std::string text = shipped_text("thousand-events");
  const auto rules = [](const std::string& of) {
    return CountingRules(*parse_definition(of, "plan.toml"));
  };
  CHECK(rules(text) == rules(with(text, "送电影", "放映电影")));
  CHECK_FALSE(rules(text) == rules(with(text, "to = 2020-11-30", "to = 2020-12-31")));
  CHECK_FALSE(rules(text) == rules(with(text, "max = 10000\n", "max = 5\n")));
  CHECK_FALSE(rules(text) == rules(with(text, "key = \"county\"", "key = \"counties\"")));
}
