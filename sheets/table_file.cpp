#include "sheets/table_file.hpp"

#include "sheets/delimited.hpp"
#include "sheets/limits.hpp"
#include "sheets/refusals.hpp"
#include "sheets/text_encoding.hpp"
#include "sheets/xlsx_reader.hpp"

namespace sitelog {

namespace {

Refusal old_workbook() {
  return {Reason::kInvalidFile,
          N_("this is a workbook of the old format (.xls), or one with a password: save it as an "
             "Excel workbook (.xlsx) without a password"),
          {}};
}

}  // namespace

TableFile table_file_of(std::string_view first_bytes) {
  if (first_bytes.starts_with("PK\x03\x04") || first_bytes.starts_with("PK\x05\x06")) {
    return TableFile::kWorkbook;
  }
  if (first_bytes.starts_with("\xD0\xCF\x11\xE0")) return TableFile::kOldWorkbook;
  if (first_bytes.starts_with("\xEF\xBB\xBF")) first_bytes.remove_prefix(3);
  const size_t begin = first_bytes.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return TableFile::kText;
  const char first = first_bytes[begin];
  return first == '{' || first == '[' ? TableFile::kJson : TableFile::kText;
}

Result<Sheet> read_table_file(std::string_view bytes, const std::string& sheet) {
  if (bytes.size() > limits::kSheetFileBytesMax) return too_much_at_once();
  const TableFile kind = table_file_of(bytes);
  if (kind == TableFile::kWorkbook) return read_xlsx(bytes, sheet);
  if (kind == TableFile::kOldWorkbook) return old_workbook();
  if (!sheet.empty()) {
    return Refusal{Reason::kUsage, N_("only a workbook has sheets: {} can't be chosen"), {sheet}};
  }
  const auto text = text_as_utf8(bytes);
  if (!text) return text.refusal();
  Delimited read = read_delimited(*text, separator_of(*text));
  if (!read.problems.empty()) {
    const DelimitedProblem& first = read.problems.front();
    if (first.what == DelimitedProblem::What::kTooMuch) return too_much_at_once();
    return Refusal{Reason::kInvalidFile,
                   N_("from line {} on the quotes are not as they should be: save the sheet again "
                      "as “CSV UTF-8” or as an Excel workbook (.xlsx)"),
                   {std::to_string(first.line)}};
  }
  for (SheetRow& row : read.rows) {
    for (std::string& cell : row.cells) cell = std::string(unguarded(cell));
  }
  return Sheet{{}, std::move(read.rows), {}};
}

Result<std::string> table_file_as_csv(std::string_view bytes) {
  const TableFile kind = table_file_of(bytes);
  if (kind == TableFile::kOldWorkbook) return old_workbook();
  if (kind != TableFile::kWorkbook) return text_as_utf8(bytes);
  const auto sheet = read_xlsx(bytes, {});
  if (!sheet) return sheet.refusal();
  std::string out;
  size_t width = 0;
  for (const SheetRow& row : sheet->rows) width = std::max(width, row.cells.size());
  size_t line = 1;
  for (const SheetRow& row : sheet->rows) {
    for (; line < row.number; ++line) out += '\n';
    for (size_t column = 0; column < width; ++column) {
      if (column > 0) out += ',';
      if (column < row.cells.size()) out += delimited_cell(row.cells[column], false);
    }
    out += '\n';
    ++line;
  }
  return out;
}

}  // namespace sitelog
