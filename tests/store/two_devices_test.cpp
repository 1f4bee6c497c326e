// Real stores on both sides of a wire: what a device and its headquarters go through together.
#include <catch2/catch.hpp>
#include <set>

#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/queries.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr const char* kUnit = "u1";

// Headquarters and two devices of one unit, enrolled and in step.
struct Fleet {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice a{clock, 2, headquarters, kUnit};
  TestDevice b{clock, 3, headquarters, kUnit};

  Fleet() {
    headquarters.set_campaign("c", "*");
    headquarters.grant(a, kUnit);
    headquarters.grant(b, kUnit);
  }
  void sync_all() {
    for (TestDevice* site : {&a, &b, &a}) sync(*site, headquarters);
  }
  std::vector<TestDevice*> all() { return {&headquarters, &a, &b}; }
};

void check_equal(std::vector<TestDevice*> devices, const BookCode& book = kUnit) {
  for (TestDevice* device : devices) {
    CHECK(entry_names(*device, book) == entry_names(*devices[0], book));
    CHECK(device->book_digest(book) == devices[0]->book_digest(book));
    CHECK(shown_of(*device, book) == shown_of(*devices[0], book));
    CHECK(device->state_digest(book) == devices[0]->state_digest(book));
    CHECK(device->verified() == "");
  }
}

void check_nothing_twice(TestDevice& device) {
  CHECK(device.count("SELECT count(*) - count(DISTINCT name) FROM entries") == 0);
}

BookStatus status_of(TestDevice& device, const BookCode& book = kUnit) {
  for (auto& status :
       device.store().queries().status(device.id(), device_of(device.headquarters()))) {
    if (status.unit == book) return status;
  }
  return {};
}

std::set<uint64_t> epochs_of(TestDevice& at, const TestDevice& author) {
  std::set<uint64_t> out;
  for (const Tip& tip : at.store().vector(kUnit)) {
    if (tip.stream.device == author.id()) out.insert(tip.stream.epoch.value);
  }
  return out;
}

}  // namespace

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

TEST_CASE("receipts: what waits and what is held follows a headquarters that lost something") {
  Fleet fleet;
  fleet.a.add_event("one");
  CHECK(status_of(fleet.a).own == 1);
  CHECK(status_of(fleet.a).held == 0);
  fleet.sync_all();
  CHECK(status_of(fleet.a).held == 1);
  CHECK(status_of(fleet.a).held_since_ms.has_value());
  CHECK(fleet.a.count("SELECT count(*) FROM receipts") == 1);
  const std::string copy = fleet.headquarters.take_copy("older.db");
  fleet.a.add_event("two");
  CHECK(status_of(fleet.a).held == 1);
  CHECK(status_of(fleet.a).own == 2);
  fleet.sync_all();
  CHECK(status_of(fleet.a).held == 2);

  fleet.headquarters.restore(copy);
  Wire wire(fleet.a, fleet.headquarters);
  bool went_down = false;
  wire.watch = [&] { went_down = went_down || (!wire.broken() && status_of(fleet.a).held == 1); };
  wire.run();
  CHECK(went_down);
  CHECK(wire.caught_up());
  CHECK(status_of(fleet.a).held == 2);
  check_equal({&fleet.headquarters, &fleet.a});
}

TEST_CASE("a site's held count stands on headquarters' signature") {
  Fleet fleet;
  fleet.a.add_event("one");
  sync(fleet.a, fleet.headquarters);
  const auto receipts = fleet.a.column("SELECT receipt FROM receipts");
  REQUIRE(receipts.size() == 1);
  const auto message = decode_message(as_bytes(receipts[0]));
  REQUIRE(message);
  const Receipt receipt = std::get<Receipt>(*message);
  CHECK(verify_signature(fleet.headquarters.key().public_key(), as_bytes(receipt_message(receipt)),
                         receipt.signature));
  // A receipt that headquarters did not sign counts for nothing.
  fleet.a.add_event("two");
  Receipt forged = receipt;
  forged.tips = fleet.a.store().vector(kUnit);
  fleet.a.store().transact([&] {
    CHECK(fleet.a.store().take_receipt(fleet.headquarters.as_peer(), forged) ==
          Replica::Word::kNobodys);
    return 0;
  });
  CHECK(status_of(fleet.a).held == 1);
}

TEST_CASE("headquarters' receipt reaches a device by way of another, which holds nothing by it") {
  Fleet fleet;
  TestDevice& hub = fleet.a;
  TestDevice& device = fleet.b;
  fleet.sync_all();
  const auto held_by_hub = [&] {
    return device.column("SELECT number FROM acknowledgements WHERE device = x'" + hub.id().hex() +
                         "' ORDER BY stream_id");
  };
  device.add_event("one");
  sync(device, hub);
  CHECK(status_of(device).held == status_of(device).own - 1);
  fleet.clock.advance(1000);
  sync(hub, fleet.headquarters);
  const auto before = held_by_hub();
  sync(device, hub);
  CHECK(status_of(device).held == status_of(device).own);
  CHECK(held_by_hub() == before);
  // As it was signed, and so it can be passed on again.
  const auto kept = hub.store().receipts(kUnit, device.id());
  REQUIRE(kept.size() == 1);
  const auto passed_on = device.store().receipts(kUnit, device.id());
  REQUIRE(passed_on.size() == 1);
  CHECK(encode(Message(passed_on[0])) == encode(Message(kept[0])));
  CHECK(device.verified() == "");
  // One that headquarters did not sign is the word of who brings it.
  device.add_event("two");
  Receipt forged = kept[0];
  forged.tips = device.store().vector(kUnit);
  device.store().transact([&] {
    CHECK(device.store().take_receipt(hub.as_peer(), forged) == Replica::Word::kPeers);
    return 0;
  });
  CHECK(status_of(device).held == status_of(device).own - 1);
  CHECK(held_by_hub() != before);
}

TEST_CASE("a receipt from before headquarters lost something says nothing after it has said so") {
  Fleet fleet;
  fleet.sync_all();
  const std::string copy = fleet.headquarters.take_copy("older.db");
  fleet.clock.advance(1000);
  fleet.b.add_event("one");
  sync(fleet.b, fleet.a);
  sync(fleet.a, fleet.headquarters);
  sync(fleet.b, fleet.a);
  CHECK(status_of(fleet.b).held == status_of(fleet.b).own);
  fleet.headquarters.restore(copy);
  fleet.clock.advance(1000);
  Wire cut_short(fleet.b, fleet.headquarters);
  cut_short.run(2);
  CHECK(status_of(fleet.b).held == status_of(fleet.b).own - 1);
  sync(fleet.b, fleet.a);
  CHECK(status_of(fleet.b).held == status_of(fleet.b).own - 1);
  // Nor does one that has heard of the loss pass it on.
  Wire also_cut_short(fleet.a, fleet.headquarters);
  also_cut_short.run(2);
  CHECK(fleet.a.store().receipts(kUnit, fleet.b.id()).empty());
  fleet.sync_all();
  CHECK(status_of(fleet.b).held == status_of(fleet.b).own);
}

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
  sync(c, fleet.headquarters);
  CHECK(fleet.headquarters.count("SELECT count(*) FROM quarantine WHERE reason = 'no_grant'") == 1);
  fleet.headquarters.grant(c, kUnit);
  CHECK(fleet.headquarters.event(event, kUnit)->text("title") == "early bird");
  sync(c, fleet.headquarters);
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

TEST_CASE("only headquarters' word corrects a clock, and a device serves its own unit only") {
  Fleet fleet;
  fleet.sync_all();
  Peer neighbour = fleet.b.as_peer();
  fleet.a.store().transact([&] {
    fleet.a.store().contact(neighbour, fleet.a.now(), {fleet.a.now().wall.ms + 3'600'000});
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
