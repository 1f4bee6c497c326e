#include "campaign/device_name.hpp"

#include <catch2/catch.hpp>

#include "campaign/looks.hpp"

using namespace sitelog;

TEST_CASE("a device's name is text that is seen") {
  for (const char* name : {"三号井平板", "Tablet 1", "é", "平板（甲）", "🙂"}) {
    INFO(name);
    CHECK(check_device_name(name));
  }
  for (const std::string& name :
       {std::string(), std::string(" \u3000"), std::string("a\0b", 3), std::string("a\nb"),
        std::string("a\tb"), std::string("\x7f"), std::string("\u0085"), std::string("\xc3\x28"),
        std::string("\xed\xa0\x80"), std::string("a\u200bb"), std::string("\u2060"),
        std::string("\u202eab"), std::string("\u2066a"), std::string("\u00ad"),
        std::string("\ufeffa"), std::string("\u3164"), std::string("\U000e0061"),
        std::string(257, 'a')}) {
    INFO(name);
    const auto checked = check_device_name(name);
    REQUIRE_FALSE(checked);
    CHECK(checked.refusal().reason == Reason::kInvalidValue);
  }
}

TEST_CASE("names look alike whatever their case, width, blanks and composition") {
  CHECK(looks_of("e\u0301cole") == looks_of("école"));
  CHECK(looks_of("ＸＩＮＨＵＡ") == looks_of("xin hua"));
  CHECK(looks_of("\uf900") == looks_of("\u8c48"));  // a compatible form of one character
  CHECK(looks_of("a\xff") == looks_of("a"));
  CHECK(plainly("ＸＩＮ\u200bＨＵＡ") == "XINHUA");
  CHECK(plainly("e\u0301") == "é");
  CHECK(plainly("汝州-1") == "汝州-1");
  CHECK(plainly("a\xff") == "a\xff");
  CHECK(looks_of("Tablet 1") == looks_of("ｔＡＢＬＥＴ　１"));
  CHECK(looks_of("É") == looks_of("é"));
  CHECK(looks_of("甲\u200b") == looks_of("甲"));
  CHECK(looks_of("甲") != looks_of("乙"));
  CHECK(looks_of(" \u200b").empty());
}

TEST_CASE("Plain characters look as the whole of Unicode's rules has them look") {
  // Beside a letter that is not plain nothing is taken for granted.
  const auto by_the_rules = [](const std::string& text) {
    std::u32string out = looks_of(text + "\u00e9");
    REQUIRE_FALSE(out.empty());
    out.pop_back();
    return out;
  };
  size_t different = 0;
  for (char byte = 1; byte > 0 && byte < 0x7f; ++byte) {
    const std::string text = std::string("x") + byte + "y";
    different += looks_of(text) != by_the_rules(text);
  }
  different += looks_of("\x7f") != by_the_rules("\x7f");
  for (uint32_t point = 0x4e00; point <= 0x9fff; ++point) {
    const std::string text{static_cast<char>(0xe0 | point >> 12),
                           static_cast<char>(0x80 | (point >> 6 & 0x3f)),
                           static_cast<char>(0x80 | (point & 0x3f))};
    different += looks_of(text) != by_the_rules(text);
    different += looks_of(text).size() != 1;
  }
  CHECK(different == 0);
  CHECK(looks_of("甲\xe4\xb8") == looks_of("甲"));
}
