#pragma once

#include <string>
#include <string_view>

#include "sheets/sheet.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// Reads a sheet of an Office Open XML workbook: the one called `name`, or, where that is empty, the
// first that is to be seen. Formulas are taken as they were last worked out, runs of a rich text as
// one text, day counts as days. Hidden rows and columns are read as all others. Refuses
// kInvalidFile what is no such workbook, and kTooLarge past limits.hpp, whatever the file says of
// its own size.
Result<Sheet> read_xlsx(std::string_view bytes, const std::string& name);

}  // namespace sitelog
