// Peers that lie, message by message: nothing is kept, counted as held or said to be caught up on
// their word, what they make this end remember is bounded, and the session goes on or ends by rule.
#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {

const std::string kBook = kScriptBook;

// Tips that nobody holds.
VersionVector invented(size_t count) {
  VersionVector out;
  for (uint64_t epoch = 1; epoch <= count; ++epoch) {
    Tip tip{{script_key(7).device(), {epoch}}, {9}, {}};
    tip.head.bytes.fill(static_cast<uint8_t>(epoch));
    out.push_back(tip);
  }
  return out;
}

void expect_end(Script& script, Reason reason) {
  script.expect_write<Refuse>([reason](const Refuse& refuse) {
    CHECK(name_of(refuse.refusal.reason) == std::string(name_of(reason)));
    CHECK(refuse.book.empty());
  });
  script.check([&] {
    CHECK(script.session().ended());
    CHECK(!script.session().caught_up());
  });
}

// A site with one entry that was sent and is not acknowledged yet.
void begin_upload(Script& script) {
  script.near().write(kBook, "own");
  script.start();
  script.expect_write<Hello>();
  script.read([&] { return script.welcome_by_far(); });
  script.expect_write<VectorMessage>();
  script.expect_write<Batch>();
}

void greet(Script& script) {
  script.read([&] { return script.hello_by_far(); });
  script.expect_write<Welcome>();
}

}  // namespace

TEST_CASE("headquarters: forged entries are refused, nothing of them is kept or acknowledged") {
  const std::vector<std::pair<const char*, std::function<void(Batch&)>>> forgeries{
      {"a byte of an entry", [](Batch& batch) { batch.entries[1][0] ^= 1; }},
      {"the signature", [](Batch& batch) { batch.signature.bytes[63] ^= 1; }},
      {"signed by another key",
       [](Batch& batch) {
         Hash head = chain_start(kBook, batch.stream);
         for (const auto& entry : batch.entries) head = chain_next(head, as_bytes(entry));
         batch.signature = sign_head(script_key(9), kBook, {batch.stream, batch.last(), head});
       }},
      {"another key's stream", [](Batch& batch) { batch.key = script_key(9).public_key(); }},
      {"another epoch", [](Batch& batch) { ++batch.stream.epoch.value; }},
      {"an entry left out", [](Batch& batch) { batch.entries.erase(batch.entries.begin()); }},
      {"an entry put in", [](Batch& batch) { batch.entries.emplace_back("slipped in"); }},
      {"entries in another order",
       [](Batch& batch) { std::swap(batch.entries[0], batch.entries[1]); }},
      {"the end cut off", [](Batch& batch) { batch.entries.pop_back(); }},
  };
  for (const auto& [what, forge] : forgeries) {
    CAPTURE(what);
    play(Side::kHeadquarters, [&, &change = forge](Script& script) {
      for (const char* entry : {"one", "two", "three"}) script.far().write(kBook, entry);
      greet(script);
      script.read([&] {
        Batch batch = batch_of(script.far());
        change(batch);
        return batch;
      });
      script.expect_write<Refuse>([&](const Refuse& refuse) {
        CHECK(refuse.refusal.reason == Reason::kBadSignature);
        CHECK(refuse.book == kBook);
      });
      script.expect_silence();
      script.check([&] {
        CHECK(script.near().count(kBook) == 0);
        CHECK(!script.session().ended());
      });
      script.read([&] { return batch_of(script.far()); });
      script.expect_write<Receipt>();
      script.check([&] { CHECK(script.near().count(kBook) == 3); });
    });
  }
}

TEST_CASE("headquarters: entries that don't go on from what is held are taken for a gap") {
  play(Side::kHeadquarters, [](Script& script) {
    script.far().write(kBook, "one");
    greet(script);
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>();
    script.read([&] {
      script.far().write(kBook, "two");
      Batch batch = script.far().read(kBook, script.far().vector(kBook).at(0), {1});
      batch.previous.bytes[0] ^= 1;
      return batch;
    });
    script.expect_write<VectorMessage>();
    script.expect_silence();
    script.check([&] { CHECK(script.near().count(kBook) == 1); });
  });
}

TEST_CASE("a stream of which more is refused keeps nobody waiting: the session comes to rest") {
  play(Side::kHeadquarters, [](Script& script) {
    script.never_heals();
    for (const char* entry : {"one", "two"}) script.far().write(kBook, entry);
    REQUIRE(script.near().append(script.far_peer(), batch_of(script.far()), {}));
    script.far().write(kBook, "three, damaged on its disk");
    greet(script);
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.read([&] {
      Batch batch = script.far().read(kBook, script.far().vector(kBook).at(0), {2});
      batch.entries[0] += "!";
      return batch;
    });
    script.expect_write<Refuse>();
    // The rest of that way does not come: how much of it is held at both ends has to be asked.
    script.expect_write<Locate>();
    script.expect_write<CaughtUp>();
    script.read([&] { return CaughtUp{{{kBook, script.far().digest(kBook)}}}; });
    script.check([&] {
      CHECK(script.session().at_rest());
      CHECK(!script.session().caught_up());
      CHECK(script.near().count(kBook) == 2);
    });
  });
}

TEST_CASE("headquarters: replayed entries are acknowledged again and kept once") {
  play(Side::kHeadquarters, [](Script& script) {
    script.far().write(kBook, "one");
    greet(script);
    for (int i = 0; i < 3; ++i) {
      script.read([&] { return batch_of(script.far()); });
      script.expect_write<Receipt>(
          [&](const Receipt& receipt) { CHECK(receipt.tips == script.far().vector(kBook)); });
      script.expect_silence();
    }
    script.check([&] { CHECK(script.near().count(kBook) == 1); });
  });
}

TEST_CASE(
    "headquarters: a site whose vector goes back is served again, and counts as holding less") {
  play(Side::kHeadquarters, [](Script& script) {
    for (const char* entry : {"one", "two"}) script.near().write(kBook, entry);
    Batch sent;
    greet(script);
    script.read([&] { return VectorMessage{kBook, {}}; });
    script.expect_write<Batch>([&](const Batch& batch) { sent = batch; });
    script.read([&] { return Receipt{kBook, script.near().vector(kBook), {1}, {}}; });
    script.expect_write<CaughtUp>();
    script.check([&] { CHECK(script.near().own_held_by_peer(kBook).value == 2); });
    script.read([&] { return VectorMessage{kBook, {}}; });
    script.expect_write<Batch>([&](const Batch& batch) { CHECK(batch.entries == sent.entries); });
    script.check([&] {
      CHECK(script.near().own_held_by_peer(kBook).value == 0);
      CHECK(!script.session().caught_up());
    });
  });
}

TEST_CASE(
    "site: a receipt that headquarters did not sign ends the session and counts for nothing") {
  const std::vector<std::pair<const char*, std::function<void(Receipt&)>>> forgeries{
      {"no signature", [](Receipt& receipt) { receipt.signature = {}; }},
      {"another key",
       [](Receipt& receipt) {
         receipt.signature = script_key(9).sign(as_bytes(receipt_message(receipt)));
       }},
      {"another headquarters' of the same key, signed",
       [](Receipt& receipt) {
         receipt.headquarters =
             headquarters_id(script_authority(), sha256(as_bytes("its authority")));
         receipt.signature = script_key(1).sign(as_bytes(receipt_message(receipt)));
       }},
      {"another headquarters', signed, and said to be this one's",
       [](Receipt& receipt) {
         receipt.headquarters =
             headquarters_id(script_authority(), sha256(as_bytes("its authority")));
         receipt.signature = script_key(1).sign(as_bytes(receipt_message(receipt)));
         receipt.headquarters = script_headquarters();
       }},
      {"one that names no headquarters, signed",
       [](Receipt& receipt) {
         receipt.headquarters = {};
         receipt.signature = script_key(1).sign(as_bytes(receipt_message(receipt)));
       }},
      {"one of another book, signed",
       [](Receipt& receipt) {
         receipt.book = std::string(kRootBook);
         receipt.signature = script_key(1).sign(as_bytes(receipt_message(receipt)));
         receipt.book = kBook;
       }},
      {"one of fewer entries, signed",
       [](Receipt& receipt) {
         receipt.tips[0].number = {0};
         receipt.signature = script_key(1).sign(as_bytes(receipt_message(receipt)));
         receipt.tips[0].number = {1};
       }},
      {"one of another time, signed", [](Receipt& receipt) {
         receipt.signature = script_key(1).sign(as_bytes(receipt_message(receipt)));
         receipt.wall.ms += 1;
       }}};
  for (const auto& [what, forge] : forgeries) {
    CAPTURE(what);
    play(Side::kSite, [&, &change = forge](Script& script) {
      begin_upload(script);
      script.read([&] {
        Receipt receipt{
            kBook, script.near().vector(kBook), script.now().wall, {}, script_headquarters()};
        change(receipt);
        return receipt;
      });
      expect_end(script, Reason::kBadSignature);
      script.check([&] { CHECK(script.near().own_held_by_peer(kBook).value == 0); });
    });
  }
}

TEST_CASE("a receipt of a book out of scope, or of what was never sent, moves nothing") {
  play(Side::kSite, [](Script& script) {
    begin_upload(script);
    const auto signed_by_headquarters = [](Receipt receipt) {
      receipt.headquarters = script_headquarters();
      receipt.signature = script_key(1).sign(as_bytes(receipt_message(receipt)));
      return receipt;
    };
    script.read([&] {
      return signed_by_headquarters({"u2", script.near().vector(kBook), {1}, {}});
    });
    script.expect_silence();
    script.read([&] { return signed_by_headquarters({kBook, invented(3), {1}, {}}); });
    script.expect_silence();
    script.check([&] {
      CHECK(!script.session().at_rest());
      CHECK(!script.session().ended());
      CHECK(script.near().own_held_by_peer(kBook).value == 0);
    });
  });
}

TEST_CASE("a false word of being caught up is taken for nothing while anything is under way") {
  play(Side::kSite, [](Script& script) {
    begin_upload(script);
    script.read([&] { return CaughtUp{{{kBook, script.near().digest(kBook)}}}; });
    script.expect_silence();
    script.check([&] { CHECK(!script.session().caught_up()); });
  });
  play(Side::kHeadquarters, [](Script& script) {
    script.far().write(kBook, "promised and never sent");
    greet(script);
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.read([&] { return CaughtUp{{{kBook, script.near().digest(kBook)}}}; });
    script.expect_silence();
    script.check([&] {
      CHECK(!script.session().at_rest());
      CHECK(!script.session().caught_up());
    });
  });
  // At rest by all that can be seen, but the digest is another.
  play(Side::kSite, [](Script& script) {
    begin_upload(script);
    script.read([&] {
      REQUIRE(script.far().append(script.near_peer(), batch_of(script.near()), {}));
      return script.far().receipt(kBook, script.near().vector(kBook), script.now().wall);
    });
    script.expect_write<CaughtUp>();
    script.read([&] { return CaughtUp{{{kBook, Hash{}}}}; });
    script.check([&] {
      CHECK(script.session().at_rest());
      CHECK(!script.session().caught_up());
    });
  });
}

TEST_CASE(
    "site: a Welcome that calls different books equal, leaves one out or adds one ends the "
    "session") {
  const std::vector<std::tuple<const char*, Reason, std::function<void(Welcome&)>>> lies{
      {"equal, with its own digest", Reason::kMalformed,
       [](Welcome& welcome) { welcome.books.at(1).differs = false; }},
      {"no books", Reason::kWrongUnit, [](Welcome& welcome) { welcome.books.clear(); }},
      {"the unit's book left out", Reason::kWrongUnit,
       [](Welcome& welcome) { welcome.books.pop_back(); }},
      {"a strange book equal", Reason::kWrongUnit,
       [](Welcome& welcome) {
         welcome.books.push_back({"u9", {}, false, {}});
       }},
      {"a strange book that differs", Reason::kWrongUnit, [](Welcome& welcome) {
         welcome.books.push_back({"u9", Hash{}, true, {}});
       }}};
  for (const auto& [what, reason, lie] : lies) {
    CAPTURE(what);
    play(Side::kSite, [&, &change = lie, &why = reason](Script& script) {
      script.near().write(kBook, "own");
      script.start();
      script.expect_write<Hello>();
      script.read([&] {
        Welcome welcome = script.welcome_by_far();
        change(welcome);
        return welcome;
      });
      expect_end(script, why);
      script.check([&] {
        CHECK(script.near().own_held_by_peer(kBook).value == 0);
        CHECK(!script.near().last_contact());
        CHECK(script.near().vector("u9").empty());
      });
    });
  }
}

TEST_CASE(
    "headquarters: a site that claims to hold the same is sent nothing, and heals by itself") {
  play(Side::kHeadquarters, [](Script& script) {
    script.near().write(kBook, "not at the site");
    script.read([&] {
      Hello hello = script.hello_by_far();
      hello.books.at(1).digest = script.near().digest(kBook);
      return hello;
    });
    script.expect_write<Welcome>();
    script.expect_silence();
    script.read([&] { return VectorMessage{kBook, {}}; });
    script.expect_write<Batch>();
    script.check([&] { CHECK(!script.session().caught_up()); });
  });
}

TEST_CASE("headquarters: a Hello with thousands of books is answered for those in scope") {
  play(Side::kHeadquarters, [](Script& script) {
    script.read([&] {
      Hello hello = script.hello_by_far();
      for (size_t i = hello.books.size(); i < limits::kBooksMax; ++i) {
        hello.books.push_back({"x" + std::to_string(i), {}});
      }
      return hello;
    });
    script.expect_write<Welcome>([](const Welcome& welcome) { CHECK(welcome.books.size() == 2); });
    script.check([&] { CHECK(script.session().books().size() == 2); });
  });
}

TEST_CASE("headquarters: thousands of invented tips hold up nobody's entries") {
  play(Side::kHeadquarters, [](Script& script) {
    script.near().write(kBook, "by headquarters");
    script.far().write(kBook, "by the site");
    greet(script);
    script.read([&] { return VectorMessage{kBook, invented(limits::kTipsMax)}; });
    script.expect_write<Batch>();
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>();
    script.expect_silence();
    script.check([&] {
      CHECK(!script.session().at_rest());  // what was promised never came
      CHECK(script.near().count(kBook) == 2);
    });
  });
}

TEST_CASE("a peer that speaks of more parts than a vector has ends the session") {
  MemoryReplica here(script_key(1), script_authority(), {std::string(kRootBook), kBook});
  here.write(kBook, "by headquarters");
  Session session({.start = Session::Start::kEstablished}, here, script_key(1).device(),
                  {script_key(2).device(), Standing::device(kBook)});
  const ClockReading now{{1'700'000'000'000}, 5'000, 1};
  session.start(now);
  session.take_outbox();
  // Each part differs from what is here.
  VectorMessage said{kBook, {}, {}, std::vector<Hash>(TipRange::kParts)};
  for (size_t i = 0; i < TipRange::kParts; ++i) said.parts[i].bytes.fill(uint8_t(i + 1));
  size_t ranges = 0, answers = 0;
  for (size_t i = 0; !session.ended() && ranges <= limits::kRangesMax; ++i) {
    session.receive(said, now);
    ranges += TipRange::kParts;
    answers += session.take_outbox().size();
    // One that was asked for.
    said.range =
        i < TipRange::kParts
            ? TipRange{}.part(i)
            : TipRange{}.part(i / TipRange::kParts % TipRange::kParts).part(i % TipRange::kParts);
  }
  REQUIRE(session.failure());
  CHECK(session.failure()->reason == Reason::kMalformed);
  CHECK(ranges >= limits::kRangesMax / 4);
  CHECK(answers <= limits::kRangesMax);
}

TEST_CASE(
    "digests of no part's, and of a part nobody asked for, are answered once and end nothing") {
  play(Side::kHeadquarters, [](Script& script) {
    script.near().write(kBook, "by headquarters");
    greet(script);
    const TipRange part = TipRange{}.part(5).part(7);
    for (int i = 0; i < 3; ++i) {
      script.read([&] {
        return VectorMessage{kBook, {}, part, std::vector<Hash>(TipRange::kParts)};
      });
      if (i == 0) {
        script.expect_write<VectorMessage>([&](const VectorMessage& vector) {
          CHECK(vector.range == part);
          CHECK(vector.parts.empty());
        });
      }
      script.expect_silence();
    }
    script.read([&] { return VectorMessage{kBook, script.far().vector(kBook)}; });
    script.expect_write<Batch>();
  });
}

TEST_CASE("asked where ways part, a peer that names no sample ends the session at once") {
  play(Side::kSite, [](Script& script) {
    script.never_heals();
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
    script.expect_write<Locate>();
    script.read([&] {
      Mark fake{{4}, {}};
      fake.name.bytes.fill(0xdd);
      return Located{kBook, tip, fake};
    });
    expect_end(script, Reason::kMalformed);
  });
}

TEST_CASE("Locate with invented samples is answered with one Located each, for ever the same") {
  play(Side::kHeadquarters, [](Script& script) {
    script.near().write(kBook, "one");
    const Tip tip = script.near().vector(kBook).at(0);
    script.read([&] { return script.hello_by_far(); });
    script.expect_write<Welcome>();
    for (uint64_t i = 0; i < 20; ++i) {
      script.read([&] {
        Locate locate{kBook, tip, {}};
        for (size_t n = 0; n < limits::kLocatorMax; ++n) {
          locate.samples.push_back({{i * 1000 + n + 1}, {}});
        }
        return locate;
      });
      script.expect_write<Located>(
          [](const Located& located) { CHECK(located.mark.number.value == 0); });
      script.expect_silence();
    }
    script.check([&] { CHECK(!script.session().ended()); });
  });
}

TEST_CASE("however much a peer refuses, or has refused, only the first reasons are kept") {
  MemoryReplica here(script_key(1), script_authority(), {std::string(kRootBook), kBook});
  const Peer peer{script_key(2).device(), Standing::device(kBook)};
  for (uint64_t epoch = 1; epoch <= 3 * limits::kRefusalsKeptMax; ++epoch) {
    const SigningKey key = script_key(5);
    Batch batch{kBook, {key.device(), {epoch}}, key.public_key(), {1}, {}, {"entry"}, {}, {}};
    const Hash head = chain_next(chain_start(kBook, batch.stream), as_bytes(batch.entries[0]));
    batch.signature = sign_head(key, kBook, {batch.stream, {1}, head});
    REQUIRE(here.append(peer, batch, {}));
  }
  Session sending({.start = Session::Start::kEstablished, .software = ""}, here,
                  script_key(1).device(), peer);
  const ClockReading now{{1'700'000'000'000}, 5'000, 1};
  sending.start(now);
  sending.receive(VectorMessage{kBook, {}}, now);
  size_t refused = 0;
  for (bool more = true; std::exchange(more, false);) {
    sending.settle(now);
    for (const Message& message : sending.take_outbox()) {
      const auto* batch = std::get_if<Batch>(&message);
      if (batch == nullptr) continue;
      const Refusal why{Reason::kNoGrant, "because", {}};
      sending.receive(Refuse{why, kBook, Tip{batch->stream, batch->last(), {}}}, now);
      more = true;
      ++refused;
    }
  }
  CHECK(refused >= limits::kRefusalsKeptMax);
  CHECK(sending.refused().size() == limits::kRefusalsKeptMax);
  CHECK(!sending.ended());

  Script forging(Side::kHeadquarters, SIZE_MAX);
  forging.far().write(kBook, "one");
  greet(forging);
  for (size_t i = 0; i < 3 * limits::kRefusalsKeptMax; ++i) {
    forging.read([&] {
      Batch batch = batch_of(forging.far());
      batch.stream.epoch.value += 1 + i;
      return batch;
    });
    forging.expect_write<Refuse>();
  }
  CHECK(forging.session().refused().size() == limits::kRefusalsKeptMax);
  CHECK(forging.near().count(kBook) == 0);
}

TEST_CASE("a flood of Vectors is answered with no more than is under way at most") {
  MemoryReplica at_headquarters(script_key(1), script_authority(), {std::string(kRootBook), kBook});
  for (size_t i = 0; i < 20 * limits::kSignedSpanEntriesMax; ++i) at_headquarters.write(kBook, "e");
  const Peer site{script_key(2).device(), Standing::device(kBook)};
  Session session({.start = Session::Start::kAnswers, .software = ""}, at_headquarters,
                  script_key(1).device(), site);
  const ClockReading now{{1'700'000'000'000}, 1000, 1};
  Hello hello;
  hello.device = site.device;
  session.receive(hello, now);
  for (int step = 0; step < 5; ++step) {
    for (int i = 0; i < 16; ++i) session.receive(VectorMessage{kBook, {}}, now);
    session.settle(now);
    size_t batches = 0;
    for (const Message& message : session.take_outbox()) {
      batches += std::holds_alternative<Batch>(message) ? 1 : 0;
    }
    CHECK(batches == limits::kUnacknowledgedBatchesMax);
  }
}
