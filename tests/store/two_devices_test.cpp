// Two devices of a unit and their headquarters, in good order and with faults at every step.
#include <catch2/catch.hpp>

#include "sync/store/queries.hpp"
#include "tests/store/fleet.hpp"

using namespace sitelog;

TEST_CASE("three thousand records go up, and a second sync is one exchange of two messages") {
  Fleet fleet;
  fleet.a.store().begin();
  for (int i = 0; i < 3000; ++i) {
    const RecordId id = fleet.a.store().new_record_id(fleet.a.now());
    const Entry entry =
        compose(nullptr, id, "event",
                {{"title", "event " + std::to_string(i)}, {"kind", "film"}, {"_campaign", "c"}});
    REQUIRE(fleet.a.store().write(kUnit, entry, fleet.a.now(), "ana"));
  }
  fleet.a.store().commit();
  Wire first(fleet.a, fleet.headquarters);
  first.run();
  REQUIRE(first.caught_up());
  CHECK(first.site().counts().entries_sent == 3000);
  CHECK(fleet.headquarters.count("SELECT sum(sums ->> 'events') FROM tallies") == 3000);
  CHECK(status_of(fleet.a).held == 3000);
  check_equal({&fleet.headquarters, &fleet.a});

  Wire second(fleet.a, fleet.headquarters);
  second.run();
  CHECK(second.caught_up());
  CHECK(second.messages() == 2);
  CHECK(second.site().counts().exchanges == 1);
  CHECK(second.bytes() < 1000);
}

TEST_CASE("an edit of one field on two devices is a conflict with both values on every replica") {
  const int order = GENERATE(0, 1, 2, 3, 4, 5);
  CAPTURE(order);
  Fleet fleet;
  fleet.headquarters.set_policy(kUnit, "*", "ask");
  sync(fleet.a, fleet.headquarters);
  const RecordId event = fleet.a.add_event("opening");
  fleet.sync_all();
  fleet.a.edit_event(event, "title", "opening, moved");
  fleet.b.edit_event(event, "title", "opening, cancelled");
  fleet.headquarters.write(kUnit, event, "event", {{"title", "opening (city)"}});
  TestDevice* first = order % 2 == 0 ? &fleet.a : &fleet.b;
  TestDevice* other = order % 2 == 0 ? &fleet.b : &fleet.a;
  if (order / 2 == 0) {
    for (TestDevice* site : {first, other, first}) sync(*site, fleet.headquarters);
  } else if (order / 2 == 1) {
    for (TestDevice* site : {first, first, other, first}) sync(*site, fleet.headquarters);
  } else {  // both at once
    Wire wire_a(*first, fleet.headquarters), wire_b(*other, fleet.headquarters);
    for (int i = 0; i < 50; ++i) {
      wire_a.step();
      wire_b.step();
      wire_a.push(false);
      wire_b.push(false);
    }
    CHECK(wire_a.caught_up());
    CHECK(wire_b.caught_up());
  }
  check_equal(fleet.all());
  for (TestDevice* device : fleet.all()) {
    std::vector<std::string> lines;
    const Queries& queries = device->store().queries();
    for (const int64_t number : queries.in_conflict({})) {
      queries.list_conflicts(number, [&](const boost::json::object& line) {
        lines.push_back(boost::json::serialize(line));
      });
    }
    REQUIRE(lines.size() == 1);
    for (const char* value : {"opening, moved", "opening, cancelled", "opening (city)"}) {
      CHECK(lines[0].find(value) != std::string::npos);
    }
    CHECK(device->event(event, kUnit)->text("title") == "opening");
  }
  // Decided by one person, it is settled everywhere.
  fleet.b.edit_event(event, "title", "opening, moved");
  for (TestDevice* site : {&fleet.b, &fleet.a}) sync(*site, fleet.headquarters);
  check_equal(fleet.all());
  CHECK(fleet.a.count("SELECT count(*) FROM conflicts") == 0);
}

TEST_CASE("whatever goes wrong at any step of a sync, the next one leaves all equal") {
  const Fault fault = kAllFaults[GENERATE(range(size_t{0}, std::size(kAllFaults)))];
  size_t steps = 0;
  for (bool reached = true; reached; ++steps) {
    const size_t at = steps;
    CAPTURE(name_of(fault), at);
    Fleet fleet;
    const RecordId event = fleet.a.add_event("one", {{"_campaign", "c"}, {"kind", "film"}});
    fleet.sync_all();
    const std::string copy = fleet.a.take_copy("older.db");
    fleet.a.edit_event(event, "title", "lost with the disk");
    sync(fleet.a, fleet.headquarters);
    fleet.a.restore(copy);  // a fork is part of it
    fleet.a.edit_event(event, "title", "one, by a");
    for (int i = 0; i < 3; ++i) fleet.a.add_event("more " + std::to_string(i));
    fleet.headquarters.write(kUnit, event, "event", {{"title", "one, by headquarters"}});
    fleet.b.edit_event(event, "title", "one, by b");
    sync(fleet.b, fleet.headquarters);

    Wire wire(fleet.a, fleet.headquarters);
    wire.plan(fault, at);
    bool said_too_early = false;
    wire.watch = [&] {
      if (wire.broken()) return;
      const bool equal = fleet.a.book_digest(kUnit) == fleet.headquarters.book_digest(kUnit);
      said_too_early = said_too_early ||
                       (!equal && (wire.site().caught_up() && wire.headquarters().caught_up()));
    };
    wire.run(500);
    reached = wire.messages() > at;
    CHECK(!said_too_early);
    for (TestDevice* site : {&fleet.a, &fleet.b}) sync(*site, fleet.headquarters);
    CHECK(entry_names(fleet.a, kUnit) == entry_names(fleet.headquarters, kUnit));
    CHECK(shown_of(fleet.a, kUnit) == shown_of(fleet.headquarters, kUnit));
    CHECK(fleet.a.state_digest(kUnit) == fleet.headquarters.state_digest(kUnit));
    CHECK(fleet.b.state_digest(kUnit) == fleet.headquarters.state_digest(kUnit));
    CHECK(fleet.a.book_digest(kUnit) == fleet.headquarters.book_digest(kUnit));
    CHECK(status_of(fleet.a).held == status_of(fleet.a).own);
    check_nothing_twice(fleet.headquarters);
    CHECK(fleet.headquarters.verified() == "");
  }
  CHECK(steps > 8);
}

TEST_CASE("only headquarters' word corrects a clock, and a device serves its own unit only") {
  Fleet fleet;
  fleet.sync_all();
  Peer neighbour = fleet.b.as_peer();
  fleet.a.store().transact([&] {
    fleet.a.store().contact(neighbour, fleet.a.now(), Instant{fleet.a.now().wall.ms + 3'600'000});
    return 0;
  });
  CHECK(fleet.a.count("SELECT count(*) FROM records WHERE form = 'clock'") == 0);
  CHECK(!fleet.a.store().meta("clock_offset_ms").value_or("0").starts_with("36"));
  CHECK(fleet.a.store().scope(neighbour));
  neighbour.standing = Standing::device("another");
  const auto refused = fleet.a.store().scope(neighbour);
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kWrongUnit);
}

TEST_CASE("a wrong clock is corrected at contact, and the correction is an entry like any other") {
  Fleet fleet;
  fleet.a.clock_off_ms = -20LL * 365 * 24 * 3600 * 1000;  // battery dead: about 2003
  const RecordId event = fleet.a.add_event("in the year of the flat battery");
  fleet.sync_all();
  CHECK(fleet.a.count("SELECT count(*) FROM records WHERE form = 'clock'") == 1);
  check_equal(fleet.all());
  const auto anchor = fleet.headquarters.store().settings(kUnit).anchor(fleet.a.id(), 1);
  REQUIRE(anchor);
  // The edit made later with the wrong clock is still the latest.
  fleet.b.edit_event(event, "title", "by b");
  fleet.a.edit_event(event, "title", "by a, later");
  fleet.sync_all();
  check_equal(fleet.all());
  CHECK(fleet.b.event(event)->text("title") == "by a, later");
  // No correction is written twice.
  fleet.sync_all();
  CHECK(fleet.a.count("SELECT count(*) FROM entries JOIN records USING (record_id)"
                      " WHERE form = 'clock'") == 1);
}

TEST_CASE("what is written while connected is pushed at once, to both sides") {
  Fleet fleet;
  fleet.sync_all();
  Wire wire(fleet.a, fleet.headquarters);
  wire.run();
  REQUIRE(wire.caught_up());
  const RecordId event = fleet.a.add_event("live");
  CHECK(!wire.site().caught_up());
  wire.push(true);
  wire.run();
  CHECK(wire.caught_up());
  CHECK(fleet.headquarters.event(event, kUnit).has_value());
  CHECK(status_of(fleet.a).held == status_of(fleet.a).own);
  fleet.headquarters.write(kUnit, event, "event", {{"note", "seen"}});
  wire.push(false);
  wire.run();
  CHECK(wire.caught_up());
  CHECK(fleet.a.event(event)->text("note") == "seen");
}
