#include "campaign/text.hpp"

#include <algorithm>

#include "sync/ledger/result.hpp"

namespace sitelog {

namespace {

constexpr std::string_view kWideSpace = "\u3000";

bool is_space(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

void append_code_point(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

// Bytes of the sequence that begins with `first`; 0 where none can.
size_t sequence_length(uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

}  // namespace

uint32_t take_code_point(std::string_view& text) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  const uint8_t first = byte(0);
  const size_t length = sequence_length(first);
  uint32_t point = length <= 1 ? first : first & (0x7Fu >> length);
  bool good = length != 0 && length <= text.size();
  for (size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (good && (point < kLeast[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))) {
    good = false;
  }
  text.remove_prefix(good ? length : 1);
  return good ? point : kNotUtf8;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take_code_point(text) == kNotUtf8) return false;
  }
  return true;
}

size_t length_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
  }));
}

bool is_unprintable(uint32_t point) {
  const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  const bool reorders = point == 0x061C || point == 0x200E || point == 0x200F ||
                        (point >= 0x202A && point <= 0x202E) ||
                        (point >= 0x2066 && point <= 0x2069);
  const bool ends_line = point == 0x2028 || point == 0x2029;
  return control || reorders || ends_line || point == 0xFFFE || point == 0xFFFF ||
         point == kNotUtf8;
}

size_t printable_bytes(std::string_view text) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  size_t at = 0;
  while (at < text.size()) {
    const uint8_t first = byte(at);
    if (first >= 0x20 && first < 0x7F) {
      ++at;
    } else if (first >= 0xE3 && first < 0xED && at + 2 < text.size() &&
               (byte(at + 1) & 0xC0) == 0x80 && (byte(at + 2) & 0xC0) == 0x80) {
      at += 3;  // U+3000 to U+CFFF, as nearly all of a Chinese text
    } else {
      std::string_view rest = text.substr(at);
      if (is_unprintable(take_code_point(rest))) break;
      at = text.size() - rest.size();
    }
  }
  return at;
}

bool has_control_characters(std::string_view text) {
  for (text.remove_prefix(printable_bytes(text)); !text.empty();
       text.remove_prefix(printable_bytes(text))) {
    const uint32_t point = take_code_point(text);
    if (point != '\n' && point != '\r' && point != '\t' && point != kNotUtf8) return true;
  }
  return false;
}

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    const uint32_t point = take_code_point(text);
    const bool space = point == ' ' || (point >= '\t' && point <= '\r') || point == 0xA0 ||
                       point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
                       point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
    // Joiners, fillers and marks of no width, and the blank pattern of Braille.
    const bool unseen =
        point == 0xAD || point == 0x034F || point == 0x061C ||
        (point >= 0x115F && point <= 0x1160) || (point >= 0x17B4 && point <= 0x17B5) ||
        (point >= 0x180B && point <= 0x180F) || (point >= 0x200B && point <= 0x200F) ||
        (point >= 0x2060 && point <= 0x206F) || point == 0x2800 || point == 0x3164 ||
        (point >= 0xFE00 && point <= 0xFE0F) || point == 0xFEFF || point == 0xFFA0 ||
        (point >= 0xE0000 && point <= 0xE0FFF);
    if (!space && !unseen) return false;
  }
  return true;
}

const char* fault_of(std::string_view text, Lines lines) {
  if (printable_bytes(text) == text.size()) return nullptr;
  if (!is_utf8(text)) return N_("this is not text in UTF-8");
  if (has_control_characters(text)) {
    return N_("this holds characters that can't be shown, or that turn a line round");
  }
  const bool breaks = text.find_first_of("\n\r\t") != std::string_view::npos;
  return breaks && lines == Lines::kOne ? N_("this must be one line, without tabs") : nullptr;
}

std::string with_line_feeds(std::string_view text) {
  if (text.find('\r') == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

std::string on_one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t printable = printable_bytes(text);
    out += text.substr(0, printable);
    text.remove_prefix(printable);
    if (text.empty()) break;
    const uint32_t point = take_code_point(text);
    if (point == '\n' || point == '\r' || point == '\t') {
      out += ' ';
    } else {
      out += "\uFFFD";
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  for (bool more = true; more && !text.empty();) {
    more = true;
    if (is_space(text.front())) {
      text.remove_prefix(1);
    } else if (text.starts_with(kWideSpace)) {
      text.remove_prefix(kWideSpace.size());
    } else if (is_space(text.back())) {
      text.remove_suffix(1);
    } else if (text.ends_with(kWideSpace)) {
      text.remove_suffix(kWideSpace.size());
    } else {
      more = false;
    }
  }
  return text;
}

std::string half_width(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    const uint32_t point = take_code_point(text);
    if (point >= 0xFF01 && point <= 0xFF5E) {
      append_code_point(out, point - 0xFF01 + 0x21);
    } else if (point == 0x3000) {
      out += ' ';
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& byte : out) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return out;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  std::string item;
  const auto end_item = [&] {
    std::string kept(trimmed(item));
    if (!kept.empty() && std::find(items.begin(), items.end(), kept) == items.end()) {
      items.push_back(std::move(kept));
    }
    item.clear();
  };
  while (!text.empty()) {
    const std::string_view before = text;
    const uint32_t point = take_code_point(text);
    const bool separates = point == ',' || point == ';' || point == '\n' || point == '\r' ||
                           point == 0x3001 || point == 0xFF0C || point == 0xFF1B;
    if (separates) {
      end_item();
    } else {
      item += before.substr(0, before.size() - text.size());
    }
  }
  end_item();
  return items;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out += between;
    out += part;
  }
  return out;
}

std::string shortened(std::string_view text, size_t length_max) {
  std::string_view rest = text;
  for (size_t taken = 0; !rest.empty(); ++taken) {
    if (taken == length_max) {
      return on_one_line(text.substr(0, text.size() - rest.size())) + "…";
    }
    take_code_point(rest);
  }
  return on_one_line(text);
}

}  // namespace sitelog
