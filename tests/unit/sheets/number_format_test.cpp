#include "sheets/number_format.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

namespace {

constexpr NumberFormat kDay{true, false};
constexpr NumberFormat kClock{false, true};
constexpr NumberFormat kBoth{true, true};
constexpr NumberFormat kNumber{};

std::string day(double serial, bool from_1904 = false, NumberFormat format = kDay) {
  return day_text(serial, format, from_1904).value_or("none");
}

}  // namespace

TEST_CASE("days are counted by the 1900 and the 1904 system, its 29 February 1900 included") {
  CHECK(day(1) == "1900-01-01");
  CHECK(day(59) == "1900-02-28");
  CHECK(day(60) == "none");
  CHECK(day(61) == "1900-03-01");
  CHECK(day(44'013) == "2020-07-01");
  CHECK(day(43'890) == "2020-02-29");
  CHECK(day(2'958'465) == "9999-12-31");
  CHECK(day(2'958'466) == "none");
  CHECK(day(0) == "none");
  CHECK(day(-1) == "none");
  CHECK(day(1e300) == "none");
  CHECK(day(0, true) == "1904-01-01");
  CHECK(day(42'551, true) == "2020-07-01");
}

TEST_CASE("a time is told only where the format shows it") {
  CHECK(day(44'013.5, false, kDay) == "2020-07-01");
  CHECK(day(44'013.5, false, kBoth) == "2020-07-01 12:00");
  CHECK(day(44'013, false, kBoth) == "2020-07-01");
  CHECK(day(0.25, false, kClock) == "06:00");
  CHECK(day(44'013.9999999, false, kBoth) == "2020-07-02");
}

TEST_CASE("formats of days are told from those of numbers") {
  for (const char* code : {"yyyy-mm-dd", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]yyyy/m/d;@", "m\"月\"",
                           "d-mmm-yy", "[Red]yyyy", "e\"年\"m\"月\""}) {
    INFO(code);
    CHECK(format_of_code(code) == kDay);
  }
  for (const char* code : {"0", "0.0%", "General", "#,##0.00", "0.00E+00", "\"day\" 0", "@", "",
                           "[Red]0;[Blue]-0", "\\d0", "0_d", "G/通用格式\"人\"", "[h]"}) {
    INFO(code);
    CHECK(format_of_code(code) == kNumber);
  }
  CHECK(format_of_code("yyyy-mm-dd hh:mm") == kBoth);
  CHECK(format_of_code("h:mm AM/PM") == kClock);
  CHECK(built_in_format(14) == kDay);
  CHECK(built_in_format(31) == kDay);
  CHECK(built_in_format(57) == kDay);
  CHECK(built_in_format(22) == kBoth);
  CHECK(built_in_format(20) == kClock);
  for (const int id : {0, 1, 2, 9, 10, 37, 49, 1000}) CHECK(built_in_format(id) == kNumber);
}

TEST_CASE("numbers are written as people write them") {
  CHECK(number_text("120") == "120");
  CHECK(number_text("1.2E2") == "120");
  CHECK(number_text("13800000000") == "13800000000");
  CHECK(number_text("0.1") == "0.1");
  CHECK(number_text("-3.50") == "-3.5");
  CHECK(number_text("1e999") == "1e999");
  CHECK(number_text("viel") == "viel");
}
