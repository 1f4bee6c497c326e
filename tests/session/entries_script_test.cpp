// The entries of a book, played by hand with the network failing at each step.
// failing after every step.
#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {
const std::string kBook = kScriptBook;
}

TEST_CASE("site: a first upload waits for the receipt and for headquarters' word") {
  play(Side::kSite, [](Script& script) {
    for (const char* entry : {"one", "two", "three"}) script.near().write(kBook, entry);
    Batch sent;
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<VectorMessage>(
        [&](const VectorMessage& vector) { CHECK(vector.tips == script.near().vector(kBook)); });
    script.expect_write<Batch>([&](const Batch& batch) {
      CHECK(batch.entries.size() == 3);
      sent = batch;
    });
    script.expect_silence();
    script.check([&] { CHECK(!script.session().at_rest()); });
    script.read([&] { return taken_by_far(script, sent); });
    script.expect_write<CaughtUp>();
    script.check([&] {
      CHECK(!script.session().caught_up());
      CHECK(script.near().own_held_by_peer(kBook).value == 3);
    });
    script.read([&] { return word_of(script.far()); });
    script.expect_silence();
    script.check([&] { CHECK(script.session().caught_up()); });
  });
}

TEST_CASE("headquarters: a first upload is acknowledged, then both are caught up") {
  play(Side::kHeadquarters, [](Script& script) {
    for (const char* entry : {"one", "two"}) script.far().write(kBook, entry);
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>([&](const Welcome& welcome) {
      CHECK(welcome.books[1].differs);
      CHECK(welcome.books[1].tips.empty());
    });
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.expect_silence();
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>([&](const Receipt& receipt) {
      CHECK(receipt.tips == script.far().vector(kBook));
      CHECK(verify_signature(script_key(1).public_key(), as_bytes(receipt_message(receipt)),
                             receipt.signature));
    });
    script.expect_write<CaughtUp>();
    script.check([&] { CHECK(!script.session().caught_up()); });
    script.read([&] { return word_of(script.far()); });
    script.check([&] { CHECK(script.session().caught_up()); });
  });
}

TEST_CASE("site: edits on both sides cross each other") {
  play(Side::kSite, [](Script& script) {
    script.near().write(kBook, "by the site");
    script.far().write(kBook, "by headquarters");
    Batch sent;
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<VectorMessage>();
    script.expect_write<Batch>([&](const Batch& batch) { sent = batch; });
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>([](const Receipt& receipt) { CHECK(receipt.tips.size() == 1); });
    script.expect_silence();
    script.check([&] { CHECK(!script.session().at_rest()); });
    script.read([&] { return taken_by_far(script, sent); });
    script.expect_write<CaughtUp>();
    script.read([&] { return word_of(script.far()); });
    script.check([&] {
      CHECK(script.session().caught_up());
      CHECK(script.near().count(kBook) == 2);
    });
  });
}

TEST_CASE(
    "headquarters: a stream that is refused goes back with the reason, and the others go on") {
  play(Side::kHeadquarters, [](Script& script) {
    script.never_heals();
    MemoryReplica other(script_key(3), script_authority(), {kBook});
    other.write(kBook, "by a device that has no grant");
    script.near().refuse_streams_of(script_key(3).device());
    script.far().write(kBook, "by the site");
    REQUIRE(script.far().append(script.near_peer(), batch_of(other), {}));
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.read([&] { return batch_of(other); });
    script.expect_write<Refuse>([&](const Refuse& refuse) {
      CHECK(refuse.refusal.reason == Reason::kNoGrant);
      CHECK(refuse.book == kBook);
      CHECK(refuse.tip.stream.device == script_key(3).device());
    });
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>();
    script.expect_write<CaughtUp>();
    script.read([&] { return word_of(script.far()); });
    script.check([&] {
      CHECK(script.session().at_rest());
      CHECK(!script.session().caught_up());
      CHECK(!script.session().ended());
      CHECK(script.session().refused().size() == 1);
      CHECK(script.near().count(kBook) == 1);
    });
  });
}

TEST_CASE("site: a stream that headquarters won't take is not sent again, and the others go on") {
  play(Side::kSite, [](Script& script) {
    script.never_heals();
    MemoryReplica other(script_key(3), script_authority(), {kBook});
    other.write(kBook, "by a device that has no grant");
    script.near().write(kBook, "own");
    REQUIRE(script.near().append(script.far_peer(), batch_of(other), {}));
    std::vector<Batch> sent;
    const auto keep = [&](const Batch& batch) { sent.push_back(batch); };
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<VectorMessage>();
    script.expect_write<Batch>(keep);
    script.expect_write<Batch>(keep);
    script.read([&] {
      const Refusal why{Reason::kNoGrant, "no grant", {}};
      return Refuse{why, kBook, other.vector(kBook).at(0)};
    });
    script.expect_silence();
    script.read([&] {
      const size_t own = sent[0].stream == script.near().own_stream() ? 0 : 1;
      return taken_by_far(script, sent[own]);
    });
    script.expect_write<CaughtUp>();
    script.read([&] { return word_of(script.far()); });
    script.expect_silence();
    script.check([&] {
      CHECK(script.session().at_rest());
      CHECK(!script.session().caught_up());
      REQUIRE(script.session().refused().size() == 1);
      CHECK(script.session().refused()[0].reason == Reason::kNoGrant);
    });
  });
}

TEST_CASE("headquarters: entries or a vector of a book out of scope end the session") {
  for (const bool entries : {true, false}) {
    play(Side::kHeadquarters, [entries](Script& script) {
      script.read([&] { return script.hello_by_far(); });
      script.expect_write<Welcome>();
      script.read([&]() -> Message {
        if (!entries) return VectorMessage{"u2", {}};
        MemoryReplica other(script_key(2), script_authority(), {"u2"});
        other.write("u2", "smuggled");
        return other.read("u2", other.vector("u2").at(0), {0});
      });
      script.expect_write<Refuse>(refuses(Reason::kWrongUnit));
      script.check([&] { CHECK(script.near().count("u2") == 0); });
    });
  }
}

TEST_CASE("headquarters: entries with a gap before them are answered with what is held") {
  play(Side::kHeadquarters, [](Script& script) {
    for (const char* entry : {"one", "two", "three"}) script.far().write(kBook, entry);
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.read([&] { return batch_of(script.far(), 2); });
    script.expect_write<VectorMessage>(
        [](const VectorMessage& vector) { CHECK(vector.tips.empty()); });
    script.read([&] { return batch_of(script.far(), 0); });
    script.expect_write<Receipt>();
    script.expect_write<CaughtUp>();
    script.check([&] { CHECK(script.near().count(kBook) == 3); });
  });
}

TEST_CASE("site: told a vector again, it sends what is missing again") {
  play(Side::kSite, [](Script& script) {
    script.near().write(kBook, "one");
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<VectorMessage>();
    script.expect_write<Batch>();
    script.read([&] { return VectorMessage{kBook, {}}; });
    script.expect_write<Batch>([](const Batch& batch) { CHECK(batch.first.value == 1); });
  });
}

TEST_CASE("site: where headquarters knows another way of a stream, it asks where they part") {
  play(Side::kSite, [](Script& script) {
    script.never_heals();  // a memory replica keeps no forks
    for (int i = 0; i < 9; ++i) script.near().write(kBook, "entry " + std::to_string(i));
    const Tip tip = script.near().vector(kBook).at(0);
    script.start();
    script.expect_write<Hello>();
    script.read([&] {
      Welcome welcome = script.welcome_by_far();
      Tip other = tip;
      other.number = {6};
      other.head.bytes.fill(0xee);
      welcome.books.at(1).tips = {other};
      return welcome;
    });
    script.expect_write<VectorMessage>();
    script.expect_write<Locate>([&](const Locate& locate) {
      CHECK(locate.tip == tip);
      CHECK(locate.samples.front() == mark_of(tip));
      CHECK(locate.samples.size() <= limits::kLocatorMax);
    });
    script.read([&] { return Located{kBook, tip, script.near().mark_at(kBook, tip, {5})}; });
    script.expect_write<Batch>([](const Batch& batch) {
      CHECK(batch.first.value == 6);
      CHECK(batch.last().value == 9);
    });
    script.check([&] { CHECK(!script.session().at_rest()); });
  });
  // Nothing in common at all: from the beginning.
  play(Side::kSite, [](Script& script) {
    script.never_heals();
    script.near().write(kBook, "one");
    const Tip tip = script.near().vector(kBook).at(0);
    script.start();
    script.expect_write<Hello>();
    script.read([&] {
      Welcome welcome = script.welcome_by_far();
      welcome.books.at(1).tips = {{tip.stream, {1}, Hash{}}};
      return welcome;
    });
    script.expect_write<VectorMessage>();
    script.expect_write<Locate>();
    script.read([&] { return Located{kBook, tip, {}}; });
    script.expect_write<Batch>([](const Batch& batch) { CHECK(batch.first.value == 1); });
  });
}

TEST_CASE("headquarters: asked where ways part, it names the newest sample that it holds") {
  play(Side::kHeadquarters, [](Script& script) {
    for (int i = 0; i < 9; ++i) script.far().write(kBook, "entry " + std::to_string(i));
    const Tip tip = script.far().vector(kBook).at(0);
    const auto sample = [&](uint64_t number) { return script.far().mark_at(kBook, tip, {number}); };
    Batch first = script.far().read(kBook, tip, {0});
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return Locate{kBook, tip, {sample(9), sample(5)}}; });
    script.expect_write<Located>(
        [](const Located& located) { CHECK(located.mark.number.value == 0); });
    script.read([&] { return first; });
    script.expect_write<Receipt>();
    script.read([&] { return Locate{kBook, tip, {{{9}, {}}, sample(5), sample(2)}}; });
    script.expect_write<Located>([&](const Located& located) {
      CHECK(located.mark == sample(5));
      CHECK(located.tip == tip);
    });
  });
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
    Batch theirs{kBook, {key.device(), {1}}, key.public_key(), {1}, {}, {"entry"}, {}, {}};
    const Hash head = chain_next(chain_start(kBook, theirs.stream), as_bytes(theirs.entries[0]));
    theirs.signature = sign_head(key, kBook, {theirs.stream, {1}, head});
    REQUIRE(script.far().append(script.near_peer(), theirs, {}));
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.expect_silence();
    script.meanwhile([&] {
      REQUIRE(script.near().append({key.device(), Standing::device(kBook)}, theirs, {}));
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

TEST_CASE("no more batches are under way than the limit, and the rest follows the receipts") {
  MemoryReplica site(script_key(2), script_authority(), {std::string(kRootBook), kBook});
  MemoryReplica far(script_key(1), script_authority(), {std::string(kRootBook), kBook});
  const size_t entries = limits::kSignedSpanEntriesMax * (limits::kUnacknowledgedBatchesMax + 3);
  for (size_t i = 0; i < entries; ++i) site.write(kBook, "e" + std::to_string(i));
  const Peer to_far{script_key(1).device(), Standing::authority()};
  const Peer to_site{script_key(2).device(), Standing::device(kBook)};
  Session near({.start = Session::Start::kOpens, .software = ""}, site, to_site.device, to_far);
  Session headquarters({.start = Session::Start::kAnswers, .software = ""}, far, to_far.device,
                       to_site);
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

TEST_CASE("a hub passes headquarters' receipts for a device's entries on as they were signed") {
  play(Side::kHub, [](Script& script) {
    script.far().write(kBook, "by the site");
    const auto signed_by_headquarters = [&] {
      MemoryReplica headquarters(script_key(1), script_authority(), {kBook});
      return headquarters.receipt(kBook, script.far().vector(kBook), {1});
    };
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>([](const Receipt& own) { CHECK(own.signature.is_zero()); });
    script.expect_write<CaughtUp>();
    script.meanwhile(
        [&] { script.near().take_receipt(script.headquarters_peer(), signed_by_headquarters()); });
    script.expect_write<Receipt>([&](const Receipt& receipt) {
      CHECK(receipt.signature == signed_by_headquarters().signature);
      CHECK(receipt.tips == script.far().vector(kBook));
    });
    // Once.
    script.meanwhile([] {});
    script.expect_silence();
  });
}

TEST_CASE("a receipt that a hub passes on says what headquarters holds, and nothing of the hub") {
  play(Side::kBehindHub, [](Script& script) {
    script.near().write(kBook, "by the site");
    Batch sent;
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<VectorMessage>();
    script.expect_write<Batch>([&](const Batch& batch) { sent = batch; });
    script.read([&] {
      MemoryReplica headquarters(script_key(1), script_authority(), {kBook});
      return headquarters.receipt(kBook, script.near().vector(kBook), {1});
    });
    script.check([&] {
      CHECK(script.near().own_held_by_headquarters(kBook).value == 1);
      CHECK(script.near().own_held_by_peer(kBook).value == 0);
      CHECK(script.session().counts().batches_acknowledged == 0);
    });
    script.read([&] { return taken_by_far(script, sent); });
    script.expect_write<CaughtUp>();
    script.check([&] {
      CHECK(script.near().own_held_by_peer(kBook).value == 1);
      CHECK(script.session().counts().batches_acknowledged == 1);
    });
    script.read([&] { return word_of(script.far()); });
    script.check([&] { CHECK(script.session().caught_up()); });
  });
}

TEST_CASE("a receipt that a hub forges is no more than the hub's own word") {
  play(Side::kBehindHub, [](Script& script) {
    script.near().write(kBook, "by the site");
    Batch sent;
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<VectorMessage>();
    script.expect_write<Batch>([&](const Batch& batch) { sent = batch; });
    script.read([&] {
      Receipt forged = taken_by_far(script, sent);
      forged.signature = script_key(4).sign(as_bytes(receipt_message(forged)));
      return forged;
    });
    script.expect_write<CaughtUp>();
    script.check([&] {
      CHECK(script.near().own_held_by_headquarters(kBook).value == 0);
      CHECK(script.near().own_held_by_peer(kBook).value == 1);
      CHECK(!script.session().failure());
    });
  });
}
