// A table as text, in any encoding and with any separator.
#include "sheets/delimited.hpp"
#include "sheets/table_file.hpp"
#include "tests/fuzz/sheet_laws.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(tables) {
  const std::string_view bytes = as_text(input);
  if (table_file_of(bytes) == TableFile::kWorkbook) return;  // the target workbooks
  const auto sheet = read_table_file(bytes, {});
  if (!sheet) {
    check_refusal(sheet.refusal(), input.size() + 64);
    return;
  }
  check_sheet(*sheet, input.size());
  // What was read, written as CSV, is read again as it was.
  std::string text;
  for (const SheetRow& row : sheet->rows) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      text += (i > 0 ? "," : "") + delimited_cell(row.cells[i]);
    }
    text += "\r\n";
  }
  const Delimited again = read_delimited(text, ',');
  MUST(again.problems.empty() && again.rows.size() == sheet->rows.size());
  for (size_t i = 0; i < again.rows.size(); ++i) {
    const auto& cells = again.rows[i].cells;
    MUST(cells.size() == sheet->rows[i].cells.size());
    for (size_t k = 0; k < cells.size(); ++k) {
      MUST(unguarded(cells[k]) == sheet->rows[i].cells[k]);
    }
  }
}
