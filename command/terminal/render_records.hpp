#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/result.hpp"

namespace sitelog {

// A sheet of records to be filled in or read again (campaign/record_sheet): a row of labels for
// people, a row of keys, which a workbook hides, then the records. A value.
struct RecordColumn {
  enum class What { kText, kInteger, kDate, kChoice };
  What what = What::kText;
  std::string key;
  std::string label;
  std::string hint;  // shown beside a cell that is being filled in
  bool required = false;
  std::vector<std::string> choices = {};  // of kChoice, as they are to be written
  std::optional<int64_t> min, max;        // of kInteger
};
struct RecordTable {
  std::string title;
  std::vector<RecordColumn> columns;
  std::vector<std::vector<std::string>> rows;  // texts; days as YYYY-MM-DD
};

// A workbook: choices as lists to choose from, numbers and days as such, every other text as text,
// whatever it begins with. Refuses kTooLarge past what a sheet holds.
Result<std::string> render_records_xlsx(const RecordTable& table);
// CSV as sheets/delimited reads it again.
std::string render_records_csv(const RecordTable& table);

}  // namespace sitelog
