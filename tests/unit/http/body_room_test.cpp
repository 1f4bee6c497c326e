#include "http/body_room.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "http/body_pace.hpp"
#include "http/limits.hpp"

using namespace sitelog;
using namespace std::chrono_literals;
using Verdict = BodyRoom::Verdict;
using Gone = std::vector<uint64_t>;

TEST_CASE("a small body has room whatever others hold, and one account has its part alone") {
  BodyRoom room({.always = 8, .all = 100, .of_one = 40});
  CHECK(room.hold(1, "greedy", 28).verdict == Verdict::kFits);
  CHECK(room.hold(2, "greedy", 28).verdict == Verdict::kFits);
  CHECK_FALSE(room.has_room("greedy", 9));
  CHECK(room.hold(3, "greedy", 9).verdict == Verdict::kTooMuchOfOne);
  CHECK(room.hold(4, "greedy", 8).verdict == Verdict::kFits);
  CHECK(room.has_room("modest", 48));
  CHECK(room.hold(5, "modest", 48).verdict == Verdict::kFits);
  CHECK(room.held() == 80);
  room.leave(1);
  room.leave(1);
  CHECK(room.held() == 60);
  CHECK(room.hold(3, "greedy", 9).verdict == Verdict::kFits);
}

TEST_CASE("what a body holds is counted as it grows, and a body that does not fit has left") {
  BodyRoom room({.always = 0, .all = 100, .of_one = 40});
  for (size_t bytes = 1; bytes <= 40; ++bytes) {
    CHECK(room.hold(1, "a", bytes).verdict == Verdict::kFits);
    CHECK(room.held() == bytes);
  }
  CHECK(room.hold(1, "a", 41).verdict == Verdict::kTooMuchOfOne);
  CHECK(room.held() == 0);
}

TEST_CASE("where all is taken, whoever holds the most gives way to who holds less") {
  BodyRoom room({.always = 0, .all = 100, .of_one = 40});
  room.hold(1, "a", 30);
  room.hold(2, "a", 10);
  room.hold(3, "b", 30);
  room.hold(4, "c", 30);
  const auto grown = room.hold(5, "d", 20);
  CHECK(grown.verdict == Verdict::kFits);
  CHECK(grown.give_way == Gone{1});
  CHECK(room.held() == 90);
  // What is worked off already can't, nor does who holds no more than the other would.
  room.is_whole(3);
  CHECK(room.hold(6, "e", 20).give_way == Gone{4});
  room.is_whole(5);
  room.is_whole(6);
  CHECK(room.hold(7, "f", 30).verdict == Verdict::kTooMuchOfAll);
  CHECK(room.hold(8, "f", 5).verdict == Verdict::kFits);
}

TEST_CASE("however bodies come and go, nobody holds more than their part and the sums are true") {
  std::mt19937_64 random(7);
  const auto below = [&random](uint64_t n) { return random() % n; };
  BodyRoom room({.always = 5, .all = 200, .of_one = 60});
  std::map<uint64_t, std::pair<std::string, size_t>> held;
  for (int step = 0; step < 20'000; ++step) {
    const uint64_t body = below(30);
    const std::string whose(1, static_cast<char>('a' + body % 7));
    if (below(4) == 0) {
      room.leave(body);
      held.erase(body);
    } else {
      const size_t bytes = below(70);
      const auto grown = room.hold(body, whose, bytes);
      held.erase(body);
      for (const uint64_t gone : grown.give_way) {
        REQUIRE(held.erase(gone) == 1);
      }
      if (grown.verdict == Verdict::kFits) held[body] = {whose, bytes > 5 ? bytes - 5 : 0};
      REQUIRE((bytes > 5 || grown.verdict == Verdict::kFits));
    }
    std::map<std::string, size_t> sums;
    size_t all = 0;
    for (const auto& [id, each] : held) {
      sums[each.first] += each.second;
      all += each.second;
    }
    REQUIRE(room.held() == all);
    REQUIRE(all <= 200);
    for (const auto& [name, sum] : sums) REQUIRE(sum <= 60);
  }
}

TEST_CASE("who stops sending is done with soon however much they sent, and a slow link is not") {
  const BodyPace::Clock::time_point begun{};
  BodyPace stops(begun);
  stops.came(4'000'000, begun + 1s);
  CHECK(stops.until() <= begun + 1s + limits::kBodyTime);

  BodyPace drips(begun);
  auto now = begun;
  for (size_t bytes = 1; now <= drips.until(); ++bytes, now += 3s) drips.came(bytes, now);
  CHECK(now <= begun + limits::kBodyTime + 4s);

  BodyPace slow(begun);
  now = begun;
  for (size_t bytes = 0; bytes < 4'000'000; now += 15s) {
    bytes += 15 * limits::kBodyBytesPerSecondMin;
    slow.came(bytes, now + 15s);
    REQUIRE(now + 15s < slow.until());
  }
}
