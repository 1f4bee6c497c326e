// What one device can say of one record, over stores.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "sync/ledger/limits.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/judging_rules.hpp"
#include "tests/store/author.hpp"
#include "tests/store/keeper.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";
const RecordId kRecord = *RecordId::parse("000102030405060708090a0b0c0d0e0f");

// Headquarters by the newest rules and a device of the unit, whose stream can be written by hand as
// well.
struct Place {
  explicit Place(const KnownRules& known = rules_of_today()) {
    for (TestDevice* device : {&headquarters, &site}) {
      device->knows = &known;
      device->reopen();
    }
    headquarters.grant(site, kUnit);
    headquarters.set_rules(known.newest());
    sync(site, headquarters);
  }

  // One more entry of the record in that stream, on top of its last one.
  EntryName say(Author& author, const std::string& field, Value value,
                std::vector<EntryName> replaces = {}) {
    Entry entry;
    entry.record = kRecord;
    entry.form = "event";
    if (author.last() > 0) entry.parents = {author.name(author.last())};
    entry.assignments = {{field, std::move(value), std::move(replaces)}};
    entry.clock.wall = {clock.true_ms};
    entry.hybrid = {clock.true_ms, static_cast<uint32_t>(author.last())};
    return author.write(entry);
  }
  Author author(uint64_t epoch = 1) { return {site.key(), kUnit, epoch}; }
  // As a connection brings it.
  bool take(TestDevice& at, const Batch& batch) {
    const bool taken = at.store().transact(
        [&] { return static_cast<bool>(at.store().append(site.as_peer(), batch, at.now())); });
    return taken;
  }
  static int64_t aside(TestDevice& device, const std::string& reason = "too_large") {
    return device.count("SELECT count(*) FROM quarantine WHERE reason = '" + reason + "'");
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, kUnit};
};

int64_t milliseconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               begun)
      .count();
}

}  // namespace

TEST_CASE("what one stream says of a record past the limit is in quarantine, all else counts") {
  Place place;
  Author author = place.author();
  for (int i = 0; i < 8; ++i) place.say(author, "title", "title " + std::to_string(i));
  REQUIRE(place.take(place.headquarters, author.all()));
  CHECK(Place::aside(place.headquarters) == 3);
  CHECK(place.headquarters.event(kRecord, kUnit)->fields.at("title").heads.size() == 5);
  // Another stream has its own share.
  Author other = place.author(2);
  for (int i = 0; i < 6; ++i) place.say(other, "kind", "kind " + std::to_string(i));
  REQUIRE(place.take(place.headquarters, other.all()));
  CHECK(Place::aside(place.headquarters) == 4);
  CHECK(place.headquarters.verified() == "");
  sync(place.site, place.headquarters);
  CHECK(place.site.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  CHECK(Place::aside(place.site) == 4);
  CHECK(place.site.verified() == "");
}

TEST_CASE("the bytes of what one stream says of a record are bounded as well") {
  Place place;
  Author author = place.author();
  for (int i = 0; i < 4; ++i) place.say(author, "title", std::string(1400, 'x'));
  REQUIRE(place.take(place.headquarters, author.all()));
  CHECK(Place::aside(place.headquarters) == 2);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("the fields that one stream sets of a record are bounded as well") {
  Place place(known_rules());
  Author author = place.author();
  constexpr uint64_t kFit = limits::kRecordAssignmentsOfChainMax / limits::kAssignmentsMax;
  for (uint64_t i = 0; i <= kFit; ++i) {
    Entry entry;
    entry.record = kRecord;
    entry.form = "event";
    for (size_t field = 0; field < limits::kAssignmentsMax; ++field) {
      entry.assignments.push_back(
          {"f" + std::to_string(field), Value(static_cast<int64_t>(i)), {}});
    }
    author.write(entry);
  }
  REQUIRE(place.take(place.headquarters, author.batch(1, kFit)));
  CHECK(Place::aside(place.headquarters) == 0);
  REQUIRE(place.take(place.headquarters, author.all()));
  CHECK(Place::aside(place.headquarters) == 1);
  CHECK(place.headquarters.event(kRecord, kUnit)->fields.at("f0").heads.size() == kFit);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("each way of a forked stream counts with what it parted from, in any order of arrival") {
  Place place;
  Author trunk = place.author();
  for (int i = 0; i < 3; ++i) place.say(trunk, "title", "trunk " + std::to_string(i));
  Author one = trunk.forked_at(3), two = trunk.forked_at(3);
  for (int i = 0; i < 3; ++i) place.say(one, "title", "one " + std::to_string(i));
  for (int i = 0; i < 2; ++i) place.say(two, "kind", "two " + std::to_string(i));
  const std::vector<Batch> batches{one.batch(1, 2), one.batch(3, 6), two.batch(1, 4),
                                   two.batch(5, 5)};
  std::vector<size_t> order{0, 1, 2, 3};
  std::map<Kind, std::string> digests;
  std::vector<std::string> shown;
  do {
    // What comes before its turn is a gap: it is brought once more.
    for (const Kind kind : {Kind::kSqlite, Kind::kMemory}) {
      const auto keeper = make_keeper(kind, place.clock, 9, place.headquarters, kUnit);
      for (const BookCode& book : {BookCode(kRootBook), kUnit}) {
        for (const Batch& batch : all_of(place.headquarters.store(), book)) {
          REQUIRE(keeper->append(place.headquarters.as_peer(), batch));
        }
      }
      for (int round = 0; round < 4; ++round) {
        for (const size_t i : order) {
          (void)keeper->append(place.headquarters.as_peer(), batches[i]);
        }
      }
      if (shown.empty()) shown = keeper->shown(kUnit);
      CHECK(digests.emplace(kind, keeper->state_digest(kUnit)).first->second ==
            keeper->state_digest(kUnit));
      CHECK(keeper->shown(kUnit) == shown);
      CHECK(keeper->verified() == "");
    }
  } while (std::next_permutation(order.begin(), order.end()));
  const auto refused = std::ranges::count_if(
      shown, [](const std::string& line) { return line.ends_with("too_large"); });
  CHECK(refused == 1);
}

TEST_CASE("a device that comes to the limit goes on in a new stream, and all that it says counts") {
  Place place;
  const RecordId event = place.site.add_event("title 0");
  for (int i = 1; i < 23; ++i) place.site.edit_event(event, "title", "title " + std::to_string(i));
  CHECK(place.site.event(event)->text("title") == "title 22");
  CHECK(Place::aside(place.site) == 0);
  CHECK(place.site.count("SELECT count(*) FROM streams JOIN books USING (book_id)"
                         " JOIN devices USING (device_id) WHERE code = 'u1' AND device = x'" +
                         place.site.id().hex() + "'") == 5);
  sync(place.site, place.headquarters);
  CHECK(place.headquarters.state_digest(kUnit) == place.site.state_digest(kUnit));
  CHECK(place.headquarters.event(event, kUnit)->text("title") == "title 22");
  // Several in one transaction too.
  const RecordId other = place.site.add_event("other");
  place.site.store().transact([&] {
    for (int i = 0; i < 12; ++i) {
      const auto known = place.site.store().state(kUnit, other, "event");
      REQUIRE(place.site.store().write(
          kUnit, compose(&*known, other, "event", {{"title", "other " + std::to_string(i)}}),
          place.site.now(), ""));
    }
    return 0;
  });
  CHECK(place.site.event(other)->text("title") == "other 11");
  CHECK(Place::aside(place.site) == 0);
  CHECK(place.site.verified() == "");
}

TEST_CASE("rules that hold later judge what came before, and back") {
  Place place;
  place.headquarters.set_rules(1);
  Author author = place.author();
  for (int i = 0; i < 8; ++i) place.say(author, "title", "title " + std::to_string(i));
  REQUIRE(place.take(place.headquarters, author.all()));
  CHECK(Place::aside(place.headquarters) == 0);
  place.headquarters.set_rules(2);
  CHECK(Place::aside(place.headquarters) == 3);
  CHECK(place.headquarters.verified() == "");
  place.headquarters.set_rules(1);
  CHECK(Place::aside(place.headquarters) == 0);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("where the body of an entry is erased, one that was too much takes its place") {
  Place place;
  Author author = place.author();
  for (int i = 0; i < 7; ++i) place.say(author, "title", "title " + std::to_string(i));
  REQUIRE(place.take(place.headquarters, author.all()));
  REQUIRE(Place::aside(place.headquarters) == 2);
  const EntryPlace second{author.stream(), {2}, author.name(2)};
  const auto erased = place.headquarters.store().transact(
      [&] { return place.headquarters.store().erase(kUnit, second); });
  CHECK((erased && *erased));
  CHECK(Place::aside(place.headquarters) == 1);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("an entry that names another twice is in quarantine by rules 2") {
  Place place;
  Author author = place.author();
  const EntryName first = place.say(author, "title", "a");
  place.say(author, "title", "b", std::vector<EntryName>(20'000, first));
  REQUIRE(place.take(place.headquarters, author.all()));
  CHECK(Place::aside(place.headquarters, "malformed") == 1);
  CHECK(place.headquarters.event(kRecord, kUnit)->text("title") == "a");
  CHECK(place.headquarters.verified() == "");
}

// Each of these held the store for minutes, and for ever: an entry a transaction, as a device sends
// them that waits for each receipt.
// As a stolen key can, by new epochs.
TEST_CASE("a field with thousands of candidates from thousands of streams can still be decided") {
  Place place(known_rules());
  const RecordId record = place.site.add_event("as it was");
  sync(place.site, place.headquarters);
  const EntryName first = place.site.event(record)->tips.front();
  constexpr uint64_t kStreams = 1100;  // more than one entry can refer to
  place.headquarters.store().begin();
  for (uint64_t epoch = 1; epoch <= kStreams; ++epoch) {
    Author author = place.author(epoch);
    Entry entry;
    entry.record = record;
    entry.form = "event";
    entry.parents = {first};
    entry.assignments = {{"title", "way " + std::to_string(epoch), {first}}};
    entry.clock.wall = {place.clock.true_ms};
    author.write(entry);
    REQUIRE(place.headquarters.store().append(place.site.as_peer(), author.all(), {}));
  }
  place.headquarters.store().commit();
  CHECK(place.headquarters.event(record, kUnit)->conflicts.count("title") == 1);
  CHECK(place.headquarters.event(record, kUnit)->tips.size() == kStreams);
  place.headquarters.write(kUnit, record, "event", {{"title", "decided"}}, "hq");
  sync(place.site, place.headquarters);
  for (TestDevice* device : {&place.headquarters, &place.site}) {
    const auto state = device->event(record, kUnit);
    REQUIRE(state);
    CHECK(state->conflicts.empty());
    CHECK(state->tips.size() == 1);
    REQUIRE(state->fields.at("title").shown);
    CHECK(*state->fields.at("title").shown == Value("decided"));
    CHECK(Place::aside(*device) == 0);
    CHECK(device->verified().empty());
  }
  CHECK(place.site.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
}

// Merged anew with each entry, a record costs what there is of it.
TEST_CASE("a device that says more of one record than eight chains may is held up") {
  Place place;
  TestDevice other(place.clock, 3, place.headquarters, kUnit);
  place.headquarters.grant(other, kUnit);
  sync(other, place.headquarters);
  const auto candidates = [&](TestDevice& at) {
    return at.event(kRecord, kUnit)->fields.at("title").heads.size();
  };
  const auto grant = [&] {
    return *place.headquarters.store().settings(kUnit).grant(place.site.id());
  };
  // Each stream says as much as counts; the last, more than that.
  const auto bring = [&](uint64_t epoch) {
    Author author = place.author(epoch);
    for (int i = 0; i < 6; ++i) {
      place.say(author, "title", std::to_string(epoch) + " " + std::to_string(i));
    }
    return place.take(place.headquarters, author.all());
  };
  for (uint64_t epoch = 1; epoch <= 6; ++epoch) REQUIRE(bring(epoch));
  CHECK_FALSE(grant().held_up);
  REQUIRE(bring(7));  // 42 entries, and 40 are eight times 5
  CHECK(grant().held_up);
  CHECK_FALSE(bring(8));
  CHECK(place.headquarters.count("SELECT count(*) FROM streams WHERE epoch < 10") == 7);
  CHECK(candidates(place.headquarters) == 7 * 5);
  CHECK(place.headquarters.verified().empty());
  // What there is goes to everybody, and whoever gets more of it another way leaves it out.
  sync(other, place.headquarters);
  CHECK(candidates(other) == 7 * 5);
  const RecordId event = other.add_event("event");
  sync(other, place.headquarters);
  CHECK(place.headquarters.event(event, kUnit));
  Author ninth = place.author(9);
  place.say(ninth, "title", "another way");
  REQUIRE(place.take(other, ninth.all()));
  CHECK(candidates(other) == 7 * 5);
  CHECK(Place::aside(other, "held_up") == 1);
  CHECK(other.verified().empty());
  // And the way out.
  const Value more = allowed_value({1'000'000, 1'000'000'000, 0, 16});
  place.headquarters.write(kUnit, *RecordId::from(place.site.id().view()), std::string(kFormGrant),
                           {{"revoked", Value()}, {"allowed", more}});
  REQUIRE(bring(8));
  CHECK_FALSE(grant().held_up);
  CHECK(candidates(place.headquarters) == 8 * 5);
  sync(other, place.headquarters);
  CHECK(candidates(place.headquarters) == 8 * 5 + 1);
  CHECK(other.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  CHECK(other.verified().empty());
}

TEST_CASE("a device that corrects one record for years in one stream after the other is taken") {
  Place place;
  const RecordId event = place.site.add_event("event");
  for (int i = 0; i < 30; ++i) {
    place.site.edit_event(event, "title", "title " + std::to_string(i));
    sync(place.site, place.headquarters);
  }
  CHECK(place.headquarters.count("SELECT count(DISTINCT epoch) FROM streams JOIN books"
                                 " USING (book_id) WHERE code = 'u1' AND fork_number = 0") > 5);
  CHECK(*place.headquarters.event(event, kUnit)->fields.at("title").shown == Value("title 29"));
  CHECK(Place::aside(place.headquarters) == 0);
  CHECK_FALSE(place.headquarters.store().settings(kUnit).grant(place.site.id())->held_up);
}

TEST_CASE("the dearest record that one stream can make costs each transaction a moment only") {
  Place place(known_rules());
  Author author = place.author();
  SECTION("a ladder of 2,400 entries under ask, that is never decided") {
    place.headquarters.set_policy(kUnit, "title", "ask");
    EntryName left = place.say(author, "title", "settled"), right = left;
    for (int i = 0; i < 1200; ++i) {
      const std::vector<EntryName> both =
          left == right ? std::vector{left} : std::vector{left, right};
      left = place.say(author, "title", "left " + std::to_string(i), both);
      right = place.say(author, "title", "right " + std::to_string(i), both);
    }
  }
  SECTION("2,093 candidates of one field") {
    for (int i = 0; i < 2093; ++i) place.say(author, "title", "title " + std::to_string(i));
  }
  SECTION("256 fields in each of 120 entries, none of which replaces another") {
    for (int i = 0; i < 120; ++i) {
      Entry entry;
      entry.record = kRecord;
      entry.form = "event";
      for (int field = 0; field < 256; ++field) {
        entry.assignments.push_back({"f" + std::to_string(field), Value(i), {}});
      }
      author.write(entry);
    }
  }
  SECTION("256 fields of 200 bytes each in each of 110 entries") {
    for (int i = 0; i < 110; ++i) {
      Entry entry;
      entry.record = kRecord;
      entry.form = "event";
      for (int field = 0; field < 256; ++field) {
        entry.assignments.push_back({"f" + std::to_string(i) + "_" + std::to_string(field),
                                     Value(std::string(200, 'x')),
                                     {}});
      }
      author.write(entry);
    }
  }
  int64_t worst = 0;
  const uint64_t batched = author.last() - 40;
  for (uint64_t first = 1; first <= batched; first += 200) {
    REQUIRE(place.take(place.headquarters, author.batch(first, std::min(first + 199, batched))));
  }
  for (uint64_t number = batched + 1; number <= author.last(); ++number) {
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(place.take(place.headquarters, author.batch(number, number)));
    worst = std::max(worst, milliseconds_since(begun));
  }
  CAPTURE(worst);
  CHECK(worst < 1000);
  CHECK(Place::aside(place.headquarters) > 0);
  CHECK(place.headquarters.count("SELECT max(length(document(first_entry, state))) FROM records"
                                 " WHERE form = 'event'") < 8 * 1024 * 1024);
}

// Each of the anchors had all conflicts of the book merged again, also those of others.
TEST_CASE("2,000 anchors of a clock in one transaction cost a moment, beside 300 conflicts") {
  Place place(known_rules());
  TestDevice other(place.clock, 3, place.headquarters, kUnit);
  place.headquarters.grant(other, kUnit);
  std::vector<RecordId> events;
  for (int i = 0; i < 300; ++i) events.push_back(place.site.add_event("event"));
  sync(place.site, place.headquarters);
  sync(other, place.headquarters);
  for (const RecordId& event : events) {
    place.site.edit_event(event, "title", "here");
    other.edit_event(event, "title", "there");
  }
  sync(place.site, place.headquarters);
  sync(other, place.headquarters);
  REQUIRE(place.headquarters.count("SELECT count(*) FROM conflicts") == 300);
  Author author = place.author();
  for (uint64_t boot = 0; boot < 2000; ++boot) {
    Entry entry;
    entry.record = *RecordId::from(place.site.id().view());
    entry.form = std::string(kFormClock);
    entry.assignments = {{anchor_field(boot), anchor_value({0, place.clock.true_ms}), {}}};
    author.write(entry);
  }
  const auto begun = std::chrono::steady_clock::now();
  place.headquarters.store().begin();
  for (uint64_t first = 1; first <= 2000; first += 500) {
    REQUIRE(place.headquarters.store().append(
        place.site.as_peer(), author.batch(first, first + 499), place.headquarters.now()));
  }
  place.headquarters.store().commit();
  CHECK(milliseconds_since(begun) < 3000);
  CHECK(place.headquarters.store().settings(kUnit).anchor(place.site.id(), 1999));
  CHECK(place.headquarters.verified() == "");
}
