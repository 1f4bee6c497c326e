// What headquarters says of devices' clocks stays little, and holds honest ones to nothing that is
// not so.
#include <catch2/catch.hpp>

#include "sync/store/limits.hpp"
#include "tests/store/clock_place.hpp"

using namespace sitelog;
using namespace sitelog::clocks;

TEST_CASE("a clock that was behind is put right by its anchor up to now, and what follows too") {
  Place place;
  place.b.clock_off_ms = -50 * 365 * kDayMs;
  place.b.boot = 7;
  const RecordId first = place.b.add_event("before contact");
  sync(place.b, place.headquarters);
  const auto when = [&](const RecordId& record) {
    return place.headquarters.store().history(kUnit, record, "event")[0].origin.when;
  };
  CHECK(when(first) == Instant{place.clock.true_ms});
  for (int day = 1; day < 40; ++day) {
    place.clock.advance(kDayMs);
    const RecordId record = place.b.add_event("in the same boot");
    const int64_t written_ms = place.clock.true_ms;
    place.clock.advance(kDayMs / 4);
    sync(place.b, place.headquarters);
    REQUIRE(when(record) == Instant{written_ms});
  }
  CHECK(place.words(place.b) == 1);
}

TEST_CASE("an honest clock that is decades ahead gets a word with its correction") {
  Place place;
  place.b.clock_off_ms = 20 * 365 * kDayMs;
  place.b.boot = 7;
  for (int i = 0; i < 20; ++i) place.b.add_event("by a fast clock");
  place.b.edit_event(place.record, "title", "by a fast clock");
  const int64_t before = place.entries_of_grant(place.b);
  sync(place.b, place.headquarters);
  CHECK(place.words(place.b) == 1);
  CHECK(place.entries_of_grant(place.b) == before + 1);
  // The correction comes behind the first 512 of many.
  place.c.clock_off_ms = 20 * 365 * kDayMs;
  place.c.boot = 8;
  for (int i = 0; i < 600; ++i) place.c.add_event("by a fast clock " + std::to_string(i));
  sync(place.c, place.headquarters);
  CHECK(place.words(place.c) <= 2);
  CHECK(place.all_show("by a fast clock"));
}

TEST_CASE("a tablet that is always an hour ahead and off when it syncs is held to no earlier day") {
  Place place;
  constexpr int64_t kHourMs = 60 * kMinuteMs;
  TestDevice& tablet = place.c;
  tablet.clock_off_ms = kHourMs;
  const auto start_anew = [&] {
    ++tablet.boot;
    tablet.reopen();
  };
  for (int day = 0; day < 200; ++day) {
    place.clock.advance(kDayMs);
    start_anew();
    tablet.add_event("day " + std::to_string(day));
    start_anew();
    sync(tablet, place.headquarters);
  }
  for (const auto& [epoch, words] :
       place.headquarters.store().settings(kUnit).grant(tablet.id())->ahead) {
    CHECK(words.said().size() <= kWordsOfStreamMax);
  }
  // The last day: b in the morning, the tablet in the afternoon, none has seen the other.
  place.clock.advance(kDayMs);
  sync(place.b, place.headquarters);
  sync(tablet, place.headquarters);
  place.b.edit_event(place.record, "title", "in the morning");
  place.clock.advance(8 * kHourMs);
  start_anew();
  tablet.edit_event(place.record, "title", "in the afternoon");
  const int64_t written_ms = place.clock.true_ms;
  place.clock.advance(kHourMs);
  start_anew();
  CHECK(place.all_show("in the afternoon"));
  const auto state = place.headquarters.store().merged(kUnit, place.record, "event");
  for (const Candidate& candidate : state->conflicts.at("title").candidates) {
    if (candidate.origin.stream.device != tablet.id()) continue;
    CHECK(candidate.origin.when.ms >= written_ms);
    CHECK(candidate.origin.when.ms <= written_ms + kHourMs);
  }
}

TEST_CASE("a clock that is ahead with every entry costs headquarters a word an hour") {
  Place place;
  Author author(place.liar.key(), kUnit);
  const int64_t before = place.entries_of_grant(place.liar);
  const int64_t began_ms = place.clock.true_ms;
  for (uint64_t i = 1; i <= 600; ++i) {
    place.clock.advance(2 * kMinuteMs);
    place.say_title(author, "ahead " + std::to_string(i), kYear9999Ms);
    REQUIRE(place.bring(author.batch(i, i)));
    const BookSettings& in = place.headquarters.store().settings(kUnit);
    if (i > 30) REQUIRE(in.not_after(author.stream(), {i - 30}) <= Instant{place.clock.true_ms});
  }
  const int64_t hours = (place.clock.true_ms - began_ms) / limits::kClockWordsApartMs;
  CHECK(place.words(place.liar) == kWordsOfStreamMax);
  CHECK(place.entries_of_grant(place.liar) - before <= limits::kClockWordsAtOnce + hours);
  // What it still owes it says as soon as the device is shut out.
  CHECK_FALSE(place.headquarters.store().settings(kUnit).not_after(author.stream(), {600}));
  place.headquarters.revoke(place.liar, kUnit,
                            place.headquarters.store().tips_to_keep(kUnit, place.liar.id()));
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {600}) <=
        Instant{place.clock.true_ms});
  place.clock.advance(1000);
  place.b.edit_event(place.record, "title", "at last");
  sync(place.b, place.headquarters);
  CHECK(place.title(place.headquarters) == "at last");
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("however many streams a device begins that stand ahead, it is seldom spoken of") {
  Place place;
  const auto open = [&](uint64_t epoch) {
    const BookSettings& in = place.headquarters.store().settings(kUnit);
    return !in.not_after({place.liar.id(), {epoch}}, {1});
  };
  const int64_t before = place.entries_of_grant(place.liar);
  for (uint64_t epoch = 1; epoch <= 200; ++epoch) {
    Author author(place.liar.key(), kUnit, epoch);
    place.say_title(author, "ahead " + std::to_string(epoch), kYear9999Ms);
    REQUIRE(place.bring(author.all()));
    place.clock.advance(1000);
  }
  CHECK(place.entries_of_grant(place.liar) - before == limits::kClockWordsAtOnce);
  CHECK_FALSE(open(limits::kClockWordsAtOnce));
  CHECK(open(200));
  SECTION("after an hour the rest is said, 32 streams at a time") {
    place.clock.advance(limits::kClockWordsApartMs);
  }
  SECTION("and also by a program that was started meanwhile") {
    place.headquarters.reopen();
  }
  place.headquarters.write(kUnit,
                           place.headquarters.store().new_record_id(place.headquarters.now()),
                           "event", {{"title", "anything"}});
  CHECK_FALSE(open(200));
  CHECK(place.entries_of_grant(place.liar) - before <= limits::kClockWordsAtOnce + 6);
  place.clock.advance(1000);
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
