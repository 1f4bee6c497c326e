#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sync/ledger/result.hpp"

namespace sitelog {

// What headquarters shows to browsers, which take no Ed25519. A value.
struct WebCertificate {
  std::string certificates;  // PEM: its own first, then those that lead to a known authority
  std::string key;           // PEM
};

// A certificate that vouches for itself, for `names` (host names and addresses), with a P-256 key:
// `key` (PEM), or where that is empty a new one. Good from a day before `now_s` (Unix time) for
// kOwnWebCertificateDays.
inline constexpr int64_t kOwnWebCertificateDays = 820;
WebCertificate make_web_certificate(const std::string& key, const std::vector<std::string>& names,
                                    int64_t now_s);

// Refuses (kInvalidFile) what a browser would not take or the key does not fit to: no certificate,
// another's key, a key that is neither of P-256 nor of P-384 nor RSA of 2048 bits, certificates
// that are no chain.
Result<> check_web_certificate(const WebCertificate& certificate);
// What it says of itself.
struct WebCertificateFacts {
  std::vector<std::string> names;
  int64_t from_s = 0;  // Unix time
  int64_t until_s = 0;
  bool own = false;         // vouches for itself
  std::string fingerprint;  // SHA-256 in hex
};
WebCertificateFacts facts_of(const WebCertificate& certificate);

}  // namespace sitelog
