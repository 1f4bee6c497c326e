// Who may not read brings what it has, and is shown nothing of what there is.
#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {
const std::string kBook = kScriptBook;
}

TEST_CASE(
    "headquarters: who may not read is shown nothing, its entries are taken, and it is told") {
  play(Side::kHeadquarters, [](Script& script) {
    script.never_heals();
    script.near().keep_from_reading(script.far_peer().device);
    script.near().write(kBook, "a secret");
    script.far().write(kBook, "by the site");
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>([&](const Welcome& welcome) {
      for (const BookOffer& offer : welcome.books) {
        CHECK(offer.digest == digest_of(offer.book, VersionVector{}));
        CHECK(offer.tips.empty());
        CHECK(offer.parts.empty());
        CHECK(offer.differs == (offer.book == kBook));
      }
    });
    script.expect_silence();
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.expect_silence();
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>(
        [&](const Receipt& receipt) { CHECK(receipt.tips == script.far().vector(kBook)); });
    script.expect_write<Refuse>(refuses(Reason::kNoGrant));
    script.check([&] {
      CHECK(script.session().ended());
      CHECK(script.near().count(kBook) == 2);
    });
  });
}

TEST_CASE("headquarters: who has nothing to bring is told at once") {
  play(Side::kHeadquarters, [](Script& script) {
    script.never_heals();
    script.near().keep_from_reading(script.far_peer().device);
    script.near().write(kBook, "a secret");
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>([&](const Welcome& welcome) {
      for (const BookOffer& offer : welcome.books) CHECK(!offer.differs);
    });
    script.expect_write<Refuse>(refuses(Reason::kNoGrant));
  });
}

TEST_CASE("headquarters: a question about what is held is answered with nothing") {
  play(Side::kHeadquarters, [](Script& script) {
    script.never_heals();
    script.near().keep_from_reading(script.far_peer().device);
    script.near().write(kBook, "a secret");
    script.far().write(kBook, "by the site");
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([] { return VectorMessage{kBook, {}, {std::string(1, '\5')}, {}}; });
    script.expect_write<VectorMessage>([](const VectorMessage& said) {
      CHECK(said.tips.empty());
      CHECK(said.parts.empty());
    });
  });
}

TEST_CASE("who is let in meanwhile is shown all, in the same session") {
  MemoryReplica at_site(script_key(2), script_authority(), {std::string(kRootBook), kBook});
  MemoryReplica at_top(script_key(1), script_authority(), {std::string(kRootBook), kBook});
  const Peer site_peer{script_key(2).device(), Standing::device(kBook)};
  const Peer top_peer{script_key(1).device(), Standing::authority()};
  // So many that the site says its vector by the digests of its parts.
  for (uint64_t epoch = 1; epoch <= 3 * limits::kTipsListedMax; ++epoch) {
    Batch batch{kBook,
                {script_key(5).device(), {epoch}},
                script_key(5).public_key(),
                {1},
                {},
                {"entry"},
                {},
                {}};
    const Hash head = chain_next(chain_start(kBook, batch.stream), as_bytes("entry"));
    batch.signature = sign_head(script_key(5), kBook, {batch.stream, {1}, head});
    REQUIRE(at_site.append(top_peer, batch, {}));
    if (epoch % 3 > 0) REQUIRE(at_top.append(site_peer, batch, {}));
  }
  at_top.write(kBook, "by headquarters");
  at_site.write(kBook, "by the site");
  const size_t let_in_after = GENERATE(0, 1, 3, 20);
  CAPTURE(let_in_after);
  at_top.keep_from_reading(site_peer.device);
  Session site({.start = Session::Start::kOpens, .software = ""}, at_site, site_peer.device,
               top_peer);
  Session top({.start = Session::Start::kAnswers, .software = ""}, at_top, top_peer.device,
              site_peer);
  const ClockReading now{{1'700'000'000'000}, 1000, 1};
  size_t messages = 0;
  site.start(now);
  run_both(
      site, top, now, [](size_t, size_t) { return true; },
      [&] {
        if (messages++ == let_in_after) at_top.let_read(site_peer.device);
      });
  CHECK(!site.failure());
  CHECK(site.caught_up());
  CHECK(top.caught_up());
  CHECK(at_site.digest(kBook) == at_top.digest(kBook));
}
