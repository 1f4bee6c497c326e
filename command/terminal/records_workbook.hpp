#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command/terminal/render_records.hpp"

namespace sitelog {

// What a sheet holds of records.
inline constexpr size_t kRecordsOfSheetMax = 1'048'576 - 2;

// A workbook of many records, written a row at a time: what is in memory is one row. As
// render_records_xlsx makes it, without choices to fill in. One thread.
class RecordsWorkbook {
 public:
  // Writes to `path`, which is there and empty; what it needs on the way lies in `folder`, without
  // a name. Throws std::system_error, here and below.
  RecordsWorkbook(const std::string& path, const std::string& folder, const std::string& title,
                  std::vector<RecordColumn> columns);
  ~RecordsWorkbook();  // where it was not closed, what stands at `path` is nothing
  RecordsWorkbook(const RecordsWorkbook&) = delete;
  RecordsWorkbook& operator=(const RecordsWorkbook&) = delete;

  // A cell for each column; a text that is longer than a cell holds is cut, and ends in "…".
  void add(const std::vector<std::string>& row);
  void close();

 private:
  struct Book;
  std::unique_ptr<Book> book_;
};

}  // namespace sitelog
