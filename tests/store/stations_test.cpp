// What is sent to stations, over stores: under which rules it counts, and how it is found.
#include <catch2/catch.hpp>

#include "sync/merge/forms.hpp"
#include "sync/store/queries.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";
const Station kChecker{"checker", "county"}, kOffice{"office", {}};

struct Place {
  Place() {
    headquarters.set_campaign("c", "*");
    for (TestDevice* site : {&a, &b}) headquarters.grant(*site, kUnit);
    settle();
    event = a.add_event("one", {{"_campaign", "c"}, {"participants", 5}});
    settle();
  }
  void settle() {
    for (TestDevice* site : {&a, &b, &a, &b}) sync(*site, headquarters);
  }
  RecordState now() { return *headquarters.event(event, kUnit); }
  void write(TestDevice& device, const std::map<std::string, Value>& values) {
    device.write(kUnit, event, "event", values, "p");
    settle();
  }
  void send() {
    const RecordState state = *a.event(event, kUnit);
    write(a, {{std::string(kFieldSent),
               sent_value({heads_to_send(state), {kChecker, kOffice}, {}, state.sent_name()})}});
  }
  void say(TestDevice& device, const Station& station, ReviewVerdict verdict) {
    write(device,
          {{station_field(station.role),
            verdict_value({.verdict = verdict, .unit = station.unit, .of = now().sent_name()})}});
  }
  bool all_agree() {
    bool out = true;
    for (TestDevice* site : {&a, &b}) {
      out = out && site->state_digest(kUnit) == headquarters.state_digest(kUnit) &&
            shown_of(*site, kUnit) == shown_of(headquarters, kUnit);
    }
    for (TestDevice* device : {&headquarters, &a, &b}) out = out && device->verified().empty();
    return out;
  }
  int64_t found(const RecordFilter& filter) {
    return headquarters.store().queries().count_records(filter);
  }
  int64_t waiting_at(const Station& station) {
    RecordFilter filter;
    filter.waits_at = {text_of(station)};
    return found(filter);
  }
  int64_t to_send() {
    RecordFilter filter;
    filter.to_send = true;
    const int64_t out = found(filter);
    for (const BookStatus& status :
         headquarters.store().queries().status(headquarters.id(), std::nullopt)) {
      if (status.unit == kUnit) CHECK(status.to_send == out);
    }
    return out;
  }
  int64_t counted(const char* sum) {
    return headquarters.count("SELECT coalesce(sum(sums ->> '" + std::string(sum) +
                              "'), 0) FROM tallies");
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice a{clock, 2, headquarters, kUnit}, b{clock, 3, headquarters, kUnit};
  RecordId event;
};

}  // namespace

TEST_CASE("what waits is found by its station, and what is to be sent by that") {
  Place place;
  place.headquarters.set_rules(kRulesOfStations);
  place.settle();
  CHECK(place.to_send() == 1);
  place.send();
  CHECK(place.to_send() == 0);
  CHECK(place.waiting_at(kChecker) == 1);
  CHECK(place.waiting_at({"checker", "elsewhere"}) == 0);
  RecordFilter of_role;
  of_role.waits_for = "checker";
  CHECK(place.found(of_role) == 1);
  place.say(place.headquarters, kChecker, ReviewVerdict::kAccepted);
  CHECK(place.waiting_at(kChecker) == 0);
  CHECK(place.waiting_at(kOffice) == 1);
  place.say(place.headquarters, kOffice, ReviewVerdict::kAccepted);
  CHECK(place.waiting_at(kOffice) == 0);
  CHECK(place.all_agree());
}

TEST_CASE("what was sent counts as it was sent until it is sent again") {
  Place place;
  place.headquarters.set_rules(kRulesOfStations);
  place.settle();
  place.send();
  place.say(place.headquarters, kOffice, ReviewVerdict::kAccepted);
  CHECK(place.counted("participants") == 5);
  place.write(place.a, {{"participants", 50}});
  CHECK(place.counted("participants") == 5);
  CHECK(place.now().review().verdict == ReviewVerdict::kAccepted);
  CHECK(place.to_send() == 1);
  CHECK(place.all_agree());
  place.send();
  CHECK(place.counted("participants") == 50);
  CHECK(place.now().review().verdict == ReviewVerdict::kPending);
  CHECK(place.all_agree());
}

TEST_CASE("before rules 4 neither a sending nor a device's verdict counts; after, only the first") {
  Place place;
  place.headquarters.set_rules(3);
  place.settle();
  place.send();
  const RecordState state = place.now();
  CHECK_FALSE(state.as_sent);
  const std::string name = sent_name(*state.shown(kFieldSent));
  // A device says it for the office: merged by rules 3, and worth nothing.
  place.write(place.b,
              {{station_field("office"),
                verdict_value({.verdict = ReviewVerdict::kAccepted, .unit = {}, .of = name})}});
  place.write(
      place.headquarters,
      {{station_field("checker"),
        verdict_value({.verdict = ReviewVerdict::kReturned, .unit = kChecker.unit, .of = name})}});
  CHECK(place.now().review() == Review{});
  CHECK(place.waiting_at(kChecker) == 0);
  CHECK(place.all_agree());
  const std::string before = place.headquarters.state_digest(kUnit);

  place.headquarters.set_rules(kRulesOfStations);
  place.settle();
  CHECK(place.now().review().verdict == ReviewVerdict::kReturned);
  CHECK(place.now().review().station == kChecker);
  CHECK(place.headquarters.count("SELECT count(*) FROM quarantine") == 1);
  CHECK(place.all_agree());

  place.headquarters.set_rules(3);
  place.settle();
  CHECK(place.now().review() == Review{});
  CHECK(place.headquarters.state_digest(kUnit) == before);
  CHECK(place.all_agree());
}

TEST_CASE("rules 4 that come last judge what came before them alike") {
  Place place;
  place.headquarters.set_rules(3);
  place.settle();
  place.send();
  place.headquarters.set_rules(kRulesOfStations);
  CHECK(place.now().review().station == kChecker);
  place.say(place.headquarters, kChecker, ReviewVerdict::kReturned);
  CHECK(place.now().review().verdict == ReviewVerdict::kReturned);
  // A device that joins now is told all of it at once.
  TestDevice late(place.clock, 4, place.headquarters, kUnit);
  place.headquarters.grant(late, kUnit);
  sync(late, place.headquarters);
  place.settle();
  CHECK(shown_of(late, kUnit) == shown_of(place.headquarters, kUnit));
  CHECK(late.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  CHECK(place.all_agree());
}

TEST_CASE("what an earlier build listed is found by its stations when the folder is opened") {
  Place place;
  place.headquarters.set_rules(kRulesOfStations);
  place.settle();
  place.send();
  place.headquarters.store().database().run(
      "DELETE FROM meta WHERE key = 'counted_by'; DELETE FROM traits");
  place.headquarters.reopen();
  CHECK(place.waiting_at(kChecker) == 1);
  CHECK(place.to_send() == 0);
  CHECK(place.all_agree());
}
