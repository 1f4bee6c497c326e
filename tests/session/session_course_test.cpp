// The course of a session once it stands: live pushes, silence, the end, flow control, timing.
#include <rapidcheck.h>

#include <random>

#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {
const std::string kBook = kScriptBook;
}

TEST_CASE("a question whether one is there is answered") {
  play(Side::kHeadquarters, [](Script& script) {
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return Ping{42}; });
    script.expect_write<Pong>([](const Pong& pong) { CHECK(pong.nonce == 42); });
    script.read([&] { return Pong{42}; });
    script.expect_silence();
  });
}

TEST_CASE("a session ends in good order by Goodbye, and hears nothing after it") {
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.meanwhile([&] { script.session().finish("done"); });
    script.expect_write<Goodbye>([](const Goodbye& goodbye) { CHECK(goodbye.reason == "done"); });
    script.read([&] { return Ping{1}; });
    script.expect_silence();
    script.check([&] { CHECK(!script.session().failure()); });
  });
  play(Side::kHeadquarters, [](Script& script) {
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return Goodbye{"closing"}; });
    script.expect_silence();
    script.check([&] {
      CHECK(script.session().ended());
      CHECK(!script.session().failure());
    });
  });
}

TEST_CASE("nobody says caught up before the other holds everything, whatever the timing") {
  CHECK(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    MemoryReplica at_site(script_key(2), script_authority(), {std::string(kRootBook), kBook});
    MemoryReplica at_headquarters(script_key(1), script_authority(),
                                  {std::string(kRootBook), kBook});
    const auto write = [&](MemoryReplica& replica) {
      for (uint64_t n = random() % 4; n > 0; --n) {
        replica.write(kBook, "entry " + std::to_string(random()));
      }
    };
    write(at_site);
    write(at_headquarters);
    const Peer headquarters_peer{script_key(1).device(), Standing::authority()};
    const Peer site_peer{script_key(2).device(), Standing::device(kBook)};
    Session site({.start = Session::Start::kOpens, .software = ""}, at_site, site_peer.device,
                 headquarters_peer);
    Session headquarters({.start = Session::Start::kAnswers, .software = ""}, at_headquarters,
                         headquarters_peer.device, site_peer);
    const ClockReading now{{1'700'000'000'000}, 1000, 1};
    site.start(now);
    int writes = 5;
    run_both(
        site, headquarters, now, [&](size_t, size_t) { return random() % 2 == 0; },
        [&] {
          const auto holds_own = [](const Session& session, MemoryReplica& here,
                                    MemoryReplica& there) {
            return !session.caught_up() || here.count(kBook) <= there.count(kBook);
          };
          RC_ASSERT(holds_own(site, at_site, at_headquarters));
          RC_ASSERT(holds_own(headquarters, at_headquarters, at_site));
          const bool both = site.caught_up() && headquarters.caught_up();
          const bool equal = at_site.digest(kBook) == at_headquarters.digest(kBook);
          const bool fine = !both || equal;
          RC_ASSERT(fine);
          if (writes > 0 && random() % 3 == 0) {
            --writes;
            write(random() % 2 == 0 ? at_site : at_headquarters);
          }
        });
    // The last words may have been said before the last entries: those are pushed by a settle.
    run_both(
        site, headquarters, now, [&](size_t, size_t) { return random() % 2 == 0; }, [] {});
    RC_ASSERT(site.caught_up());
    RC_ASSERT(headquarters.caught_up());
    RC_ASSERT(at_site.digest(kBook) == at_headquarters.digest(kBook));
  }));
}

TEST_CASE("sessions that start established bring each other in step without a greeting") {
  for (const size_t window : {size_t{1}, SIZE_MAX}) {
    CAPTURE(window);
    const std::vector<BookCode> books{std::string(kRootBook), kBook};
    MemoryReplica at_site(script_key(2), script_authority(), books);
    MemoryReplica at_headquarters(script_key(1), script_authority(), books);
    for (size_t i = 0; i < 3 * limits::kSignedSpanEntriesMax; ++i) at_site.write(kBook, "entry");
    at_headquarters.write(kBook, "a review");
    const Peer headquarters_peer{script_key(1).device(), Standing::authority()};
    const Peer site_peer{script_key(2).device(), Standing::device(kBook)};
    const SessionConfig config{
        .start = Session::Start::kEstablished, .window = window, .software = "bundle"};
    Session site(config, at_site, site_peer.device, headquarters_peer);
    Session headquarters(config, at_headquarters, headquarters_peer.device, site_peer);
    const ClockReading now{{1'700'000'000'000}, 1000, 1};
    site.start(now);
    headquarters.start(now);
    site.settle(now);
    headquarters.settle(now);
    size_t most = 0;
    run_both(
        site, headquarters, now, [](size_t, size_t) { return true; },
        [&] { most = std::max<size_t>(most, site.counts().entries_sent); });
    CHECK(site.caught_up());
    CHECK(headquarters.caught_up());
    CHECK(at_site.digest(kBook) == at_headquarters.digest(kBook));
    CHECK(at_site.own_held_by_headquarters(kBook).value == at_site.count(kBook) - 1);
  }
}

TEST_CASE("a session that starts established takes no greeting") {
  MemoryReplica replica(script_key(2), script_authority(), {std::string(kRootBook), kBook});
  Session session({.start = Session::Start::kEstablished}, replica, script_key(2).device(),
                  {script_key(1).device(), Standing::authority()});
  const ClockReading now{{1'700'000'000'000}, 1000, 1};
  session.start(now);
  Hello hello;
  hello.device = script_key(1).device();
  session.receive(hello, now);
  REQUIRE(session.failure());
  CHECK(session.failure()->reason == Reason::kMalformed);
}
