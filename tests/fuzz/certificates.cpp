// A certificate or a private key, as a peer shows it or a file holds it.
#include "sync/link/certificate.hpp"
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

// Reading a key is slow, so only what claims to be one is tried.
template <class Key>
void check_key(const std::string& text) {
  const auto key = Key::from_pem(text);
  if (!key) return check_refusal(key.refusal(), text.size());
  const auto again = Key::from_pem(key->to_pem());
  MUST(again && again->public_key() == key->public_key());
}

void check_keys(const std::string& text) {
  if (text.find("PRIVATE KEY") == std::string::npos) return;
  check_key<SigningKey>(text);
  check_key<AgreementKey>(text);
}

void check_peer(const Certificate& certificate, size_t input_bytes) {
  const auto peer = peer_of(certificate);
  if (!peer) return check_refusal(peer.refusal(), input_bytes);
  MUST(peer->device == device_of(*certificate.key()));
  MUST(peer->standing.is_authority() == peer->standing.unit().empty());
}

}  // namespace

FUZZ_TARGET(certificates) {
  static const Certificate authority = *Certificate::parse(kAuthorityCertificate);
  static const Certificate site = *Certificate::parse(kSiteCertificate);
  static const Certificate headquarters = *Certificate::parse(kHeadquartersCertificate);
  const std::string text(as_text(input));
  check_keys(text);
  const auto certificate = Certificate::parse(text);
  if (!certificate) return check_refusal(certificate.refusal(), text.size());
  MUST(certificate->der().size() <= text.size());
  const auto again = Certificate::from_pem(certificate->to_pem());
  MUST(again && !again->der().empty());
  check_peer(*certificate, text.size());
  MUST(!certificate->issued_by(*certificate) && !certificate->issued_by(site));
  // Nobody but the authority makes a certificate that it issued: whoever shows one is who it says.
  if (!certificate->issued_by(authority)) return;
  const auto peer = peer_of(*certificate);
  MUST(static_cast<bool>(peer));
  const auto known = peer_of(peer->standing.is_authority() ? headquarters : site);
  MUST(peer->device == known->device && peer->standing == known->standing);
  MUST(*certificate->key() == *(peer->standing.is_authority() ? headquarters : site).key());
}
