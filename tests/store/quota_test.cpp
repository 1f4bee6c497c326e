// How much headquarters keeps of one device, and what it does when its disk is nearly full.
#include <catch2/catch.hpp>

#include "sync/ledger/limits.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/queries.hpp"
#include "tests/store/author.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";

// Headquarters that keeps little of one device, one that brings much, and another.
struct Place {
  explicit Place(DeviceShare most = {20, 1024 * 1024}) {
    headquarters.most_of_device = most;
    headquarters.space = [this] { return space; };
    headquarters.reopen();
    for (TestDevice* site : {&much, &other}) headquarters.grant(*site, kUnit);
    settle();
  }
  void settle() {
    for (TestDevice* site : {&much, &other, &much, &other}) sync(*site, headquarters);
  }
  // Why the site's sync ended; nothing where it went well.
  std::optional<Reason> sync_ends(TestDevice& site) {
    Wire wire(site, headquarters);
    wire.run();
    if (wire.site().failure()) return wire.site().failure()->reason;
    REQUIRE(wire.caught_up());
    return std::nullopt;
  }
  void record(TestDevice& site, int events) {
    for (int i = 0; i < events; ++i) site.add_event("event " + std::to_string(i));
  }
  const Grant& grant() { return *headquarters.store().settings(kUnit).grant(much.id()); }
  uint64_t held() { return headquarters.store().held_of(kUnit, much.id()).entries; }
  void admit(DeviceShare share) {
    headquarters.write(kUnit, *RecordId::from(much.id().view()), std::string(kFormGrant),
                       {{"revoked", Value()}, {"allowed", allowed_value(share)}});
  }
  bool agree(TestDevice& site) {
    return site.state_digest(kUnit) == headquarters.state_digest(kUnit) &&
           shown_of(site, kUnit) == shown_of(headquarters, kUnit) && site.verified().empty() &&
           headquarters.verified().empty();
  }
  int64_t entries_at_headquarters() { return headquarters.count("SELECT count(*) FROM entries"); }

  VirtualClock clock;
  std::optional<DiskSpace> space;
  TestDevice headquarters{clock, 1};
  TestDevice much{clock, 2, headquarters, kUnit}, other{clock, 3, headquarters, kUnit};
};

Result<Tip> bring(Place& place, const Batch& batch) {
  TestDevice& top = place.headquarters;
  return top.store().transact(
      [&] { return top.store().append(place.much.as_peer(), batch, top.now()); });
}

Entry an_entry(uint64_t number, size_t bytes = 10) {
  Entry entry;
  entry.record.bytes[0] = static_cast<uint8_t>(number);
  entry.record.bytes[1] = static_cast<uint8_t>(number >> 8);
  entry.form = "event";
  entry.assignments = {{"title", std::string(bytes, 'x'), {}}};
  entry.clock.wall = {1'700'000'000'000};
  return entry;
}

}  // namespace

TEST_CASE(
    "a device that brings more than its share is held up where it stands, and nobody else is") {
  Place place;
  place.record(place.much, 12);
  CHECK_FALSE(place.sync_ends(place.much));
  CHECK(place.held() == 12);
  place.record(place.much, 30);
  CHECK(place.sync_ends(place.much) == Reason::kHeldUp);
  CHECK(place.held() == 12);
  CHECK(place.grant().held_up);
  CHECK(place.grant().revoked);
  CHECK(place.grant().kept.size() == 1);
  CHECK(place.grant().kept.at(0).number == Sequence{12});
  // Told each time, and said once.
  const int64_t entries = place.entries_at_headquarters();
  for (int i = 0; i < 3; ++i) CHECK(place.sync_ends(place.much) == Reason::kHeldUp);
  CHECK(place.entries_at_headquarters() == entries);
  // What it sent counts, and what it records goes on to show there.
  CHECK(place.headquarters.count("SELECT records FROM books WHERE code = 'u1'") == 12);
  CHECK(place.much.count("SELECT records FROM books WHERE code = 'u1'") == 42);
  CHECK(place.much.count("SELECT count(*) FROM quarantine") == 0);
  place.record(place.other, 5);
  CHECK_FALSE(place.sync_ends(place.other));
  CHECK(place.agree(place.other));
}

TEST_CASE("a device that is let in again brings all that it kept back, up to its new share") {
  Place place;
  place.record(place.much, 42);
  CHECK(place.sync_ends(place.much) == Reason::kHeldUp);
  CHECK(place.held() == 0);
  place.admit({100, 1024 * 1024});
  CHECK_FALSE(place.grant().held_up);
  CHECK_FALSE(place.sync_ends(place.much));
  CHECK(place.held() == 42);
  place.settle();
  CHECK(place.agree(place.much));
  CHECK(place.agree(place.other));
  place.record(place.much, 60);
  CHECK(place.sync_ends(place.much) == Reason::kHeldUp);
  CHECK(place.held() == 42);
}

TEST_CASE("a share is of bytes too, and what is brought again counts once") {
  Place place({1000, 3000});
  Author author(place.much.key(), kUnit);
  for (uint64_t i = 1; i <= 30; ++i) author.write(an_entry(i, 200));
  const size_t each = author.bytes().at(0).size();
  const uint64_t fit = 3000 / each;
  REQUIRE(bring(place, author.batch(1, fit)));
  CHECK(place.headquarters.store().held_of(kUnit, place.much.id()) ==
        DeviceShare{fit, fit * each, 1});
  REQUIRE(bring(place, author.batch(1, fit)));  // the reply was lost
  CHECK_FALSE(place.grant().held_up);
  const auto refused = bring(place, author.batch(1, fit + 1));
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kHeldUp);
  CHECK(place.grant().held_up);
  CHECK(place.held() == fit);
}

TEST_CASE("what nobody signed holds no device up") {
  Place place;
  Author author(place.much.key(), kUnit);
  for (uint64_t i = 1; i <= 30; ++i) author.write(an_entry(i));
  Batch forged = author.all();
  forged.signature.bytes[5] ^= 1;
  const auto refused = bring(place, forged);
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kBadSignature);
  CHECK_FALSE(place.grant().revoked);
}

TEST_CASE(
    "what is held of a device is the same counted as it comes and read anew, with forks too") {
  Place place({10'000, 1024 * 1024});
  Author author(place.much.key(), kUnit);
  for (uint64_t i = 1; i <= 40; ++i) author.write(an_entry(i, 30 * i % 97 + 1));
  Author fork = author.forked_at(17);
  for (uint64_t i = 100; i <= 120; ++i) fork.write(an_entry(i, 50));
  Author second(place.much.key(), kUnit, 2);
  second.write(an_entry(200));
  (void)place.held();
  for (uint64_t i = 1; i <= 40; i += 3) {
    REQUIRE(bring(place, author.batch(i, std::min<uint64_t>(i + 2, 40))));
  }
  REQUIRE(bring(place, fork.batch(10, 38)));
  REQUIRE(bring(place, second.all()));
  const DeviceShare counted = place.headquarters.store().held_of(kUnit, place.much.id());
  CHECK(counted.entries == 40 + 21 + 1);
  uint64_t bytes = second.bytes().at(0).size();
  for (const std::string& each : author.bytes()) bytes += each.size();
  for (size_t i = 17; i < fork.bytes().size(); ++i) bytes += fork.bytes()[i].size();
  CHECK(counted.bytes == bytes);
  place.headquarters.reopen();
  CHECK(place.headquarters.store().held_of(kUnit, place.much.id()) == counted);
  CHECK(place.headquarters.store().held_of(kUnit, place.other.id()) == DeviceShare{});
  CHECK(place.headquarters.store().held_of("nowhere", place.much.id()) == DeviceShare{});
}

TEST_CASE("beyond the tips of a device that is held up nothing counts, whichever way it comes") {
  Place place;
  Author author(place.much.key(), kUnit);
  for (uint64_t i = 1; i <= 25; ++i) author.write(an_entry(i));
  REQUIRE(bring(place, author.batch(1, 15)));
  REQUIRE_FALSE(bring(place, author.batch(16, 25)));
  sync(place.other, place.headquarters);
  // From a hub, say.
  place.other.store().transact([&] {
    REQUIRE(
        place.other.store().append(place.much.as_peer(), author.batch(16, 25), place.other.now()));
    return 0;
  });
  CHECK(place.other.count("SELECT count(*) FROM quarantine WHERE reason = 'held_up'") == 10);
  CHECK(place.other.state_digest(kUnit) == place.headquarters.state_digest(kUnit));
  CHECK(place.other.verified() == "");
  place.admit({100, 1024 * 1024});
  Wire wire(place.other, place.headquarters);
  wire.run();
  CHECK(place.other.count("SELECT count(*) FROM quarantine") == 0);
}

TEST_CASE(
    "a revocation by people stands above being held up, and a damaged allowance counts as none") {
  Place place;
  place.record(place.much, 42);
  CHECK(place.sync_ends(place.much) == Reason::kHeldUp);
  place.headquarters.revoke(place.much, kUnit, {});
  CHECK_FALSE(place.grant().held_up);
  CHECK(place.sync_ends(place.much) == Reason::kRevoked);
  const RecordId record = *RecordId::from(place.much.id().view());
  for (const Value& damaged : {Value("7"), Value(Structure{{"entries", Value(7)}}),
                               Value(Structure{{"entries", Value(7)}, {"bytes", Value(-1)}})}) {
    place.headquarters.write(kUnit, record, std::string(kFormGrant), {{"allowed", damaged}});
    CHECK_FALSE(place.grant().allowed);
    CHECK(place.headquarters.store().allowed(kUnit, place.much.id()) ==
          DeviceShare{20, 1024 * 1024});
  }
}

TEST_CASE(
    "headquarters whose disk is nearly full takes nothing of devices, and still works and tells") {
  Place place({1000, 1024 * 1024});
  constexpr uint64_t kGib = uint64_t{1024} * 1024 * 1024;
  place.record(place.much, 3);
  place.space = DiskSpace{.free = 500 * 1024 * 1024, .total = 16 * kGib};
  REQUIRE(limits::disk_reserve(place.space->total) > place.space->free);
  const RecordId record = place.headquarters.store().new_record_id(place.headquarters.now());
  place.headquarters.write(kUnit, record, "event", {{"title", "by headquarters"}});
  CHECK(place.sync_ends(place.much) == Reason::kNoRoom);
  CHECK(place.held() == 0);
  CHECK(place.much.event(record)->text("title") == "by headquarters");
  CHECK(place.sync_ends(place.much) == Reason::kNoRoom);  // again, as an agent would
  // Who has nothing to bring is served.
  CHECK_FALSE(place.sync_ends(place.other));
  // Its own, which sites give back after a restore, is not refused either.
  place.space->free = 600 * 1024 * 1024;
  CHECK_FALSE(place.sync_ends(place.much));
  CHECK(place.held() == 3);
  place.settle();
  CHECK(place.agree(place.much));
}

TEST_CASE("of a disk a 32nd part is left, and never more than a gibibyte") {
  constexpr uint64_t kMib = 1024 * 1024;
  CHECK(limits::disk_reserve(0) == 0);
  CHECK(limits::disk_reserve(64 * kMib) == 2 * kMib);
  CHECK(limits::disk_reserve(16 * 1024 * kMib) == 512 * kMib);
  CHECK(limits::disk_reserve(4096 * 1024 * kMib) == 1024 * kMib);
  const auto space = HeldFolder::open("/tmp")->space();
  REQUIRE(space);
  CHECK(space->total > 0);
  CHECK(space->free <= space->total);
}

TEST_CASE(
    "a device whose folder was copied or put back too often waits with what is new, and is let in "
    "again") {
  Place place({1000, 1024 * 1024, 3});
  const auto in_stream = [&](uint64_t epoch) {
    Author author(place.much.key(), kUnit, epoch);
    author.write(an_entry(epoch));
    return author;
  };
  for (uint64_t epoch = 1; epoch <= 3; ++epoch) REQUIRE(bring(place, in_stream(epoch).all()));
  const auto refused = bring(place, in_stream(4).all());
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kTooLarge);
  CHECK_FALSE(place.grant().held_up);  // what it has goes on, and counts
  Author first = in_stream(1);
  first.write(an_entry(9));
  CHECK(bring(place, first.all()));
  // Nobody else judges so: what headquarters has is taken.
  place.admit({1000, 1024 * 1024, 4});
  CHECK(bring(place, in_stream(4).all()));
  REQUIRE_FALSE(bring(place, in_stream(5).all()));
  CHECK_FALSE(place.sync_ends(place.other));
  CHECK(place.headquarters.store().held_of(kUnit, place.much.id()).streams == 4);
  CHECK(place.agree(place.other));
}

namespace {

// One stream after the other, each a record that says two things at once.
Author own_conflicts(Place& place, uint64_t epoch, uint64_t records) {
  Author author(place.much.key(), kUnit, epoch);
  for (uint64_t i = 0; i < 2 * records; ++i) {
    Entry entry = an_entry(1000 * epoch + i / 2);
    entry.assignments = {{"title", std::to_string(i), {}}};
    author.write(entry);
  }
  return author;
}

}  // namespace

TEST_CASE("a device with too many entries under records in conflict is held up where it stands") {
  DeviceShare most{1000, 1024 * 1024};
  most.contended = 20;
  Place place(most);
  const auto held_up = [&](TestDevice& device) {
    return place.headquarters.store().settings(kUnit).grant(device.id())->held_up;
  };
  const auto bring_other = [&](Author& author) {
    return place.headquarters.store().transact([&] {
      return place.headquarters.store().append(place.other.as_peer(), author.all(),
                                               place.headquarters.now());
    });
  };
  REQUIRE(bring(place, own_conflicts(place, 1, 10).all()));
  CHECK_FALSE(held_up(place.much));
  // What others put into conflict is not its doing, however much: they are held up.
  Author other(place.other.key(), kUnit, 9);
  const auto against = [&](uint64_t number) {
    Entry entry = an_entry(5000 + number);
    place.much.write(kUnit, entry.record, "event", {{"title", Value("mine")}});
    place.much.write(kUnit, entry.record, "event", {{"note", Value("mine")}});
    entry.assignments = {{"title", "no, mine", {}}};
    other.write(entry);
  };
  for (uint64_t i = 0; i < 15; ++i) against(i);
  CHECK_FALSE(place.sync_ends(place.much));
  REQUIRE(bring_other(other));
  CHECK_FALSE(held_up(place.much));
  CHECK_FALSE(held_up(place.other));
  for (uint64_t i = 15; i < 21; ++i) against(i);
  CHECK_FALSE(place.sync_ends(place.much));
  REQUIRE(bring_other(other));
  CHECK_FALSE(held_up(place.much));
  CHECK(held_up(place.other));
  // One more of its own.
  REQUIRE(bring(place, own_conflicts(place, 2, 1).all()));
  CHECK(held_up(place.much));
  CHECK_FALSE(bring(place, own_conflicts(place, 3, 1).all()));
  CHECK(place.headquarters.count("SELECT count(*) FROM quarantine") == 0);
  DeviceShare more = most;
  more.contended = 100;
  place.admit(more);
  CHECK(bring(place, own_conflicts(place, 3, 1).all()));
  CHECK_FALSE(held_up(place.much));
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("who writes much of another's record is held up, not who then brings an old change") {
  DeviceShare most{1000, 1024 * 1024};
  most.contended = 20;
  Place place(most);
  std::vector<RecordId> records{place.much.add_event("one"), place.much.add_event("two")};
  place.settle();
  for (const RecordId& record : records) place.much.edit_event(record, "title", "later, unsent");
  for (const RecordId& record : records) {
    for (int i = 0; i < 30; ++i) place.other.edit_event(record, "title", std::to_string(i));
  }
  CHECK_FALSE(place.sync_ends(place.other));
  CHECK_FALSE(place.headquarters.store().settings(kUnit).grant(place.other.id())->held_up);
  CHECK_FALSE(place.sync_ends(place.much));
  CHECK_FALSE(place.grant().held_up);
  CHECK(place.headquarters.store().settings(kUnit).grant(place.other.id())->held_up);
}

TEST_CASE("what texts say of another device counts for who wrote them alone, and bytes count") {
  DeviceShare most{1000, 1024 * 1024};
  most.contended = 20;
  Place place(most);
  Author author(place.much.key(), kUnit, 5);
  for (uint64_t i = 0; i < 10; ++i) {
    Entry entry = an_entry(100 + i / 2);
    entry.assignments = {{"title", place.other.id().hex() + std::to_string(i), {}}};
    author.write(entry);
  }
  REQUIRE(bring(place, author.all()));
  for (int round = 0; round < 30; ++round) {  // decided each time
    const RecordId record = place.other.add_event("one");
    place.settle();
    place.headquarters.write(kUnit, record, "event", {{"title", Value("there")}});
    place.other.edit_event(record, "title", "here");
    CHECK_FALSE(place.sync_ends(place.other));
    place.headquarters.write(kUnit, record, "event", {{"title", Value("decided")}});
  }
  CHECK_FALSE(place.headquarters.store().settings(kUnit).grant(place.other.id())->held_up);
  CHECK_FALSE(place.grant().held_up);
  Author fat(place.much.key(), kUnit, 6);
  for (uint64_t i = 0; i < 4; ++i) {
    Entry entry = an_entry(200 + i / 2);
    entry.assignments = {{"title", std::string(6 * 1024, static_cast<char>('a' + i)), {}}};
    fat.write(entry);
  }
  REQUIRE(bring(place, fat.all()));
  CHECK(place.grant().held_up);
}

TEST_CASE("conflicts that come back with a device that is let in again count too") {
  DeviceShare most{1000, 1024 * 1024};
  most.contended = 20;
  Place place(most);
  REQUIRE(bring(place, own_conflicts(place, 1, 9).all()));
  place.headquarters.revoke(place.much, kUnit, {});
  CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 0);
  most.contended = 10;
  place.admit(most);
  CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 9);
  CHECK(place.grant().held_up);
}

TEST_CASE(
    "a device whose conflicts are decided may have as many again, also once it was restarted") {
  DeviceShare most{1000, 1024 * 1024};
  most.contended = 20;
  Place place(most);
  for (uint64_t epoch = 1; epoch <= 5; ++epoch) {
    REQUIRE(bring(place, own_conflicts(place, epoch, 8).all()));
    CHECK_FALSE(place.grant().held_up);
    CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 8);
    for (uint64_t i = 0; i < 8; ++i) {
      place.headquarters.write(kUnit, an_entry(1000 * epoch + i).record, "event",
                               {{"title", Value("decided")}});
    }
    CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 0);
    place.headquarters.reopen();
  }
  // And entries on top of a conflict count, as each has it merged anew.
  Author author = own_conflicts(place, 6, 1);
  REQUIRE(bring(place, author.all()));
  for (uint64_t i = 0; i < 20; ++i) {
    Entry entry = an_entry(6000);
    entry.parents = {author.name(author.last())};
    entry.assignments = {{"note", std::to_string(i), {}}};
    author.write(entry);
  }
  REQUIRE(bring(place, author.all()));
  CHECK(place.grant().held_up);
}

TEST_CASE(
    "past the streams that a grant can list a device brings little, and what is before goes on") {
  Place place({1'000'000, 1024 * 1024 * 1024, 600});
  constexpr uint64_t kMost = 600 * limits::kUnlistedEntriesOfStream;
  const auto with = [&](uint64_t epoch, uint64_t entries) {
    Author author(place.much.key(), kUnit, epoch);
    for (uint64_t i = 0; i < entries; ++i) author.write(an_entry(epoch));
    return author;
  };
  for (uint64_t epoch = 1; epoch <= limits::kListItemsMax; ++epoch) {
    REQUIRE(bring(place, with(epoch, 1).all()));
  }
  Author large = with(1000, kMost + 1);
  for (uint64_t first = 1; first + 499 <= kMost; first += 500) {
    REQUIRE(bring(place, large.batch(first, first + 499)));
  }
  const auto refused = bring(place, large.batch(kMost + 1, kMost + 1));
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kTooLarge);
  CHECK_FALSE(bring(place, with(1001, 1).all()));
  CHECK_FALSE(place.grant().held_up);
  CHECK(bring(place, with(7, 3000).batch(2, 400)));  // a stream that is listed
  place.admit({1'000'000, 1024 * 1024 * 1024, 1200});
  CHECK(bring(place, large.batch(kMost + 1, kMost + 1)));
  CHECK(bring(place, with(1001, 1).all()));
}

namespace {

// A device that brought so many ways, each of one to three entries of a record of its own.
std::vector<Author> bring_ways(Place& place, size_t count) {
  std::vector<Author> out;
  for (size_t i = 0; i < count; ++i) {
    Author& author = out.emplace_back(place.much.key(), kUnit, i + 1);
    for (size_t n = 0; n <= i % 3; ++n) author.write(an_entry(4 * i + n));
    REQUIRE(bring(place, author.all()));
  }
  return out;
}

void bring_more_than_its_share(Place& place, size_t streams) {
  Author author(place.much.key(), kUnit, streams + 1);
  for (uint64_t i = 1; i <= 20; ++i) author.write(an_entry(10'000 + i));
  const auto refused = bring(place, author.all());
  REQUIRE_FALSE(refused);
  REQUIRE(refused.refusal().reason == Reason::kHeldUp);
}

int64_t counted(TestDevice& device) {
  return device.count("SELECT count(*) FROM records WHERE form = 'event' AND first_entry NOT NULL");
}

int64_t held_up(TestDevice& device) {
  return device.count("SELECT count(*) FROM quarantine WHERE reason = 'held_up'");
}

}  // namespace

TEST_CASE("what a device brought before it was held up counts on, in as many ways as are listed") {
  Place place({2 * limits::kListItemsMax + 10, 1024 * 1024});
  bring_ways(place, limits::kListItemsMax);
  const int64_t before = counted(place.headquarters);
  bring_more_than_its_share(place, limits::kListItemsMax);
  CHECK(place.grant().kept.size() == limits::kListItemsMax);
  CHECK(counted(place.headquarters) == before);
  CHECK(held_up(place.headquarters) == 0);
  sync(place.other, place.headquarters);
  CHECK(counted(place.other) == before);
  CHECK(place.agree(place.other));
}

TEST_CASE("of a device with more ways than a grant can list those count on that were here first") {
  constexpr size_t kWays = limits::kListItemsMax + 100;
  Place place({2 * kWays + 10, 1024 * 1024});
  const auto ways = bring_ways(place, kWays);
  const int64_t before = counted(place.headquarters);
  sync(place.other, place.headquarters);  // while all of it counts
  CHECK(counted(place.other) == before);
  const bool by_people = GENERATE(false, true);
  CAPTURE(by_people);
  if (by_people) {
    place.headquarters.revoke(place.much, kUnit,
                              place.headquarters.store().tips_to_keep(kUnit, place.much.id()));
  } else {
    bring_more_than_its_share(place, kWays);
  }

  const std::vector<Tip>& kept = place.grant().kept;
  REQUIRE(kept.size() == limits::kListItemsMax);
  size_t entries = 0;
  for (const Tip& tip : kept) entries += tip.number.value;
  for (size_t i = 0; i < kWays; ++i) {
    CHECK((std::ranges::find(kept, ways[i].tip()) != kept.end()) == (i < limits::kListItemsMax));
  }
  CHECK(counted(place.headquarters) == static_cast<int64_t>(entries));
  const auto aside = place.headquarters.count("SELECT count(*) FROM quarantine");
  CHECK(aside == before - static_cast<int64_t>(entries));
  if (!by_people) CHECK(held_up(place.headquarters) == aside);

  // One that had it all before, one that gets it all now, and one that hears of the word last.
  TestDevice late(place.clock, 4, place.headquarters, kUnit),
      other_way(place.clock, 5, place.headquarters, kUnit);
  for (TestDevice* site : {&late, &other_way}) place.headquarters.grant(*site, kUnit);
  sync(place.other, place.headquarters);
  for (auto way = ways.rbegin(); way != ways.rend(); ++way) {
    other_way.store().transact([&] {
      REQUIRE(other_way.store().append(place.much.as_peer(), way->all(), other_way.now()));
      return 0;
    });
  }
  sync(late, place.headquarters);
  sync(other_way, place.headquarters);
  sync(place.other, place.headquarters);
  sync(late, place.headquarters);
  for (TestDevice* site : {&place.other, &late, &other_way}) {
    CHECK(counted(*site) == static_cast<int64_t>(entries));
    CHECK(place.agree(*site));
  }

  // Nothing is lost: what does not count meanwhile counts once the device is let in again.
  place.admit({10 * kWays, 1024 * 1024});
  for (TestDevice* site : {&place.other, &late, &other_way}) {
    sync(*site, place.headquarters);
    CHECK(counted(*site) == before);
    CHECK(place.agree(*site));
  }
}
