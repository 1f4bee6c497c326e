#pragma once

#include <xlsxwriter.h>

#include <functional>
#include <string>
#include <string_view>

// What every workbook that is written has alike. Internal to command/terminal.
namespace sitelog {

inline constexpr size_t kSheetRowsMax = 1'048'576;
inline constexpr size_t kWorkbookColumnsMax = 16'384;

// Throws std::system_error where the library refuses.
void check_written(lxw_error error);

// A cell's text as a sheet can hold it.
std::string cell_text(std::string_view text);
// A title as far as a sheet may bear it: 31 UTF-16 units, without []:*?/\ and '.
std::string sheet_name(std::string_view title);

inline lxw_row_t sheet_row(size_t row) {
  return static_cast<lxw_row_t>(row);
}
inline lxw_col_t sheet_column(size_t column) {
  return static_cast<lxw_col_t>(column);
}

// The bytes of a workbook that `fill` writes; the same for the same cells.
std::string workbook_bytes(const std::function<void(lxw_workbook*)>& fill);

}  // namespace sitelog
