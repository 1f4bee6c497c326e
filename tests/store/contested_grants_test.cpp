// What headquarters says of devices, where a restore makes two ways of it: its program's own words
// and its people's.
#include <catch2/catch.hpp>
#include <chrono>

#include "sync/ledger/limits.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"
#include "tests/store/author.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";
constexpr int64_t kYear9999Ms = 253'370'764'800'000;

// Headquarters that keeps twenty entries of a device; one of the unit whose key an enemy has, and
// an honest one.
struct Place {
  Place() {
    headquarters.most_of_device = {20, 1024 * 1024};
    headquarters.reopen();
    headquarters.set_rules(3);
    for (TestDevice* site : {&stolen, &honest}) headquarters.grant(*site, kUnit);
    settle();
  }
  void settle() {
    for (TestDevice* site : {&stolen, &honest, &stolen, &honest}) {
      Wire wire(*site, headquarters);
      wire.run();
    }
  }
  Author with_entries(uint64_t count, uint64_t epoch = 1) {
    Author out(stolen.key(), kUnit, epoch);
    for (uint64_t i = 1; i <= count; ++i) {
      Entry entry;
      entry.record.bytes[0] = static_cast<uint8_t>(epoch);
      entry.record.bytes[1] = static_cast<uint8_t>(i >> 8);
      entry.record.bytes[2] = static_cast<uint8_t>(i);
      entry.form = "event";
      entry.assignments = {{"title", "by the stolen one", {}}};
      entry.clock.wall = {clock.true_ms};
      out.write(entry);
    }
    return out;
  }
  bool bring(TestDevice& by, const Batch& batch) {
    return headquarters.store().transact([&] {
      return static_cast<bool>(
          headquarters.store().append(by.as_peer(), batch, headquarters.now()));
    });
  }
  const Grant& grant() { return *headquarters.store().settings(kUnit).grant(stolen.id()); }
  RecordState grant_record() {
    return *headquarters.store().state(kUnit, *RecordId::from(stolen.id().view()),
                                       std::string(kFormGrant));
  }
  void admit(uint64_t entries) {
    headquarters.write(kUnit, *RecordId::from(stolen.id().view()), std::string(kFormGrant),
                       {{"revoked", Value()}, {"allowed", allowed_value({entries, 1024 * 1024})}});
  }
  int64_t counted(TestDevice& device) {
    return device.count(
        "SELECT count(*) FROM records WHERE form = 'event' AND first_entry NOT NULL");
  }
  void check_agreed() {
    CHECK(honest.state_digest(kUnit) == headquarters.state_digest(kUnit));
    CHECK(headquarters.verified() == "");
    CHECK(honest.verified() == "");
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice stolen{clock, 2, headquarters, kUnit}, honest{clock, 3, headquarters, kUnit};
};

}  // namespace

TEST_CASE("a revocation comes back to a restored headquarters and stands before its own word") {
  Place place;
  const Author brings = place.with_entries(25);
  REQUIRE(place.bring(place.stolen, brings.batch(1, 5)));
  const std::string copy = place.headquarters.take_copy("older.db");
  place.clock.advance(1000);
  place.headquarters.revoke(place.stolen, kUnit,
                            place.headquarters.store().tips_to_keep(kUnit, place.stolen.id()));
  sync(place.honest, place.headquarters);
  place.headquarters.restore(copy);
  place.clock.advance(60'000);
  // The enemy comes first, and is held up with what it brings.
  REQUIRE(place.bring(place.stolen, brings.batch(6, 15)));
  REQUIRE_FALSE(place.bring(place.stolen, brings.batch(16, 25)));
  REQUIRE(place.grant().held_up);
  CHECK(place.counted(place.headquarters) == 15);
  sync(place.honest, place.headquarters);
  CHECK(place.grant().revoked);
  CHECK_FALSE(place.grant().held_up);
  CHECK_FALSE(place.grant_record().conflicts.contains("revoked"));
  CHECK(place.counted(place.headquarters) == 5);
  sync(place.honest, place.headquarters);
  CHECK(place.counted(place.honest) == 5);
  place.check_agreed();
}

TEST_CASE(
    "whoever brings what another device wrote holds nobody up, and a word that let it in "
    "comes back") {
  Place place;
  place.admit(100);
  const std::string copy = place.headquarters.take_copy("older.db");
  place.admit(1000);
  const Author more = place.with_entries(150);
  for (uint64_t first = 1; first <= 150; first += 50) {
    REQUIRE(place.bring(place.stolen, more.batch(first, first + 49)));
  }
  sync(place.honest, place.headquarters);
  place.headquarters.restore(copy);
  REQUIRE(place.bring(place.honest, more.batch(1, 90)));
  CHECK_FALSE(place.bring(place.honest, more.batch(91, 150)));
  CHECK_FALSE(place.grant().held_up);
  // Held up by what it brought itself, until the word that let it in is back.
  CHECK_FALSE(place.bring(place.stolen, more.batch(91, 150)));
  CHECK(place.grant().held_up);
  Wire wire(place.honest, place.headquarters);
  wire.run();
  CHECK_FALSE(place.grant().held_up);
  sync(place.honest, place.headquarters);
  CHECK(place.counted(place.headquarters) == 150);
  CHECK(place.counted(place.honest) == 150);
  place.check_agreed();
}

TEST_CASE("of what two ways of headquarters said of a clock all holds") {
  Place place;
  const std::string copy = place.headquarters.take_copy("older.db");
  Author ahead(place.stolen.key(), kUnit);
  const auto say = [&](const std::string& title) {
    Entry entry;
    entry.record.bytes[0] = 9;
    entry.form = "event";
    entry.assignments = {{"title", title, {}}};
    entry.clock.wall = {kYear9999Ms};
    ahead.write(entry);
  };
  say("first");
  place.clock.advance(1000);
  REQUIRE(place.bring(place.stolen, ahead.all()));
  const Instant early = *place.headquarters.store().settings(kUnit).not_after(ahead.stream(), {1});
  sync(place.honest, place.headquarters);
  place.headquarters.restore(copy);
  place.clock.advance(1'000'000);
  REQUIRE(place.bring(place.stolen, ahead.all()));
  REQUIRE(*place.headquarters.store().settings(kUnit).not_after(ahead.stream(), {1}) > early);
  sync(place.honest, place.headquarters);
  sync(place.honest, place.headquarters);
  CHECK(place.grant_record().conflicts.empty());
  for (TestDevice* device : {&place.headquarters, &place.honest}) {
    CHECK(device->store().settings(kUnit).not_after(ahead.stream(), {1}) == early);
  }
  place.check_agreed();
}

TEST_CASE("two ways of hundreds of words on one device's clock are settled, in several entries") {
  Place place;
  place.admit(10'000);
  const std::string copy = place.headquarters.take_copy("older.db");
  std::vector<Author> ahead;
  for (uint64_t epoch = 1; epoch <= 300; ++epoch) {
    Entry entry;
    entry.record.bytes[0] = static_cast<uint8_t>(epoch);
    entry.record.bytes[1] = static_cast<uint8_t>(epoch >> 8);
    entry.form = "event";
    entry.assignments = {{"title", "of the year 9999", {}}};
    entry.clock.wall = {kYear9999Ms};
    ahead.emplace_back(place.stolen.key(), kUnit, epoch).write(entry);
  }
  const auto bring_all = [&] {
    place.headquarters.store().transact([&] {
      for (const Author& each : ahead) {
        REQUIRE(place.headquarters.store().append(place.stolen.as_peer(), each.all(),
                                                  place.headquarters.now()));
      }
      return 0;
    });
  };
  bring_all();
  sync(place.honest, place.headquarters);
  REQUIRE(place.grant().ahead.size() == 300);
  place.headquarters.restore(copy);
  place.clock.advance(1'000'000);
  bring_all();
  sync(place.honest, place.headquarters);
  sync(place.honest, place.headquarters);
  CHECK(place.grant_record().conflicts.empty());
  CHECK(place.grant().ahead.size() == 300);
  place.check_agreed();
}

// Each judged the whole stream again.
TEST_CASE("forks that reach a number which a revocation keeps cost what other forks do") {
  Place place;
  place.headquarters.most_of_device = {};
  place.headquarters.most_of_device.entries = 1'000'000;
  place.headquarters.most_of_device.bytes = 1'000'000'000;
  place.headquarters.reopen();
  constexpr uint64_t kTrunk = 12'000, kFork = 100;
  const Author trunk = place.with_entries(kTrunk);
  for (uint64_t first = 1; first <= kTrunk; first += 500) {
    REQUIRE(place.bring(place.stolen, trunk.batch(first, first + 499)));
  }
  place.headquarters.revoke(place.stolen, kUnit,
                            place.headquarters.store().tips_to_keep(kUnit, place.stolen.id()));
  const auto took_us = [&](uint64_t up_to, const std::string& what) {
    std::vector<Batch> forks;
    for (int i = 0; i < 10; ++i) {
      Author fork = trunk.forked_at(kTrunk - kFork);
      for (uint64_t at = kTrunk - kFork; at < up_to; ++at) {
        Entry entry;
        entry.record.bytes[0] = 7;
        entry.form = "event";
        entry.assignments = {{"title", what + std::to_string(i), {}}};
        fork.write(entry);
      }
      forks.push_back(fork.batch(kTrunk - kFork + 1, up_to));
    }
    const auto begun = std::chrono::steady_clock::now();
    for (const Batch& fork : forks) REQUIRE(place.bring(place.honest, fork));
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 begun)
        .count();
  };
  took_us(kTrunk - 1, "to warm up");
  const int64_t others = took_us(kTrunk - 1, "one short");
  const int64_t reaching = took_us(kTrunk, "reaching it");
  CAPTURE(others, reaching);
  CHECK(reaching < 4 * others);
  CHECK(place.counted(place.headquarters) == static_cast<int64_t>(kTrunk));
  CHECK(place.headquarters.verified() == "");
}
