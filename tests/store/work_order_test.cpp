#include "sync/store/work_order.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "sync/store/limits.hpp"

using namespace sitelog;

namespace {

DeviceId device(uint8_t number) {
  DeviceId out;
  out.bytes[0] = number;
  return out;
}

// An order of works whose names are told when they come to run; time stands still meanwhile.
struct Played {
  WorkOrder order;
  std::string ran;
  int64_t now_us = 1'000'000'000;

  void post(char name, std::optional<uint8_t> account, size_t bytes = 0) {
    PostedWork work{[this, name](Store&) { ran += name; }, nullptr, bytes};
    if (account) work.payer = device(*account);
    order.post(std::move(work));
  }
  // Of somebody who waits for it: an account's, or without a name whoever's who sits at the folder.
  void ask(char name, const std::string& whose = "") {
    PostedWork work{[this, name](Store&) { ran += name; }, nullptr};
    if (!whose.empty()) work.payer = whose;
    work.waited_for = true;
    order.post(std::move(work));
  }
  // One group, each of whose works takes that long; the names of those in it.
  std::string run(int64_t each_us) {
    auto group = order.take(now_us);
    ran.clear();
    for (PostedWork& work : group) {
      Store* none = nullptr;
      work.run(*none);
      work.took_us = each_us;
      now_us += each_us;
    }
    if (!group.empty()) order.done(group, 0, now_us);
    return ran;
  }
  // An account has cost that much lately.
  void spend(uint8_t account, int64_t cost_us) {
    post('-', account);
    REQUIRE(run(cost_us) == "-");
  }
};

}  // namespace

TEST_CASE(
    "what devices bring within their allowance shares a transaction in order of arrival, people "
    "before") {
  Played played;
  played.post('a', 1);
  played.post('b', 2);
  played.ask('o');
  played.ask('p', "reviewer");
  played.post('c', 1);
  CHECK(played.run(1000) == "opabc");
}

TEST_CASE("while people write what devices bring goes in short transactions, else in long ones") {
  Played played;
  constexpr size_t kBytes = 100'000;
  const auto post_all = [&] {
    for (uint8_t i = 1; i <= 8; ++i) played.post(static_cast<char>('a' + i), i, kBytes);
  };
  post_all();
  REQUIRE(played.run(30'000).size() == 8);  // nobody waits
  post_all();
  for (const char* const few : {"obcd", "oefg", "ohi"}) {
    played.ask('o');
    CHECK(played.run(30'000) == few);
  }
  played.now_us += limits::kOthersAboutUs + 1;
  post_all();
  CHECK(played.run(30'000).size() == 8);
}

TEST_CASE("an account that costs more than its allowance gives way as a device does") {
  Played played;
  played.ask('-', "importer");
  REQUIRE(played.run(limits::kCostAllowedUs * 4) == "-");
  played.now_us += limits::kOthersAboutUs + 1;
  played.ask('x', "importer");
  REQUIRE(played.run(200'000) == "x");
  for (int i = 0; i < 4; ++i) {
    played.ask('x', "importer");
    played.post('a', 1);
    played.ask('o', "reviewer");
    CHECK(played.run(20'000) == "oa");
  }
  // Whoever sits at the folder never does.
  Played owned;
  owned.ask('-');
  REQUIRE(owned.run(limits::kCostAllowedUs * 4) == "-");
  owned.ask('o');
  CHECK(owned.run(1000) == "o");
}

TEST_CASE("who is over the allowance shares no transaction with others") {
  Played played;
  played.spend(1, limits::kCostAllowedUs * 2);
  played.post('x', 1);
  played.post('a', 2);
  CHECK(played.run(400'000) == "x");  // it has waited for nobody yet
  played.post('x', 1);
  CHECK(played.run(1000) == "a");
}

TEST_CASE("after a work over the allowance the others have twice its time, if they are about") {
  Played played;
  played.spend(1, limits::kCostAllowedUs * 4);
  played.spend(2, 1000);
  played.post('x', 1);
  REQUIRE(played.run(300'000) == "x");
  const int64_t until_us = played.now_us + 600'000;
  played.post('x', 1);
  while (played.now_us < until_us) {
    CHECK(played.run(300'000).empty());  // somebody was here a moment ago and may come again
    CHECK(played.order.ready_at_us() == until_us);
    played.post('a', 2);
    CHECK(played.run(10'000) == "a");
    played.now_us += 40'000;
  }
  // However many others go on waiting, it comes to its turn.
  played.post('a', 2);
  CHECK(played.run(300'000) == "x");
}

TEST_CASE("alone somebody over the allowance is never put off") {
  Played played;
  played.spend(1, limits::kCostAllowedUs * 4);
  for (int i = 0; i < 10; ++i) {
    played.post('x', 1);
    CHECK(played.run(200'000) == "x");
  }
}

TEST_CASE("of several over the allowance whoever has cost least goes first") {
  Played played;
  played.spend(1, limits::kCostAllowedUs * 6);
  played.spend(2, limits::kCostAllowedUs * 3);
  played.now_us += limits::kOthersAboutUs + 1;
  played.post('x', 1);
  played.post('y', 2);
  CHECK(played.run(limits::kOverGroupUsMax) == "y");
  CHECK(played.run(limits::kOverGroupUsMax) == "x");
}

TEST_CASE("small works of several over the allowance share a transaction up to a quarter second") {
  Played played;
  for (const uint8_t account : {uint8_t{1}, uint8_t{2}, uint8_t{3}}) {
    played.spend(account, limits::kCostAllowedUs * 3);
    played.post('-', account);
    played.run(100'000);
  }
  for (const char name : {'x', 'y', 'z'}) played.post(name, static_cast<uint8_t>(name - 'x' + 1));
  CHECK(played.run(100'000).size() == 2);
  CHECK(played.run(100'000).size() == 1);
}

TEST_CASE("people at the folder go before everyone, yet nobody is put off for ever by them") {
  Played played;
  played.spend(1, limits::kCostAllowedUs * 6);
  played.post('x', 1);
  REQUIRE(played.run(100'000) == "x");
  played.post('x', 1);
  int64_t waited_us = 0;
  for (;;) {
    played.ask('o');
    const std::string ran = played.run(100'000);
    if (ran == "x") break;
    REQUIRE(ran == "o");
    waited_us += 100'000;
    REQUIRE(waited_us < 5'000'000);
  }
  CHECK(waited_us >= limits::kOverWaitUsMax);
}

TEST_CASE("a cost is forgotten with time, and none counts for more than forty seconds") {
  Played played;
  played.spend(1, int64_t{3600} * 1'000'000);
  CHECK(played.order.cost_us(device(1), played.now_us) == limits::kCostUsMax);
  played.now_us += limits::kCostHalvesUs;
  CHECK(played.order.cost_us(device(1), played.now_us) == limits::kCostUsMax / 2);
  played.now_us += 3 * limits::kCostHalvesUs;
  CHECK(played.order.cost_us(device(1), played.now_us) <= limits::kCostAllowedUs);
}

TEST_CASE("what a transaction took beside its works is borne by each as its work was") {
  Played played;
  std::vector<PostedWork> group(2);
  group[0].payer = device(1);
  group[0].took_us = 3000;
  group[1].payer = device(2);
  group[1].took_us = 1000;
  played.order.done(group, 8000, played.now_us);
  CHECK(played.order.cost_us(device(1), played.now_us) == 9000);
  CHECK(played.order.cost_us(device(2), played.now_us) == 3000);
}

TEST_CASE("accounts that cost little are forgotten when there are many") {
  Played played;
  played.spend(255, limits::kCostAllowedUs * 4);
  for (size_t i = 0; i <= 2 * limits::kPayersMax; ++i) {
    std::vector<PostedWork> group(1);
    DeviceId id;
    std::memcpy(id.bytes.data() + 4, &i, sizeof i);
    group[0].payer = id;
    group[0].took_us = 1;
    played.order.done(group, 0, played.now_us);
  }
  CHECK(played.order.payers() <= limits::kPayersMax);
  CHECK(played.order.cost_us(device(255), played.now_us) > limits::kCostAllowedUs);
}
