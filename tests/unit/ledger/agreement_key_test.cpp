#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>
#include <memory>

#include "sync/ledger/crypto.hpp"

using namespace sitelog;

namespace {

AgreementKey::Random drawn(uint8_t with) {
  AgreementKey::Random out;
  out.fill(with);
  return out;
}

AgreementPublicKey changed(AgreementPublicKey key, size_t at) {
  key.bytes[at] ^= 1;
  return key;
}

}  // namespace

TEST_CASE("An agreement key follows from what was drawn, and is a point of P-256") {
  // 1 and 2 times the base point (SEC 2, 2.4.2): what was drawn is 0 and 1.
  AgreementKey::Random random{};
  CHECK(AgreementKey::from_random(random).public_key().hex() ==
        "04"
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  random.back() = 1;
  CHECK(AgreementKey::from_random(random).public_key().hex() ==
        "04"
        "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
        "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1");
  const AgreementKey key = AgreementKey::from_random(drawn(0xff));
  CHECK(is_agreement_key(key.public_key()));
  CHECK(key.public_key() == AgreementKey::from_random(drawn(0xff)).public_key());
  CHECK(key.public_key() != AgreementKey::from_random(drawn(0xfe)).public_key());
}

TEST_CASE("What is no uncompressed point of P-256 is no agreement key") {
  const AgreementPublicKey key = AgreementKey::from_random(drawn(7)).public_key();
  for (const size_t at : {size_t{0}, size_t{1}, size_t{33}, size_t{64}}) {
    CHECK_FALSE(is_agreement_key(changed(key, at)));
  }
  CHECK_FALSE(is_agreement_key(AgreementPublicKey{}));
  AgreementPublicKey beyond;  // coordinates that are no numbers below the field's prime
  beyond.bytes.fill(0xff);
  beyond.bytes[0] = 4;
  CHECK_FALSE(is_agreement_key(beyond));
}

TEST_CASE("An agreement key survives its file, and another kind of key is refused") {
  const AgreementKey key = AgreementKey::from_random(drawn(3));
  const std::string pem = key.to_pem();
  const auto read = AgreementKey::from_pem(pem);
  REQUIRE(read);
  CHECK(read->public_key() == key.public_key());
  CHECK(read->to_pem() == pem);
  CHECK(AgreementKey::from_pem("not a key").refusal().reason == Reason::kFolderDamaged);
  CHECK_FALSE(AgreementKey::from_pem(pem.substr(0, pem.size() / 2)));
  CHECK_FALSE(AgreementKey::from_pem(SigningKey::from_seed({1}).to_pem()));
  CHECK_FALSE(SigningKey::from_pem(pem));
  const std::shared_ptr<EVP_PKEY> longer(EVP_EC_gen("P-384"), &EVP_PKEY_free);
  const std::shared_ptr<BIO> bio(BIO_new(BIO_s_mem()), &BIO_free);
  REQUIRE(PEM_write_bio_PrivateKey(bio.get(), longer.get(), nullptr, nullptr, 0, nullptr,
                                   nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  CHECK_FALSE(AgreementKey::from_pem(std::string(data, static_cast<size_t>(size))));
}

// That this key is fit for what it is for: Cryptographic Message Syntax (RFC 5652, 5753, 5083).
TEST_CASE("What is enveloped to an agreement key by OpenSSL's CMS is opened by its private half") {
  const AgreementKey key = AgreementKey::from_random(drawn(9));
  const AgreementKey other = AgreementKey::from_random(drawn(10));
  const auto load = [](const AgreementKey& from) {
    const std::string pem = from.to_pem();
    const std::shared_ptr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                   &BIO_free);
    return std::shared_ptr<EVP_PKEY>(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
                                     &EVP_PKEY_free);
  };
  const auto pkey = load(key);
  const auto wrong = load(other);
  // The sender has the point alone. CMS names a recipient by a certificate: an unsigned one will
  // do.
  const std::shared_ptr<EVP_PKEY> point(EVP_PKEY_new(), &EVP_PKEY_free);
  REQUIRE(EVP_PKEY_copy_parameters(point.get(), pkey.get()) == 1);
  REQUIRE(EVP_PKEY_set1_encoded_public_key(point.get(), key.public_key().bytes.data(),
                                           AgreementPublicKey::kSize) == 1);
  const std::shared_ptr<X509> recipient(X509_new(), &X509_free);
  REQUIRE(X509_set_pubkey(recipient.get(), point.get()) == 1);

  const std::string message = "一号井的分数";
  for (const EVP_CIPHER* cipher : {EVP_aes_256_gcm(), EVP_aes_256_cbc()}) {
    const std::shared_ptr<BIO> plain(BIO_new_mem_buf(message.data(), -1), &BIO_free);
    const std::shared_ptr<CMS_ContentInfo> sealed(
        CMS_encrypt(nullptr, plain.get(), cipher, CMS_BINARY | CMS_PARTIAL), &CMS_ContentInfo_free);
    REQUIRE(sealed);
    REQUIRE(CMS_add1_recipient_cert(sealed.get(), recipient.get(), 0) != nullptr);
    REQUIRE(CMS_final(sealed.get(), plain.get(), nullptr, CMS_BINARY) == 1);
    const auto open = [&](EVP_PKEY* with) {
      const std::shared_ptr<BIO> out(BIO_new(BIO_s_mem()), &BIO_free);
      if (CMS_decrypt(sealed.get(), with, recipient.get(), nullptr, out.get(), CMS_BINARY) != 1) {
        return std::string("not opened");
      }
      char* data = nullptr;
      const long size = BIO_get_mem_data(out.get(), &data);
      return std::string(data, static_cast<size_t>(size));
    };
    CHECK(open(pkey.get()) == message);
    CHECK(open(wrong.get()) != message);
  }
}
