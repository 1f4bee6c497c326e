#include "campaign/text.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

TEST_CASE("A text without anything to see is blank") {
  for (const char* blank : {"", " \t\n", "\u3000\u00a0", "\u200b", "\u2060\ufeff\u200d", "\u3164",
                            "\u00ad", "\u2800\u034f"}) {
    CHECK(is_blank(blank));
  }
  for (const char* seen : {"一", ".", "\u200b一", "-", "\xff"}) CHECK_FALSE(is_blank(seen));
}

TEST_CASE("A typed text holds no control, nothing that turns a line round, and is UTF-8") {
  for (const char* good :
       {"", "三号井 A-1", "\u0626\u06c7\u064a\u063a\u06c7\u0631", "\U0001F468\u200d\U0001F469"}) {
    CHECK(fault_of(good, Lines::kOne) == nullptr);
  }
  for (const char* bad : {"\x01", "\x7f", "\u0085", "\u009b31m", "\u202e", "\u2066", "\u200e",
                          "\u061c", "\u2029", "\uffff", "\xC4\xFA", "\xED\xA0\x80"}) {
    CHECK(fault_of(bad, Lines::kOne) != nullptr);
    CHECK(fault_of(bad, Lines::kSeveral) != nullptr);
  }
  CHECK(fault_of("一\n二", Lines::kOne) != nullptr);
  CHECK(fault_of("一\t二", Lines::kOne) != nullptr);
  CHECK(fault_of("一\r\n二\t三", Lines::kSeveral) == nullptr);
}

TEST_CASE("What is printable is told to the byte, whatever stands before and behind") {
  const std::vector<std::string> printable{"", "a", "é", "中", "。", "ퟷ", "", "𝄞", "～"};
  const std::vector<std::string> others{"\n",           "\x7F",         "\xC2\x85",     "\u2028",
                                        "\u202E",       "\uFFFF",       "\xE4\xB8",     "\xE4",
                                        "\xED\xA0\x80", "\xE0\x80\x80", "\xE4\xB8\x41", "\xFF"};
  for (const std::string& before : printable) {
    CHECK(printable_bytes(before + before) == 2 * before.size());
    for (const std::string& other : others) {
      for (const std::string& behind : printable) {
        CHECK(printable_bytes(before + other + behind) == before.size());
      }
    }
  }
}

TEST_CASE("What is shortened for a message stays on its line") {
  CHECK(shortened("一\n二\x1b三", 9) == "一 二\ufffd三");
  CHECK(shortened("一\n二三", 2) == "一 …");
  CHECK(shortened("\xC4\xFA", 9) == "\ufffd\ufffd");
}
