#include <atomic>
#include <catch2/catch.hpp>

#include "tests/unit/link/link_fixture.hpp"
#include "tests/unit/link/raw_peer.hpp"

namespace sitelog {

using namespace std::chrono_literals;

namespace {

// A site in live mode on its own thread, until destroyed.
class Live {
 public:
  Live(TestSite& site, const std::string& address)
      : thread_([this, &site, address](std::stop_token stop) {
          outcome = site.connector.run_live(address, stop, [this](const SyncProgress& progress) {
            caught_up = progress.caught_up;
          });
          ended = true;
        }) {}
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  ~Live() { stop(); }

  std::atomic<bool> caught_up = false;
  std::atomic<bool> ended = false;
  SyncOutcome outcome;

 private:
  std::jthread thread_;
};

}  // namespace

TEST_CASE("two thousand entries go up and two thousand come down over TLS") {
  TestHeadquarters headquarters;
  TestSite first(headquarters);
  TestSite second(headquarters);
  first.write("u1", 2000, "from the first");

  SyncProgress seen;
  const auto up = first.connector.sync_once(headquarters.address, {},
                                            [&](const SyncProgress& now) { seen = now; });
  INFO((up.failure ? describe(*up.failure) : ""));
  CHECK_FALSE(up.failure);
  CHECK(up.caught_up);
  CHECK(up.sent == 2000);
  CHECK(seen == SyncProgress{2000, 0, true});
  CHECK(up.bytes_sent > 2000);
  CHECK(up.seconds > 0);
  CHECK(digest_at(first.queue, "u1") == digest_at(headquarters.queue, "u1"));

  const auto down = second.connector.sync_once(headquarters.address);
  CHECK_FALSE(down.failure);
  CHECK(down.caught_up);
  CHECK(down.received == 2000);
  CHECK(digest_at(second.queue, "u1") == digest_at(headquarters.queue, "u1"));

  const auto again = second.connector.sync_once(headquarters.address);
  CHECK(again.caught_up);
  CHECK(again.exchanges == 1);
  CHECK(again.sent + again.received == 0);
}

TEST_CASE("a second connection resumes the TLS session, also after the program started anew") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  const auto first = site.connector.sync_once(headquarters.address);
  CHECK(first.caught_up);
  CHECK_FALSE(first.resumed);
  const auto second = site.connector.sync_once(headquarters.address);
  CHECK(second.caught_up);
  CHECK(second.resumed);

  const std::string saved = site.connector.resumption();
  REQUIRE_FALSE(saved.empty());
  SyncConnector anew(site.config(headquarters), site.queue);
  anew.offer_resumption(as_bytes(saved));
  CHECK(anew.sync_once(headquarters.address).resumed);

  SyncConnector damaged(site.config(headquarters), site.queue);
  damaged.offer_resumption(as_bytes("not a session"));
  const auto full = damaged.sync_once(headquarters.address);
  CHECK(full.caught_up);
  CHECK_FALSE(full.resumed);
}

TEST_CASE("a resumed session does not make another headquarters this device's") {
  TestHeadquarters home;
  TestHeadquarters other;
  TestSite site(home);
  CHECK(site.connector.sync_once(home.address).caught_up);
  const auto outcome = site.connector.sync_once(other.address);
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kNotHeadquarters);
  CHECK(site.connector.sync_once(home.address).caught_up);
}

TEST_CASE("what is written while connected arrives within a second, both ways and across sites") {
  TestHeadquarters headquarters;
  TestSite first(headquarters);
  TestSite second(headquarters);
  Live first_live(first, headquarters.address);
  Live second_live(second, headquarters.address);
  REQUIRE(eventually([&] { return first_live.caught_up && second_live.caught_up; }));
  CHECK(headquarters.listener->connected().size() == 2);

  first.write("u1", 1, "pushed");
  CHECK(eventually([&] { return count_at(second.queue, "u1") == 1; }, 1s));
  headquarters.queue.run([](MemoryReplica& at) { at.write("root", "a circular"); });
  CHECK(eventually(
      [&] { return count_at(first.queue, "root") == 1 && count_at(second.queue, "root") == 1; },
      1s));
  REQUIRE(eventually([&] { return first_live.caught_up && second_live.caught_up; }));

  first_live.stop();
  CHECK_FALSE(first_live.outcome.failure);
  CHECK(first_live.outcome.sent == 1);
  CHECK(first_live.outcome.received == 1);
  CHECK(eventually([&] { return headquarters.listener->connected().size() == 1; }));
}

TEST_CASE("units do not see each other's books") {
  TestHeadquarters headquarters;
  TestSite first(headquarters, "u1");
  TestSite second(headquarters, "u2");
  first.write("u1", 3);
  CHECK(first.connector.sync_once(headquarters.address).caught_up);
  CHECK(second.connector.sync_once(headquarters.address).caught_up);
  CHECK(count_at(second.queue, "u1") == 0);
}

TEST_CASE("a stream that headquarters will not take does not hold up the rest") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  site.write("u1", 3);
  headquarters.queue.run([&](MemoryReplica& at) {
    at.refuse_streams_of(site.key.device());
    at.write("root", "a circular");
  });
  const auto outcome = site.connector.sync_once(headquarters.address);
  CHECK_FALSE(outcome.failure);
  CHECK_FALSE(outcome.caught_up);
  REQUIRE(outcome.refused.size() == 1);
  CHECK(outcome.refused[0].reason == Reason::kNoGrant);
  CHECK(outcome.received == 1);
}

TEST_CASE("a device that was shut out is told so and keeps what it has") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  Live live(site, headquarters.address);
  REQUIRE(eventually([&] { return live.caught_up.load(); }));
  headquarters.queue.run([&](MemoryReplica& at) { at.revoke(site.key.device()); });
  headquarters.listener->disconnect(site.key.device());
  REQUIRE(eventually([&] { return live.ended.load(); }));
  REQUIRE(live.outcome.failure);
  CHECK(live.outcome.failure->reason == Reason::kUnreachable);
  site.write("u1", 1);
  const auto outcome = site.connector.sync_once(headquarters.address);
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kRevoked);
  CHECK(count_at(site.queue, "u1") == 1);
  CHECK(headquarters.had(LinkEvent::kSessionFailed));
}

TEST_CASE("when headquarters can't save, nothing is acknowledged and the next sync mends it") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  site.write("u1", 5);
  headquarters.queue.fail_next();
  const auto failed = site.connector.sync_once(headquarters.address);
  REQUIRE(failed.failure);
  CHECK(failed.failure->reason == Reason::kUnreachable);
  CHECK(headquarters.had(LinkEvent::kStoreFailed));
  CHECK(site.connector.sync_once(headquarters.address).caught_up);
  CHECK(count_at(headquarters.queue, "u1") == 5);
}

TEST_CASE("when the site can't save, it says so and the next sync mends it") {
  TestHeadquarters headquarters;
  headquarters.queue.run([](MemoryReplica& at) { at.write("root", "a circular"); });
  TestSite site(headquarters);
  site.queue.fail_next();
  const auto failed = site.connector.sync_once(headquarters.address);
  REQUIRE(failed.failure);
  CHECK(failed.failure->reason == Reason::kNotSaved);
  CHECK(site.connector.sync_once(headquarters.address).caught_up);
}

TEST_CASE("a headquarters that stops ends live connections, and they say why") {
  TestHeadquarters headquarters;
  TestSite first(headquarters);
  TestSite second(headquarters);
  Live first_live(first, headquarters.address);
  Live second_live(second, headquarters.address);
  REQUIRE(eventually([&] { return first_live.caught_up && second_live.caught_up; }));
  const auto began = std::chrono::steady_clock::now();
  headquarters.stop();
  CHECK(std::chrono::steady_clock::now() - began < 3s);
  REQUIRE(eventually([&] { return first_live.ended && second_live.ended; }));
  REQUIRE(first_live.outcome.failure);
  CHECK(describe(*first_live.outcome.failure).find("stopping") != std::string::npos);
  headquarters.listener->stop();
}

TEST_CASE("a headquarters stops while much is under way") {
  for (const auto after : {1ms, 5ms, 10ms, 20ms, 40ms}) {
    TestHeadquarters headquarters;
    TestSite site(headquarters);
    site.write("u1", 3000, std::string(500, 'x'));
    SyncOutcome outcome;
    std::thread syncing([&] { outcome = site.connector.sync_once(headquarters.address); });
    std::this_thread::sleep_for(after);
    const auto began = std::chrono::steady_clock::now();
    headquarters.stop();
    syncing.join();
    CHECK(std::chrono::steady_clock::now() - began < 3s);
    CHECK(outcome.caught_up != outcome.failure.has_value());
    // All that the site takes for held is held, and no entry is there in part.
    const uint64_t held = headquarters.replica.count("u1");
    site.queue.run([&](MemoryReplica& at) {
      CHECK(at.own_held_by_headquarters("u1").value <= held);
      const VersionVector there = headquarters.replica.vector("u1");
      for (const Tip& tip : there) CHECK(at.holds("u1", tip.stream, mark_of(tip)));
    });
    if (outcome.caught_up) CHECK(held == 3000);
  }
}

TEST_CASE("a store that closes under live connections leaves nothing hanging") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  Live live(site, headquarters.address);
  REQUIRE(eventually([&] { return live.caught_up.load(); }));
  headquarters.queue.close();
  site.write("u1", 1);
  REQUIRE(eventually([&] { return live.ended.load(); }));
  headquarters.stop();
}

TEST_CASE("asking a sync to stop ends it soon") {
  TestHeadquarters headquarters;
  headquarters.queue.slow_down(300ms);
  TestSite site(headquarters);
  site.write("u1", 20'000, std::string(200, 'x'));
  std::stop_source stop;
  std::thread stopper([&] {
    std::this_thread::sleep_for(700ms);
    stop.request_stop();
  });
  const auto outcome = site.connector.sync_once(headquarters.address, stop.get_token());
  stopper.join();
  CHECK(outcome.seconds < 4);
  CHECK((outcome.failure.has_value() || outcome.caught_up));
  headquarters.queue.slow_down(0ms);
  CHECK(site.connector.sync_once(headquarters.address).caught_up);
}

TEST_CASE("many sites at once all come to hold the same") {
  TestHeadquarters headquarters;
  constexpr size_t kSites = 12;
  std::vector<std::unique_ptr<TestSite>> sites;
  for (size_t i = 0; i < kSites; ++i) {
    sites.push_back(std::make_unique<TestSite>(headquarters));
    sites.back()->write("u1", 50, "site " + std::to_string(i));
  }
  std::vector<std::thread> threads;
  std::atomic<size_t> caught_up = 0;
  for (auto& site : sites) {
    threads.emplace_back([&] {
      if (site->connector.sync_once(headquarters.address).caught_up) ++caught_up;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(caught_up == kSites);
  CHECK(count_at(headquarters.queue, "u1") == kSites * 50);
  for (auto& site : sites) {
    CHECK(site->connector.sync_once(headquarters.address).caught_up);
    CHECK(digest_at(site->queue, "u1") == digest_at(headquarters.queue, "u1"));
  }
}

}  // namespace sitelog
