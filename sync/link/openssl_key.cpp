#include "sync/link/openssl_key.hpp"

#include <openssl/evp.h>

namespace sitelog {

std::shared_ptr<evp_pkey_st> openssl_key(const SigningKey& key) {
  const KeySeed& seed = key.seed();
  EVP_PKEY* made =
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size());
  SITELOG_ASSERT(made != nullptr);
  return {made, &EVP_PKEY_free};
}

std::shared_ptr<evp_pkey_st> openssl_key(const PublicKey& key) {
  EVP_PKEY* made =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), PublicKey::kSize);
  SITELOG_ASSERT(made != nullptr);
  return {made, &EVP_PKEY_free};
}

}  // namespace sitelog
