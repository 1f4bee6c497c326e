#pragma once

#include <string>

#include "sync/ledger/crypto.hpp"

namespace sitelog {

// A device's signed word about the public half of its agreement key, as it came: whether it is one
// is for `checked_agreement_key` to say, so that a wrong one is refused by itself and holds nothing
// else up.
struct AgreementClaim {
  std::string key;        // 65 bytes: an uncompressed point of P-256
  std::string signature;  // 64 bytes, the device's
  bool operator==(const AgreementClaim&) const = default;
};

AgreementClaim claim_agreement_key(const SigningKey& device, const AgreementPublicKey& key);

// Refuses what is no agreement key (kMalformed) or was not signed by `device` (kBadSignature).
Result<AgreementPublicKey> checked_agreement_key(const AgreementClaim& claim,
                                                 const PublicKey& device);

}  // namespace sitelog
