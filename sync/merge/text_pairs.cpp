#include "sync/merge/text_pairs.hpp"

#include <algorithm>
#include <cstring>

namespace sitelog {

namespace {

// Apart from all that Unicode has, each of them: bytes that are no text.
constexpr uint32_t kNoText = 0x110000;
static_assert(kNoText + 0xff < uint32_t{1} << kCharacterBits);

bool goes_on(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80;
}

// Takes a character off `text`, which is not empty.
uint32_t take(std::string_view& text) {
  const auto byte = [&](size_t at) {
    return static_cast<uint32_t>(static_cast<uint8_t>(text[at]));
  };
  const uint32_t first = byte(0);
  size_t size = 1;
  uint32_t out = first;
  if (first >= 0xC2 && first < 0xE0 && goes_on(text, 1)) {
    size = 2;
    out = (first & 0x1F) << 6 | (byte(1) & 0x3F);
  } else if (first >= 0xE0 && first < 0xF0 && goes_on(text, 1) && goes_on(text, 2)) {
    size = 3;
    out = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  } else if (first >= 0xF0 && first < 0xF5 && goes_on(text, 1) && goes_on(text, 2) &&
             goes_on(text, 3)) {
    size = 4;
    out = (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  } else if (first >= 0x80 || first == 0) {
    out = kNoText + first;
  }
  text.remove_prefix(size);
  return out;
}

uint32_t fold(uint32_t character) {
  if (character >= 0xFF01 && character <= 0xFF5E) character -= 0xFF01 - '!';
  if (character == 0x3000) character = ' ';
  return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
}

TextPair pair_of(uint32_t first, uint32_t second) {
  return TextPair{first} << kCharacterBits | second;
}

}  // namespace

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const uint32_t character = take(text);
    const uint32_t now = fold(character);
    if (now < 0x80) {
      out += static_cast<char>(now);
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

void add_pairs(std::string_view text, std::vector<TextPair>& out) {
  if (text.empty()) return;
  uint32_t first = fold(take(text));
  while (!text.empty()) {
    const uint32_t second = fold(take(text));
    out.push_back(pair_of(first, second));
    first = second;
  }
  out.push_back(pair_of(first, 0));
}

bool holds(const Value& value, std::string_view wanted) {
  bool out = false;
  each_text(value, [&](std::string_view text) {
    if (out) return;
    // Linear in both, however they repeat themselves.
    const std::string in = folded(text);
    out = ::memmem(in.data(), in.size(), wanted.data(), wanted.size()) != nullptr;
  });
  return out;
}

SoughtPairs sought_pairs(std::string_view wanted) {
  SoughtPairs out;
  add_pairs(wanted, out.pairs);
  const TextPair last = out.pairs.back();
  out.pairs.pop_back();
  if (out.pairs.empty()) out.any_of_first = static_cast<uint32_t>(last >> kCharacterBits);
  out.exact = out.pairs.size() <= 1;
  std::sort(out.pairs.begin(), out.pairs.end());
  out.pairs.erase(std::unique(out.pairs.begin(), out.pairs.end()), out.pairs.end());
  return out;
}

}  // namespace sitelog
