#pragma once

#include <memory>
#include <string>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"

struct evp_pkey_st;

namespace sitelog {

// A device's id follows from its key, so nobody can claim another's id.
DeviceId device_of(const PublicKey& key);

// True when `signature` over `message` is `key`'s (Ed25519, RFC 8032).
bool verify_signature(const PublicKey& key, BytesView message, const Signature& signature);

// A device's private key. Movable, never printed.
class SigningKey {
 public:
  static SigningKey generate();
  // From PEM (PKCS #8, unencrypted).
  static Result<SigningKey> from_pem(const std::string& pem);
  // From the 32 byte seed of RFC 8032: for worked examples.
  static SigningKey from_seed(const std::array<uint8_t, 32>& seed);

  std::string to_pem() const;
  PublicKey public_key() const;
  DeviceId device() const { return device_of(public_key()); }
  Signature sign(BytesView message) const;
  evp_pkey_st* native() const { return key_.get(); }

 private:
  explicit SigningKey(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace sitelog
