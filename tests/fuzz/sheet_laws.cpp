#include "tests/fuzz/sheet_laws.hpp"

#include <fstream>
#include <sstream>

#include "campaign/record_sheet.hpp"
#include "campaign/text.hpp"
#include "sheets/limits.hpp"

namespace sitelog::fuzz {

namespace {

const Definition& definition() {
  static const Definition read = [] {
    std::ifstream file(SITELOG_SOURCE_DIR "/campaign/definitions/thousand-events.toml");
    std::ostringstream text;
    text << file.rdbuf();
    auto parsed = parse_definition(text.str(), "thousand-events.toml");
    MUST(static_cast<bool>(parsed));
    return *parsed;
  }();
  return read;
}

// Messages quote the form too, which is not of the input.
void check_told(const Refusal& refusal, size_t input_bytes) {
  check_refusal(refusal, input_bytes + 4096);
}

}  // namespace

void check_sheet(const Sheet& sheet, size_t input_bytes) {
  size_t before = 0;
  for (const SheetRow& row : sheet.rows) {
    MUST(row.number > before && row.number <= limits::kSheetRowNumberMax + input_bytes);
    before = row.number;
    bool blank = true;
    for (const std::string& cell : row.cells) {
      MUST(is_utf8(cell));
      blank = blank && trimmed(cell).empty();
    }
    MUST(!blank || row.cells.size() > 0);
  }
  const Definition& of = definition();
  for (const Form& form : of.forms) {
    const auto columns = RecordSheet::find(form, sheet.rows, false);
    if (!columns) {
      check_told(columns.refusal(), input_bytes);
      for (const auto& problem : columns.refusal().problems)
        check_told(problem.refusal, input_bytes);
      continue;
    }
    for (const SheetRow& row : sheet.rows) {
      if (row.number <= columns->header()) continue;
      SheetRecord read = columns->read(row);
      for (const auto& problem : read.problems) check_told(problem.refusal, input_bytes);
      if (read.kind != SheetRecord::Kind::kEvent) continue;
      const CheckContext context{{2020, 8, 1}, "Mine", nullptr};
      if (!read.explanation.empty()) {
        explain_all(of, form.key, read.input, read.explanation, context);
      }
      for (const auto& problem : check_input(of, form.key, read.input, context).errors) {
        check_told(problem.refusal, input_bytes);
      }
    }
  }
}

}  // namespace sitelog::fuzz
