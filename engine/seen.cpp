#include "engine/seen.hpp"

#include <algorithm>

namespace sitelog {

namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr unsigned kBitsEach = 5;

char capital(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') return '0';
  return c == 'I' || c == 'L' ? '1' : c;
}

}  // namespace

std::optional<std::string> read_seen(std::string_view given) {
  if (const auto digest = Hash::parse(given)) return digest->hex();
  if (given.size() != kSeenCodeLength) return std::nullopt;
  std::string out(given);
  for (char& c : out) {
    c = capital(c);
    if (kAlphabet.find(c) == kAlphabet.npos) return std::nullopt;
  }
  return out;
}

SeenCodes::SeenCodes(const SigningKey& key)
    : secret_(Hasher().add("sitelog seen codes 1\n").add(BytesView(key.seed())).finish()) {}

std::string SeenCodes::code(const Hash& seen) const {
  const Hash keyed = Hasher().add(secret_.view()).add(seen.view()).finish();
  std::string out;
  uint32_t bits = 0;
  for (size_t i = 0; i < 4; ++i) bits = bits << 8 | keyed.bytes[i];
  for (size_t i = 0; i < kSeenCodeLength; ++i) {
    out += kAlphabet[bits >> (32 - kBitsEach)];
    bits <<= kBitsEach;
  }
  return out;
}

bool SeenCodes::names(const std::string& given, const Hash& seen) const {
  return given == (given.size() == kSeenCodeLength ? code(seen) : seen.hex());
}

}  // namespace sitelog
