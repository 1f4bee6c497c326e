#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sheets/number_format.hpp"
#include "sheets/xml_reader.hpp"
#include "sheets/zip_archive.hpp"

// What a workbook (ECMA-376) says beside its cells. Internal to sheets/.
namespace sitelog {

struct WorkbookSheet {
  std::string name;
  bool hidden = false;
  std::string path;  // in the archive; empty: not a sheet of cells (a chart)
};

struct WorkbookParts {
  bool from_1904 = false;
  std::vector<WorkbookSheet> sheets;     // in the order of their tabs
  std::vector<NumberFormat> styles;      // by the number that a cell gives
  std::deque<std::string> shared_texts;  // likewise
};

// Reads a part of the archive as XML.
Result<> read_part(ZipArchive& archive, const std::string& path, const XmlEvents& events);

Result<WorkbookParts> read_workbook_parts(ZipArchive& archive);

// Text of runs as it is put together from the elements of a shared or inline text: `t` outside
// `rPh`, which says how it is read aloud.
class RunText {
 public:
  void begin(std::string_view name);
  void end(std::string_view name);
  void text(std::string_view text);
  // What was gathered, with its _xHHHH_ escapes resolved; begins anew.
  std::string take();
  size_t size() const { return gathered_.size(); }

 private:
  std::string gathered_;
  bool in_text_ = false;
  size_t aloud_ = 0;
};

}  // namespace sitelog
