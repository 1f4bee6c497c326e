// The merge as the store keeps it: in step with the entries, whatever the order they come in.
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "sync/store/queries.hpp"
#include "tests/store/author.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr const char* kUnit = "u1";

Value any_value(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0: return Value(int64_t(random() % 4));
    case 1: return Value(TextList{"x" + std::to_string(random() % 3), "y"});
    case 2: return Value();
    default: return Value("text " + std::to_string(random() % 4));
  }
}

// A history with everything in it: grants, revocations, policies, campaigns, reviews, wrong clocks,
// parallel edits, decided and open conflicts. Its entries end up at headquarters.
class History {
 public:
  explicit History(uint64_t seed, int steps) : random_(seed) {
    for (int i = 0; i < 3; ++i) {
      sites_.push_back(std::make_unique<Engine>(clock_, 10 + i, headquarters_, kUnit));
      if (i < 2) headquarters_.grant(*sites_.back(), kUnit);
      if (i > 0) sites_.back()->clock_off_ms = -5'000'000;
    }
    for (int i = 0; i < 4; ++i) {
      records_.push_back(sites_[0]->store().new_record_id(sites_[0]->now()));
    }
    for (int i = 0; i < steps; ++i) act();
    for (int round = 0; round < 2; ++round) {
      for (auto& site : sites_) connect(*site);
    }
  }

  Engine& headquarters() { return headquarters_; }
  VirtualClock& clock() { return clock_; }
  // Every stream of the book, cut anew at random places, in random order.
  std::vector<Batch> batches(std::mt19937_64& random) {
    std::vector<Batch> out;
    for (const char* book : {kUnit, "root"}) {
      for (const Tip& tip : headquarters_.store().vector(book)) {
        headquarters_.store().begin();
        std::vector<Batch> stream;
        for (uint64_t after = 0; after < tip.number.value;) {
          stream.push_back(headquarters_.store().read(book, tip, {after}));
          after = stream.back().last().value;
        }
        headquarters_.store().commit();
        const Author author = Author::of(key_of(tip.stream.device), stream);
        for (uint64_t first = 1; first <= author.last();) {
          const uint64_t last = first + random() % (author.last() - first + 1);
          out.push_back(author.batch(first, last));
          first = last + 1;
        }
      }
    }
    std::shuffle(out.begin(), out.end(), random);
    return out;
  }

 private:
  SigningKey key_of(const DeviceId& device) {
    for (auto& site : sites_) {
      if (site->device() == device) return site->key();
    }
    return headquarters_.key();
  }

  void connect(Engine& site) {
    Wire wire(site, headquarters_);
    wire.run();
  }

  void act() {
    clock_.advance(1 + int64_t(random_() % 60'000));
    Engine& site = *sites_[random_() % sites_.size()];
    const RecordId& record = records_[random_() % records_.size()];
    const std::string field = std::string(1, static_cast<char>('a' + random_() % 3));
    switch (random_() % 16) {
      case 0: return headquarters_.set_policy(kUnit, random_() % 2 == 0 ? "*" : field, policy());
      case 1:
        return headquarters_.set_campaign("c", random_() % 2 == 0 ? "*" : "film",
                                          {{"b", policy()}});
      case 2: return headquarters_.grant(*sites_[2], kUnit);
      case 3: return headquarters_.revoke(*sites_[2], kUnit, headquarters_.store().vector(kUnit));
      case 4: return headquarters_.reinstate(*sites_[2], kUnit);
      case 5: {
        const auto state = headquarters_.event(record, kUnit);
        if (!state) return;
        Review review{ReviewVerdict::kReturned, false, "more", {}, ""};
        headquarters_.write(kUnit, record, "event",
                            {{"_review", review_value(review, content_digest(*state))}});
        return;
      }
      case 6:
      case 7:
      case 8: return connect(site);
      case 9: headquarters_.write(kUnit, record, "event", {{field, any_value(random_)}}); return;
      case 10: ++site.boot; return;
      default:
        site.write(kUnit, record, "event",
                   {{field, any_value(random_)},
                    {"_campaign", "c"},
                    {"kind", random_() % 2 == 0 ? "film" : "book"}});
    }
  }

  std::string policy() {
    static constexpr const char* kNames[] = {"latest", "site", "headquarters", "ask",
                                             "max",    "min",  "union"};
    return kNames[random_() % std::size(kNames)];
  }

  std::mt19937_64 random_;
  VirtualClock clock_;
  Engine headquarters_{clock_, 1};
  std::vector<std::unique_ptr<Engine>> sites_;
  std::vector<RecordId> records_;
};

// Takes batches in the order given, those refused as a gap again later, `together` in a
// transaction.
void take(Engine& engine, const Peer& from, std::vector<Batch> batches, size_t together) {
  while (!batches.empty()) {
    const size_t before = batches.size();
    size_t in_transaction = 0;
    engine.store().begin();
    std::erase_if(batches, [&](const Batch& batch) {
      if (in_transaction++ == together) {
        engine.store().commit();
        engine.store().begin();
        in_transaction = 0;
      }
      return static_cast<bool>(engine.store().append(from, batch));
    });
    engine.store().commit();
    REQUIRE(batches.size() < before);
  }
}

struct Place {
  VirtualClock clock;
  Engine headquarters{clock, 1};
  Engine a{clock, 2, headquarters, kUnit};
  Engine b{clock, 3, headquarters, kUnit};
  RecordId event;

  // An event whose title two devices changed at once, known to all.
  Place() {
    headquarters.grant(a, kUnit);
    headquarters.grant(b, kUnit);
    event = a.add_event("first");
    all();
    a.edit_event(event, "title", "by a");
    b.edit_event(event, "title", "by b");
    all();
  }
  void all() {
    for (Engine* site : {&a, &b, &a}) sync(*site, headquarters);
  }
  std::string title(Engine& engine) { return engine.event(event, kUnit)->text("title"); }
};

}  // namespace

TEST_CASE("the same entries give the same state in every order, by one transaction or by many") {
  CHECK(rc::check([] {
    const auto seed = *rc::gen::arbitrary<uint64_t>();
    History history(seed, *rc::gen::inRange(5, 60));
    RC_ASSERT(history.headquarters().verified() == "");
    std::mt19937_64 random(seed);
    for (const size_t together : {size_t{1}, size_t{3}, size_t{10'000}}) {
      Engine other(history.clock(), 77, history.headquarters(), kUnit);
      take(other, history.headquarters().as_peer(), history.batches(random), together);
      RC_ASSERT(shown_of(other, kUnit) == shown_of(history.headquarters(), kUnit));
      RC_ASSERT(other.state_digest(kUnit) == history.headquarters().state_digest(kUnit));
      RC_ASSERT(other.book_digest(kUnit) == history.headquarters().book_digest(kUnit));
      RC_ASSERT(other.verified() == "");
      other.reopen();
      other.store().transact([&] { return 0; });
      RC_ASSERT(other.state_digest(kUnit) == history.headquarters().state_digest(kUnit));
    }
  }));
}

TEST_CASE(
    "what was written in a transaction can be read in it after a flush, and before it as state") {
  VirtualClock clock;
  Engine headquarters(clock, 1);
  Store& store = headquarters.store();
  const RecordId id = store.new_record_id(headquarters.now());
  store.begin();
  REQUIRE(store.write(kUnit, compose(nullptr, id, "event", {{"title", "one"}}), headquarters.now(),
                      ""));
  REQUIRE(store.state(kUnit, id, "event"));
  CHECK(store.state(kUnit, id, "event")->text("title") == "one");
  CHECK(headquarters.count("SELECT count(*) FROM records") == 0);
  store.flush();
  CHECK(headquarters.count("SELECT count(*) FROM records WHERE first_entry IS NOT NULL") == 1);
  const auto state = store.state(kUnit, id, "event");
  REQUIRE(store.write(kUnit, compose(&*state, id, "event", {{"title", "two"}}), headquarters.now(),
                      ""));
  CHECK(store.state(kUnit, id, "event")->text("title") == "two");
  store.commit();
  CHECK(store.state(kUnit, id, "event")->text("title") == "two");
  CHECK(store.merged(kUnit, id, "event") == store.state(kUnit, id, "event"));
  CHECK(headquarters.verified() == "");
}

TEST_CASE("a transaction that is rolled back leaves nothing") {
  VirtualClock clock;
  Engine headquarters(clock, 1);
  const RecordId id = headquarters.store().new_record_id(headquarters.now());
  headquarters.write(kUnit, id, "event", {{"title", "kept"}});
  const auto before = shown_of(headquarters, kUnit);
  const auto digest = headquarters.book_digest(kUnit);
  headquarters.store().begin();
  const auto state = headquarters.store().state(kUnit, id, "event");
  REQUIRE(headquarters.store().write(kUnit, compose(&*state, id, "event", {{"title", "gone"}}),
                                     headquarters.now(), ""));
  REQUIRE(headquarters.store().write("u2", compose(nullptr, id, "event", {{"title", "gone"}}),
                                     headquarters.now(), ""));
  headquarters.store().flush();
  headquarters.store().rollback();
  headquarters.reopen();
  CHECK(shown_of(headquarters, kUnit) == before);
  CHECK(headquarters.book_digest(kUnit) == digest);
  CHECK(headquarters.store().vector("u2").empty());
  CHECK(headquarters.verified() == "");
}

TEST_CASE("an edit that comes before the creation it rests on makes no other state than after it") {
  Place place;
  Engine other(place.clock, 9, place.headquarters, kUnit);
  std::mt19937_64 random(4);
  Store& from = place.headquarters.store();
  std::vector<Batch> streams;
  from.begin();
  for (const Tip& tip : from.vector(kUnit)) streams.push_back(from.read(kUnit, tip, {0}));
  from.commit();
  std::sort(streams.begin(), streams.end(),
            [](const Batch& x, const Batch& y) { return x.stream < y.stream; });
  do {
    Engine site(place.clock, 9, place.headquarters, kUnit);
    take(site, place.headquarters.as_peer(), streams, 1);
    CHECK(site.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
    CHECK(site.verified() == "");
  } while (
      std::next_permutation(streams.begin(), streams.end(),
                            [](const Batch& x, const Batch& y) { return x.stream < y.stream; }));
}

TEST_CASE("entries wait in quarantine for their device's grant and are merged when it comes") {
  VirtualClock clock;
  Engine headquarters(clock, 1);
  Engine site(clock, 2, headquarters, kUnit);
  const RecordId event = site.add_event("early");
  site.edit_event(event, "title", "early, edited");
  CHECK(site.count("SELECT count(*) FROM quarantine WHERE reason = 'no_grant'") == 2);
  CHECK(!site.event(event));
  headquarters.grant(site, kUnit);
  sync(site, headquarters);
  CHECK(site.count("SELECT count(*) FROM quarantine") == 0);
  // Neither edit saw the other: the state they rested on was not shown.
  CHECK(site.event(event).has_value());
  CHECK(site.state_digest(kUnit) == headquarters.state_digest(kUnit));
  CHECK(site.verified() == "");
}

TEST_CASE("a refused entry changes nothing of the conflict its record is in") {
  Place place;
  const auto before = place.headquarters.column("SELECT conflict FROM conflicts");
  REQUIRE(before.size() == 1);
  // A site may not review; what it writes all the same is kept apart.
  place.a.write(kUnit, place.event, "event",
                {{"_review", Value(Structure{{"verdict", "accepted"}})}});
  place.all();
  for (Engine* engine : {&place.headquarters, &place.a, &place.b}) {
    CHECK(engine->column("SELECT conflict FROM conflicts") == before);
    CHECK(engine->count("SELECT count(*) FROM quarantine WHERE reason = 'not_permitted'") == 1);
    CHECK(engine->verified() == "");
  }
}

TEST_CASE(
    "a revocation takes later entries out of the state, and a reinstatement brings them back") {
  Place place;
  const VersionVector kept = place.headquarters.store().vector(kUnit);
  place.a.clock_off_ms = 3'600'000;  // its clock record is among what goes and comes
  place.a.boot = 2;
  place.a.edit_event(place.event, "title", "decided by a");
  place.a.add_event("second");
  place.all();
  const auto full = shown_of(place.headquarters, kUnit);
  CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 0);

  place.headquarters.revoke(place.a, kUnit, kept);
  CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 1);
  CHECK(place.headquarters.count(
            "SELECT count(*) FROM records WHERE form = 'event' AND first_entry IS NOT NULL") == 1);
  CHECK(place.headquarters.count("SELECT records FROM books WHERE code = 'u1'") == 1);
  CHECK(place.headquarters.verified() == "");
  sync(place.b, place.headquarters);
  CHECK(place.b.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  place.headquarters.reopen();
  CHECK(place.headquarters.verified() == "");

  place.headquarters.reinstate(place.a, kUnit);
  CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 0);
  CHECK(place.headquarters.count("SELECT count(*) FROM quarantine") == 0);
  CHECK(place.headquarters.verified() == "");
  place.all();
  CHECK(place.a.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  CHECK(place.b.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
}

TEST_CASE("entries that wait for a grant which comes with a revocation are kept apart as revoked") {
  VirtualClock clock;
  Engine headquarters(clock, 1);
  Engine site(clock, 2, headquarters, kUnit);
  site.add_event("too late");
  sync(site, headquarters);
  headquarters.write(
      kUnit, *RecordId::from(site.device().view()), "grant",
      {{"key", site.key().public_key().hex()}, {"revoked", revoked_value({}, 1, "lost")}});
  CHECK(headquarters.column("SELECT reason FROM quarantine") ==
        std::vector<std::string>{"revoked"});
  CHECK(headquarters.verified() == "");
}

TEST_CASE("a new policy shows every open conflict anew, on every replica") {
  Place place;
  CHECK(place.title(place.headquarters) == "by b");
  place.headquarters.set_policy(kUnit, "*", "ask");
  CHECK(place.title(place.headquarters) == "first");
  place.headquarters.set_policy(kUnit, "title", "min");
  place.headquarters.write(kUnit, place.event, "event", {{"note", "x"}});
  place.all();
  for (Engine* engine : {&place.headquarters, &place.a, &place.b}) {
    CHECK(engine->state_digest(kUnit) == place.headquarters.state_digest(kUnit));
    CHECK(engine->column("SELECT conflict ->> 'policy' FROM conflicts") ==
          std::vector<std::string>{"min"});
    CHECK(engine->verified() == "");
  }
}

TEST_CASE("a clock correction shows `latest` anew for conflicts that are there already") {
  VirtualClock clock;
  Engine headquarters(clock, 1);
  Engine a(clock, 2, headquarters, kUnit), b(clock, 3, headquarters, kUnit);
  headquarters.grant(a, kUnit);
  headquarters.grant(b, kUnit);
  const RecordId event = a.add_event("first");
  for (Engine* site : {&a, &b}) sync(*site, headquarters);
  a.clock_off_ms = 7'200'000;  // two hours fast
  a.boot = 5;
  a.edit_event(event, "title", "by a, whose clock is fast");
  clock.advance(60'000);
  b.edit_event(event, "title", "by b, a minute later");
  // The entries arrive before the correction does.
  sync(b, headquarters);
  a.store().begin();
  const Batch batch = [&] {
    for (const Tip& tip : a.store().vector(kUnit)) {
      if (tip.stream.device == a.device()) return a.store().read(kUnit, tip, {1});
    }
    return Batch{};
  }();
  a.store().commit();
  headquarters.store().transact([&] {
    REQUIRE(headquarters.store().append(a.as_peer(), batch));
    return 0;
  });
  CHECK(headquarters.event(event, kUnit)->text("title") == "by a, whose clock is fast");
  sync(a, headquarters);
  CHECK(headquarters.event(event, kUnit)->text("title") == "by b, a minute later");
  CHECK(headquarters.verified() == "");
}

TEST_CASE("a clock correction that a revocation takes out corrects nothing any more") {
  Place place;
  place.a.clock_off_ms = 7'200'000;
  place.a.boot = 5;
  place.a.edit_event(place.event, "note", "by a, whose clock is fast");
  const VersionVector kept = place.a.store().vector(kUnit);
  place.clock.advance(60'000);
  place.b.edit_event(place.event, "note", "by b, a minute later");
  place.all();
  const auto note = [&] { return place.headquarters.event(place.event, kUnit)->text("note"); };
  CHECK(note() == "by b, a minute later");
  place.headquarters.revoke(place.a, kUnit, kept);
  CHECK(note() == "by a, whose clock is fast");
  CHECK(place.headquarters.verified() == "");
  sync(place.b, place.headquarters);
  CHECK(place.b.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  place.headquarters.reinstate(place.a, kUnit);
  CHECK(note() == "by b, a minute later");
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("running counts equal a recount, and a changed campaign counts everything again") {
  Place place;
  place.headquarters.set_campaign("c", "film");
  for (int i = 0; i < 6; ++i) {
    place.a.add_event("e", {{"_campaign", "c"},
                            {"kind", i % 2 == 0 ? "film" : "talk"},
                            {"participants", 10 * i},
                            {"sessions", 1}});
  }
  place.all();
  CHECK(place.a.count("SELECT sum(total) FROM tallies WHERE measure = 'events'") == 3);
  CHECK(place.a.count("SELECT sum(total) FROM tallies WHERE measure = 'participants'") == 60);
  place.headquarters.set_campaign("c", "*");
  CHECK(place.headquarters.count("SELECT sum(total) FROM tallies WHERE measure = 'events'") == 6);
  place.all();
  CHECK(place.a.count("SELECT sum(total) FROM tallies WHERE measure = 'participants'") == 150);
  CHECK(place.a.verified() == "");
  place.headquarters.set_campaign("c", "none");
  CHECK(place.headquarters.count("SELECT count(*) FROM tallies") == 0);
  place.headquarters.set_campaign("c", "film");
  const auto film = place.headquarters.column(
      "SELECT record_id FROM records WHERE document(first_entry, state) ->> '$.fields.kind' = "
      "'film'");
  CHECK(film.size() == 3);
  std::vector<RecordId> ids;
  Statement rows(
      place.headquarters.store().database(),
      "SELECT record FROM records WHERE document(first_entry, state) ->> '$.fields.kind' = 'film'");
  while (rows.step()) ids.push_back(rows.fixed<RecordId>(0));
  place.headquarters.write(kUnit, ids[0], "event", {{"_void", "entered twice"}});
  place.headquarters.write(kUnit, ids[1], "event", {{"kind", "talk"}});
  CHECK(place.headquarters.count("SELECT sum(total) FROM tallies WHERE measure = 'events'") == 1);
  CHECK(place.headquarters.count("SELECT count(*) FROM tallies WHERE total = 0") == 0);
  CHECK(place.headquarters.verified() == "");
}
