#include "campaign/looks.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "campaign/text.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

namespace {

// Controls, marks and fillers without width, directions, variants, tags (Unicode 15, mostly
// Default_Ignorable_Code_Point and Bidi_Control), what is no character, and no UTF-8.
constexpr std::pair<uint32_t, uint32_t> kUnseen[] = {
    {0, 0x1F},          {0x7F, 0x9F},        {0xAD, 0xAD},       {0x34F, 0x34F},
    {0x61C, 0x61C},     {0x115F, 0x1160},    {0x17B4, 0x17B5},   {0x180B, 0x180F},
    {0x200B, 0x200F},   {0x2028, 0x202E},    {0x2060, 0x206F},   {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF}, {kNotUtf8, kNotUtf8}};

constexpr int kCompatible = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE;

// What is UTF-8 of it, without what isn't seen.
std::string seen_part(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    if (!is_unseen(take_code_point(text))) {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

std::string mapped(const std::string& text, int options) {
  utf8proc_uint8_t* made = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &made,
                                   static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> held(made, &std::free);
  if (length == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  SITELOG_ASSERT(length >= 0);  // `text` is UTF-8
  return std::string(reinterpret_cast<const char*>(made), static_cast<size_t>(length));
}

}  // namespace

bool is_unseen(uint32_t point) {
  return std::any_of(std::begin(kUnseen), std::end(kUnseen), [point](const auto& range) {
    return range.first <= point && point <= range.second;
  });
}

bool is_white(uint32_t point) {
  return point == ' ' || point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
         point == 0x202F || point == 0x205F || point == 0x3000;
}

namespace {

// Of ASCII and Chinese characters (U+4E00 to U+9FFF) alone, which stand for themselves: of those
// Unicode decomposes, composes and folds the letters A to Z only. Most names are such.
std::optional<std::u32string> looks_of_plain(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80) {
      if (byte <= ' ' || byte == 0x7F) continue;  // not seen, or white
      out += byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
      continue;
    }
    if (byte < 0xE4 || byte > 0xE9) return std::nullopt;
    std::string_view rest = text.substr(i);
    const uint32_t point = take_code_point(rest);
    if (point < 0x4E00 || point > 0x9FFF) return std::nullopt;
    out += static_cast<char32_t>(point);
    i += 2;
  }
  return out;
}

}  // namespace

std::u32string looks_of(std::string_view text) {
  if (auto plain = looks_of_plain(text)) return *std::move(plain);
  const std::string folded = mapped(seen_part(text), kCompatible | UTF8PROC_CASEFOLD);
  std::u32string out;
  for (std::string_view rest = folded; !rest.empty();) {
    const uint32_t point = take_code_point(rest);
    if (!is_white(point)) out += static_cast<char32_t>(point);
  }
  return out;
}

std::string plainly(std::string_view text) {
  return is_utf8(text) ? mapped(seen_part(text), kCompatible) : std::string(text);
}

}  // namespace sitelog
