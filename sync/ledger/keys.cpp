#include "sync/ledger/keys.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "sync/ledger/digest.hpp"

namespace sitelog {

DeviceId device_of(const PublicKey& key) {
  const Hash hash = sha256(key.view());
  return *DeviceId::from(hash.view().first(DeviceId::kSize));
}

bool verify_signature(const PublicKey& key, BytesView message, const Signature& signature) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), PublicKey::kSize),
      &EVP_PKEY_free);
  if (!pkey) return false;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free);
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.bytes.data(), Signature::kSize, message.data(),
                          message.size()) == 1;
}

SigningKey::SigningKey(evp_pkey_st* key) : key_(key, &EVP_PKEY_free) {
  SITELOG_ASSERT(key != nullptr);
}

SigningKey SigningKey::generate() {
  return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

Result<SigningKey> SigningKey::from_pem(const std::string& pem) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
    EVP_PKEY_free(key);
    return Refusal{Reason::kFolderDamaged, N_("the private key is damaged or of another kind"), {}};
  }
  return SigningKey(key);
}

SigningKey SigningKey::from_seed(const std::array<uint8_t, 32>& seed) {
  return SigningKey(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
}

std::string SigningKey::to_pem() const {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  SITELOG_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                               nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

PublicKey SigningKey::public_key() const {
  PublicKey out;
  size_t size = PublicKey::kSize;
  SITELOG_ASSERT(EVP_PKEY_get_raw_public_key(key_.get(), out.bytes.data(), &size) == 1);
  return out;
}

Signature SigningKey::sign(BytesView message) const {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free);
  Signature out;
  size_t size = Signature::kSize;
  SITELOG_ASSERT(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  SITELOG_ASSERT(
      EVP_DigestSign(context.get(), out.bytes.data(), &size, message.data(), message.size()) == 1);
  return out;
}

}  // namespace sitelog
