#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How a spreadsheet shows numbers, as far as it says which of them are days and times.
namespace sitelog {

struct NumberFormat {
  bool date = false;  // shows a day, or a part of one
  bool time = false;  // shows a time of the day
  bool operator==(const NumberFormat&) const = default;
};

// Of the formats that every workbook has by number (ECMA-376, 18.8.30, those of Chinese included).
NumberFormat built_in_format(int64_t id);
// Of a code like `yyyy"年"m"月"d"日"` or `0.0%`: its first section decides.
NumberFormat format_of_code(std::string_view code);

// A day count of the 1900 or 1904 system as YYYY-MM-DD, with HH:MM behind it where the format shows
// the time and there is one; HH:MM alone for a time without a day. Nothing for what is no day of
// the years 1900 to 9999.
std::optional<std::string> day_text(double serial, const NumberFormat& format, bool from_1904);

// A number as a sheet stores it, as people write it: 120 for 1.2E2, 0.1 for 0.1. Else as it is.
std::string number_text(std::string_view stored);

}  // namespace sitelog
