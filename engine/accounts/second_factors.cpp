#include "engine/accounts/second_factors.hpp"

#include <array>

#include "engine/accounts/limits.hpp"
#include "engine/accounts/totp.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace {

constexpr size_t kSecretBytes = 20;    // RFC 4226, 4: as long as the hash
constexpr size_t kRecoveryBytes = 15;  // 120 bits: a plain hash keeps it (ASVS 6.5.2)
constexpr size_t kRecoveryCodes = 8;
constexpr size_t kRecoveryGroup = 4;  // letters between two hyphens

template <size_t size>
std::string draw() {
  const auto bytes = random_bytes<std::array<uint8_t, size>>();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string in_groups(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && i % kRecoveryGroup == 0) out += '-';
    out += text[i];
  }
  return out;
}

// As people type it: hyphens, blanks and small letters don't matter.
std::string as_drawn(const std::string& code) {
  std::string out;
  for (const char c : code) {
    if (c == '-' || c == ' ') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

}  // namespace

SecondFactors::SecondFactors(Credentials& credentials, int64_t started_s)
    : credentials_(credentials), first_step_(started_s / kTotpStepS) {}

bool SecondFactors::has(const std::string& account) const {
  return credentials_.second_factor(account).has_value();
}

SecondFactors::Offered SecondFactors::offer(const std::string& account, const std::string& issuer,
                                            int64_t now_s) {
  std::string secret = draw<kSecretBytes>();
  Offered out{to_base32(secret), otpauth_uri(secret, issuer, account)};
  const std::lock_guard lock(mutex_);
  std::erase_if(offered_, [now_s](const auto& each) { return each.second.until_s < now_s; });
  offered_[account] = {std::move(secret), now_s + limits::kSecondFactorOffered.count()};
  return out;
}

bool SecondFactors::takes_step(const std::string& account, const std::string& secret,
                               const std::string& code, int64_t now_s) {
  int64_t& last = last_step_.try_emplace(account, first_step_).first->second;
  // Used at a time to which the clock has not come yet: it was set back since. What may have been
  // used by now waits for the next.
  const int64_t now = now_s / kTotpStepS;
  if (last > now + kTotpStepsAside) last = now;
  const auto step = totp_step(secret, code, now_s, last);
  if (!step) return false;
  last = *step;
  return true;
}

// The recovery codes that go with it.
std::vector<std::string> SecondFactors::keep(const std::string& account,
                                             const std::string& secret) {
  std::vector<std::string> out;
  SecondFactor factor{secret, {}};
  for (size_t i = 0; i < kRecoveryCodes; ++i) {
    const std::string drawn = to_base32(draw<kRecoveryBytes>());
    factor.recovery.insert(hash_of_secret(drawn));
    out.push_back(in_groups(drawn));
  }
  credentials_.set_second_factor(account, std::move(factor));
  return out;
}

SecondFactors::Given SecondFactors::give(const std::string& account, const std::string& issuer) {
  const std::string secret = draw<kSecretBytes>();
  const std::lock_guard lock(mutex_);
  offered_.erase(account);
  return {{to_base32(secret), otpauth_uri(secret, issuer, account)}, keep(account, secret)};
}

std::optional<std::vector<std::string>> SecondFactors::confirm(const std::string& account,
                                                               const std::string& code,
                                                               int64_t now_s) {
  const std::lock_guard lock(mutex_);
  const auto pending = offered_.find(account);
  if (pending == offered_.end() || pending->second.until_s < now_s) return std::nullopt;
  // Another secret: what was used of the one so far says nothing of it.
  if (!totp_step(pending->second.secret, as_drawn(code), now_s, 0)) return std::nullopt;
  auto out = keep(account, pending->second.secret);
  last_step_[account] = *totp_step(pending->second.secret, as_drawn(code), now_s, 0);
  offered_.erase(pending);
  return out;
}

bool SecondFactors::is_recovery(const std::string& code) {
  return as_drawn(code).size() != kTotpDigits;
}

bool SecondFactors::takes(const std::string& account, const std::string& code, int64_t now_s) {
  const std::string drawn = as_drawn(code);
  const std::lock_guard lock(mutex_);
  const auto factor = credentials_.second_factor(account);
  if (!factor) return false;
  if (drawn.size() == kTotpDigits) return takes_step(account, factor->secret, drawn, now_s);
  return credentials_.use_recovery(account, hash_of_secret(drawn));
}

}  // namespace sitelog
