// What headquarters says of clocks that stand ahead of its own.
#include "sync/merge/clock_words.hpp"

#include <limits>

#include "support.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/judging_rules.hpp"

using namespace sitelog;

namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

SigningKey key_of_one() {
  return SigningKey::from_seed(std::array<uint8_t, 32>{1});
}

}  // namespace

TEST_CASE("An entry was written no later than the earliest word that covers it says") {
  const ClockWords words({{{10}, {500}}, {{3}, {100}}, {{20}, {400}}});
  CHECK(words.not_after({1}) == Instant{100});
  CHECK(words.not_after({3}) == Instant{100});
  CHECK(words.not_after({4}) == Instant{400});  // which covers it too, and is earlier
  CHECK(words.not_after({20}) == Instant{400});
  CHECK_FALSE(words.not_after({21}));
  CHECK_FALSE(ClockWords().not_after({1}));
}

TEST_CASE("Words about a clock read back as they were said, and damaged ones are passed over") {
  const ClockWords words({{{1}, {kLeast}}, {{kMost}, {1'700'000'000'000}}});
  CHECK(ClockWords::read(words.to_value()) == words);
  CHECK(words.to_value() ==
        Value(TextList{"1:-9223372036854775808", "18446744073709551615:1700000000000"}));
  CHECK(ClockWords::read(Value(TextList{"7:70", "", ":", "8", "9:", ":9", "-1:5", "x:5", "5:x",
                                        "5:5:5", "99999999999999999999:5", "8:80"})) ==
        ClockWords({{{7}, {70}}, {{8}, {80}}}));
  for (const Value& other : {Value(), Value("7:70"), Value(7), Value(Structure{})}) {
    CHECK(ClockWords::read(other) == ClockWords());
  }
}

TEST_CASE("The field of a stream's words names its epoch, and no other spelling of it does") {
  CHECK(ahead_field({0xabc}) == "ahead.0000000000000abc");
  CHECK(epoch_of_ahead_field("ahead.0000000000000abc") == Epoch{0xabc});
  CHECK(epoch_of_ahead_field(ahead_field({kMost})) == Epoch{kMost});
  for (const char* other : {"ahead.", "ahead.abc", "ahead.0000000000000ABC",
                            "ahead.00000000000000abc", "aheadx0000000000000abc", "revoked"}) {
    CHECK_FALSE(epoch_of_ahead_field(other));
  }
}

TEST_CASE("What another word says already is left out") {
  CHECK(few_words({{{10}, {500}}, {{3}, {100}}, {{20}, {400}}, {{3}, {90}}, {{20}, {400}}}) ==
        ClockWords({{{3}, {90}}, {{20}, {400}}}));
  CHECK(few_words({{{7}, {70}}}) + few_words({{{9}, {70}}}) == few_words({{{9}, {70}}}));
  CHECK(few_words({}) == ClockWords());
  CHECK(few_words({{{1}, {kLeast}}, {{kMost}, {std::numeric_limits<int64_t>::max()}}})
            .said()
            .size() == 2);
}

TEST_CASE("However often a device is spoken of its words stay few, and hold nothing too early") {
  // A tablet that stands an hour ahead for ten years, and brings a day's entries each evening.
  constexpr int64_t kDayMs = 24 * 3'600'000;
  constexpr uint64_t kEntriesADay = 50;
  ClockWords words;
  for (uint64_t day = 1; day <= 3650; ++day) {
    const auto now = static_cast<int64_t>(day) * kDayMs;
    // No word reaches what has still to come.
    REQUIRE_FALSE(words.not_after({(day - 1) * kEntriesADay + 1}));
    words = words + few_words({{{day * kEntriesADay}, {now}}});
    REQUIRE(words.not_after({day * kEntriesADay}) == Instant{now});
    REQUIRE(words.said().size() <= kWordsOfStreamMax);
    for (uint64_t then = 1; then < day; then += 97) {
      const auto held = words.not_after({then * kEntriesADay});
      REQUIRE(held);
      REQUIRE(held->ms >= static_cast<int64_t>(then) * kDayMs);  // it was written by then
      REQUIRE(held->ms <= now);
    }
  }
  CHECK(words.said().size() == kWordsOfStreamMax);
}

TEST_CASE("Of words that are too many those go that lie nearest to the next in time") {
  std::vector<ClockWord> said;
  for (size_t i = 0; i < kWordsOfStreamMax; ++i) {
    said.push_back({{i + 1}, {static_cast<int64_t>(i) * 1000}});
  }
  said.push_back({{100}, {5001}});  // in the place of those of 6 s and later
  CHECK(few_words(said).said().size() == 7);
  said.back() = {{100}, {1'000'000}};
  said.push_back({{4}, {2999}});  // in the place of the fourth's own
  said.push_back({{101}, {1'000'001}});
  const ClockWords few = few_words(said);
  CHECK(few.said().size() == kWordsOfStreamMax);
  CHECK(few.not_after({100}) == Instant{1'000'001});
  CHECK(few.not_after({3}) == Instant{2999});
  CHECK(few.not_after({5}) == Instant{4000});
}

TEST_CASE(
    "Words stand in the device's grant, tell when it has others, and speak of its stream only") {
  const SigningKey key = key_of_one();
  const DeviceId device = key.device();
  BookSettings settings(kTestBook, kHeadquarters, kCatalogue);
  const auto learn = [&](Values more) {
    more["key"] = key.public_key().hex();
    return settings.learn(told(kFormGrant, record_of(device), more));
  };
  CHECK_FALSE(learn({}).retimed);
  const Values word{{ahead_field({5}), Value(TextList{"10:100"})}};
  const Learned learned = learn(word);
  CHECK(learned.retimed == device);
  CHECK_FALSE(learned.regrant);
  CHECK_FALSE(learn(word).retimed);
  CHECK(settings.not_after({device, {5}}, {10}) == Instant{100});
  CHECK_FALSE(settings.not_after({device, {5}}, {11}));
  CHECK_FALSE(settings.not_after({device, {6}}, {1}));
  CHECK_FALSE(settings.not_after({device_number(2), {5}}, {1}));
  CHECK(learn({{ahead_field({5}), Value(TextList{"10:90"})}}).retimed == device);
  CHECK(learn({}).retimed == device);
  // What it says itself lifts nothing.
  settings.learn(
      told(kFormClock, record_of(device), {{anchor_field(7), anchor_value({0, 1'000'000})}}));
  learn(word);
  CHECK(settings.true_time(device, {{1}, 0, 7}) == Instant{1'000'000});
  CHECK(settings.not_after({device, {5}}, {10}) == Instant{100});
}

TEST_CASE("Nothing bounds headquarters' own entries in time") {
  const SigningKey key = key_of_one();
  BookSettings settings(kTestBook, key.device(), kCatalogue);
  settings.learn(
      told(kFormGrant, record_of(key.device()),
           {{"key", key.public_key().hex()}, {ahead_field({5}), Value(TextList{"10:100"})}}));
  CHECK_FALSE(settings.not_after({key.device(), {5}}, {1}));
}

TEST_CASE("From rules 3 on words about clocks count, and entries are judged alike") {
  CHECK_FALSE(known_rules().of(1).heed_clock_words());
  CHECK_FALSE(known_rules().of(2).heed_clock_words());
  CHECK(known_rules().of(3).heed_clock_words());
  const BookSettings in("u1", device_number(0), kCatalogue);
  Entry twice;
  twice.form = "event";
  twice.parents = {entry_number(1), entry_number(1)};
  CHECK(known_rules().of(3).judge(in, device_number(0), twice, true)->reason == Reason::kMalformed);
}
