// The course of a session once it stands: live pushes, silence, the end, flow control, timing.
#include <rapidcheck.h>

#include <random>

#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {
const std::string kBook = kScriptBook;
}

TEST_CASE("an older word of being caught up that comes late does not part the two") {
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    const CaughtUp before = word_of(script.far());
    script.far().write(kBook, "one more");
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>();
    script.expect_write<CaughtUp>();
    script.read([&] { return word_of(script.far()); });
    script.check([&] { CHECK(script.session().caught_up()); });
    script.read([&] { return before; });
    script.check([&] { CHECK(script.session().caught_up()); });
  });
}

TEST_CASE("what a peer has to bring and another brings first is waited for no longer") {
  play(Side::kHeadquarters, [](Script& script) {
    const SigningKey key = script_key(7);
    Batch theirs{kBook, {key.device(), {1}}, key.public_key(), {1}, {}, {"entry"}, {}};
    const Hash head = chain_next(chain_start(kBook, theirs.stream), as_bytes(theirs.entries[0]));
    theirs.signature = sign_head(key, kBook, {theirs.stream, {1}, head});
    REQUIRE(script.far().append(script.near_peer(), theirs));
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.expect_silence();
    script.meanwhile([&] {
      REQUIRE(script.near().append({key.device(), Standing::device(kBook)}, theirs));
    });
    script.expect_write<CaughtUp>([&](const CaughtUp& word) {
      CHECK(word.books.at(0).digest == script.far().digest(kBook));
    });
    script.read([&] { return word_of(script.far()); });
    script.check([&] { CHECK(script.session().caught_up()); });
  });
}

TEST_CASE("what is written after both are caught up is pushed at once") {
  play(Side::kSite, [](Script& script) {
    Batch sent;
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.check([&] { CHECK(script.session().caught_up()); });
    script.meanwhile([&] { script.near().write(kBook, "live"); });
    script.expect_write<Batch>([&](const Batch& batch) { sent = batch; });
    script.check([&] { CHECK(!script.session().caught_up()); });
    script.read([&] { return taken_by_far(script, sent); });
    script.expect_write<CaughtUp>();
    script.read([&] { return word_of(script.far()); });
    script.check([&] { CHECK(script.session().caught_up()); });
    script.meanwhile([&] { script.far().write(kBook, "by headquarters, live"); });
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>();
    script.expect_write<CaughtUp>();
    script.read([&] { return word_of(script.far()); });
    script.check([&] { CHECK(script.session().caught_up()); });
  });
}

TEST_CASE(
    "what is written between Hello and Welcome is sent though headquarters saw no difference") {
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    const Welcome welcome = script.welcome_by_far();
    script.meanwhile([&] { script.near().write(kBook, "in between"); });
    script.read([&] { return welcome; });
    script.expect_write<Batch>();
    script.check([&] { CHECK(!script.session().caught_up()); });
  });
}

TEST_CASE("a silent headquarters is asked, and given up at last") {
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.passes(limits::kPingIntervalMs + 1);
    int64_t nonce = 0;
    script.expect_write<Ping>([&](const Ping& ping) { nonce = ping.nonce; });
    script.read([&] { return Pong{nonce}; });
    script.passes(limits::kPingIntervalMs - 1);
    script.expect_silence();
    script.passes(2);
    script.expect_write<Ping>();
    script.passes(limits::kIdleTimeoutMs);
    script.expect_write<Refuse>(refuses(Reason::kUnreachable));
    script.check([&] {
      CHECK(script.session().ended());
      CHECK(script.session().failure()->reason == Reason::kUnreachable);
    });
  });
  play(Side::kSite, [](Script& script) {  // a captive portal that never answers
    script.start();
    script.expect_write<Hello>();
    script.passes(limits::kHandshakeTimeoutMs + 1);
    script.expect_write<Refuse>(refuses(Reason::kUnreachable));
    script.check([&] { CHECK(!script.session().caught_up()); });
  });
  play(Side::kHeadquarters, [](Script& script) {
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return Ping{42}; });
    script.expect_write<Pong>([](const Pong& pong) { CHECK(pong.nonce == 42); });
    script.passes(limits::kIdleTimeoutMs + 1);
    script.expect_write<Refuse>(refuses(Reason::kUnreachable));
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

TEST_CASE("no more batches are under way than the limit, and the rest follows the receipts") {
  MemoryReplica site(script_key(2), script_authority(), {std::string(kRootBook), kBook});
  MemoryReplica far(script_key(1), script_authority(), {std::string(kRootBook), kBook});
  const size_t entries = limits::kSignedSpanEntriesMax * (limits::kUnacknowledgedBatchesMax + 3);
  for (size_t i = 0; i < entries; ++i) site.write(kBook, "e" + std::to_string(i));
  const Peer to_far{script_key(1).device(), Standing::authority()};
  const Peer to_site{script_key(2).device(), Standing::device(kBook)};
  Session near(Session::Start::kOpens, site, to_site.device, to_far, "");
  Session headquarters(Session::Start::kAnswers, far, to_far.device, to_site, "");
  const ClockReading now{{1'700'000'000'000}, 1000, 1};
  near.start(now);
  size_t most = 0;
  run_both(
      near, headquarters, now,
      [&](size_t for_headquarters, size_t) {
        most = std::max(most, for_headquarters);
        return false;  // the site is served first: as much as may be is under way
      },
      [] {});
  CHECK(near.caught_up());
  CHECK(far.count(kBook) == entries);
  CHECK(most <= limits::kUnacknowledgedBatchesMax + 2);
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
    Session site(Session::Start::kOpens, at_site, site_peer.device, headquarters_peer, "");
    Session headquarters(Session::Start::kAnswers, at_headquarters, headquarters_peer.device,
                         site_peer, "");
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
