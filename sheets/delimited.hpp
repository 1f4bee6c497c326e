#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sheets/sheet.hpp"

// Tables as text: CSV (RFC 4180), and the same with tabs or semicolons.
namespace sitelog {

// What of a text is not as it should be.
struct DelimitedProblem {
  enum class What { kQuoteNotClosed, kTextAfterQuote, kTooMuch };
  size_t line = 0;
  What what{};
  std::string text;  // that stands behind the quote
};

struct Delimited {
  std::vector<SheetRow> rows;  // blank ones left out, their numbers are not
  std::vector<DelimitedProblem> problems;
};

// `text` is UTF-8. Line ends are LF, CRLF or CR. A quote inside an unquoted cell is taken as it is.
Delimited read_delimited(std::string_view text, char separator);

// The separator that the first lines have in common: a comma, a tab or a semicolon.
char separator_of(std::string_view text);

// A cell as it stands in a CSV file: quoted where needed. A text that a spreadsheet would take for
// a formula (it begins with = + - @, their full-width forms, a tab or CR) gets a leading apostrophe
// unless it is a number; `unguarded` takes it off again, and nothing else.
std::string delimited_cell(std::string_view text, bool is_text = true);
// The same put behind `out`.
void add_delimited_cell(std::string_view text, bool is_text, std::string& out);
std::string_view unguarded(std::string_view cell);

}  // namespace sitelog
