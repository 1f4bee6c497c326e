#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "campaign/units.hpp"
#include "command/pieces_beside.hpp"
#include "command/record_rows.hpp"
#include "command/record_sheets.hpp"
#include "engine/engine.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/result.hpp"
#include "sync/merge/beside.hpp"
#include "sync/store/files.hpp"

namespace sitelog {

enum class ExportFormat { kXlsx, kCsv, kLines };
const char* extension_of(ExportFormat format);  // "xlsx", "csv", "jsonl"

// Records written to a file in pieces, in little memory however many they are: what they say is
// kept beside it first, by several threads in any order, as the columns follow from all of them;
// then several make of it what the file says, and one writes that out. As `records export` writes
// the same records. Throws StoreError and std::system_error.
class RecordExport {
 public:
  // `file` and `beside`: names in the folder, which outlives this.
  RecordExport(const HeldFolder& folder, std::string file, std::string beside, ExportFormat format,
               RecordSheetMaker maker);

  // What one thread adds. What it adds between `begin` and `end` is the piece of this number, of
  // which nobody adds another; all are there before the file is written out. Gone before the
  // export.
  class Part;
  std::unique_ptr<Part> part();

  // Called now and then, on the thread that calls, with how many are written; it may throw.
  using Told = std::function<void(int64_t written)>;
  struct Written {
    uint64_t bytes = 0;
    std::string digest;  // SHA-256, in hexadecimal
  };
  // Writes the file out; what was kept beside goes. Refuses kTooLarge past what a workbook holds.
  Result<Written> finish(Helpers& helpers, const Told& told);
  // So far, in both files. Any thread.
  uint64_t bytes() const { return written_ + beside_.bytes(); }
  int64_t records() const { return records_; }

 private:
  void put(std::string_view bytes);
  void flush();
  void finish_lines(Helpers& helpers, const Told& told);
  void finish_csv(Helpers& helpers, const Told& told);
  Result<> finish_xlsx(Helpers& helpers, const Told& told);

  const HeldFolder& folder_;
  const std::string name_;
  const ExportFormat format_;
  const RecordSheetMaker maker_;
  const std::vector<RecordColumn> base_;  // columns that all records have
  PiecesBeside beside_;
  std::atomic<int64_t> records_ = 0;
  std::mutex more_mutex_;
  RecordSheetMaker::More more_;
  FileHandle out_;
  Hasher hasher_;
  std::string waiting_;
  std::atomic<uint64_t> written_ = 0;
};

class RecordExport::Part {
 public:
  explicit Part(RecordExport& to);
  void begin(size_t number) { number_ = number; }
  void add(const ShownRecord& record, std::string_view unit_name);
  // A line of records.list, with "unit_name".
  void add(const boost::json::object& record);
  void end();

 private:
  void begin_row(size_t own);
  void add_cell(std::string_view text);
  void end_row();
  void added();

  RecordExport& to_;
  RecordRows rows_;
  size_t number_ = 0, row_ = 0;  // where the row began
  std::string piece_;
  int64_t records_ = 0;  // in it
  RecordSheetMaker::More more_;
};

// Adds all records that the filter means, read by several threads. `told`: on the calling thread,
// now and then, with how many there are; it may throw, as may what reads.
void add_all(RecordExport& file, Engine& engine, Helpers& helpers, const RecordFilter& filter,
             const UnitTree& tree, const std::function<void(int64_t of)>& told);

}  // namespace sitelog
