#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace sitelog {

// A day of the Gregorian calendar, without a time zone: the day people at the site would name.
struct Date {
  int year = 0;
  int month = 0;
  int day = 0;

  auto operator<=>(const Date&) const = default;
  std::string text() const;  // YYYY-MM-DD
};

// True for days that exist, in the years 1900 to 9999.
bool exists(const Date& date);

// Reads 2020-06-01, 2020-6-1, 2020/6/1, 2020.6.1, 20200601, 2020年6月1日 and 2020年6月1号,
// full-width digits too. Nothing for other texts and for days that do not exist.
std::optional<Date> parse_date(std::string_view text);
// The same, and 6月1日 and 6月1号, whose year is 0: it is for who knows what is meant to find it.
std::optional<Date> parse_day(std::string_view text);
// A day whose year may be 0: the only such one from `from` to `to`; the first from `from` on.
std::optional<Date> day_within(const Date& day, const Date& from, const Date& to);
std::optional<Date> next_day(const Date& day, const Date& from);
// A day as parse_day reads it, and day_within finds it.
std::optional<Date> parse_date_within(std::string_view text, const Date& from, const Date& to);

}  // namespace sitelog
