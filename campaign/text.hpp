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
// True where the text holds what can't be printed; line ends and tabs are allowed.
bool has_control_characters(std::string_view text);

// Without white space (ASCII and U+3000) at both ends.
std::string_view trimmed(std::string_view text);
// Full-width ASCII (U+FF01 to U+FF5E) and U+3000 as their plain twins.
std::string half_width(std::string_view text);
// ASCII letters in lower case.
std::string lower(std::string_view text);

// Items between `、` `,` `，` `;` `；` and line ends: trimmed, no empty ones, each once, in order.
std::vector<std::string> split_list(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view between);
// The first `length_max` code points, with … where something was cut.
std::string shortened(std::string_view text, size_t length_max);

}  // namespace sitelog
