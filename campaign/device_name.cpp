#include "campaign/device_name.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "campaign/text.hpp"
#include "sync/ledger/limits.hpp"

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

bool is_unseen(uint32_t point) {
  return std::any_of(std::begin(kUnseen), std::end(kUnseen), [point](const auto& range) {
    return range.first <= point && point <= range.second;
  });
}

bool is_white(uint32_t point) {
  return point == ' ' || point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
         point == 0x202F || point == 0x205F || point == 0x3000;
}

char32_t small(uint32_t point) {
  // Every Debian has it; without it letters beyond ASCII keep their case.
  static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (unicode == nullptr) {
    return point >= 'A' && point <= 'Z' ? char32_t{point - 'A' + 'a'} : char32_t{point};
  }
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(point), unicode));
}

}  // namespace

Result<> check_device_name(std::string_view name) {
  const auto refuse = [&](const char* text) {
    return Refusal{Reason::kInvalidValue, text, {shortened(name, 40)}};
  };
  if (name.size() > limits::kPersonBytesMax) {
    return Refusal{Reason::kInvalidValue,
                   N_("the device's name has {} bytes; at most {} are taken"),
                   {std::to_string(name.size()), std::to_string(limits::kPersonBytesMax)}};
  }
  bool is_seen = false;
  for (std::string_view rest = name; !rest.empty();) {
    const uint32_t point = take_code_point(rest);
    if (point == kNotUtf8) return refuse(N_("the device's name is not text in UTF-8: {}"));
    if (is_unseen(point)) {
      return refuse(N_("the device's name holds characters that can't be seen: {}"));
    }
    is_seen = is_seen || !is_white(point);
  }
  if (is_seen) return Done{};
  return refuse(N_("a device needs a name by which people know it (sitelog join … --name NAME)"));
}

std::u32string looks_of(std::string_view name) {
  std::u32string out;
  const std::string plain = half_width(name);
  for (std::string_view rest = plain; !rest.empty();) {
    const uint32_t point = take_code_point(rest);
    if (!is_unseen(point) && !is_white(point)) out += small(point);
  }
  return out;
}

}  // namespace sitelog
