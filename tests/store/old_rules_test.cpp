// Programs that know newer judging rules beside such as don't.
#include <catch2/catch.hpp>

#include "sync/merge/forms.hpp"
#include "sync/store/queries.hpp"
#include "tests/support/rules_of_tomorrow.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";
const BookCode kRoot{kRootBook};

// Headquarters and site a run a program that knows rules 5; site b an older one.
struct Place {
  Place() {
    headquarters.set_campaign("c", "*");
    for (TestDevice* device : {&headquarters, &a}) install_new(*device);
    for (TestDevice* site : {&a, &b}) headquarters.grant(*site, kUnit);
    settle();
    seven = a.add_event("seven 7", {{"_campaign", "c"}});
    six = b.add_event("six 6", {{"_campaign", "c"}});
    settle();
  }
  static void install_new(TestDevice& device) {
    device.knows = &rules_of_tomorrow();
    device.reopen();
  }
  void settle() {
    for (TestDevice* site : {&a, &b, &a, &b}) sync(*site, headquarters);
  }
  bool all_agree() {
    bool out = true;
    for (TestDevice* site : {&a, &b}) {
      for (const BookCode& book : {kRoot, kUnit}) {
        out = out && site->state_digest(book) == headquarters.state_digest(book) &&
              shown_of(*site, book) == shown_of(headquarters, book);
      }
    }
    return out;
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice a{clock, 2, headquarters, kUnit}, b{clock, 3, headquarters, kUnit};
  RecordId seven, six;
};

RulesInForce rules_of(TestDevice& device) {
  return device.store().queries().rules();
}

std::string told(TestDevice& device, const BookCode& book) {
  for (const BookStatus& status : device.store().queries().status(device.id(), std::nullopt)) {
    if (status.unit == book) return status.state_digest;
  }
  return {};
}

int64_t aside(TestDevice& device) {
  return device.count("SELECT count(*) FROM quarantine");
}

}  // namespace

TEST_CASE("without a word about rules, rules 1 hold for programs that know newer ones too") {
  Place place;
  CHECK(place.all_agree());
  for (TestDevice* device : {&place.headquarters, &place.a, &place.b}) {
    CHECK(rules_of(*device).hold == 1);
    CHECK(rules_of(*device).judged_by == 1);
    CHECK(aside(*device) == 0);
    CHECK(device->verified() == "");
  }
}

TEST_CASE("a newer rule number has everything judged again by it, and the state digest names it") {
  Place place;
  const std::string before = place.headquarters.state_digest(kUnit);
  const auto shown_before = shown_of(place.headquarters, kUnit);
  place.headquarters.set_rules(5);
  CHECK(aside(place.headquarters) == 1);
  CHECK_FALSE(place.headquarters.event(place.seven, kUnit));
  CHECK(place.headquarters.event(place.six, kUnit));
  CHECK(place.headquarters.state_digest(kUnit) != before);
  CHECK(told(place.headquarters, kUnit) == place.headquarters.state_digest(kUnit));
  CHECK(place.headquarters.count("SELECT sum(sums ->> 'events') FROM tallies") == 1);
  sync(place.a, place.headquarters);
  CHECK(shown_of(place.a, kUnit) == shown_of(place.headquarters, kUnit));
  CHECK(place.a.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  CHECK(place.headquarters.verified() == "");
  CHECK(place.a.verified() == "");
  // And back.
  place.headquarters.set_rules(1);
  place.settle();
  CHECK(place.headquarters.state_digest(kUnit) == before);
  CHECK(shown_of(place.headquarters, kUnit) == shown_before);
  CHECK(place.all_agree());
}

TEST_CASE("what an old program holds goes on by the rules it knows, and it says what is missing") {
  Place place;
  place.headquarters.set_rules(5);
  place.settle();
  CHECK(rules_of(place.b).hold == 5);
  CHECK(rules_of(place.b).judged_by == 4);
  CHECK(rules_of(place.b).install == "Sitelog 5");
  CHECK(place.b.event(place.seven));
  CHECK(aside(place.b) == 0);
  CHECK(place.b.verified() == "");
  CHECK(place.b.book_digest(kUnit) == place.headquarters.book_digest(kUnit));
  CHECK(told(place.b, kUnit) != told(place.headquarters, kUnit));
  // Also where the rules make no difference: nobody is to take them for judged alike.
  CHECK(place.b.state_digest(kRoot) != place.headquarters.state_digest(kRoot));

  // It goes on recording, and keeping what others wrote.
  const RecordId own = place.b.add_event("by old rules 7", {{"_campaign", "c"}});
  CHECK(place.b.event(own));
  const RecordId theirs = place.a.add_event("by new rules 5", {{"_campaign", "c"}});
  place.settle();
  CHECK(place.b.event(theirs));
  CHECK(place.headquarters.count("SELECT count(*) FROM records WHERE form = 'event'") == 4);
  CHECK_FALSE(place.headquarters.event(own, kUnit));
  CHECK(place.b.count("SELECT sum(sums ->> 'events') FROM tallies") == 4);

  // Installed, it agrees without another word from headquarters.
  Place::install_new(place.b);
  CHECK(rules_of(place.b).judged_by == 5);
  CHECK(place.all_agree());
  CHECK(place.b.verified() == "");
  place.settle();
  CHECK(place.all_agree());
}

TEST_CASE("rules that nobody knows yet stop nobody") {
  Place place;
  place.headquarters.set_rules(9);
  place.settle();
  CHECK(rules_of(place.headquarters).hold == 9);
  CHECK(rules_of(place.headquarters).judged_by == 5);
  CHECK(rules_of(place.b).judged_by == 4);
  place.b.add_event("one more");
  place.settle();
  CHECK(place.headquarters.book_digest(kUnit) == place.b.book_digest(kUnit));
  CHECK(shown_of(place.a, kUnit) == shown_of(place.headquarters, kUnit));
}

TEST_CASE("an old program takes a folder over from a new one, and back") {
  Place place;
  place.headquarters.set_rules(5);
  place.settle();
  const std::string by_four = place.a.state_digest(kUnit);
  place.a.knows = &rules_of_today();
  place.a.reopen();
  CHECK(rules_of(place.a).judged_by == 4);
  CHECK(place.a.event(place.seven));
  CHECK(place.a.state_digest(kUnit) == place.b.state_digest(kUnit));
  CHECK(place.a.verified() == "");
  Place::install_new(place.a);
  CHECK(place.a.state_digest(kUnit) == by_four);
  CHECK_FALSE(place.a.event(place.seven));
}

TEST_CASE("only headquarters lays down rules, and nobody lists its word as a record") {
  Place place;
  const auto values = rules_values(5, "");
  place.b.write(kRoot, rules_record(), std::string(kFormRules), values);
  place.b.write(kUnit, rules_record(), std::string(kFormRules), values);
  CHECK(rules_of(place.b).hold == 1);
  CHECK(aside(place.b) == 1);
  const RecordId other = place.headquarters.store().new_record_id(place.headquarters.now());
  place.headquarters.write(kRoot, other, std::string(kFormRules), values);
  CHECK(rules_of(place.headquarters).hold == 1);
  place.headquarters.set_rules(5);
  place.headquarters.store().queries().list_records(
      {}, std::nullopt,
      [](const boost::json::object& line) { CHECK(line.at("unit").as_string() != kRootBook); });
  CHECK(place.headquarters.store().queries().find_records({.id = rules_record().hex()}, 9).empty());
}

TEST_CASE("verify tells a folder that says it was judged by other rules than it was") {
  Place place;
  place.headquarters.set_rules(5);
  place.settle();
  place.a.store().transact([&] {
    place.a.store().set_meta("judged_by", "1");
    return 0;
  });
  CHECK_THAT(place.a.verified(), Catch::Contains("setting"));
}
