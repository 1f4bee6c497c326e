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

TEST_CASE(
    "Words get few: those behind the 32nd reach twice as far each, the 64th over everything") {
  CHECK(reach_of_word(31) == 0);
  CHECK(reach_of_word(32) == 1);
  CHECK(reach_of_word(42) == 1024);
  CHECK(reach_of_word(62) == uint64_t{1} << 30);
  CHECK(reach_of_word(63) == limits::kSequenceMax);
  CHECK(reach_of_word(1000) == limits::kSequenceMax);
  // A stream whose every entry stands ahead, one arrival each.
  ClockWords words;
  uint64_t number = 0;
  for (; number < 100'000; ++number) {
    if (words.not_after({number + 1})) continue;
    words = with_word(words, words.said().size(), {number + 1},
                      {static_cast<int64_t>(number + 1) * 1000});
    CHECK(words.not_after({number + 1}) == Instant{static_cast<int64_t>(number + 1) * 1000});
  }
  CHECK(words.said().size() < 64);
  CHECK(words.to_value().list()->size() <= limits::kListItemsMax);
  words = with_word(words, 63, {limits::kSequenceMax - 5}, {7});
  CHECK(words.not_after({limits::kSequenceMax}) == Instant{7});
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
  // A word of all its streams.
  const Values of_all{{std::string(kAheadOfAll), Value(TextList{"1000:80"})},
                      {ahead_field({5}), Value(TextList{"10:100", "3:70"})}};
  CHECK(learn(of_all).retimed == device);
  CHECK(settings.not_after({device, {5}}, {10}) == Instant{80});
  CHECK(settings.not_after({device, {5}}, {3}) == Instant{70});
  CHECK(settings.not_after({device, {6}}, {1000}) == Instant{80});
  CHECK_FALSE(settings.not_after({device, {6}}, {1001}));
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
