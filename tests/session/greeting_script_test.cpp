// Hello and Welcome, played by hand with the network failing at each step.
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
    REQUIRE(script.far().append(script.near_peer(), batch_of(script.near()), {}));
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

TEST_CASE("site: headquarters that doesn't say the time is in contact all the same") {
  play(Side::kSite, [](Script& script) {
    script.near().write(kBook, "new");
    script.start();
    script.expect_write<Hello>();
    script.read([&] {
      Welcome welcome = script.welcome_by_far();
      welcome.wall.reset();
      return welcome;
    });
    script.expect_write<VectorMessage>();
    script.expect_write<Batch>();
    script.check([&] { CHECK(script.near().last_contact().has_value()); });
  });
}

TEST_CASE("headquarters: nothing new is one exchange of two messages") {
  play(Side::kHeadquarters, [](Script& script) {
    script.near().write(kBook, "known");
    REQUIRE(script.far().append(script.near_peer(), batch_of(script.near()), {}));
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

TEST_CASE("headquarters: versions are ranges, and a peer out of them is told what to install") {
  for (const auto& [min, max] : {std::pair{kProtocolVersionMax + 1, 9U}, std::pair{0U, 0U},
                                 std::pair{1U, kProtocolVersionMin - 1}}) {
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
    script.expect_write<Welcome>(
        [](const Welcome& welcome) { CHECK(welcome.version == kProtocolVersionMax); });
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
    script.check([&] {
      CHECK(script.session().failure()->reason == Reason::kVersion);
      CHECK(describe(*script.session().failure()).find("install") != std::string::npos);
    });
  });
  play(Side::kSite, [](Script& script) {  // an older headquarters, that took what it was offered
    script.start();
    script.expect_write<Hello>([](const Hello& hello) { CHECK(hello.version_min == 2); });
    script.read([&] {
      Welcome welcome = script.welcome_by_far();
      welcome.version = kProtocolVersionMin - 1;
      return welcome;
    });
    script.expect_write<Refuse>(refuses(Reason::kVersion));
    script.check([&] { CHECK(!script.near().last_contact().has_value()); });
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
