// Peers that lie, against the real store: what it keeps, counts and shows of them.
#include <catch2/catch.hpp>

#include "sync/ledger/limits.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u";

struct Pair {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, kUnit};
  Pair() {
    headquarters.grant(site, kUnit);
    sync(site, headquarters);
  }
  // As a store does that takes fewer than limits::kStreamsOfDeviceMax.
  size_t limit_streams_at_headquarters() {
    headquarters.streams_of_device_max = 70;
    headquarters.reopen();
    return headquarters.streams_of_device_max;
  }
};

// A stream of one entry, whose bytes have no meaning.
Batch stream_of(const SigningKey& key, uint64_t epoch) {
  Batch batch{kUnit, {key.device(), {epoch}}, key.public_key(), {1}, {}, {"entry"}, {}, {}};
  const Hash head = chain_next(chain_start(kUnit, batch.stream), as_bytes(batch.entries[0]));
  batch.signature = sign_head(key, kUnit, {batch.stream, {1}, head});
  return batch;
}

Result<Tip> bring(TestDevice& to, const TestDevice& from, const Batch& batch) {
  return to.store().transact([&] { return to.store().append(from.as_peer(), batch, to.now()); });
}

}  // namespace

TEST_CASE("a device's streams are kept up to the limit, and other devices' still come") {
  Pair pair;
  size_t kept = 1;
  pair.site.add_event("in its own stream");
  sync(pair.site, pair.headquarters);
  const size_t most = pair.limit_streams_at_headquarters();
  for (uint64_t epoch = 1; kept < most; ++epoch, ++kept) {
    REQUIRE(bring(pair.headquarters, pair.site, stream_of(pair.site.key(), epoch)));
  }
  const auto past = bring(pair.headquarters, pair.site, stream_of(pair.site.key(), 1000));
  REQUIRE_FALSE(past);
  CHECK(past.refusal().reason == Reason::kTooLarge);
  // Streams that are known go on.
  pair.site.add_event("still");
  sync(pair.site, pair.headquarters);
  TestDevice other(pair.clock, 3, pair.headquarters, kUnit);
  pair.headquarters.grant(other, kUnit);
  CHECK(bring(pair.headquarters, other, stream_of(other.key(), 1)));
  CHECK(pair.headquarters.verified().empty());
}

TEST_CASE("what comes behind a batch that was refused is refused with it, and both come to rest") {
  Pair pair;
  pair.site.add_event("in its own stream");
  sync(pair.site, pair.headquarters);
  const size_t most = pair.limit_streams_at_headquarters();
  for (uint64_t epoch = 1; epoch < most; ++epoch) {
    REQUIRE(bring(pair.headquarters, pair.site, stream_of(pair.site.key(), epoch)));
  }
  TestDevice copy(pair.clock, 5, pair.headquarters, kUnit);
  copy.clone_of(pair.site);
  pair.site.add_event("this way");
  sync(pair.site, pair.headquarters);
  for (int turn = 0; turn < 4; ++turn) {
    CAPTURE(turn);
    copy.add_event("the other way");
    Wire wire(copy, pair.headquarters);
    wire.run(1000);
    CHECK_FALSE(wire.broken());
    CHECK(wire.messages() < 400);
    CHECK(wire.site().at_rest());
    CHECK(wire.headquarters().at_rest());
  }
}

TEST_CASE("a clock that is off by no more than is tolerated is left alone") {
  for (const int64_t more : {0, 1}) {
    CAPTURE(more);
    Pair pair;
    pair.site.clock_off_ms = -(limits::kClockOffsetToleratedMs + more);
    sync(pair.site, pair.headquarters);
    CHECK(pair.site.count("SELECT count(*) FROM records WHERE form = 'clock'") == more);
  }
}

TEST_CASE("a peer that acknowledges what it was never sent is noted for what is held here only") {
  Pair pair;
  pair.site.add_event("one");
  TestDevice liar(pair.clock, 4, pair.headquarters, kUnit);
  Tip invented{{liar.id(), {7}}, {1000}, {}};
  Tip ahead = pair.headquarters.store().vector(kUnit).at(0);
  ahead.number.value += 1000;
  Tip forged = pair.headquarters.store().vector(kUnit).at(0);
  forged.head.bytes[0] ^= 1;
  for (const bool complete : {false, true}) {
    pair.headquarters.store().transact([&] {
      const ClockReading now = pair.headquarters.now();
      pair.headquarters.store().contact(liar.as_peer(), now, now.wall);
      const VersionVector tips{invented, ahead, forged};
      if (complete) {
        pair.headquarters.store().peer_holds(liar.as_peer(), kUnit, tips, now.wall);
      } else {
        pair.headquarters.store().take_receipt(liar.as_peer(), {kUnit, tips, now.wall, {}});
      }
      return 0;
    });
    CHECK(pair.headquarters.count("SELECT count(*) FROM acknowledgements WHERE device = x'" +
                                  liar.id().hex() + "'") == 0);
  }
  CHECK(pair.headquarters.verified().empty());
}

TEST_CASE(
    "a device revoked in the middle of a session is told why, and nothing more is sent to it") {
  const bool on_the_way = GENERATE(true, false);
  CAPTURE(on_the_way);
  Pair pair;
  TestDevice colleague(pair.clock, 3, pair.headquarters, kUnit);
  pair.headquarters.grant(colleague, kUnit);
  pair.site.add_event("before");
  Wire wire(pair.site, pair.headquarters);
  wire.run();
  REQUIRE(wire.caught_up());
  std::vector<Tip> kept;
  for (const Tip& tip : pair.headquarters.store().vector(kUnit)) {
    if (tip.stream.device == pair.site.id()) kept.push_back(tip);
  }
  pair.headquarters.revoke(pair.site, kUnit, kept);
  colleague.add_event("of a colleague");
  sync(colleague, pair.headquarters);
  pair.site.add_event("after");
  const std::string titles =
      "SELECT document(first_entry, state) ->> '$.fields.title' AS title FROM records"
      " WHERE form = 'event' AND first_entry IS NOT NULL ORDER BY title";
  using Titles = std::vector<std::string>;
  wire.push(on_the_way);
  wire.run();
  REQUIRE(wire.site().ended());
  REQUIRE(wire.site().failure());
  CHECK(wire.site().failure()->reason == Reason::kRevoked);
  CHECK(pair.site.column(titles) == Titles{"after", "before"});
  CHECK(pair.site.column("SELECT reason FROM quarantine").empty());
  CHECK(pair.headquarters.column(titles) == Titles{"before", "of a colleague"});
  CHECK(pair.headquarters.column("SELECT reason FROM quarantine") ==
        (on_the_way ? Titles{"revoked"} : Titles{}));
  pair.headquarters.reinstate(pair.site, kUnit);
  sync(pair.site, pair.headquarters);
  for (TestDevice* device : {&pair.headquarters, &pair.site}) {
    CHECK(device->column(titles) == Titles{"after", "before", "of a colleague"});
    CHECK(device->column("SELECT reason FROM quarantine").empty());
    CHECK(device->verified().empty());
  }
}

TEST_CASE("two clones live at once lose nothing, and everybody comes equal") {
  Pair pair;
  pair.site.add_event("before");
  sync(pair.site, pair.headquarters);
  TestDevice clone(pair.clock, 9, pair.headquarters, kUnit);
  clone.clone_of(pair.site);
  Wire first(pair.site, pair.headquarters);
  Wire second(clone, pair.headquarters);
  first.run();
  second.run();
  for (int i = 0; i < 5; ++i) {
    pair.site.add_event("first " + std::to_string(i));
    clone.add_event("second " + std::to_string(i));
    first.push(true);
    second.push(true);
    for (int round = 0; round < 6; ++round) {
      first.run();
      second.run();
      first.push(false);
      second.push(false);
    }
  }
  // What was forked in the middle of a session may need the next one.
  for (int i = 0; i < 3; ++i) {
    sync(pair.site, pair.headquarters);
    sync(clone, pair.headquarters);
  }
  for (TestDevice* device : {&pair.headquarters, &pair.site, &clone}) {
    CHECK(device->count(
              "SELECT count(*) FROM records WHERE form = 'event' AND first_entry IS NOT NULL") ==
          11);
    CHECK(device->state_digest(kUnit) == pair.headquarters.state_digest(kUnit));
    CHECK(device->book_digest(kUnit) == pair.headquarters.book_digest(kUnit));
    CHECK(device->verified().empty());
  }
}
