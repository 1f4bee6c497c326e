#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What people type, in UTF-8. Functions here take any bytes and never fail.
namespace sitelog {

// Takes the first code point off `text`, which must not be empty; 0xFFFFFFFF (and one byte taken)
// where the bytes are not UTF-8 (RFC 3629: no overlong forms, no surrogates).
uint32_t take_code_point(std::string_view& text);
inline constexpr uint32_t kNotUtf8 = 0xFFFFFFFF;

bool is_utf8(std::string_view text);
// In code points, which is what people count.
size_t length_of(std::string_view text);

// What no text may hold: controls (C0, DEL, C1; line feed and tab too), what changes the direction
// of a line (Unicode's Bidi_Control), line and paragraph separators, U+FFFE and U+FFFF, kNotUtf8.
bool is_unprintable(uint32_t point);
// How many bytes stand before the first that is_unprintable; all where none is.
size_t printable_bytes(std::string_view text);
// True where the text holds what can't be printed; line ends and tabs are allowed.
bool has_control_characters(std::string_view text);
// True where there is nothing to be seen: no character, or white space and those of no width alone.
bool is_blank(std::string_view text);

// What is wrong with a text that somebody typed, as a message id; null where nothing is. Every text
// that enters by a door is asked this, once, with how many lines it may have.
enum class Lines { kOne, kSeveral };
const char* fault_of(std::string_view text, Lines lines);
// CR LF, and CR alone, as LF.
std::string with_line_feeds(std::string_view text);
// As part of a line of the program's own: line ends and tabs as blanks, what can't be printed as
// U+FFFD.
std::string on_one_line(std::string_view text);

// Without white space (ASCII and U+3000) at both ends.
std::string_view trimmed(std::string_view text);
// Full-width ASCII (U+FF01 to U+FF5E) and U+3000 as their plain twins.
std::string half_width(std::string_view text);
// ASCII letters in lower case.
std::string lower(std::string_view text);

// Items between `、` `,` `，` `;` `；` and line ends: trimmed, no empty ones, each once, in order.
std::vector<std::string> split_list(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view between);
// The first `length_max` code points, on one line, with … where something was cut.
std::string shortened(std::string_view text, size_t length_max);

}  // namespace sitelog
