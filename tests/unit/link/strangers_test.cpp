#include "sync/link/strangers.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "sync/link/limits.hpp"

namespace sitelog {

using namespace std::chrono_literals;

namespace {

// A door at which ids come in ascending order; time stands still unless told.
struct Door {
  Strangers::Clock::time_point now{};
  std::set<uint64_t> speaking;
  uint64_t last = 0;
  Strangers strangers{{.inside = 8,
                       .inside_of_address = 4,
                       .waiting = 6,
                       .waiting_of_address = 4,
                       .patience = 3s,
                       .waiting_time = 15s},
                      [this](uint64_t id) { return !speaking.contains(id); }};

  Strangers::Arrival come(const std::string& address, bool speaks = false) {
    const uint64_t id = ++last;
    if (speaks) speaking.insert(id);
    return strangers.arrive(id, address, now);
  }
};

using Where = Strangers::Where;

}  // namespace

TEST_CASE("whoever is silent makes room for the next, the eldest first") {
  Door door;
  for (int i = 0; i < 4; ++i) CHECK(door.come("a").where == Where::kInside);
  const auto fifth = door.come("a");
  CHECK(fifth.where == Where::kInside);
  CHECK(fifth.makes_room == 1);
  CHECK(door.strangers.inside() == 4);
}

TEST_CASE("who comes from one address makes room for others from there alone") {
  Door door;
  door.come("b");
  for (int i = 0; i < 100; ++i) CHECK(door.come("a").makes_room != 1);
  CHECK(door.strangers.inside() == 5);
}

TEST_CASE("when all places are taken, somebody goes where most are from") {
  Door door;
  for (const char* address : {"a", "a", "a", "b", "c", "d", "e", "f"}) door.come(address);
  CHECK(door.come("g").makes_room == 1);
}

TEST_CASE("one who speaks is not sent away for one who comes, unless it has had its time") {
  Door door;
  for (int i = 0; i < 4; ++i) door.come("a", true);
  CHECK(door.come("a", true).where == Where::kAtTheDoor);
  CHECK_FALSE(door.strangers.let_in(door.now));
  door.now += 4s;
  const auto next = door.strangers.let_in(door.now);
  REQUIRE(next);
  CHECK(next->first == 5);
  CHECK(next->second.makes_room == 1);
}

TEST_CASE("one who was answered makes room as one who is silent does") {
  Door door;
  for (int i = 0; i < 4; ++i) door.come("a", true);
  door.strangers.answered(3);
  CHECK(door.come("a").makes_room == 3);
}

TEST_CASE(
    "a place that gets free goes to whoever waited longest, from where the fewest are inside") {
  Door door;
  for (int i = 0; i < 4; ++i) door.come("a", true);
  for (int i = 0; i < 4; ++i) door.come("b", true);
  CHECK(door.come("a", true).where == Where::kAtTheDoor);  // 9
  CHECK(door.come("c", true).where == Where::kAtTheDoor);  // 10
  CHECK(door.come("a", true).where == Where::kAtTheDoor);  // 11
  door.strangers.leave(1);
  CHECK(door.strangers.let_in(door.now)->first == 10);
  door.strangers.leave(10);
  CHECK(door.strangers.let_in(door.now)->first == 9);
  door.strangers.leave(2);
  CHECK(door.strangers.let_in(door.now)->first == 11);
}

TEST_CASE("one address fills no more than its part of what waits, and is turned away then") {
  Door door;
  for (int i = 0; i < 8; ++i) door.come("a", true);
  CHECK(door.strangers.waiting() == 4);
  CHECK(door.come("a", true).where == Where::kTurnedAway);
  CHECK(door.come("b", true).where == Where::kInside);
  door.now += 16s;
  std::set<uint64_t> given_up;
  while (const auto id = door.strangers.give_up(door.now)) given_up.insert(*id);
  CHECK(given_up == std::set<uint64_t>{5, 6, 7, 8});
  CHECK(door.strangers.waiting() == 0);
}

TEST_CASE(
    "addresses of one owner are one address: a /56 of IPv6, one of IPv4 however it is written") {
  const auto owner = [](const char* text) { return owner_of(boost::asio::ip::make_address(text)); };
  CHECK(owner("192.0.2.7") == "192.0.2.7");
  CHECK(owner("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(owner("192.0.2.7") != owner("192.0.2.8"));
  CHECK(owner("2001:db8:1:200::1") == owner("2001:db8:1:2ff:abcd::9"));
  CHECK(owner("2001:db8:1:200::1") != owner("2001:db8:1:300::1"));
}

}  // namespace sitelog
