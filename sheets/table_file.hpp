#pragma once

#include <string>
#include <string_view>

#include "sheets/sheet.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// What a file's first bytes say it is.
enum class TableFile { kWorkbook, kOldWorkbook, kJson, kText };
TableFile table_file_of(std::string_view first_bytes);

// Reads a table from a file's bytes: a workbook, or text in any encoding of text_encoding.hpp with
// commas, tabs or semicolons. `sheet` names a workbook's sheet. Apostrophes that guard formulas in
// a text are taken off. Refuses kInvalidFile, kTooLarge.
Result<Sheet> read_table_file(std::string_view bytes, const std::string& sheet);

// The same as CSV text, each row in the line of its number. Text is given as it is, in UTF-8.
Result<std::string> table_file_as_csv(std::string_view bytes);

}  // namespace sitelog
