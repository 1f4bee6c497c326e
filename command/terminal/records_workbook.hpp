#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/terminal/render_records.hpp"

namespace sitelog {

// What a sheet holds of records.
inline constexpr size_t kRecordsOfSheetMax = 1'048'576 - 2;

// A workbook of many records as the texts of its parts (ECMA-376), to be put into an archive: the
// sheet is written a row at a time, so that what is in memory is what the caller gathers. As
// render_records_xlsx makes it, without choices to fill in. Several threads may write rows.
class RecordsWorkbook {
 public:
  RecordsWorkbook(const std::string& title, std::vector<RecordColumn> columns);

  struct Part {
    std::string name;
    std::string content;
  };
  // All but the sheet.
  const std::vector<Part>& parts() const { return parts_; }
  // The sheet's: what stands before the rows, and behind them.
  static const std::string& sheet_part();
  const std::string& head() const { return head_; }
  static const std::string& tail();
  // A cell for each column, put behind `out`; a text that is longer than a cell holds is cut, and
  // ends in "…". `number`: how many records' rows stand before it.
  void add(size_t number, const std::vector<std::string_view>& row, std::string& out) const;

 private:
  struct Column {
    RecordColumn::What what;
    std::string letters;
  };
  void write_head();
  std::vector<RecordColumn> about_;
  std::vector<Column> columns_;
  std::vector<Part> parts_;
  std::string head_;
};

}  // namespace sitelog
