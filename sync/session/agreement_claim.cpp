#include "sync/session/agreement_claim.hpp"

namespace sitelog {

namespace {

// What the device signs. Its id is part of it, so that the word can be told of no other device.
std::string signed_part(const DeviceId& device, std::string_view key) {
  std::string out = "sitelog agreement key 1\n";
  out += as_text(device.view());
  out += key;
  return out;
}

}  // namespace

AgreementClaim claim_agreement_key(const SigningKey& device, const AgreementPublicKey& key) {
  const std::string_view point = as_text(key.view());
  const Signature signature = device.sign(as_bytes(signed_part(device.device(), point)));
  return {std::string(point), std::string(as_text(signature.view()))};
}

Result<AgreementPublicKey> checked_agreement_key(const AgreementClaim& claim,
                                                 const PublicKey& device) {
  const auto key = AgreementPublicKey::from(claim.key);
  if (!key || !is_agreement_key(*key)) {
    return Refusal{Reason::kMalformed,
                   N_("the agreement key of device {} is no point of P-256 in {} bytes"),
                   {device_of(device).hex(), std::to_string(AgreementPublicKey::kSize)}};
  }
  const auto signature = Signature::from(claim.signature);
  if (!signature ||
      !verify_signature(device, as_bytes(signed_part(device_of(device), claim.key)), *signature)) {
    return Refusal{Reason::kBadSignature,
                   N_("the agreement key of device {} is not signed by it"),
                   {device_of(device).hex()}};
  }
  return *key;
}

}  // namespace sitelog
