// A workbook: any bytes, or a sound archive with any XML in its parts.
#include "sheets/table_file.hpp"
#include "sheets/xlsx_reader.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/sheet_laws.hpp"
#include "tests/support/workbook_file.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(workbooks) {
  Choices choices(input);
  std::string bytes;
  if (choices.one_of(4) == 0) {
    bytes = choices.rest();
  } else {
    WorkbookFile file;
    file.book_properties = choices.flag() ? "date1904=\"1\"" : "";
    file.styles = choices.sized();
    file.shared = choices.sized();
    file.sheet = choices.rest();
    bytes = file.bytes();
  }
  const auto sheet = read_xlsx(bytes, {});
  if (!sheet) {
    MUST(sheet.refusal().reason == Reason::kInvalidFile ||
         sheet.refusal().reason == Reason::kTooLarge);
    check_refusal(sheet.refusal(), input.size() + 64);
    return;
  }
  check_sheet(*sheet, bytes.size());
  const auto csv = table_file_as_csv(bytes);
  MUST(csv || !sheet->rows.empty());
}
