#include "campaign/calendar.hpp"

#include <array>

#include "campaign/text.hpp"

namespace sitelog {

namespace {

std::string padded(int number, size_t width) {
  std::string digits = std::to_string(number);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

// Takes up to `digits_max` digits from the front of `text`; nothing where there are none.
std::optional<int> take_number(std::string_view& text, size_t digits_max) {
  int number = 0;
  size_t length = 0;
  while (length < text.size() && length < digits_max && text[length] >= '0' &&
         text[length] <= '9') {
    number = number * 10 + (text[length] - '0');
    ++length;
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

bool take(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

struct Separators {
  std::string_view after_year, after_month, after_day;
};

}  // namespace

std::string Date::text() const {
  return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2);
}

bool exists(const Date& date) {
  static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.year < 1900 || date.year > 9999 || date.month < 1 || date.month > 12) return false;
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  const int days = kDays[static_cast<size_t>(date.month - 1)] + (leap && date.month == 2 ? 1 : 0);
  return date.day >= 1 && date.day <= days;
}

std::optional<Date> parse_date(std::string_view text) {
  static constexpr std::array<Separators, 5> kKnown{
      {{"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}, {"年", "月", "号"}}};
  const std::string plain = half_width(trimmed(text));
  for (const Separators& separators : kKnown) {
    std::string_view rest = plain;
    const auto year = take_number(rest, 4);
    if (!year || !take(rest, separators.after_year)) continue;
    const auto month = take_number(rest, 2);
    if (!month || !take(rest, separators.after_month)) continue;
    const auto day = take_number(rest, 2);
    if (!day || rest != separators.after_day) continue;
    const Date date{*year, *month, *day};
    if (exists(date)) return date;
  }
  std::string_view rest = plain;
  if (plain.size() != 8) return std::nullopt;
  const auto digits = take_number(rest, 8);
  if (!digits || !rest.empty()) return std::nullopt;
  const Date date{*digits / 10'000, *digits / 100 % 100, *digits % 100};
  return exists(date) ? std::optional(date) : std::nullopt;
}

std::optional<Date> parse_day(std::string_view text) {
  if (const auto whole = parse_date(text)) return whole;
  const std::string plain = half_width(trimmed(text));
  std::string_view rest = plain;
  const auto month = take_number(rest, 2);
  if (!month || !take(rest, "月")) return std::nullopt;
  const auto day = take_number(rest, 2);
  if (!day || (rest != "日" && rest != "号")) return std::nullopt;
  constexpr int kLeapYear = 2000;
  if (!exists({kLeapYear, *month, *day})) return std::nullopt;
  return Date{0, *month, *day};
}

std::optional<Date> day_within(const Date& day, const Date& from, const Date& to) {
  if (day.year != 0) return day;
  std::optional<Date> found;
  for (int year = from.year; year <= to.year; ++year) {
    const Date date{year, day.month, day.day};
    if (!exists(date) || date < from || date > to) continue;
    if (found) return std::nullopt;
    found = date;
  }
  return found;
}

std::optional<Date> next_day(const Date& day, const Date& from) {
  if (day.year != 0) return day;
  constexpr int kYearsToLeapDay = 8;
  for (int year = from.year; year <= from.year + kYearsToLeapDay; ++year) {
    const Date date{year, day.month, day.day};
    if (exists(date) && date >= from) return date;
  }
  return std::nullopt;
}

std::optional<Date> parse_date_within(std::string_view text, const Date& from, const Date& to) {
  const auto day = parse_day(text);
  return day ? day_within(*day, from, to) : std::nullopt;
}

}  // namespace sitelog
