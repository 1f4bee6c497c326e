// The merge as the store keeps it: in step with the entries, whatever the order they come in.
#include <algorithm>
#include <catch2/catch.hpp>

#include "sync/store/queries.hpp"
#include "tests/store/keeper.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr const char* kUnit = "u1";

// Takes batches in the order given, those refused as a gap again later, `together` in a
// transaction.
void take(TestDevice& device, const Peer& from, std::vector<Batch> batches, size_t together) {
  while (!batches.empty()) {
    const size_t before = batches.size();
    size_t in_transaction = 0;
    device.store().begin();
    std::erase_if(batches, [&](const Batch& batch) {
      if (in_transaction++ == together) {
        device.store().commit();
        device.store().begin();
        in_transaction = 0;
      }
      return static_cast<bool>(device.store().append(from, batch, device.now()));
    });
    device.store().commit();
    REQUIRE(batches.size() < before);
  }
}

struct Place {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice a{clock, 2, headquarters, kUnit};
  TestDevice b{clock, 3, headquarters, kUnit};
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
    for (TestDevice* site : {&a, &b, &a}) sync(*site, headquarters);
  }
  std::string title(TestDevice& device) { return device.event(event, kUnit)->text("title"); }
};

}  // namespace

TEST_CASE(
    "what was written in a transaction can be read in it after a flush, and before it as state") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
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
  TestDevice headquarters(clock, 1);
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
  TestDevice other(place.clock, 9, place.headquarters, kUnit);
  std::mt19937_64 random(4);
  Store& from = place.headquarters.store();
  std::vector<Batch> streams;
  from.begin();
  for (const Tip& tip : from.vector(kUnit)) streams.push_back(from.read(kUnit, tip, {0}));
  from.commit();
  std::sort(streams.begin(), streams.end(),
            [](const Batch& x, const Batch& y) { return x.stream < y.stream; });
  do {
    TestDevice site(place.clock, 9, place.headquarters, kUnit);
    take(site, place.headquarters.as_peer(), streams, 1);
    CHECK(site.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
    CHECK(site.verified() == "");
  } while (
      std::next_permutation(streams.begin(), streams.end(),
                            [](const Batch& x, const Batch& y) { return x.stream < y.stream; }));
}

TEST_CASE("what another process wrote to the file is taken in when the next transaction begins") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
  TestDevice author(clock, 3, headquarters, kUnit);
  TestDevice site(clock, 2, headquarters, kUnit);
  SmallCatalogue catalogue;
  std::mt19937_64 random(4);
  auto other = Store::open(
      site.database(),
      Owner{site.key(), site.headquarters(), site.headquarters_id(), Standing::device(kUnit), {}},
      catalogue, [&] { return random(); });
  REQUIRE(other);
  const auto bring = [&](Store& to) {
    headquarters.store().begin();
    for (const char* book : {"root", kUnit}) {
      for (const Batch& batch : all_of(headquarters.store(), book)) {
        to.transact([&] { return to.append(headquarters.as_peer(), batch, {}).operator bool(); });
      }
    }
    headquarters.store().commit();
    CHECK(site.state_digest(kUnit) == headquarters.state_digest(kUnit));
    CHECK(shown_of(site, kUnit) == shown_of(headquarters, kUnit));
  };
  const auto sync_author = [&] { sync(author, headquarters); };
  author.add_event("before the grant", {{"_campaign", "c"}, {"kind", "film"}});
  Wire(author, headquarters).run();  // which gives it nothing yet
  bring(site.store());
  headquarters.grant(author, kUnit);
  bring(**other);
  // Each goes by the grant and the campaign that came to the other.
  author.add_event("after it", {{"_campaign", "c"}, {"kind", "film"}});
  sync_author();
  bring(site.store());
  headquarters.set_campaign("c", "film");
  bring(**other);
  const RecordId event = author.add_event("counted", {{"_campaign", "c"}, {"kind", "film"}});
  sync_author();
  bring(site.store());
  headquarters.set_policy(kUnit, "*", "ask");
  bring(site.store());
  author.edit_event(event, "title", "by its author");
  headquarters.write(kUnit, event, "event", {{"title", "by headquarters"}});
  sync_author();
  bring(**other);
  CHECK(site.verified() == "");
}

TEST_CASE("questions write nothing, also about books that are not here") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
  Store& store = headquarters.store();
  headquarters.write(kUnit, store.new_record_id(headquarters.now()), "event", {{"title", "one"}});
  const Tip tip = store.vector(kUnit).at(0);
  const Peer peer{device_of(headquarters.headquarters()), Standing::device("u9")};
  store.begin();
  CHECK(store.vector("u9").empty());
  CHECK(store.digest("u9") == digest_of("u9", VersionVector{}));
  CHECK(!store.holds("u9", tip.stream, mark_of(tip)));
  CHECK(!store.common("u9", tip, mark_of(tip)));
  CHECK(!store.state("u9", {}, "event"));
  CHECK(store.history("u9", {}, "event").empty());
  CHECK(store.settings("u9").grants().empty());
  CHECK(store.scope(peer));
  store.commit();
  CHECK(headquarters.column("SELECT code FROM books") == std::vector<std::string>{kUnit});
}

TEST_CASE("entries wait in quarantine for their device's grant and are merged when it comes") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
  TestDevice site(clock, 2, headquarters, kUnit);
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
  for (TestDevice* device : {&place.headquarters, &place.a, &place.b}) {
    CHECK(device->column("SELECT conflict FROM conflicts") == before);
    CHECK(device->count("SELECT count(*) FROM quarantine WHERE reason = 'not_permitted'") == 1);
    CHECK(device->verified() == "");
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
  TestDevice headquarters(clock, 1);
  TestDevice site(clock, 2, headquarters, kUnit);
  site.add_event("too late");
  Wire(site, headquarters).run();
  headquarters.write(
      kUnit, *RecordId::from(site.id().view()), "grant",
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
  for (TestDevice* device : {&place.headquarters, &place.a, &place.b}) {
    CHECK(device->state_digest(kUnit) == place.headquarters.state_digest(kUnit));
    CHECK(device->column("SELECT conflict ->> 'policy' FROM conflicts") ==
          std::vector<std::string>{"min"});
    CHECK(device->verified() == "");
  }
}

TEST_CASE("a clock correction shows `latest` anew for conflicts that are there already") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
  TestDevice a(clock, 2, headquarters, kUnit), b(clock, 3, headquarters, kUnit);
  headquarters.grant(a, kUnit);
  headquarters.grant(b, kUnit);
  const RecordId event = a.add_event("first");
  for (TestDevice* site : {&a, &b}) sync(*site, headquarters);
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
      if (tip.stream.device == a.id()) return a.store().read(kUnit, tip, {1});
    }
    return Batch{};
  }();
  a.store().commit();
  headquarters.store().transact([&] {
    REQUIRE(headquarters.store().append(a.as_peer(), batch, headquarters.now()));
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
  CHECK(place.a.count("SELECT sum(sums ->> 'events') FROM tallies") == 3);
  CHECK(place.a.count("SELECT sum(sums ->> 'participants') FROM tallies") == 60);
  place.headquarters.set_campaign("c", "*");
  CHECK(place.headquarters.count("SELECT sum(sums ->> 'events') FROM tallies") == 6);
  place.all();
  CHECK(place.a.count("SELECT sum(sums ->> 'participants') FROM tallies") == 150);
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
  CHECK(place.headquarters.count("SELECT sum(sums ->> 'events') FROM tallies") == 1);
  CHECK(place.headquarters.count("SELECT count(*) FROM tallies, json_each(sums) WHERE value = 0") ==
        0);
  CHECK(place.headquarters.verified() == "");
}
