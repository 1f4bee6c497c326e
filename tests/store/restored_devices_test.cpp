// Disks that are put back to an older copy, and disks that are copied: nobody loses anything.
#include <catch2/catch.hpp>

#include "sync/merge/forms.hpp"
#include "tests/store/fleet.hpp"

using namespace sitelog;

TEST_CASE(
    "headquarters restored from an older copy heals from its sites, its own entries included") {
  Fleet fleet;
  const RecordId early = fleet.a.add_event("early");
  fleet.sync_all();
  const std::string copy = fleet.headquarters.take_copy("older.db");
  TestDevice c(fleet.clock, 4, fleet.headquarters, kUnit);
  fleet.headquarters.grant(c, kUnit);
  fleet.headquarters.set_policy(kUnit, "*", "site");
  c.add_event("by the device granted after the copy");
  fleet.a.edit_event(early, "title", "early, edited");
  fleet.b.edit_event(early, "title", "early, otherwise");
  sync(c, fleet.headquarters);
  fleet.sync_all();
  sync(c, fleet.headquarters);
  const auto before = entry_names(fleet.headquarters, kUnit);
  CHECK(status_of(fleet.a).held == 2);

  const bool writes_first = GENERATE(false, true);
  CAPTURE(writes_first);
  fleet.headquarters.restore(copy);
  REQUIRE(entry_names(fleet.headquarters, kUnit).size() < before.size());
  if (writes_first) {  // before it meets any site: its own stream forks
    fleet.headquarters.write(kUnit, early, "event", {{"note", "after the restore"}});
    fleet.headquarters.set_campaign("c", "film");
  }
  SECTION("the device that headquarters forgot comes first") {
    sync(c, fleet.headquarters);
    fleet.sync_all();
    sync(c, fleet.headquarters);
  }
  SECTION("another device comes first") {
    fleet.sync_all();
    sync(c, fleet.headquarters);
    fleet.sync_all();
  }
  auto everyone = fleet.all();
  everyone.push_back(&c);
  check_equal(everyone);
  check_equal(everyone, std::string(kRootBook));
  const auto after = entry_names(fleet.headquarters, kUnit);
  CHECK(std::includes(after.begin(), after.end(), before.begin(), before.end()));
  CHECK(after.size() == before.size() + (writes_first ? 1 : 0));
  CHECK(fleet.headquarters.store().settings(kUnit).grant(c.id()) != nullptr);
  for (TestDevice* device : everyone) check_nothing_twice(*device);
  // What headquarters writes from now on parts from nothing.
  fleet.headquarters.write(kUnit, early, "event", {{"note", "later"}});
  fleet.sync_all();
  sync(c, fleet.headquarters);
  check_equal(everyone);
}

TEST_CASE(
    "a device restored from an older copy takes its own entries back and goes on in a new epoch") {
  Fleet fleet;
  fleet.a.add_event("one");
  sync(fleet.a, fleet.headquarters);
  const std::string copy = fleet.a.take_copy("older.db");
  const RecordId two = fleet.a.add_event("two");
  fleet.a.edit_event(two, "title", "two, edited");
  fleet.sync_all();
  const auto epochs_before = epochs_of(fleet.headquarters, fleet.a);
  REQUIRE(epochs_before.size() == 1);

  const bool writes_first = GENERATE(false, true);
  CAPTURE(writes_first);
  fleet.a.restore(copy);
  if (writes_first) {
    fleet.a.add_event("written after the restore");
    fleet.a.add_event("and another");
  }
  sync(fleet.a, fleet.headquarters);
  CHECK(status_of(fleet.a).held == status_of(fleet.a).own);  // what came back is held, at once
  fleet.sync_all();
  CHECK(fleet.a.event(two)->text("title") == "two, edited");
  CHECK(status_of(fleet.a).own == (writes_first ? 5 : 3));
  CHECK(status_of(fleet.a).held == status_of(fleet.a).own);
  check_equal(fleet.all());

  fleet.a.add_event("later");
  fleet.sync_all();
  check_equal(fleet.all());
  CHECK(epochs_of(fleet.headquarters, fleet.a).size() == 2);
  CHECK(fleet.headquarters.count("SELECT count(*) FROM records WHERE form = 'event'") ==
        (writes_first ? 5 : 3));
  for (TestDevice* device : fleet.all()) check_nothing_twice(*device);
}

TEST_CASE("a cloned device: what both copies wrote is everywhere, and they part for good") {
  Fleet fleet;
  const RecordId shared = fleet.a.add_event("shared");
  sync(fleet.a, fleet.headquarters);
  TestDevice clone(fleet.clock, 9, fleet.headquarters, kUnit);
  clone.clone_of(fleet.a);
  for (int round = 0; round < 3; ++round) {
    fleet.a.add_event("by the disk, round " + std::to_string(round));
    fleet.a.edit_event(shared, "title", "disk " + std::to_string(round));
    for (int i = 0; i <= round; ++i)
      clone.add_event("by the clone, round " + std::to_string(round));
    clone.edit_event(shared, "title", "clone " + std::to_string(round));
    for (TestDevice* site : {&fleet.a, &clone, &fleet.a, &fleet.b}) sync(*site, fleet.headquarters);
    check_equal({&fleet.headquarters, &fleet.a, &clone, &fleet.b});
    CHECK(fleet.b.count("SELECT count(*) FROM conflicts") == 1);
    clone.edit_event(shared, "title", "agreed " + std::to_string(round));
    for (TestDevice* site : {&clone, &fleet.a, &fleet.b}) sync(*site, fleet.headquarters);
    CHECK(fleet.b.count("SELECT count(*) FROM conflicts") == 0);
  }
  CHECK(fleet.b.count("SELECT count(*) FROM records WHERE form = 'event'") == 1 + 3 + 6);
  for (TestDevice* device : fleet.all()) check_nothing_twice(*device);
}

TEST_CASE("a device that a restored headquarters forgot brings its grant back, and reads again") {
  Fleet fleet;
  fleet.sync_all();
  const std::string copy = fleet.headquarters.take_copy("older.db");
  TestDevice c(fleet.clock, 4, fleet.headquarters, kUnit);
  TestDevice d(fleet.clock, 5, fleet.headquarters, kUnit);
  fleet.headquarters.grant(c, kUnit);
  fleet.headquarters.grant(d, kUnit);
  sync(c, fleet.headquarters);
  d.add_event("before it ever met headquarters");
  fleet.headquarters.restore(copy);
  // What headquarters goes on with parts from what it lost, and is longer.
  for (int i = 0; i < 5; ++i) fleet.headquarters.set_policy(kUnit, "*", i % 2 ? "ask" : "site");
  Wire waits(d, fleet.headquarters);
  waits.run();
  REQUIRE(waits.site().failure());
  CHECK(waits.site().failure()->reason == Reason::kNoGrant);
  CHECK(status_of(d).held == 1);
  const RecordId later = d.add_event("while it waits");
  Wire wire(c, fleet.headquarters);
  wire.run();
  CHECK(wire.caught_up());
  CHECK(fleet.headquarters.store().settings(kUnit).grant(c.id()) != nullptr);
  CHECK(fleet.headquarters.store().settings(kUnit).grant(d.id()) != nullptr);
  sync(d, fleet.headquarters);
  CHECK(fleet.headquarters.event(later, kUnit).has_value());
  sync(c, fleet.headquarters);
  fleet.sync_all();
  sync(d, fleet.headquarters);
  check_equal({&fleet.headquarters, &fleet.a, &fleet.b, &c, &d});
}
