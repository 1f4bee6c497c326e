#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>

#include "command/record_rows.hpp"
#include "command/record_sheets.hpp"
#include "sync/ledger/result.hpp"
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

  void add(const ShownRecord& record, std::string_view unit_name);
  // A line of records.list, with "unit_name".
  void add(const boost::json::object& record);
  // Called now and then with how many are written of how many; it may throw.
  using Told = std::function<void(int64_t written)>;
  // Writes the file out; what stood beside goes. How many bytes it has. Refuses kTooLarge past what
  // a workbook holds.
  Result<uint64_t> finish(const Told& told);
  // So far, in both files. Any thread.
  uint64_t bytes() const { return written_; }
  int64_t records() const { return records_; }

 private:
  void put(std::string_view bytes);
  void flush();
  void begin_row(size_t own);
  void add_cell(std::string_view text);
  void end_row();
  void finish_csv(const Told& told);
  Result<> finish_xlsx(const Told& told);
  // Each row that stands beside, a cell for each column.
  using Cells = std::vector<std::string_view>;
  void each_row(const std::vector<RecordColumn>& columns,
                const std::function<void(const Cells&)>& visit);

  const HeldFolder& folder_;
  const std::string name_, beside_;
  const ExportFormat format_;
  const RecordSheetMaker maker_;
  RecordRows rows_;
  std::vector<RecordColumn> base_;  // columns that all records have
  RecordSheetMaker::More more_;
  FileHandle out_;
  std::string row_;
  std::string waiting_;
  std::atomic<uint64_t> written_ = 0;  // a helper's too
  int64_t records_ = 0;
};

}  // namespace sitelog
