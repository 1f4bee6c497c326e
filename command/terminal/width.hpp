#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sitelog {

// One character of a UTF-8 text.
struct Character {
  char32_t code = 0xFFFD;
  size_t bytes = 1;    // that it takes in the text; at least 1
  bool valid = false;  // a broken sequence counts as U+FFFD, one byte at a time
};

// The character that starts at byte `at`, which is inside `text`.
Character character_at(std::string_view text, size_t at);

// Columns a text takes on a terminal: 2 for wide and full-width characters (Unicode Annex #11, W
// and F), 0 for combining marks and joiners, else 1. Ambiguous ones (“ ” … ×) count 1, as terminals
// in UTF-8 show them. For one line of text: a line feed counts 0.
size_t display_width(std::string_view text);

enum class Align { kLeft, kCentre, kRight };

// `text` with spaces to take `columns`; longer text stays as it is.
std::string padded(std::string_view text, size_t columns, Align align = Align::kLeft);

// The beginning of `text` that fits into `columns`, ending in "…" where something is left out.
std::string clipped(std::string_view text, size_t columns);

}  // namespace sitelog
