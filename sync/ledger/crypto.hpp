#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"

// All the cryptography that entries rest on: SHA-256, signatures, agreement keys. What needs a
// library stands in crypto_openssl.cpp alone, so that another can take its place. Nothing here
// draws randomness: keys are made from what the caller drew.
namespace sitelog {

// SHA-256 (FIPS 180-4) over parts added in order. Reusable after `finish`. Not for two threads.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& add(BytesView bytes);
  Hasher& add(std::string_view text) { return add(as_bytes(text)); }
  // Eight bytes, big-endian.
  Hasher& add_number(uint64_t number);
  // The length as a number, then the text: so that neighbours can't run together.
  Hasher& add_sized(std::string_view text);
  Hash finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash sha256(BytesView bytes);

// A device's id follows from its key, so nobody can claim another's id.
DeviceId device_of(const PublicKey& key);

// False for what is no key that anybody can have drawn: encodings that RFC 8032, 5.1.3 does not
// decode, and the points of small order (1, 2, 4, 8), under which signatures can be made that hold
// for any message.
bool is_signing_key(const PublicKey& key);

// True when `signature` over `message` is `key`'s (Ed25519, RFC 8032), which is one.
bool verify_signature(const PublicKey& key, BytesView message, const Signature& signature);

// What an Ed25519 key is made from (RFC 8032, 5.1.5): 32 random bytes, as secret as the key.
using KeySeed = std::array<uint8_t, 32>;

// A device's private key, with which it signs. A value that shares its secret with its copies, and
// is never printed. Any thread.
class SigningKey {
 public:
  static SigningKey from_seed(const KeySeed& seed);
  // From PEM (PKCS #8, unencrypted). Refuses kFolderDamaged.
  static Result<SigningKey> from_pem(const std::string& pem);

  std::string to_pem() const;
  // The secret itself, for whoever shows the key to another library.
  const KeySeed& seed() const;
  const PublicKey& public_key() const;
  DeviceId device() const { return device_of(public_key()); }
  Signature sign(BytesView message) const;

 private:
  struct State;
  explicit SigningKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// True for a point of P-256 (FIPS 186-5), uncompressed: 04, x, y.
bool is_agreement_key(const AgreementPublicKey& key);

// The private half of a key that others encrypt to (elliptic curve Diffie-Hellman over P-256). A
// value that shares its secret with its copies, and is never printed. Any thread.
class AgreementKey {
 public:
  // Makes the key as FIPS 186-5, A.2.1 says: 64 bits more than the key has, so that no draw fails.
  using Random = std::array<uint8_t, 40>;
  static AgreementKey from_random(const Random& random);
  // From PEM (PKCS #8, unencrypted). Refuses kFolderDamaged.
  static Result<AgreementKey> from_pem(const std::string& pem);

  std::string to_pem() const;
  const AgreementPublicKey& public_key() const;

 private:
  struct State;
  explicit AgreementKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace sitelog
