#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>

#include "command/record_sheets.hpp"
#include "sync/store/files.hpp"

namespace sitelog {

enum class ExportFormat { kXlsx, kCsv, kLines };
const char* extension_of(ExportFormat format);  // "xlsx", "csv", "jsonl"

// Records written to a file one after the other, in little memory however many they are: what they
// say goes to a file beside it first, as the columns follow from all of them. As `records export`
// writes the same records. One thread. Throws StoreError and std::system_error.
class RecordExport {
 public:
  // `file` and `beside`: names in the folder, which outlives this.
  RecordExport(const HeldFolder& folder, std::string file, std::string beside, ExportFormat format,
               RecordSheetMaker maker);

  // A line of records.list, with "unit_name".
  void add(const boost::json::object& record);
  // Called now and then with how many are written of how many; it may throw.
  using Told = std::function<void(int64_t written)>;
  // Writes the file out; what stood beside goes. How many bytes it has.
  uint64_t finish(const Told& told);
  // So far, in both files.
  uint64_t bytes() const { return written_; }
  int64_t records() const { return records_; }

 private:
  void put(std::string_view bytes);
  void flush();
  void finish_csv(const Told& told);
  void finish_xlsx(const Told& told);
  // Each row that stands beside, a cell for each column.
  void each_row(const std::vector<RecordColumn>& columns,
                const std::function<void(const std::vector<std::string>&)>& visit);

  const HeldFolder& folder_;
  const std::string name_, beside_;
  const ExportFormat format_;
  const RecordSheetMaker maker_;
  std::vector<RecordColumn> base_;  // columns that all records have
  RecordSheetMaker::More more_;
  FileHandle out_;
  std::string waiting_;
  uint64_t written_ = 0;
  int64_t records_ = 0;
};

}  // namespace sitelog
