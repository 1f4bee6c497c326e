// Two replicas with books of thousands of streams find out what each lacks, whatever the order.
#include <rapidcheck.h>

#include <algorithm>
#include <random>

#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {

const std::string kBook = kScriptBook;
const ClockReading kNow{{1'700'000'000'000}, 1000, 1};

// Streams of one entry each: epochs of one device, or ways on from the same first entry.
std::vector<Batch> many(const SigningKey& key, size_t count, bool forks) {
  std::vector<Batch> out;
  const auto batch_of = [&](uint64_t epoch, std::vector<std::string> entries) {
    Batch batch{kBook, {key.device(), {epoch}}, key.public_key(), {1}, {}, std::move(entries), {},
                {}};
    Hash head = chain_start(kBook, batch.stream);
    for (const auto& entry : batch.entries) head = chain_next(head, as_bytes(entry));
    batch.signature = sign_head(key, kBook, {batch.stream, batch.last(), head});
    return batch;
  };
  for (size_t i = 0; i < count; ++i) {
    out.push_back(forks ? batch_of(1, {"first", "way " + std::to_string(i)})
                        : batch_of(i + 1, {"entry"}));
  }
  return out;
}

struct Two {
  MemoryReplica at_site{script_key(2), script_authority(), {std::string(kRootBook), kBook}};
  MemoryReplica at_headquarters{script_key(1), script_authority(), {std::string(kRootBook), kBook}};
  Peer headquarters_peer{script_key(1).device(), Standing::authority()};
  Peer site_peer{script_key(2).device(), Standing::device(kBook)};

  Session session_of_site(Session::Start start = Session::Start::kOpens) {
    return {{.start = start, .software = ""}, at_site, site_peer.device, headquarters_peer};
  }
  Session session_of_headquarters(Session::Start start = Session::Start::kAnswers) {
    return {{.start = start, .software = ""}, at_headquarters, headquarters_peer.device, site_peer};
  }
  void keep(const Batch& batch, bool at_the_site, bool there) {
    if (at_the_site) REQUIRE(at_site.append(headquarters_peer, batch, {}));
    if (there) REQUIRE(at_headquarters.append(site_peer, batch, {}));
  }
};

// What two sessions say to each other, in turn.
struct Said {
  size_t messages = 0;
  size_t bytes = 0;  // of vectors
  size_t tips = 0;
};
Said talk(Session& site, Session& headquarters) {
  Said out;
  std::vector<Message> up, down;
  for (int turn = 0; turn < 10'000; ++turn) {
    site.settle(kNow);
    up = site.take_outbox();
    headquarters.settle(kNow);
    down = headquarters.take_outbox();
    if (up.empty() && down.empty()) break;
    const auto carry = [&](const std::vector<Message>& messages, Session& to) {
      for (const Message& message : messages) {
        const std::string bytes = encode(message);
        ++out.messages;
        if (const auto* vector = std::get_if<VectorMessage>(&message)) {
          out.bytes += bytes.size();
          out.tips += vector->tips.size();
        }
        if (const auto* welcome = std::get_if<Welcome>(&message)) {
          out.bytes += bytes.size();
          for (const auto& offer : welcome->books) out.tips += offer.tips.size();
        }
        const auto read = decode_message(as_bytes(bytes));
        REQUIRE(read);
        to.receive(*read, kNow);
      }
    };
    carry(up, headquarters);
    carry(down, site);
  }
  return out;
}

void check_equal(Two& two, Session& site, Session& headquarters) {
  CHECK(!site.failure());
  CHECK(!headquarters.failure());
  CHECK(site.caught_up());
  CHECK(headquarters.caught_up());
  CHECK(two.at_site.digest(kBook) == two.at_headquarters.digest(kBook));
}

}  // namespace

TEST_CASE("of thousands of streams just those that differ are spoken of, and sent") {
  for (const bool forks : {false, true}) {
    CAPTURE(forks);
    Two two;
    const auto streams = many(script_key(5), 5000, forks);
    size_t only_one = 0;
    for (size_t i = 0; i < streams.size(); ++i) {
      const bool site = i % 1000 != 17, headquarters = i % 1000 != 412;
      two.keep(streams[i], site, headquarters);
      if (!site || !headquarters) ++only_one;
    }
    two.at_site.write(kBook, "by the site");
    Session site = two.session_of_site();
    Session headquarters = two.session_of_headquarters();
    site.start(kNow);
    const Said said = talk(site, headquarters);
    check_equal(two, site, headquarters);
    CHECK(said.tips < 2000);      // all of both would be 10,000
    CHECK(said.bytes < 150'000);  // and 740 KB
    const size_t sent = site.counts().entries_sent + headquarters.counts().entries_sent;
    CHECK(sent <= 2 * only_one + 1);
    CHECK(two.at_headquarters.count(kBook) == streams.size() + (forks ? 1 : 0) + 1);
  }
}

TEST_CASE("where one end has nothing, or both the same, thousands of streams cost little talk") {
  const bool forks = GENERATE(false, true);
  const size_t count = GENERATE(limits::kTipsListedMax + 1, size_t{3000});
  CAPTURE(forks, count);
  Two two;
  const auto streams = many(script_key(5), count, forks);
  for (const Batch& batch : streams) two.keep(batch, false, true);
  {
    Session site = two.session_of_site();
    Session headquarters = two.session_of_headquarters();
    site.start(kNow);
    talk(site, headquarters);
    check_equal(two, site, headquarters);
    CHECK(two.at_site.count(kBook) == count + (forks ? 1 : 0));
  }
  Session site = two.session_of_site();
  Session headquarters = two.session_of_headquarters();
  site.start(kNow);
  const Said said = talk(site, headquarters);
  check_equal(two, site, headquarters);
  CHECK(said.messages <= 4);
  CHECK(said.tips == 0);
}

TEST_CASE("one stream more among thousands is pushed without a word about the others") {
  Two two;
  for (const Batch& batch : many(script_key(5), 3000, true)) two.keep(batch, true, true);
  Session site = two.session_of_site();
  Session headquarters = two.session_of_headquarters();
  site.start(kNow);
  talk(site, headquarters);
  two.at_site.write(kBook, "live");
  const Said said = talk(site, headquarters);
  check_equal(two, site, headquarters);
  CHECK(said.tips == 0);
  CHECK(said.messages <= 6);
  CHECK(site.counts().entries_sent == 1);
}

TEST_CASE("whatever each holds of many streams, and whatever comes meanwhile, both come equal") {
  CHECK(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    Two two;
    const bool forks = random() % 2 == 0;
    const auto streams = many(script_key(5), random() % 400, forks);
    const size_t site_lacks = 1 + random() % 60, headquarters_lack = 1 + random() % 60;
    std::vector<const Batch*> later;
    for (const Batch& batch : streams) {
      const bool site = random() % site_lacks != 0;
      const bool headquarters = random() % headquarters_lack != 0;
      two.keep(batch, site, headquarters);
      if (!site && !headquarters) later.push_back(&batch);
    }
    const auto start = random() % 2 == 0;
    Session site =
        two.session_of_site(start ? Session::Start::kOpens : Session::Start::kEstablished);
    Session headquarters = two.session_of_headquarters(start ? Session::Start::kAnswers
                                                             : Session::Start::kEstablished);
    site.start(kNow);
    headquarters.start(kNow);
    // Until one end hears that the other holds it, somebody else brings it to either.
    run_both(
        site, headquarters, kNow, [&](size_t, size_t) { return random() % 2 == 0; },
        [&] {
          const bool both = site.caught_up() && headquarters.caught_up();
          const bool equal = two.at_site.digest(kBook) == two.at_headquarters.digest(kBook);
          RC_ASSERT(!both || equal);
          if (random() % 2 == 0 || later.empty()) return;
          const bool here = random() % 2 == 0;
          two.keep(*later.back(), here, !here || random() % 4 == 0);
          later.pop_back();
        });
    run_both(
        site, headquarters, kNow, [&](size_t, size_t) { return random() % 2 == 0; }, [] {});
    RC_ASSERT(!site.failure());
    RC_ASSERT(!headquarters.failure());
    RC_ASSERT(site.caught_up());
    RC_ASSERT(headquarters.caught_up());
    RC_ASSERT(two.at_site.digest(kBook) == two.at_headquarters.digest(kBook));
  }));
}

TEST_CASE("what a peer promises is remembered up to a bound, and no session waits for the rest") {
  MemoryReplica here(script_key(1), script_authority(), {std::string(kRootBook), kBook});
  const SigningKey liar = script_key(2);
  Session session({.start = Session::Start::kEstablished}, here, script_key(1).device(),
                  {liar.device(), Standing::device(kBook)});
  session.start(kNow);
  const auto say = [&](const Message& message) {
    session.receive(message, kNow);
    session.settle(kNow);
    session.take_outbox();
  };
  const BookCode root(kRootBook);
  say(VectorMessage{root, {}});
  say(CaughtUp{{{root, here.digest(root)}}});
  VectorMessage whole{kBook, {}, {}, std::vector<Hash>(TipRange::kParts)};
  for (size_t i = 0; i < TipRange::kParts; ++i) whole.parts[i].bytes.fill(uint8_t(i + 1));
  say(whole);
  // More than is remembered, all of one stream; behind that, a tip of another.
  constexpr size_t kFull = 65'536 / limits::kTipsMax;
  uint64_t invented = 0;
  for (size_t part = 0; part < TipRange::kParts; ++part) {
    VectorMessage said{kBook, {}, TipRange{}.part(part), {}};
    const size_t tips = part < kFull ? limits::kTipsMax : part == kFull ? 1 : 0;
    for (size_t i = 0; i < tips; ++i) {
      Tip tip{{liar.device(), {part < kFull ? 1u : 2u}}, {7}, {}};
      tip.head.bytes[0] = static_cast<uint8_t>(part << 2);
      for (size_t byte = 0; byte < 8; ++byte) {
        tip.head.bytes[8 + byte] = static_cast<uint8_t>(invented >> (56 - 8 * byte));
      }
      ++invented;
      said.tips.push_back(tip);
    }
    say(said);
  }
  say(CaughtUp{{{kBook, here.digest(kBook)}}});
  REQUIRE_FALSE(session.failure());
  CHECK_FALSE(session.at_rest());
  // Nothing of the first stream can be taken: so nothing of it is waited for any more.
  Batch forged = many(liar, 1, false).front();
  forged.signature.bytes[3] ^= 1;
  say(forged);
  REQUIRE(session.refused().size() == 1);
  CHECK(session.at_rest());
}
