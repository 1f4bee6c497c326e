#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sitelog {

// A row that has something in it.
struct SheetRow {
  size_t number = 0;               // as a spreadsheet counts it, from 1
  size_t line = 0;                 // of a text: the line it begins in, from 1
  std::vector<std::string> cells;  // as a spreadsheet shows them, in UTF-8; days as YYYY-MM-DD
  bool operator==(const SheetRow&) const = default;
};

// One sheet as it was read. A value.
struct Sheet {
  std::string name;                 // empty: the file has but one
  std::vector<SheetRow> rows;       // ascending
  std::vector<std::string> passed;  // other sheets that are to be seen and were not read
};

// What a spreadsheet calls a column: A for 0, AA for 26.
std::string column_letters(size_t column);

}  // namespace sitelog
