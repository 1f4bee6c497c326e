// What a session waits for, and what counts as getting some of it: who carries it gives up an end
// that is there and answers nothing.
#include "sync/ledger/limits.hpp"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {

const std::string kBook = kScriptBook;
const ClockReading kNow{{1'700'000'000'000}, 5'000, 1};

// Headquarters with an entry of its own, in a session in which nobody greets.
struct Waiting {
  MemoryReplica here{script_key(1), script_authority(), {std::string(kRootBook), kBook}};
  MemoryReplica there{script_key(2), script_authority(), {std::string(kRootBook), kBook}};
  Session session{{.start = Session::Start::kEstablished},
                  here,
                  script_key(1).device(),
                  {script_key(2).device(), Standing::device(kBook)}};

  Waiting() {
    here.write(kBook, "by headquarters");
    session.start(kNow);
    settle();
    session.receive(VectorMessage{std::string(kRootBook), {}}, kNow);
    session.receive(CaughtUp{{{std::string(kRootBook), here.digest(std::string(kRootBook))}}},
                    kNow);
  }
  std::vector<Message> settle() {
    session.settle(kNow);
    return session.take_outbox();
  }
  // How many answers it has taken the message for.
  uint64_t answers(const Message& message) {
    const uint64_t before = session.counts().answers;
    session.receive(message, kNow);
    settle();
    return session.counts().answers - before;
  }
  Receipt taken() {
    const VectorMessage all{kBook, here.vector(kBook)};
    return {kBook, all.tips, kNow.wall, {}};
  }
};

VectorMessage part_of(const TipRange& range) {
  return {kBook, {}, range, {}};
}

}  // namespace

TEST_CASE("a session waits until the other end has said, taken and brought what it owes") {
  play(Side::kSite, [](Script& script) {
    script.near().write(kBook, "by the site");
    script.far().write(kBook, "by headquarters");
    script.start();
    script.check([&] { CHECK(!script.session().waits()); });  // greeting has its own time
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.expect_write<VectorMessage>();
    Batch sent;
    script.expect_write<Batch>([&](const Batch& batch) { sent = batch; });
    script.check([&] { CHECK(script.session().waits()); });
    script.read([&] { return taken_by_far(script, sent); });
    script.check([&] { CHECK(script.session().waits()); });  // what was promised has not come
    script.read([&] { return batch_of(script.far()); });
    script.expect_write<Receipt>();
    script.expect_write<CaughtUp>();
    script.check([&] { CHECK(script.session().waits()); });  // the other end's word
    script.read([&] { return word_of(script.far()); });
    script.check([&] {
      CHECK(script.session().caught_up());
      CHECK(!script.session().waits());
    });
  });
}

TEST_CASE("who opened waits for a word that is its own, or for why there is none") {
  play(Side::kSite, [](Script& script) {
    script.start();
    script.expect_write<Hello>();
    script.read([&] { return script.welcome_by_far(); });
    script.check([&] { CHECK(!script.session().waits()); });
    script.meanwhile([&] { script.near().write(kBook, "live"); });
    Batch sent;
    script.expect_write<Batch>([&](const Batch& batch) { sent = batch; });
    script.check([&] { CHECK(script.session().waits()); });
    script.read([&] { return taken_by_far(script, sent); });
    script.expect_write<CaughtUp>();
    // Acknowledged, and the word that says so is still to come.
    script.check([&] {
      CHECK(script.session().at_rest());
      CHECK(script.session().waits());
    });
    script.read([&] { return word_of(script.far()); });
    script.check([&] { CHECK(!script.session().waits()); });
  });
}

TEST_CASE("only what was waited for is an answer") {
  Waiting waiting;
  REQUIRE(waiting.session.waits());
  CHECK(waiting.answers(Ping{1}) == 0);
  CHECK(waiting.answers(part_of({std::string(1, '\5')})) == 0);
  CHECK(waiting.answers(CaughtUp{{{kBook, {}}}}) == 1);
  CHECK(waiting.answers(CaughtUp{{{kBook, {}}}}) == 0);
  CHECK(waiting.answers(VectorMessage{kBook, {}}) == 1);  // and the entry is sent
  CHECK(waiting.answers(waiting.taken()) == 1);
  CHECK(waiting.answers(waiting.taken()) == 0);
  waiting.there.write(kBook, "by the site");
  const Batch batch = batch_of(waiting.there);
  CHECK(waiting.answers(batch) == 1);
  CHECK(waiting.answers(batch) == 0);
  Batch forged = batch;
  forged.entries[0] = "otherwise";
  CHECK(waiting.answers(forged) == 1);  // now it is known why that stream does not come
  CHECK(waiting.answers(forged) == 0);
}

TEST_CASE("who begins to tell its vector again and again gets no further than who tells it once") {
  Waiting waiting;
  VectorMessage whole{kBook, {}};
  for (size_t i = 0; i < TipRange::kParts; ++i) {
    whole.parts.push_back(sha256(as_bytes("part " + std::to_string(i))));
  }
  const auto tell = [&](size_t parts) {
    uint64_t answers = waiting.answers(whole);
    for (size_t i = 0; i < parts; ++i) {
      answers += waiting.answers(part_of(TipRange{}.part(i)));
    }
    return answers;
  };
  CHECK(tell(10) == 11);
  for (int again = 0; again < 5; ++again) CHECK(tell(10) == 0);
  CHECK(tell(12) <= 2);
  CHECK(waiting.session.waits());
  CHECK(tell(TipRange::kParts) > 0);
}

TEST_CASE("a stream that is refused in turn with what is held already is no answer for ever") {
  Waiting waiting;
  waiting.answers(VectorMessage{kBook, {}});
  waiting.there.write(kBook, "by the site");
  const Batch batch = batch_of(waiting.there);
  Batch forged = batch;
  forged.entries[0] = "otherwise";
  uint64_t answers = 0;
  for (size_t i = 0; i < 2 * limits::kRefusalsKeptMax; ++i) {
    answers += waiting.answers(forged) + waiting.answers(batch);
  }
  CHECK(answers <= limits::kRefusalsKeptMax + 1);
}
