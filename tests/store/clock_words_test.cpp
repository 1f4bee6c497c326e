// Devices whose clocks stand ahead, and what headquarters says of them: judging rules 3, over
// stores.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/store/clock_place.hpp"

using namespace sitelog;
using namespace sitelog::clocks;

TEST_CASE("what claims to be from the year 9999 is held to when it came, and a later change wins") {
  Place place;
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  CHECK(place.words(place.liar) == 1);
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {1}) ==
        Instant{place.clock.true_ms});
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("changed later"));
  CHECK(place.entries_of_grant(place.liar) == 2);
  CHECK(place.words(place.b) == 0);
}

TEST_CASE("by rules 2 the year 9999 wins; once rules 3 hold, what had come before is put right") {
  Place place(2);
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("from the year 9999"));
  CHECK(place.words(place.liar) == 0);
  place.headquarters.set_rules(3);
  CHECK(place.words(place.liar) == 1);
  place.clock.advance(1000);
  // Nobody knows any more when it came: not after now.
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {1}) <=
        Instant{place.clock.true_ms});
  CHECK(place.all_show("from the year 9999"));
  place.headquarters.set_rules(2);
  CHECK(place.all_show("from the year 9999"));
  place.headquarters.set_rules(3);
  place.headquarters.write(kUnit, place.record, "event", {{"title", "decided"}});
  CHECK(place.all_show("decided"));
}

TEST_CASE(
    "an older program goes on by the device's clock, and says that it judges by other rules") {
  Place place;
  static const KnownRules old({&known_rules().of(1), &known_rules().of(2)});
  place.c.knows = &old;
  place.c.reopen();
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  place.settle();
  CHECK(place.title(place.c) == "from the year 9999");
  CHECK(place.c.state_digest(kUnit) != place.headquarters.state_digest(kUnit));
  CHECK(place.c.store().queries().rules().judged_by == 2);
  CHECK(place.c.verified() == "");
  place.c.knows = &rules_of_today();
  place.c.reopen();
  CHECK(place.all_show("changed later"));
}

TEST_CASE("a device's own anchor lifts nothing past the time at which it came") {
  Place place;
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "looks honest", place.clock.true_ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "a second later");
  CHECK(place.all_show("a second later"));
  place.say_anchor(author, {5000, kYear9999Ms});
  SECTION("which it brings itself") {
    REQUIRE(place.bring(author.batch(2, 2)));
  }
  SECTION("and which its own reading would not show") {
    Author other(place.liar.key(), kUnit, 2);
    Entry entry;
    entry.record = *RecordId::from(place.liar.id().view());
    entry.form = kFormClock;
    entry.assignments = {{anchor_field(kLiarsBoot), anchor_value({5000, kYear9999Ms}), {}}};
    entry.clock = {{place.clock.true_ms}, 1, 1};
    other.write(entry);
    REQUIRE(place.bring(other.all()));
  }
  CHECK(place.words(place.liar) >= 1);
  place.clock.advance(1000);
  place.c.edit_event(place.record, "title", "decided at last");
  CHECK(place.all_show("decided at last"));
  // And what nobody has seen of each other goes by the time at which it came.
  Author third(place.liar.key(), kUnit, 3);
  const EntryName decided = place.only_head();
  place.base = decided;
  place.say_title(third, "ahead again", kYear9999Ms);
  REQUIRE(place.bring(third.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "by another site, later");
  CHECK(place.all_show("by another site, later"));
}

TEST_CASE("an anchor lifts what came before it no later than its own coming, in conflict or not") {
  Place place;
  Author author(place.liar.key(), kUnit);
  Author other(place.liar.key(), kUnit, 2);
  const int64_t now = place.clock.true_ms;
  SECTION("that speaks of the year 9999") {
    place.say_title(author, "looks honest", now);
    REQUIRE(place.bring(author.all()));
    place.clock.advance(1000);
    place.say_anchor(author, {5000, kYear9999Ms});
    REQUIRE(place.bring(author.batch(2, 2)));
  }
  SECTION("in another stream of its device") {
    place.say_title(author, "looks honest", now);
    REQUIRE(place.bring(author.all()));
    place.clock.advance(1000);
    place.say_anchor(other, {5000, kYear9999Ms});
    REQUIRE(place.bring(other.all()));
  }
  SECTION("that says what time it is, long before the moment at which they were written") {
    place.say_title(author, "looks honest", now);
    REQUIRE(place.bring(author.all()));
    place.clock.advance(1000);
    place.say_anchor(author, {5000 - kYear9999Ms, now});
    REQUIRE(place.bring(author.batch(2, 2)));
  }
  SECTION("that is taken back, and with it what held the year 9999 down") {
    place.say_anchor(author, {5000, now});
    place.say_title(author, "from the year 9999", kYear9999Ms);
    REQUIRE(place.bring(author.all()));
    place.clock.advance(1000);
    Entry entry;
    entry.record = *RecordId::from(place.liar.id().view());
    entry.form = kFormClock;
    entry.parents = {author.name(1)};
    entry.assignments = {{anchor_field(kLiarsBoot), Value(), {author.name(1)}}};
    entry.clock = {{now}, 1, 1};
    author.write(entry);
    REQUIRE(place.bring(author.batch(3, 3)));
  }
  CHECK(place.headquarters.event(place.record, kUnit)->conflicts.empty());
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {1}) <=
        Instant{place.clock.true_ms});
  place.headquarters.revoke(place.liar, kUnit,
                            place.headquarters.store().tips_to_keep(kUnit, place.liar.id()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  place.clock.advance(1000);
  sync(place.b, place.headquarters);
  sync(place.c, place.headquarters);
  for (TestDevice* each : {&place.headquarters, &place.b, &place.c}) {
    CHECK(place.title(*each) == "changed later");
    CHECK(each->verified() == "");
    CHECK(shown_of(*each, kUnit) == shown_of(place.headquarters, kUnit));
  }
}

TEST_CASE("words and entries show the same in whatever order they reach a site") {
  Place place;
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  sync(place.b, place.headquarters);
  // Everything that headquarters holds of the unit, a stream each.
  std::vector<Batch> batches;
  for (const Tip& tip : place.headquarters.store().vector(kUnit)) {
    place.headquarters.store().transact([&] {
      batches.push_back(place.headquarters.store().read(kUnit, tip, {0}));
      REQUIRE(batches.back().last() == tip.number);
      return 0;
    });
  }
  std::vector<size_t> order;
  for (size_t i = 0; i < batches.size(); ++i) order.push_back(i);
  std::optional<std::string> digest;
  uint64_t seed = 100;
  do {
    TestDevice site(place.clock, ++seed, place.headquarters, kUnit);
    site.store().transact([&] {
      const Batch root = place.headquarters.store().transact([&] {
        const auto tips = place.headquarters.store().vector(BookCode(kRootBook));
        return place.headquarters.store().read(BookCode(kRootBook), tips.at(0), {0});
      });
      REQUIRE(site.store().append(place.headquarters.as_peer(), root, site.now()));
      return 0;
    });
    for (const size_t i : order) {
      site.store().transact([&] {
        REQUIRE(site.store().append(place.headquarters.as_peer(), batches[i], site.now()));
        return 0;
      });
    }
    CHECK(place.title(site) == "changed later");
    if (!digest) digest = site.state_digest(kUnit);
    REQUIRE(site.state_digest(kUnit) == *digest);
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(digest == place.headquarters.state_digest(kUnit));
}

TEST_CASE("entries of a device without a grant get no word until they count") {
  Place place;
  TestDevice late(place.clock, 9, place.headquarters, kUnit);
  Author author(late.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  place.headquarters.store().transact([&] {
    const ClockReading now = place.headquarters.now();
    place.headquarters.store().contact(late.as_peer(), now, now.wall);
    REQUIRE(place.headquarters.store().append(late.as_peer(), author.all(), now));
    return 0;
  });
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("changed later"));
  place.headquarters.grant(late, kUnit);
  CHECK(place.words(late) == 1);
  place.clock.advance(1000);
  place.c.edit_event(place.record, "title", "and once more");
  CHECK(place.all_show("and once more"));
}
