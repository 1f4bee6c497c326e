// The part of crypto.hpp that OpenSSL does.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/hmac.hpp"

namespace sitelog {

namespace {

struct Freed {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
  void operator()(EC_POINT* point) const { EC_POINT_free(point); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
};
template <class T>
using Own = std::unique_ptr<T, Freed>;

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

Own<EVP_PKEY> read_private_key(const std::string& pem) {
  const Own<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Own<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return key;
}

std::string write_private_key(EVP_PKEY* key) {
  const Own<BIO> bio(BIO_new(BIO_s_mem()));
  SITELOG_ASSERT(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

Refusal damaged_key() {
  ERR_clear_error();
  return {Reason::kFolderDamaged, N_("the private key is damaged or of another kind"), {}};
}

}  // namespace

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  SITELOG_ASSERT(EVP_DigestInit_ex2(state_->context, sha256_algorithm(), nullptr) == 1);
}
Hasher::~Hasher() = default;

Hasher& Hasher::add(BytesView bytes) {
  SITELOG_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Hash Hasher::finish() {
  Hash out;
  unsigned size = 0;
  SITELOG_ASSERT(EVP_DigestFinal_ex(state_->context, out.bytes.data(), &size) == 1 && size == 32);
  SITELOG_ASSERT(EVP_DigestInit_ex2(state_->context, sha256_algorithm(), nullptr) == 1);
  return out;
}

bool verify_signature(const PublicKey& key, BytesView message, const Signature& signature) {
  if (!is_signing_key(key)) return false;
  const Own<EVP_PKEY> pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), PublicKey::kSize));
  if (!pkey) return false;
  const Own<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.bytes.data(), Signature::kSize, message.data(),
                          message.size()) == 1;
}

struct SigningKey::State {
  Own<EVP_PKEY> key;
  KeySeed seed{};
  PublicKey public_key;

  explicit State(Own<EVP_PKEY> made) : key(std::move(made)) {
    size_t size = seed.size();
    SITELOG_ASSERT(key && EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) == 1);
    size = PublicKey::kSize;
    SITELOG_ASSERT(EVP_PKEY_get_raw_public_key(key.get(), public_key.bytes.data(), &size) == 1);
  }
  ~State() { OPENSSL_cleanse(seed.data(), seed.size()); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

SigningKey SigningKey::from_seed(const KeySeed& seed) {
  return SigningKey(std::make_shared<State>(Own<EVP_PKEY>(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()))));
}

Result<SigningKey> SigningKey::from_pem(const std::string& pem) {
  Own<EVP_PKEY> key = read_private_key(pem);
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return damaged_key();
  return SigningKey(std::make_shared<State>(std::move(key)));
}

std::string SigningKey::to_pem() const {
  return write_private_key(state_->key.get());
}

const KeySeed& SigningKey::seed() const {
  return state_->seed;
}

const PublicKey& SigningKey::public_key() const {
  return state_->public_key;
}

Signature SigningKey::sign(BytesView message) const {
  const Own<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Signature out;
  size_t size = Signature::kSize;
  SITELOG_ASSERT(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) ==
                 1);
  SITELOG_ASSERT(
      EVP_DigestSign(context.get(), out.bytes.data(), &size, message.data(), message.size()) == 1);
  return out;
}

namespace {

constexpr const char* kCurveName = SN_X9_62_prime256v1;  // P-256, secp256r1
constexpr auto kForm = POINT_CONVERSION_UNCOMPRESSED;

const EC_GROUP* curve() {
  static const Own<EC_GROUP> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  return group.get();
}

AgreementPublicKey public_half(const BIGNUM* scalar) {
  const Own<BN_CTX> context(BN_CTX_new());
  const Own<EC_POINT> point(EC_POINT_new(curve()));
  AgreementPublicKey out;
  SITELOG_ASSERT(EC_POINT_mul(curve(), point.get(), scalar, nullptr, nullptr, context.get()) == 1 &&
                 EC_POINT_point2oct(curve(), point.get(), kForm, out.bytes.data(),
                                    AgreementPublicKey::kSize,
                                    context.get()) == AgreementPublicKey::kSize);
  return out;
}

// The key that a scalar of the curve and its point are.
Own<EVP_PKEY> agreement_pair(const BIGNUM* scalar, const AgreementPublicKey& point) {
  const Own<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  SITELOG_ASSERT(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                                 kCurveName, 0) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1 &&
                 OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                  point.bytes.data(),
                                                  AgreementPublicKey::kSize) == 1);
  const Own<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const Own<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  SITELOG_ASSERT(EVP_PKEY_fromdata_init(context.get()) == 1 &&
                 EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return Own<EVP_PKEY>(key);
}

}  // namespace

bool is_agreement_key(const AgreementPublicKey& key) {
  if (key.bytes[0] != kForm) return false;
  thread_local const Own<BN_CTX> context(BN_CTX_new());
  const Own<EC_POINT> point(EC_POINT_new(curve()));
  const bool on_curve = EC_POINT_oct2point(curve(), point.get(), key.bytes.data(),
                                           AgreementPublicKey::kSize, context.get()) == 1;
  ERR_clear_error();
  return on_curve;
}

struct AgreementKey::State {
  AgreementPublicKey public_key;
  Own<EVP_PKEY> key;

  explicit State(const BIGNUM* scalar)
      : public_key(public_half(scalar)), key(agreement_pair(scalar, public_key)) {}
};

AgreementKey AgreementKey::from_random(const Random& random) {
  // random mod (order - 1) + 1
  const Own<BN_CTX> context(BN_CTX_new());
  const Own<BIGNUM> drawn(BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
  const Own<BIGNUM> below(BN_dup(EC_GROUP_get0_order(curve())));
  const Own<BIGNUM> scalar(BN_new());
  BN_set_flags(drawn.get(), BN_FLG_CONSTTIME);
  SITELOG_ASSERT(BN_sub_word(below.get(), 1) == 1 &&
                 BN_mod(scalar.get(), drawn.get(), below.get(), context.get()) == 1 &&
                 BN_add_word(scalar.get(), 1) == 1);
  return AgreementKey(std::make_shared<State>(scalar.get()));
}

Result<AgreementKey> AgreementKey::from_pem(const std::string& pem) {
  const Own<EVP_PKEY> key = read_private_key(pem);
  char group[64];
  size_t size = 0;
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key.get(), group, sizeof group, &size) != 1 ||
      std::string_view(group, size) != kCurveName) {
    return damaged_key();
  }
  BIGNUM* read = nullptr;
  const bool has_scalar = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &read) == 1;
  const Own<BIGNUM> scalar(read);
  if (!has_scalar || BN_is_zero(read) || BN_is_negative(read) ||
      BN_cmp(read, EC_GROUP_get0_order(curve())) >= 0) {
    return damaged_key();
  }
  // Made anew, so that the public half is the private one's whatever the file says of it.
  return AgreementKey(std::make_shared<State>(read));
}

std::string AgreementKey::to_pem() const {
  return write_private_key(state_->key.get());
}

const AgreementPublicKey& AgreementKey::public_key() const {
  return state_->public_key;
}

std::array<uint8_t, 20> hmac_sha1(BytesView key, BytesView message) {
  std::array<uint8_t, 20> out{};
  unsigned size = 0;
  SITELOG_ASSERT(HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(),
                      message.size(), out.data(), &size) != nullptr &&
                 size == out.size());
  return out;
}

}  // namespace sitelog
