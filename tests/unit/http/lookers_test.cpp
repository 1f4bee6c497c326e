#include "http/lookers.hpp"

#include <catch2/catch.hpp>

#include "http/limits.hpp"

using namespace sitelog;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

Lookers::Place record(uint8_t number) {
  Lookers::Place out{"mine", "event", {}, "songs"};
  out.record.bytes[0] = number;
  return out;
}

// "+who" looks at a record, "-who" does no more, by its number.
Names told(Lookers& lookers, Lookers::Clock::time_point now) {
  Names out;
  for (const auto& each : lookers.take(now)) {
    out.push_back((each.left ? "-" : "+") + each.account +
                  std::to_string(each.place.record.bytes[0]));
  }
  return out;
}

}  // namespace

TEST_CASE("whoever opens a record is told who has it open, and those that they came") {
  Lookers lookers;
  const Lookers::Clock::time_point now{};
  CHECK(lookers.look("a", record(1), now).empty());
  CHECK(lookers.look("b", record(1), now) == Names{"a"});
  CHECK(lookers.look("c", record(2), now).empty());
  CHECK(told(lookers, now) == Names{"+a1", "+b1", "+c2"});
  CHECK(told(lookers, now).empty());
  CHECK(lookers.look("a", record(1), now) == Names{"b"});
  CHECK(told(lookers, now) == Names{"+a1"});
}

TEST_CASE("an account looks at one record at most, and of moves in between nothing is told") {
  Lookers lookers;
  const Lookers::Clock::time_point now{};
  lookers.look("a", record(1), now);
  CHECK(told(lookers, now) == Names{"+a1"});
  for (uint8_t number = 2; number < 100; ++number) lookers.look("a", record(number), now);
  CHECK(told(lookers, now) == Names{"-a1", "+a99"});
  lookers.look("a", std::nullopt, now);
  CHECK(lookers.look("b", record(99), now).empty());
  CHECK(told(lookers, now) == Names{"-a99", "+b99"});
  lookers.look("c", record(1), now);
  lookers.look("c", std::nullopt, now);
  CHECK(told(lookers, now).empty());
}

TEST_CASE("what is not said again within a minute is over") {
  Lookers lookers;
  Lookers::Clock::time_point now{};
  lookers.look("a", record(1), now);
  CHECK(told(lookers, now) == Names{"+a1"});
  now += limits::kLookingTime - 1s;
  lookers.look("a", record(1), now);
  now += limits::kLookingTime - 1s;
  CHECK(lookers.look("b", record(1), now) == Names{"a"});
  CHECK(told(lookers, now) == Names{"+a1", "+b1"});
  now += 1s;
  CHECK(told(lookers, now) == Names{"-a1"});
  CHECK(lookers.look("b", record(1), now).empty());
}

TEST_CASE("of many accounts the last ones are known") {
  Lookers lookers;
  Lookers::Clock::time_point now{};
  for (size_t n = 0; n < limits::kLookersMax + 3; ++n) {
    lookers.look("a" + std::to_string(n), record(1), now);
    now += 1ms;
  }
  const auto others = lookers.look("z", record(1), now);
  CHECK(others.size() == limits::kLookersMax - 1);
  CHECK(std::find(others.begin(), others.end(), "a0") == others.end());
}
