#pragma once

#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sheets/sheet.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// A file of new records, as it is given to record.add_many: JSON objects one a line, or as the
// elements of one array; or a table (sheets/table_file). What it is follows from its first bytes,
// and for JSON lines from the name too. JSON lines come as they are read, a table is read first.
class RecordFile {
 public:
  // `path`: "-" for standard input. `sheet` names a workbook's. Refuses kInvalidFile, kTooLarge.
  static Result<std::unique_ptr<RecordFile>> open(const std::string& path,
                                                  const std::string& sheet);

  // The next value of the operation's input.
  std::optional<boost::json::value> next();
  // True where reading broke off.
  bool failed() const { return stream().bad(); }
  // The sheet that was read and those that were not; empty where the file has none.
  const std::string& sheet() const { return table_.name; }
  const std::vector<std::string>& passed_sheets() const { return table_.passed; }

 private:
  enum class Kind { kLines, kArray, kTable };

  std::istream& stream() const { return *stream_; }
  // Takes bytes off the stream until it is plain what they are.
  void look();
  Result<> read_table(const std::string& sheet);
  bool read_array();
  std::string rest();
  bool next_line(std::string& line);

  std::ifstream file_;
  std::istream* stream_ = nullptr;
  Kind kind_ = Kind::kLines;
  std::string head_;  // taken off the stream and not given yet
  int64_t number_ = 0;
  boost::json::array elements_;
  Sheet table_;
};

}  // namespace sitelog
