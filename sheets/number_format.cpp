#include "sheets/number_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sitelog {

namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

char small(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string two_digits(int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

// The Gregorian day so many days after 1 March 0000, as a year of the era of 400 years begins with
// March (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
std::string civil_day(int64_t days) {
  constexpr int64_t kDaysAnEra = 146'097;
  const int64_t era = days / kDaysAnEra;
  const int64_t day = days % kDaysAnEra;
  const int64_t year = (day - day / 1460 + day / 36'524 - day / 146'096) / 365;
  const int64_t of_year = day - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;  // 0 is March
  const int64_t of_month = of_year - (153 * month + 2) / 5 + 1;
  return std::to_string(era * 400 + year + (month >= 10 ? 1 : 0)) + "-" +
         two_digits(month >= 10 ? month - 9 : month + 3) + "-" + two_digits(of_month);
}

std::optional<std::string> day_of(int64_t serial, bool from_1904) {
  constexpr int64_t kDay1900 = 693'899;  // 1899-12-30
  constexpr int64_t kDay1904 = 695'361;  // 1904-01-01
  constexpr int64_t kLast = 3'652'364;   // 9999-12-31
  // 1900 is no leap year, but spreadsheets count its 29 February as day 60.
  if (!from_1904 && (serial < 1 || serial == 60)) return std::nullopt;
  if (serial > kLast) return std::nullopt;
  const int64_t epoch = from_1904 ? kDay1904 : serial < 60 ? kDay1900 + 1 : kDay1900;
  if (epoch + serial > kLast) return std::nullopt;
  return civil_day(epoch + serial);
}

// Whether the code shows days and times, once what stands in it as text is passed over.
class CodeReader {
 public:
  explicit CodeReader(std::string_view code) : code_(code) {}

  NumberFormat read() {
    while (at_ < code_.size() && code_[at_] != ';') step();
    if (month_ && !clock_ && !digits_) days_ = true;
    return {days_, clock_};
  }

 private:
  void step() {
    const char letter = small(code_[at_]);
    switch (letter) {
      case '"': return skip_to('"');
      case '[': return bracket();
      case '\\':
      case '_':
      case '*': at_ += 2; return;
      case 'g':
        if (general()) return;
        break;
      case 'y':
      case 'd': days_ = true; break;
      case 'e': days_ = days_ || !digits_; break;  // a year of an era; else 0.0E+00
      case 'm': month_ = true; break;
      case 'h':
      case 's': clock_ = true; break;
      case '0':
      case '#':
      case '?': digits_ = true; break;
      default: break;
    }
    ++at_;
  }

  void skip_to(char end) {
    const size_t found = code_.find(end, at_ + 1);
    at_ = found == std::string_view::npos ? code_.size() : found + 1;
  }

  // [h], [mm]: a length of time, a number to us. [Red], [$-804], [>100] say nothing.
  void bracket() { skip_to(']'); }

  bool general() {
    constexpr std::string_view kGeneral = "general";
    if (code_.size() - at_ < kGeneral.size()) return false;
    for (size_t i = 0; i < kGeneral.size(); ++i) {
      if (small(code_[at_ + i]) != kGeneral[i]) return false;
    }
    at_ += kGeneral.size();
    digits_ = true;
    return true;
  }

  std::string_view code_;
  size_t at_ = 0;
  bool days_ = false, month_ = false, clock_ = false, digits_ = false;
};

}  // namespace

NumberFormat built_in_format(int64_t id) {
  const auto within = [id](int64_t from, int64_t to) { return id >= from && id <= to; };
  if (id == 22) return {true, true};
  if (within(14, 17) || within(27, 31) || id == 36 || within(50, 54) || within(57, 58)) {
    return {true, false};
  }
  if (within(18, 21) || within(32, 35) || id == 45 || id == 47 || within(55, 56)) {
    return {false, true};
  }
  return {};
}

NumberFormat format_of_code(std::string_view code) {
  return CodeReader(code).read();
}

std::optional<std::string> day_text(double serial, const NumberFormat& format, bool from_1904) {
  if (!(serial >= 0 && serial < kExactIntegers)) return std::nullopt;
  constexpr int64_t kMinutesADay = 24 * 60;
  double whole = std::floor(serial);
  auto minutes = static_cast<int64_t>(std::floor((serial - whole) * kMinutesADay + 0.0005));
  if (minutes == kMinutesADay) {
    minutes = 0;
    whole += 1;
  }
  const std::string clock = two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
  if (format.time && !format.date && whole == 0) return clock;
  auto day = day_of(static_cast<int64_t>(whole), from_1904);
  if (day && format.time && minutes > 0) *day += " " + clock;
  return day;
}

std::string number_text(std::string_view stored) {
  double number = 0;
  const auto [end, error] = std::from_chars(stored.data(), stored.data() + stored.size(), number);
  if (error != std::errc() || end != stored.data() + stored.size() || !std::isfinite(number)) {
    return std::string(stored);
  }
  if (std::abs(number) < kExactIntegers && std::trunc(number) == number) {
    return std::to_string(static_cast<int64_t>(number));
  }
  std::array<char, 64> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), written.ptr};
}

}  // namespace sitelog
