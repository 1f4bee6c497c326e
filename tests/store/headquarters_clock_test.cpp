// Headquarters' own clock, which can be wrong like any other.
#include <catch2/catch.hpp>

#include "sync/store/limits.hpp"
#include "tests/store/clock_place.hpp"

using namespace sitelog;
using namespace sitelog::clocks;

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
  // Nor is anybody told the time, so that nobody goes by it.
  CHECK_FALSE(place.headquarters.store().time_to_tell(place.headquarters.now()));
  place.b.boot = 5;
  place.b.clock_off_ms = -kDayMs;
  const RecordId met = place.b.add_event("met while it is doubted");
  sync(place.b, place.headquarters);
  CHECK(place.headquarters.event(met, kUnit));
  CHECK_FALSE(place.headquarters.store().settings(kUnit).anchor(place.b.id(), 5));
  CHECK(place.words(place.c) == 0);
  CHECK(place.words(place.liar) == 0);
  CHECK(place.headquarters.verified() == "");
  // A site of an older build passes over what stands in the time's place in a message.
  place.c.store().transact([&] {
    place.c.store().contact(place.headquarters.as_peer(), place.c.now(), Instant{INT64_MIN});
    place.c.store().contact(place.headquarters.as_peer(), place.c.now(),
                            Instant{INT64_MIN + 60'000});
    return 0;
  });
  CHECK_FALSE(place.c.store().settings(kUnit).anchor(place.c.id(), 1));
  // Put right, it looks again at all that is there.
  place.headquarters.clock_off_ms = 0;
  place.clock.advance(6 * kMinuteMs);
  CHECK(place.headquarters.store().time_to_tell(place.headquarters.now()) ==
        Instant{place.clock.true_ms});
  place.headquarters.write(kUnit,
                           place.headquarters.store().new_record_id(place.headquarters.now()),
                           "event", {{"title", "anything"}});
  CHECK(place.words(place.c) == 0);
  CHECK(place.words(place.liar) == 1);
  place.clock.advance(1000);
  sync(place.b, place.headquarters);
  CHECK(place.headquarters.store().settings(kUnit).anchor(place.b.id(), 5));
  place.b.edit_event(place.record, "title", "changed later");
  CHECK(place.all_show("changed later"));
}

TEST_CASE("a clock of headquarters' that stood ahead is gone by again at somebody's word") {
  Place place;
  place.headquarters.clock_off_ms = 10 * 365 * kDayMs;
  const auto anything = [&] {
    const RecordId record = place.headquarters.store().new_record_id(place.headquarters.now());
    place.headquarters.write(kUnit, record, "event", {{"title", "anything"}});
  };
  anything();
  Author author(place.liar.key(), kUnit);
  place.say_title(author, "from the year 9999", kYear9999Ms);
  REQUIRE(place.bring(author.all()));
  CHECK(place.words(place.liar) == 1);  // no later than in ten years
  place.headquarters.clock_off_ms = 0;
  place.clock.advance(1000);
  anything();
  CHECK(place.headquarters.store().clock_belief().doubted_since == Instant{place.clock.true_ms});
  CHECK_FALSE(place.headquarters.store().time_to_tell(place.headquarters.now()));
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {1}) >
        Instant{place.clock.true_ms});
  place.headquarters.store().transact([&] {
    place.headquarters.store().believe_clock(place.headquarters.now());
    return 0;
  });
  CHECK(place.headquarters.store().time_to_tell(place.headquarters.now()));
  CHECK(place.headquarters.store().settings(kUnit).not_after(author.stream(), {1}) ==
        Instant{place.clock.true_ms});
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
  for (const ClockBelief& belief :
       {ClockBelief{{5}}, ClockBelief{{INT64_MIN}, Instant{0}, true}, ClockBelief{{5}, Instant{-7}},
        ClockBelief{{5}, {}, false, true}}) {
    CHECK(ClockBelief::readable(belief.text()));
    CHECK(ClockBelief::read(belief.text()) == belief);
  }
  CHECK(ClockBelief::read("5 0 0 1") == ClockBelief{{5}, {}, true});  // as older builds kept it
  CHECK_FALSE(ClockBelief::readable("5 0"));
  CHECK(ClockBelief::read("nonsense") == ClockBelief{{INT64_MIN}});
}
