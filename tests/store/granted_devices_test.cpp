// Devices that headquarters has granted a place in the book, or has not, or not any more.
#include <catch2/catch.hpp>

#include "sync/merge/forms.hpp"
#include "tests/store/fleet.hpp"

using namespace sitelog;

TEST_CASE("a hub of another unit carries the books that its grant lists, and no others") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
  TestDevice hub(clock, 2, headquarters, "county");
  TestDevice device(clock, 3, headquarters, kUnit);
  Peer as_hub{hub.id(), Standing::hub("county", {kUnit, "u2"})};
  const BookCode root(kRootBook);
  const std::vector<BookCode> at_headquarters{root, "county", "u1", "u2"};
  CHECK(*headquarters.store().scope(as_hub) == at_headquarters);
  CHECK(*device.store().scope(as_hub) == std::vector<BookCode>{root, kUnit});
  as_hub.standing = Standing::hub("county", {"u2"});
  const auto refused = device.store().scope(as_hub);
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kWrongUnit);
}

TEST_CASE("a revoked device is refused and told why, keeps what it recorded, and comes back") {
  Fleet fleet;
  fleet.a.add_event("before");
  fleet.sync_all();
  fleet.headquarters.revoke(fleet.a, kUnit, fleet.headquarters.store().vector(kUnit));
  const RecordId late = fleet.a.add_event("after");
  {
    Wire wire(fleet.a, fleet.headquarters);
    wire.run();
    CHECK(wire.site().ended());
    REQUIRE(wire.site().failure());
    CHECK(wire.site().failure()->reason == Reason::kRevoked);
    CHECK(!wire.site().caught_up());
  }
  CHECK(fleet.a.event(late).has_value());
  CHECK(status_of(fleet.a).own == 2);
  CHECK(status_of(fleet.a).held == 1);
  fleet.headquarters.reinstate(fleet.a, kUnit);
  fleet.sync_all();
  CHECK(status_of(fleet.a).held == 2);
  check_equal(fleet.all());
}

TEST_CASE(
    "entries of a revoked device that come by way of another are kept apart on every replica") {
  Fleet fleet;
  fleet.a.add_event("kept");
  fleet.sync_all();
  const VersionVector kept = fleet.headquarters.store().vector(kUnit);
  for (int i = 0; i < 5; ++i) fleet.a.add_event("beyond " + std::to_string(i));
  fleet.sync_all();
  fleet.headquarters.revoke(fleet.a, kUnit, kept);
  sync(fleet.b, fleet.headquarters);
  // A device that is new sees the revocation before the entries, in one batch across it.
  TestDevice c(fleet.clock, 4, fleet.headquarters, kUnit);
  fleet.headquarters.grant(c, kUnit);
  sync(c, fleet.headquarters);
  sync(fleet.b, fleet.headquarters);
  check_equal({&fleet.headquarters, &fleet.b, &c});
  CHECK(c.count("SELECT count(*) FROM quarantine WHERE reason = 'revoked'") == 5);
  CHECK(c.count("SELECT count(*) FROM records WHERE form = 'event' AND first_entry IS NOT NULL") ==
        1);
  fleet.headquarters.reinstate(fleet.a, kUnit);
  for (TestDevice* site : {&fleet.a, &fleet.b, &c}) sync(*site, fleet.headquarters);
  check_equal({&fleet.headquarters, &fleet.a, &fleet.b, &c});
  CHECK(c.count("SELECT count(*) FROM quarantine") == 0);
}

TEST_CASE("a device of another unit sees nothing of this one, and can't write in it") {
  Fleet fleet;
  fleet.a.add_event("ours");
  fleet.sync_all();
  TestDevice stranger(fleet.clock, 5, fleet.headquarters, "u2");
  fleet.headquarters.grant(stranger, "u2");
  sync(stranger, fleet.headquarters);
  CHECK(stranger.store().vector(kUnit).empty());

  // A device that claims a book its certificate doesn't name.
  TestDevice liar(fleet.clock, 6, fleet.headquarters, kUnit);
  liar.add_event("smuggled");
  Wire wire(liar, fleet.headquarters, "u2");
  wire.run();
  CHECK(liar.store().vector(kUnit).size() == 1);
  CHECK(entry_names(fleet.headquarters, kUnit) == entry_names(fleet.a, kUnit));

  // One that speaks of that book all the same is refused.
  Wire again(liar, fleet.headquarters, "u2");
  again.run();
  fleet.headquarters.store().begin();
  again.headquarters().receive(VectorMessage{kUnit, {}}, fleet.headquarters.now());
  fleet.headquarters.store().commit();
  REQUIRE(again.headquarters().failure());
  CHECK(again.headquarters().failure()->reason == Reason::kWrongUnit);

  // A certificate that names no unit, or the common book, opens nothing.
  for (const char* unit : {"", "root"}) {
    Wire nobody(fleet.a, fleet.headquarters, unit);
    nobody.run();
    REQUIRE(nobody.site().failure());
    CHECK(nobody.site().failure()->reason == Reason::kWrongUnit);
  }
}

TEST_CASE("a device without a grant in the unit is recorded for, and merged once it is granted") {
  Fleet fleet;
  TestDevice c(fleet.clock, 7, fleet.headquarters, kUnit);
  const RecordId event = c.add_event("early bird");
  CHECK(!c.event(event).has_value());
  fleet.a.add_event("nothing for c");
  fleet.sync_all();
  {
    Wire wire(c, fleet.headquarters);
    wire.run();
    REQUIRE(wire.site().failure());
    CHECK(wire.site().failure()->reason == Reason::kNoGrant);
    CHECK(wire.headquarters().counts().entries_sent == 0);
    CHECK(c.store().vector(kUnit).size() == 1);
    CHECK(c.store().vector(std::string(kRootBook)).empty());
    CHECK(status_of(c).held == status_of(c).own);
  }
  CHECK(fleet.headquarters.count("SELECT count(*) FROM quarantine WHERE reason = 'no_grant'") == 1);
  fleet.headquarters.grant(c, kUnit);
  CHECK(fleet.headquarters.event(event, kUnit)->text("title") == "early bird");
  sync(c, fleet.headquarters);
  CHECK(c.event(event)->text("title") == "early bird");
  fleet.sync_all();
  check_equal({&fleet.headquarters, &fleet.a, &fleet.b, &c});
}

TEST_CASE("a device brings entries of others only where headquarters has granted them a place") {
  Fleet fleet;
  fleet.sync_all();
  TestDevice unknown(fleet.clock, 8, fleet.headquarters, kUnit);
  unknown.add_event("by nobody's device");
  const RecordId ours = fleet.a.add_event("ours");
  // By some other way it has come to a's disk.
  const VersionVector tips = unknown.store().vector(kUnit);
  unknown.store().begin();
  const Batch batch = unknown.store().read(kUnit, tips.at(0), {0});
  unknown.store().commit();
  fleet.a.store().transact([&] {
    REQUIRE(fleet.a.store().append(unknown.as_peer(), batch, {}));
    return 0;
  });
  Wire wire(fleet.a, fleet.headquarters);
  wire.run();
  CHECK(!wire.caught_up());
  CHECK(wire.site().at_rest());
  CHECK(wire.headquarters().at_rest());
  REQUIRE(wire.site().refused().size() == 1);
  CHECK(wire.site().refused()[0].reason == Reason::kUnknownDevice);
  // The rest went on.
  CHECK(fleet.headquarters.event(ours, kUnit).has_value());
  CHECK(status_of(fleet.a).held == status_of(fleet.a).own);
  // Once headquarters grants it one, the same connection brings them.
  fleet.headquarters.grant(unknown, kUnit);
  wire.push(false);
  wire.run();
  CHECK(wire.caught_up());
  CHECK(wire.site().refused().empty());
  CHECK(fleet.headquarters.book_digest(kUnit) == fleet.a.book_digest(kUnit));
}
