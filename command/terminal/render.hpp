#pragma once

#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

struct Table;

// The table for a terminal: title, lines above, header, rows, totals under a rule, lines below.
// Columns are aligned by display width, numbers to the right; a heading over several columns is
// centred between dashes. Control characters show as U+FFFD, line feeds in cells as spaces. Every
// line ends with LF. Where the table is wider than `columns_max` (0: any width will do), its widest
// columns of words are folded, as far as their headings let.
std::string render_text(const Table& table, size_t columns_max = 0);

// The table's data as CSV (RFC 4180) as spreadsheets open it: UTF-8 with BOM, CRLF, quoted where
// needed. One header line, in which the headings above one another are joined by "/", then all
// rows; behind a blank row what is said below them, label and value; all rows as wide. Title, lines
// above and what is to be filled in by hand are left out. A text that a spreadsheet would
// take for a formula (it begins with = + - @, their full-width forms, a tab or CR) gets a leading
// apostrophe unless it is a number.
std::string render_csv(const Table& table);

// The table as an Office Open XML workbook of one sheet, ready to print: A4 landscape, one page
// wide, header repeated, widths that fit Chinese. Texts never become formulas. The same table gives
// the same bytes. Refused: kTooLarge past what a sheet holds (1,048,576 rows, 16,384 columns).
Result<std::string> render_xlsx(const Table& table);

}  // namespace sitelog
