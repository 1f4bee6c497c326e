#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sitelog {

// Codes that follow from a shared secret and the time (RFC 6238: SHA-1, 30 s, six digits), as
// authenticator apps make them. Secrets are bytes; pure.
inline constexpr int64_t kTotpStepS = 30;
inline constexpr int64_t kTotpStepsAside = 1;  // that a clock may be ahead or behind
inline constexpr size_t kTotpDigits = 6;

// Of the step that has this number: `now_s` (Unix time) / kTotpStepS.
std::string totp_code(std::string_view secret, int64_t step);
// The step whose code it is, near `now_s` and behind `after`; nothing where it is none's.
std::optional<int64_t> totp_step(std::string_view secret, std::string_view code, int64_t now_s,
                                 int64_t after);

// RFC 4648, without padding.
std::string to_base32(std::string_view bytes);
// What an app reads, from a QR code: otpauth://totp/…
std::string otpauth_uri(std::string_view secret, std::string_view issuer, std::string_view account);

}  // namespace sitelog
