// Devices whose clocks stand ahead, and what headquarters says of them: judging rules 3, over
// stores.
#include <algorithm>
#include <catch2/catch.hpp>

#include "sync/ledger/limits.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/clock_watch.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/queries.hpp"
#include "tests/store/author.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";
constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kDayMs = 24 * 60 * kMinuteMs;
constexpr int64_t kYear9999Ms = 253'402'214'400'000;
constexpr uint64_t kLiarsBoot = 99;

// Headquarters; a liar, whose stream is written by hand; two honest sites. All hold one record.
struct Place {
  explicit Place(uint64_t rules = 3) {
    headquarters.most_of_device.chains = 1000;  // the liar says much of one record
    headquarters.reopen();
    for (TestDevice* site : {&liar, &b, &c}) headquarters.grant(*site, kUnit);
    if (rules > 1) headquarters.set_rules(rules);
    record = b.add_event("as recorded");
    settle();
    base = only_head();
  }
  EntryName only_head() { return headquarters.event(record, kUnit)->fields.at("title").heads[0]; }
  void settle() {
    for (TestDevice* site : {&liar, &b, &c, &liar, &b, &c}) sync(*site, headquarters);
  }
  // The liar's title, made as if it had seen the first one alone.
  void say_title(Author& author, const std::string& title, int64_t wall_ms) {
    Entry entry;
    entry.record = record;
    entry.form = "event";
    entry.parents = {base};
    entry.assignments = {{"title", title, {base}}};
    entry.clock = {{wall_ms}, 5000, kLiarsBoot};
    entry.hybrid = {wall_ms, 0};
    author.write(entry);
  }
  // Its own word about its clock.
  void say_anchor(Author& author, const ClockAnchor& anchor) {
    Entry entry;
    entry.record = *RecordId::from(liar.id().view());
    entry.form = kFormClock;
    entry.assignments = {{anchor_field(kLiarsBoot), anchor_value(anchor), {}}};
    entry.clock = {{clock.true_ms}, 5000, kLiarsBoot};
    author.write(entry);
  }
  bool bring(const Batch& batch) {
    return headquarters.store().transact([&] {
      return static_cast<bool>(
          headquarters.store().append(liar.as_peer(), batch, headquarters.now()));
    });
  }
  std::string title(TestDevice& at) { return at.event(record, kUnit)->text("title"); }
  bool all_show(const std::string& wanted) {
    settle();
    bool out = true;
    for (TestDevice* each : {&headquarters, &liar, &b, &c}) {
      CHECK(each->verified() == "");
      out = out && title(*each) == wanted &&
            each->state_digest(kUnit) == headquarters.state_digest(kUnit) &&
            shown_of(*each, kUnit) == shown_of(headquarters, kUnit);
    }
    return out;
  }
  size_t words(TestDevice& device) {
    size_t out = 0;
    for (const auto& [epoch, words] :
         headquarters.store().settings(kUnit).grant(device.id())->ahead)
      out += words.said().size();
    return out;
  }
  int64_t entries_of_grant(const TestDevice& device) {
    return headquarters.count(
        "SELECT count(*) FROM entries JOIN records USING (record_id) WHERE form = 'grant'"
        " AND lower(hex(record)) = '" +
        device.id().hex() + "'");
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice liar{clock, 2, headquarters, kUnit}, b{clock, 3, headquarters, kUnit},
      c{clock, 4, headquarters, kUnit};
  RecordId record;
  EntryName base;
};

}  // namespace

TEST_CASE("what claims to be from the year 9999 is held to when it came, and a later change wins") {
  Place place;
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  CHECK(place.words(place.liar) == 1);
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {1}) ==
        Instant{place.clock.true_ms});
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("changed later"));
  CHECK(place.entries_of_grant(place.liar) == 2);
  CHECK(place.words(place.b) == 0);
}

TEST_CASE("by rules 2 the year 9999 wins; once rules 3 hold, what had come before is put right") {
  Place place(2);
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("from the year 9999"));
  CHECK(place.words(place.liar) == 0);
  place.headquarters.set_rules(3);
  CHECK(place.words(place.liar) == 1);
  place.clock.advance(1000);
  // Nobody knows any more when it came: not after now.
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {1}) <=
        Instant{place.clock.true_ms});
  CHECK(place.all_show("from the year 9999"));
  place.headquarters.set_rules(2);
  CHECK(place.all_show("from the year 9999"));
  place.headquarters.set_rules(3);
  place.headquarters.write(kUnit, place.record, "event", {{"title", "decided"}});
  CHECK(place.all_show("decided"));
}

TEST_CASE(
    "an older program goes on by the device's clock, and says that it judges by other rules") {
  Place place;
  static const KnownRules old({&known_rules().of(1), &known_rules().of(2)});
  place.c.knows = &old;
  place.c.reopen();
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  place.settle();
  CHECK(place.title(place.c) == "from the year 9999");
  CHECK(place.c.state_digest(kUnit) != place.headquarters.state_digest(kUnit));
  CHECK(place.c.store().queries().rules().judged_by == 2);
  CHECK(place.c.verified() == "");
  place.c.knows = &rules_of_today();
  place.c.reopen();
  CHECK(place.all_show("changed later"));
}

TEST_CASE("a device's own anchor lifts nothing past the time at which it came") {
  Place place;
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "looks honest", place.clock.true_ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "a second later");
  CHECK(place.all_show("a second later"));
  place.say_anchor(author, {5000, kYear9999Ms});
  SECTION("which it brings itself") {
    REQUIRE(place.bring(author.batch(2, 2)));
  }
  SECTION("and which its own reading would not show") {
    Author other(place.liar.key(), kUnit, 2);
    Entry entry;
    entry.record = *RecordId::from(place.liar.id().view());
    entry.form = kFormClock;
    entry.assignments = {{anchor_field(kLiarsBoot), anchor_value({5000, kYear9999Ms}), {}}};
    entry.clock = {{place.clock.true_ms}, 1, 1};
    other.write(entry);
    REQUIRE(place.bring(other.all()));
  }
  CHECK(place.words(place.liar) >= 1);
  place.clock.advance(1000);
  place.c.edit_event(place.record, "title", "decided at last");
  CHECK(place.all_show("decided at last"));
  // And what nobody has seen of each other goes by the time at which it came.
  Author third(place.liar.key(), kUnit, 3);
  const EntryName decided = place.only_head();
  place.base = decided;
  place.say_title(third, "ahead again", kYear9999Ms);
  REQUIRE(place.bring(third.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "by another site, later");
  CHECK(place.all_show("by another site, later"));
}

TEST_CASE(
    "an honest clock that is decades ahead needs no word where its correction comes with it") {
  Place place;
  place.b.clock_off_ms = 20 * 365 * kDayMs;
  place.b.boot = 7;
  for (int i = 0; i < 20; ++i) place.b.add_event("by a fast clock");
  place.b.edit_event(place.record, "title", "by a fast clock");
  sync(place.b, place.headquarters);
  CHECK(place.words(place.b) == 0);
  // The correction comes behind the first 512 of many: these get one, which is right all the same.
  place.c.clock_off_ms = 20 * 365 * kDayMs;
  place.c.boot = 8;
  for (int i = 0; i < 600; ++i) place.c.add_event("by a fast clock " + std::to_string(i));
  sync(place.c, place.headquarters);
  CHECK(place.words(place.c) == 1);
  CHECK(place.all_show("by a fast clock"));
}

TEST_CASE("a clock that is ahead with every entry costs headquarters a bounded number of words") {
  Place place;
  Author author(place.liar.key(), kUnit);
  const int64_t before = place.entries_of_grant(place.liar);
  for (uint64_t i = 1; i <= 600; ++i) {
    place.clock.advance(10 * kMinuteMs);
    place.say_title(author, "ahead " + std::to_string(i), kYear9999Ms);
    REQUIRE(place.bring(author.batch(i, i)));
    const auto word = place.headquarters.store().settings(kUnit).not_after(author.stream(), {i});
    REQUIRE(word);
    REQUIRE(*word <= Instant{place.clock.true_ms});
  }
  CHECK(place.words(place.liar) < 45);
  CHECK(place.entries_of_grant(place.liar) - before < 45);
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "at last");
  place.settle();
  CHECK(place.title(place.headquarters) == "at last");
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("however many streams a device begins that stand ahead, the words about it stay few") {
  Place place;
  for (uint64_t epoch = 1; epoch <= 200; ++epoch) {
    Author author(place.liar.key(), kUnit, epoch);
    place.say_title(author, "ahead " + std::to_string(epoch), kYear9999Ms);
    REQUIRE(place.bring(author.all()));
    const auto word = place.headquarters.store().settings(kUnit).not_after(author.stream(), {1});
    REQUIRE(word);
    REQUIRE(*word <= Instant{place.clock.true_ms});
    place.clock.advance(1000);
  }
  const Grant& grant = *place.headquarters.store().settings(kUnit).grant(place.liar.id());
  CHECK(place.words(place.liar) + grant.ahead_of_all.said().size() == kWordsOfDeviceMax);
  CHECK(place.entries_of_grant(place.liar) <= 1 + int64_t{kWordsOfDeviceMax});
  place.b.edit_event(place.record, "title", "at last");
  CHECK(place.all_show("at last"));
}

TEST_CASE("words about several streams of a device stand in one entry of its grant") {
  Place place;
  const int64_t before = place.entries_of_grant(place.liar);
  place.headquarters.store().transact([&] {
    for (uint64_t epoch = 1; epoch <= 3; ++epoch) {
      Author author(place.liar.key(), kUnit, epoch);
      place.say_title(author, "ahead", kYear9999Ms + static_cast<int64_t>(epoch));
      REQUIRE(place.headquarters.store().append(place.liar.as_peer(), author.all(),
                                                place.headquarters.now()));
    }
    return 0;
  });
  CHECK(place.words(place.liar) == 3);
  CHECK(place.entries_of_grant(place.liar) == before + 1);
}

TEST_CASE("words and entries show the same in whatever order they reach a site") {
  Place place;
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  sync(place.b, place.headquarters);
  // Everything that headquarters holds of the unit, a stream each.
  std::vector<Batch> batches;
  for (const Tip& tip : place.headquarters.store().vector(kUnit)) {
    place.headquarters.store().transact([&] {
      batches.push_back(place.headquarters.store().read(kUnit, tip, {0}));
      REQUIRE(batches.back().last() == tip.number);
      return 0;
    });
  }
  std::vector<size_t> order;
  for (size_t i = 0; i < batches.size(); ++i) order.push_back(i);
  std::optional<std::string> digest;
  uint64_t seed = 100;
  do {
    TestDevice site(place.clock, ++seed, place.headquarters, kUnit);
    site.store().transact([&] {
      const Batch root = place.headquarters.store().transact([&] {
        const auto tips = place.headquarters.store().vector(BookCode(kRootBook));
        return place.headquarters.store().read(BookCode(kRootBook), tips.at(0), {0});
      });
      REQUIRE(site.store().append(place.headquarters.as_peer(), root, site.now()));
      return 0;
    });
    for (const size_t i : order) {
      site.store().transact([&] {
        REQUIRE(site.store().append(place.headquarters.as_peer(), batches[i], site.now()));
        return 0;
      });
    }
    CHECK(place.title(site) == "changed later");
    if (!digest) digest = site.state_digest(kUnit);
    REQUIRE(site.state_digest(kUnit) == *digest);
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(digest == place.headquarters.state_digest(kUnit));
}

TEST_CASE(
    "while headquarters' clock has gone back it says nothing of others', and makes up for it") {
  Place place;
  place.headquarters.clock_off_ms = -3 * kDayMs;
  place.b.add_event("by an honest clock");
  place.headquarters.store().transact([&] {
    // A device that is connected already: nobody corrects its clock by this time.
    Author honest(place.c.key(), kUnit, 77);
    place.say_title(honest, "honest", place.clock.true_ms);
    REQUIRE(place.headquarters.store().append(place.c.as_peer(), honest.all(),
                                              place.headquarters.now()));
    return 0;
  });
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  CHECK(place.words(place.c) == 0);
  CHECK(place.words(place.liar) == 0);
  CHECK(place.headquarters.verified() == "");
  // Put right, it looks again at all that is in conflict.
  place.headquarters.clock_off_ms = 0;
  place.clock.advance(6 * kMinuteMs);
  place.headquarters.write(kUnit,
                           place.headquarters.store().new_record_id(place.headquarters.now()),
                           "event", {{"title", "anything"}});
  CHECK(place.words(place.c) == 0);
  CHECK(place.words(place.liar) == 1);
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("changed later"));
}

TEST_CASE(
    "a clock of headquarters' that went back for a month is believed again, as is one ahead") {
  ClockBelief belief = ClockBelief::read("");
  const Instant now{1'700'000'000'000};
  CHECK(belief.believe(now));
  CHECK(belief.latest == now);
  CHECK(belief.believe({now.ms - kMinuteMs}));  // not worth a doubt
  CHECK(belief.latest == now);
  const Instant back{now.ms - 10 * kDayMs};
  CHECK_FALSE(belief.believe(back));
  CHECK(belief.doubted_since == back);
  CHECK_FALSE(belief.believe({back.ms + 9 * kDayMs}));
  CHECK(belief.latest == now);
  CHECK(belief.believe({now.ms + kDayMs}));
  CHECK_FALSE(belief.doubted_since);
  // It once stood in 2055 by mistake.
  const Instant mistaken{2'700'000'000'000};
  CHECK(belief.believe(mistaken));
  CHECK_FALSE(belief.believe(now));
  CHECK_FALSE(belief.believe({now.ms - 5 * kDayMs}));  // and back again: from here on
  CHECK_FALSE(belief.believe({now.ms - 5 * kDayMs + limits::kClockDoubtedMs - 1}));
  CHECK(belief.believe({now.ms - 5 * kDayMs + limits::kClockDoubtedMs}));
  CHECK(belief.latest == Instant{now.ms - 5 * kDayMs + limits::kClockDoubtedMs});
  // The ends of time.
  ClockBelief last{{INT64_MAX}};
  CHECK_FALSE(last.believe({INT64_MIN}));
  CHECK(last.believe({INT64_MAX}));
}

TEST_CASE("what is kept of headquarters' clock reads back, and nothing else does") {
  for (const ClockBelief& belief : {ClockBelief{{5}}, ClockBelief{{INT64_MIN}, Instant{0}, true},
                                    ClockBelief{{5}, Instant{-7}}}) {
    CHECK(ClockBelief::readable(belief.text()));
    CHECK(ClockBelief::read(belief.text()) == belief);
  }
  CHECK_FALSE(ClockBelief::readable("5 0"));
  CHECK(ClockBelief::read("nonsense") == ClockBelief{{INT64_MIN}});
}

TEST_CASE("entries of a device without a grant get no word until they count") {
  Place place;
  TestDevice late(place.clock, 9, place.headquarters, kUnit);
  Author author(late.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  place.headquarters.store().transact([&] {
    const ClockReading now = place.headquarters.now();
    place.headquarters.store().contact(late.as_peer(), now, now.wall);
    REQUIRE(place.headquarters.store().append(late.as_peer(), author.all(), now));
    return 0;
  });
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("changed later"));
  place.headquarters.grant(late, kUnit);
  CHECK(place.words(late) == 1);
  place.clock.advance(1000);
  place.c.edit_event(place.record, "title", "and once more");
  CHECK(place.all_show("and once more"));
}
