#include "http/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace sitelog {

namespace {

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = end == text.data() + text.size() && !text.empty();
  return error == std::errc() && whole ? std::optional(out) : std::nullopt;
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-' || c == '_';
}

}  // namespace

std::optional<AskedRange> parse_range(std::string_view field, uint64_t bytes) {
  constexpr std::string_view kUnit = "bytes=";
  field = without_blanks(field);
  if (!field.starts_with(kUnit)) return std::nullopt;
  const std::string_view range = without_blanks(field.substr(kUnit.size()));
  const size_t dash = range.find('-');
  if (dash == range.npos || range.find(',') != range.npos) return std::nullopt;
  const auto first = number_of(range.substr(0, dash));
  const auto last = number_of(range.substr(dash + 1));
  if (dash == 0) {  // so many at the end
    if (!last) return std::nullopt;
    if (*last == 0 || bytes == 0) return AskedRange{};
    const uint64_t size = std::min(*last, bytes);
    return AskedRange{ByteRange{bytes - size, size}};
  }
  if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first)) {
    return std::nullopt;
  }
  if (*first >= bytes) return AskedRange{};
  const uint64_t end = last ? std::min(*last, bytes - 1) : bytes - 1;
  return AskedRange{ByteRange{*first, end - *first + 1}};
}

std::string attachment(std::string_view name) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string plain, coded;
  for (const char c : name) {
    if (is_plain(c)) {
      plain += c;
      coded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      coded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  if (plain.empty() || plain.front() == '.' || plain.front() == '-') plain = "export" + plain;
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + coded;
}

bool names_tag(std::string_view field, std::string_view tag) {
  while (!field.empty()) {
    const size_t end = std::min(field.find(','), field.size());
    const std::string_view each = without_blanks(field.substr(0, end));
    if (each == tag || each == "*") return true;
    field.remove_prefix(std::min(end + 1, field.size()));
  }
  return false;
}

}  // namespace sitelog
