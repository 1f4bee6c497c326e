#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "command/record_sheets.hpp"
#include "sync/store/shown_record.hpp"

namespace sitelog {

// The cells of a sheet's rows, one record after the other: what RecordSheetMaker says of a line,
// without the line. A million of them are made for one file, so a cell is looked at, not copied.
class RecordRows {
 public:
  // `maker` outlives this.
  explicit RecordRows(const RecordSheetMaker& maker);

  // Valid until the next call, as long as the record is.
  struct Row {
    std::vector<std::string_view> cells;  // of the columns that all records have
    // What it says beside them: the fields that have no column, then the explanations.
    std::vector<std::pair<std::string_view, std::string_view>> former, explained;  // field, cell
    std::string_view waits_at;  // empty: at no station
  };
  const Row& row(const ShownRecord& record, std::string_view unit_name);

 private:
  struct FormColumn {
    std::string_view field;
    size_t place = 0;                                    // among the columns
    std::map<std::string_view, std::string_view> words;  // of its choices
  };
  std::string_view cell(const FormColumn* column, const Value& value);
  std::string_view made(std::string text);

  std::vector<FormColumn> fields_;  // ascending
  // Whether it waits at a station, whether it was changed since.
  std::map<ReviewTold, std::string> reviews_;  // each word is made once
  Row row_;
  std::deque<std::string> made_;  // texts that the record itself doesn't have
};

// A record as a line that record.add_many takes.
boost::json::object exported_line(const ShownRecord& record, std::string_view unit_name);

}  // namespace sitelog
