#include "sync/link/invitation.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/link/limits.hpp"

namespace sitelog {

namespace {

// Crockford's base32: no I, L, O and U.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCodeCharacters = 35;
constexpr size_t kGroupCharacters = 5;
constexpr size_t kPayloadBytes = 20;
constexpr const char* kVersionField = "sitelog_invitation";

using Payload = std::array<uint8_t, kPayloadBytes>;

// 15 bits: one typing error in 32,768 goes unseen.
uint32_t checksum(const Payload& payload) {
  const Hash hash = Hasher().add("sitelog invitation 1\n").add(BytesView(payload)).finish();
  return (uint32_t{hash.bytes[0]} << 8 | hash.bytes[1]) >> 1;
}

// The value of a digit, or -1 for what is skipped, or -2 for what has no place in a code.
int digit(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const size_t at = kDigits.find(c);
  if (at != std::string_view::npos) return static_cast<int>(at);
  return c == ' ' || c == '-' || c == '_' || c == '.' || c == '\t' || c == '\r' || c == '\n' ? -1
                                                                                             : -2;
}

// Spaces and dashes as Chinese keyboards and word processors write them.
void replace_wide(std::string& text) {
  for (const std::string_view wide : {"\u3000", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014",
                                      "\u2212", "\uff0d", "\u00a0", "\ufeff"}) {
    for (size_t at; (at = text.find(wide)) != std::string::npos;)
      text.replace(at, wide.size(), " ");
  }
}

Refusal invalid_file(const char* what) {
  return {Reason::kInvalidFile,
          N_("this is not an invitation file ({}): ask headquarters to send it once more, or type "
             "the code"),
          {what}};
}

// "2026-12-31T00:00:00Z"
std::string to_text(Instant instant) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(instant.ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out;
}

std::optional<Instant> parse_instant(const std::string& text) {
  int year, hour, minute, second, end = 0;
  unsigned month, day;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ%n", &year, &month, &day, &hour, &minute,
                  &second, &end) != 6 ||
      end != static_cast<int>(text.size())) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto seconds = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                       std::chrono::minutes(minute) + std::chrono::seconds(second);
  return Instant{std::chrono::duration_cast<std::chrono::milliseconds>(seconds).count()};
}

// A text field within the limit; empty where there is none.
std::optional<std::string> text_field(const boost::json::object& in, const char* name) {
  const auto* found = in.if_contains(name);
  if (found == nullptr || found->is_null()) return std::string();
  if (!found->is_string() || found->get_string().size() > limits::kInvitationTextBytesMax)
    return std::nullopt;
  return std::string(found->get_string());
}

Result<Invitation> parse_file(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return invalid_file("JSON");
  const boost::json::object& in = parsed.get_object();
  const auto* version = in.if_contains(kVersionField);
  if (version == nullptr || !version->is_int64()) return invalid_file(kVersionField);
  if (version->get_int64() != 1) {
    return Refusal{Reason::kVersion,
                   N_("this invitation file was made by a newer Sitelog: install the Sitelog that "
                      "headquarters hands out, or type the code"),
                   {}};
  }
  const auto code_text = text_field(in, "code");
  if (!code_text) return invalid_file("code");
  const auto code = InvitationCode::parse(*code_text);
  if (!code) return code.refusal();
  const auto headquarters = text_field(in, "headquarters_name");
  const auto unit = text_field(in, "unit");
  const auto unit_name = text_field(in, "unit_name");
  const auto expires = text_field(in, "expires");
  if (!headquarters || !unit || !unit_name || !expires) return invalid_file("text");
  if (unit->size() > limits::kBookCodeBytesMax) return invalid_file("unit");
  Invitation out{.code = *code,
                 .headquarters_name = *headquarters,
                 .unit = *unit,
                 .unit_name = *unit_name,
                 .addresses = {},
                 .expires = {}};
  if (!expires->empty() && !(out.expires = parse_instant(*expires))) return invalid_file("expires");
  if (const auto* addresses = in.if_contains("addresses")) {
    if (!addresses->is_array() || addresses->get_array().size() > limits::kInvitationAddressesMax) {
      return invalid_file("addresses");
    }
    for (const auto& item : addresses->get_array()) {
      if (!item.is_string() || item.get_string().size() > limits::kInvitationTextBytesMax) {
        return invalid_file("addresses");
      }
      out.addresses.emplace_back(item.get_string());
    }
  }
  return out;
}

}  // namespace

InvitationCode InvitationCode::create(const Hash& authority_fingerprint) {
  InvitationCode out;
  SITELOG_ASSERT(RAND_bytes(out.secret.data(), static_cast<int>(out.secret.size())) == 1);
  std::copy_n(authority_fingerprint.bytes.begin(), out.authority.size(), out.authority.begin());
  return out;
}

std::string InvitationCode::to_text() const {
  Payload payload;
  std::copy(authority.begin(), authority.end(),
            std::copy(secret.begin(), secret.end(), payload.begin()));
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  size_t written = 0;
  const auto write = [&](uint32_t value, int width) {
    bits = bits << width | value;
    for (held += width; held >= 5; held -= 5) {
      if (written > 0 && written % kGroupCharacters == 0) out += '-';
      out += kDigits[bits >> (held - 5) & 31];
      ++written;
    }
    bits &= (1u << held) - 1;
  };
  for (const uint8_t byte : payload) write(byte, 8);
  write(checksum(payload), 15);
  return out;
}

Result<InvitationCode> InvitationCode::parse(std::string_view text) {
  std::string plain(text.substr(0, limits::kInvitationTextBytesMax));
  replace_wide(plain);
  std::vector<uint32_t> digits;
  for (const char c : plain) {
    const int value = digit(c);
    if (value == -2) {
      return Refusal{Reason::kInvalidValue,
                     N_("an invitation's code has letters and digits only, and no U: compare it "
                        "with the one you were given"),
                     {}};
    }
    if (value >= 0) digits.push_back(static_cast<uint32_t>(value));
  }
  if (digits.size() != kCodeCharacters || text.size() > limits::kInvitationTextBytesMax) {
    return Refusal{Reason::kInvalidValue,
                   N_("an invitation's code has {} letters and digits, not {}: compare it with the "
                      "one you were given"),
                   {std::to_string(kCodeCharacters), std::to_string(digits.size())}};
  }
  Payload payload;
  uint32_t bits = 0;
  int held = 0;
  size_t at = 0;
  for (size_t i = 0; i + 3 < kCodeCharacters; ++i) {
    bits = bits << 5 | digits[i];
    held += 5;
    if (held >= 8) {
      held -= 8;
      payload[at++] = static_cast<uint8_t>(bits >> held);
      bits &= (1u << held) - 1;
    }
  }
  const uint32_t told = digits[kCodeCharacters - 3] << 10 | digits[kCodeCharacters - 2] << 5 |
                        digits[kCodeCharacters - 1];
  if (told != checksum(payload)) {
    return Refusal{Reason::kInvalidValue,
                   N_("there is a typing error in the invitation's code: compare it, group by "
                      "group, with the one you were given"),
                   {}};
  }
  InvitationCode out;
  std::copy_n(payload.begin(), out.secret.size(), out.secret.begin());
  std::copy_n(payload.begin() + out.secret.size(), out.authority.size(), out.authority.begin());
  return out;
}

Hash invitation_secret_hash(std::string_view secret) {
  return Hasher().add("sitelog invitation secret 1\n").add_sized(secret).finish();
}

std::string join_proof_message(const HeadquartersId& headquarters, std::string_view secret) {
  std::string out = "sitelog join 2\n";
  out += as_text(headquarters.view());
  out += secret;
  return out;
}

std::string to_file(const Invitation& invitation) {
  boost::json::object out;
  out[kVersionField] = 1;
  out["code"] = invitation.code.to_text();
  out["headquarters_name"] = invitation.headquarters_name;
  out["unit"] = invitation.unit;
  out["unit_name"] = invitation.unit_name;
  boost::json::array& addresses = out["addresses"].emplace_array();
  for (const auto& address : invitation.addresses) addresses.emplace_back(address);
  if (invitation.expires) out["expires"] = to_text(*invitation.expires);
  return boost::json::serialize(out) + "\n";
}

Result<Invitation> parse_invitation(std::string_view text) {
  if (text.size() > limits::kInvitationBytesMax) {
    return Refusal{Reason::kTooLarge,
                   N_("an invitation file is at most {} bytes long, this is {}"),
                   {std::to_string(limits::kInvitationBytesMax), std::to_string(text.size())}};
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && text[start] == '{') return parse_file(text.substr(start));
  const auto code = InvitationCode::parse(text);
  if (!code) return code.refusal();
  Invitation out;
  out.code = *code;
  return out;
}

}  // namespace sitelog
