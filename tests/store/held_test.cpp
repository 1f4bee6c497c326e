// What a site takes for held: receipts, whoever brings them, and a headquarters that lost
// something.
#include <catch2/catch.hpp>

#include "tests/store/fleet.hpp"

using namespace sitelog;

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

TEST_CASE("another headquarters' receipt is not this one's, though both sign with one key") {
  Fleet fleet;
  sync(fleet.a, fleet.headquarters);
  fleet.a.add_event("one");
  const auto taken = [&](const HeadquartersId& of) {
    Receipt receipt{kUnit, fleet.a.store().vector(kUnit), fleet.headquarters.now().wall, {}, of};
    receipt.signature = fleet.headquarters.key().sign(as_bytes(receipt_message(receipt)));
    const auto word = fleet.a.store().transact(
        [&] { return fleet.a.store().take_receipt(fleet.headquarters.as_peer(), receipt); });
    CHECK(fleet.a.store().receipts(kUnit, fleet.a.id()).size() ==
          (word == Replica::Word::kAuthoritys ? 1 : 0));
    return word;
  };
  // A second folder with the same key, under an authority of its own.
  CHECK(taken(headquarters_id(fleet.headquarters.headquarters(), sha256(as_bytes("another")))) ==
        Replica::Word::kNobodys);
  // One that says of no headquarters that it is its own.
  CHECK(taken({}) == Replica::Word::kNobodys);
  CHECK(status_of(fleet.a).held == 0);
  CHECK(taken(fleet.headquarters.headquarters_id()) == Replica::Word::kAuthoritys);
  CHECK(status_of(fleet.a).held == 1);
}

TEST_CASE("a receipt that an earlier build took stays good here, and is not passed on") {
  Fleet fleet;
  fleet.a.add_event("one");
  sync(fleet.a, fleet.headquarters);
  Receipt old = fleet.a.store().receipts(kUnit, fleet.a.id()).at(0);
  old.headquarters = {};
  old.signature = fleet.headquarters.key().sign(as_bytes(receipt_message(old)));
  Statement(fleet.a.store().database(), "UPDATE receipts SET receipt = ?1")
      .with(as_bytes(encode(Message(old))))
      .run();
  fleet.a.reopen();
  CHECK(status_of(fleet.a).held == 1);
  CHECK(fleet.a.verified() == "");
  CHECK(fleet.a.store().receipts(kUnit, fleet.a.id()).empty());
  // The next one takes its place.
  fleet.a.add_event("two");
  sync(fleet.a, fleet.headquarters);
  CHECK(fleet.a.store().receipts(kUnit, fleet.a.id()).size() == 1);
  CHECK(status_of(fleet.a).held == 2);
  CHECK(fleet.a.verified() == "");
}
