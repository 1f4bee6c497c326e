#include "sync/merge/text_pairs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace sitelog;

namespace {

bool may_hold(const std::string& text, const std::string& wanted) {
  std::vector<TextPair> pairs;
  add_pairs(text, pairs);
  const SoughtPairs sought = sought_pairs(wanted);
  if (sought.any_of_first) {
    return std::any_of(pairs.begin(), pairs.end(), [&](TextPair pair) {
      return pair >> kCharacterBits == *sought.any_of_first;
    });
  }
  return std::all_of(sought.pairs.begin(), sought.pairs.end(), [&](TextPair pair) {
    return std::find(pairs.begin(), pairs.end(), pair) != pairs.end();
  });
}

}  // namespace

TEST_CASE("texts are folded by case and width, and any bytes stay apart") {
  CHECK(folded("ＡＢＣ　Ｘｙ！") == "abc xy!");
  CHECK(folded("文艺, ÄÖ") == "文艺, ÄÖ");
  CHECK(folded("\xff\x80井\xe4") == "\xff\x80井\xe4");
  CHECK(folded("") == "");
  CHECK(folded(folded("Ｑｑ")) == folded("Ｑｑ"));
}

TEST_CASE("what holds a text has all of its pairs, and of two characters nothing else has") {
  std::mt19937_64 dice(11);
  const std::vector<std::string> letters{"文", "艺", "A",  "a",    "Ａ",   " ",
                                         "　", "。", "𠀀", "\xff", "\xe4", std::string(1, '\0')};
  const auto draw = [&](size_t most) {
    std::string out;
    for (size_t i = dice() % (most + 1); i > 0; --i) out += letters[dice() % letters.size()];
    return out;
  };
  int held = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = draw(8), wanted = folded(draw(3));
    if (wanted.empty()) continue;
    const bool right = holds(Value(text), wanted);
    held += right ? 1 : 0;
    INFO(text << " / " << wanted);
    if (right) REQUIRE(may_hold(text, wanted));
    if (sought_pairs(wanted).exact) REQUIRE(may_hold(text, wanted) == right);
  }
  CHECK(held > 1000);
}

TEST_CASE("texts are looked for in texts and in lists of them, and in nothing else") {
  CHECK(holds(Value(TextList{"井口", "工会ＡＢ"}), "ab"));
  CHECK_FALSE(holds(Value(TextList{"井口", "工会"}), "口工"));
  CHECK_FALSE(holds(Value(int64_t{12}), "12"));
  CHECK_FALSE(holds(Value(Structure{{"a", Value("井口")}}), "井口"));
  CHECK_FALSE(holds(Value(), "x"));
}
