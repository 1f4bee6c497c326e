#include "engine/accounts/totp.hpp"

#include <array>

#include "sync/ledger/hmac.hpp"

namespace sitelog {

namespace {

// What stands in an address as itself; everything else by its number.
std::string percent_coded(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != kPlain.npos) {
      out += c;
      continue;
    }
    out += '%';
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

bool same_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned differs = 0;
  for (size_t i = 0; i < a.size(); ++i) differs |= static_cast<uint8_t>(a[i] ^ b[i]);
  return differs == 0;
}

}  // namespace

std::string totp_code(std::string_view secret, int64_t step) {
  std::array<uint8_t, 8> counter{};
  for (size_t i = 0; i < counter.size(); ++i) {
    counter[i] = static_cast<uint8_t>(static_cast<uint64_t>(step) >> (56 - 8 * i));
  }
  const auto hash = hmac_sha1(as_bytes(secret), {counter.data(), counter.size()});
  // RFC 4226, 5.3
  const size_t at = hash[19] & 15;
  const uint32_t number = (uint32_t{hash[at]} & 0x7f) << 24 | uint32_t{hash[at + 1]} << 16 |
                          uint32_t{hash[at + 2]} << 8 | uint32_t{hash[at + 3]};
  std::string out = std::to_string(number % 1'000'000);
  out.insert(0, kTotpDigits - out.size(), '0');
  return out;
}

std::optional<int64_t> totp_step(std::string_view secret, std::string_view code, int64_t now_s,
                                 int64_t after) {
  std::optional<int64_t> out;
  const int64_t now = now_s / kTotpStepS;
  for (int64_t step = now - kTotpStepsAside; step <= now + kTotpStepsAside; ++step) {
    if (step > after && same_in_constant_time(totp_code(secret, step), code) && !out) out = step;
  }
  return out;
}

std::string to_base32(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<uint8_t>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kLetters[held >> (bits - 5) & 31];
    held &= 0xff;
  }
  if (bits > 0) out += kLetters[held << (5 - bits) & 31];
  return out;
}

std::string otpauth_uri(std::string_view secret, std::string_view issuer,
                        std::string_view account) {
  const std::string from = percent_coded(issuer);
  return "otpauth://totp/" + from + ":" + percent_coded(account) + "?secret=" + to_base32(secret) +
         "&issuer=" + from;
}

}  // namespace sitelog
