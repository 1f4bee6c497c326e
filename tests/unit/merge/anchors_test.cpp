// What is known of devices' true time, and what it decides.
#include <limits>

#include "support.hpp"
#include "sync/merge/book_settings.hpp"

using namespace sitelog;

namespace {

// `history` as a replica with these settings takes it.
History corrected_by(const BookSettings& settings, History history) {
  for (HistoryEntry& item : history) {
    item.origin.when = settings.true_time(item.origin.stream.device, item.origin.clock);
  }
  return history;
}

RecordState anchored(int device, const ClockAnchor& anchor) {
  // A world's devices have their number for a boot.
  return told(kFormClock, record_of(device_number(device)),
              {{anchor_field(static_cast<uint64_t>(device)), anchor_value(anchor)}});
}

}  // namespace

TEST_CASE("A reading is corrected by the anchor of its own device and boot only") {
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  CHECK(settings.learn(anchored(1, {1000, 5'000'000})).retimed == device_number(1));
  CHECK(settings.anchor(device_number(1), 1) == ClockAnchor{1000, 5'000'000});
  CHECK(settings.true_time(device_number(1), {{77}, 1500, 1}) == Instant{5'000'500});
  CHECK(settings.true_time(device_number(1), {{77}, 1500, 2}) == Instant{77});
  CHECK(settings.true_time(device_number(2), {{77}, 1500, 1}) == Instant{77});
}

TEST_CASE("A boot's number is written as sixteen hexadecimal digits") {
  CHECK(anchor_field(0) == "0000000000000000");
  CHECK(anchor_field(std::numeric_limits<uint64_t>::max()) == "ffffffffffffffff");
  CHECK(anchor_field(0xabc) == "0000000000000abc");
}

TEST_CASE("A later anchor of the same boot takes the earlier one's place") {
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  CHECK(settings.learn(anchored(1, {1000, 5'000'000})).retimed == device_number(1));
  CHECK_FALSE(settings.learn(anchored(1, {1000, 5'000'000})).retimed);
  CHECK(settings.learn(anchored(1, {1000, 6'000'000})).retimed == device_number(1));
  CHECK(settings.true_time(device_number(1), {{77}, 1000, 1}) == Instant{6'000'000});
}

TEST_CASE("A corrected clock changes which candidate is latest") {
  World world;
  world.author(1, {{"title", "one"}});
  world.send_all_to_all();
  world.set_clock_skew(1, int64_t{30} * 365 * 24 * 3600 * 1000);
  world.author(1, {{"title", "first, by a clock of 2054"}});
  const auto last = *world.author(2, {{"title", "last"}});
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  const auto shown = [&] {
    return merge_record(corrected_by(settings, world.all()), settings).text("title");
  };
  CHECK(shown() == "first, by a clock of 2054");
  settings.learn(anchored(1, {last.entry.clock.monotonic_ms, last.entry.clock.wall.ms}));
  CHECK(shown() == "last");
}

TEST_CASE("Clock anchors change the winner of latest among candidates and nothing else") {
  rc::prop("for random histories and anchors", [](const Script& script) {
    const World world = play(script);
    const TestCatalogue catalogue;
    BookSettings settings(kTestBook, kHeadquarters, catalogue);
    const RecordState before = merge_record(world.all(), every_policy());
    for (int device = 0; device < World::kDevices; ++device) {
      if (!*rc::gen::arbitrary<bool>()) continue;
      settings.learn(anchored(device, {*rc::gen::inRange<int64_t>(0, 100'000),
                                       *rc::gen::inRange<int64_t>(0, 2'000'000'000'000)}));
    }
    RecordState after = merge_record(corrected_by(settings, world.all()), every_policy());
    RC_ASSERT(content_digest(after) == content_digest(before));
    for (auto& [field, conflict] : after.conflicts) {
      const Conflict& old = before.conflicts.at(field);
      const bool by_time = conflict.policy == Policy::kLatest || conflict.policy == Policy::kSite ||
                           conflict.policy == Policy::kHeadquarters;
      RC_ASSERT(by_time || conflict.shown == old.shown);
      RC_ASSERT(conflict.candidates.size() == old.candidates.size());
      for (size_t i = 0; i < old.candidates.size(); ++i) {
        conflict.candidates[i].origin.when = old.candidates[i].origin.when;
      }
      conflict.shown = old.shown;
      after.fields.at(field).shown = before.fields.at(field).shown;
    }
    RC_ASSERT(after == before);
  });
}

TEST_CASE("Anchors that make no sense are passed over") {
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  const Value good = anchor_value({1, 2});
  const Learned learned =
      settings.learn(told(kFormClock, record_of(device_number(1)),
                          {{"1", good},
                           {"", good},
                           {"000000000000000g", good},
                           {"-000000000000001", good},
                           {"00000000000000001", good},
                           {"0000000000000001", "text"},
                           {"0000000000000002", Structure{{"monotonic", 1}}},
                           {"0000000000000003", Structure{{"wall", 1}}},
                           {"0000000000000004", Structure{{"wall", "1"}, {"monotonic", 1}}},
                           {"0000000000000005", Structure{{"wall", 1}, {"monotonic", Value()}}},
                           {"0000000000000006", Value()},
                           {"0000000000000007", TextList{"1", "2"}}}));
  CHECK_FALSE(learned.retimed);
  for (uint64_t boot = 0; boot < 8; ++boot) {
    CHECK_FALSE(settings.anchor(device_number(1), boot));
  }
}

TEST_CASE("An anchor that is taken back or no longer counts is forgotten") {
  const TestCatalogue catalogue;
  BookSettings settings(kTestBook, kHeadquarters, catalogue);
  const RecordId record = record_of(device_number(1));
  const Values both{{anchor_field(1), anchor_value({1, 2})},
                    {anchor_field(2), anchor_value({3, 4})}};
  settings.learn(told(kFormClock, record, both));
  CHECK(
      settings.learn(told(kFormClock, record, {{anchor_field(1), anchor_value({1, 2})}})).retimed);
  CHECK(settings.anchor(device_number(1), 1));
  CHECK_FALSE(settings.anchor(device_number(1), 2));
  settings.learn(told(kFormClock, record, {{anchor_field(1), Value()}}));
  CHECK_FALSE(settings.anchor(device_number(1), 1));
}

TEST_CASE("Which of two anchors written at once holds does not depend on the anchor that holds") {
  // Two copies of one disk. Were a clock record's own entries corrected, then each of the two
  // anchors would make the other one the latest, without end.
  const DeviceId device = device_number(1);
  const auto anchor_at = [&](int name, const ClockReading& reading, const ClockAnchor& anchor) {
    HistoryEntry item;
    item.origin.entry = entry_number(name);
    item.origin.stream.device = device;
    item.origin.clock = reading;
    item.entry = compose(nullptr, record_of(device), std::string(kFormClock),
                         {{anchor_field(1), anchor_value(anchor)}});
    return item;
  };
  const History history{anchor_at(1, {{50}, 0, 1}, {0, 0}), anchor_at(2, {{100}, 0, 2}, {0, 200})};
  const TestCatalogue catalogue;
  std::vector<ClockAnchor> held;
  for (const int64_t wall : {int64_t{0}, int64_t{200}}) {
    BookSettings settings(kTestBook, kHeadquarters, catalogue);
    settings.learn(
        told(kFormClock, record_of(device), {{anchor_field(1), anchor_value({0, wall})}}));
    for (int round = 0; round < 3; ++round) {
      settings.learn(merge_record(corrected_by(settings, history), settings));
      held.push_back(*settings.anchor(device, 1));
    }
  }
  for (const ClockAnchor& anchor : held) CHECK(anchor == ClockAnchor{0, 200});
}
