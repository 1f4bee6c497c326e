// Both sides of the protocol, message by message; each script is played again with the network
// failing after every step.
#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {
const std::string kBook = kScriptBook;
}

TEST_CASE("site: nothing new is one exchange of two messages") {
  play(Side::kSite, [](Script& script) {
    script.near().write(kBook, "known");
    REQUIRE(script.far().append(script.near_peer(), batch_of(script.near())));
    script.start();
    script.expect_write<Hello>([&](const Hello& hello) {
      CHECK(hello.device == script.near_peer().device);
      CHECK(hello.books.size() == 2);
      CHECK(hello.version_min <= hello.version_max);
    });
    script.read([&] { return script.welcome_by_far(); });
    script.expect_silence();
    script.check([&] {
      CHECK(script.session().caught_up());
      CHECK(script.session().counts().exchanges == 1);
      CHECK(script.near().last_contact().has_value());
    });
  });
}

TEST_CASE("headquarters: nothing new is one exchange of two messages") {
  play(Side::kHeadquarters, [](Script& script) {
    script.near().write(kBook, "known");
    REQUIRE(script.far().append(script.near_peer(), batch_of(script.near())));
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>([&](const Welcome& welcome) {
      REQUIRE(welcome.books.size() == 2);
      for (const BookOffer& offer : welcome.books) {
        CHECK(!offer.differs);
        CHECK(offer.tips.empty());
      }
    });
    script.expect_silence();
    script.check([&] { CHECK(script.session().caught_up()); });
  });
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
    REQUIRE(script.far().append(script.near_peer(), batch_of(other)));
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
    REQUIRE(script.near().append(script.far_peer(), batch_of(other)));
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

TEST_CASE("headquarters: versions are ranges, and a peer out of them is told what to install") {
  for (const auto& [min, max] : {std::pair{2U, 9U}, std::pair{0U, 0U}}) {
    const auto range = std::pair{min, max};
    play(Side::kHeadquarters, [range](Script& script) {
      script.read([&] {
        Hello hello = script.hello_by_far();
        hello.version_min = range.first;
        hello.version_max = range.second;
        return hello;
      });
      script.expect_write<Refuse>([](const Refuse& refuse) {
        CHECK(refuse.refusal.reason == Reason::kVersion);
        CHECK(describe(refuse.refusal).find("install") != std::string::npos);
      });
      script.check([&] { CHECK(script.session().ended()); });
    });
  }
  play(Side::kHeadquarters, [](Script& script) {
    script.read([&] {
      Hello hello = script.hello_by_far();
      hello.version_max = 9;
      return hello;
    });
    script.expect_write<Welcome>([](const Welcome& welcome) { CHECK(welcome.version == 1); });
  });
}

TEST_CASE("site: a version that it doesn't speak, or another headquarters, ends the session") {
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    script.read([&] {
      Welcome welcome = script.welcome_by_far();
      welcome.version = 7;
      return welcome;
    });
    script.expect_write<Refuse>(refuses(Reason::kVersion));
    script.check([&] { CHECK(script.session().failure()->reason == Reason::kVersion); });
  });
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    script.read([&] {
      Welcome welcome = script.welcome_by_far();
      welcome.device = script_key(9).device();
      return welcome;
    });
    script.expect_write<Refuse>(refuses(Reason::kNotHeadquarters));
    script.check([&] { CHECK(!script.near().last_contact().has_value()); });
  });
}

TEST_CASE("headquarters: a Hello in another device's name is refused") {
  play(Side::kHeadquarters, [](Script& script) {
    script.read([&] {
      Hello hello = script.hello_by_far();
      hello.device = script_key(9).device();
      return hello;
    });
    script.expect_write<Refuse>(refuses(Reason::kUnknownDevice));
    script.check([&] { CHECK(script.session().ended()); });
  });
}

TEST_CASE("headquarters: a revoked device is told so at once") {
  play(Side::kHeadquarters, [](Script& script) {
    script.never_heals();
    script.near().revoke(script.far_peer().device);
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Refuse>(refuses(Reason::kRevoked));
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

TEST_CASE("a message out of order ends the session, whichever it is") {
  const Tip tip{{script_key(2).device(), {1}}, {1}, {}};
  Batch batch;
  batch.book = kBook;
  batch.first = {1};
  batch.entries = {"x"};
  const std::vector<Message> never_first{VectorMessage{kBook, {}},
                                         batch,
                                         Receipt{kBook, {}, {}, {}},
                                         Locate{kBook, tip, {}},
                                         Located{kBook, tip, {}},
                                         CaughtUp{},
                                         JoinRequest{},
                                         JoinReply{},
                                         Ping{1},
                                         Pong{1}};
  for (const Message& message : never_first) {
    CAPTURE(message.index());
    play(Side::kHeadquarters, [&](Script& script) {
      script.read([&] { return message; });
      script.expect_write<Refuse>(refuses(Reason::kMalformed));
    });
    play(Side::kSite, [&](Script& script) {
      script.start();
      script.expect_write<Hello>();
      script.read([&] { return message; });
      script.expect_write<Refuse>(refuses(Reason::kMalformed));
    });
  }
  play(Side::kHeadquarters, [](Script& script) {  // a second Hello
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Refuse>(refuses(Reason::kMalformed));
  });
  play(Side::kHeadquarters, [](Script& script) {  // a Welcome to headquarters
    script.read([&] { return Welcome{}; });
    script.expect_write<Refuse>(refuses(Reason::kMalformed));
  });
  play(Side::kSite, [](Script& script) {  // a second Welcome, and a Hello to a site
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<Refuse>(refuses(Reason::kMalformed));
  });
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Refuse>(refuses(Reason::kMalformed));
  });
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
