#include "sync/link/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/link/limits.hpp"
#include "sync/link/openssl_key.hpp"

namespace sitelog {

namespace {

constexpr size_t kSerialBytes = 16;  // RFC 5280, 4.1.2.2: unique, positive, at most 20 bytes
constexpr const char* kNotBefore = "19700101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";
constexpr const char* kRoleSite = "site";
constexpr const char* kRoleHeadquarters = "headquarters";

Refusal malformed(const char* what) {
  ERR_clear_error();
  return {Reason::kMalformed, N_("a certificate is malformed: {}"), {what}};
}

Refusal too_large() {
  return {Reason::kTooLarge,
          N_("a certificate is longer than {} bytes"),
          {std::to_string(limits::kCertificateBytesMax)}};
}

struct Freed {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using OwnBio = std::unique_ptr<BIO, Freed>;

std::string der_of(X509* x509) {
  uint8_t* data = nullptr;
  const int size = i2d_X509(x509, &data);
  SITELOG_ASSERT(size > 0);
  std::string out(reinterpret_cast<char*>(data), static_cast<size_t>(size));
  OPENSSL_free(data);
  return out;
}

void add_name(X509_NAME* name, int nid, const std::string& text) {
  SITELOG_ASSERT(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                            reinterpret_cast<const uint8_t*>(text.data()),
                                            static_cast<int>(text.size()), -1, 0) == 1);
}

void add_extension(X509* x509, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, Freed> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  SITELOG_ASSERT(extension && X509_add_ext(x509, extension.get(), -1) == 1);
}

// Version, serial number, dates and key; names and extensions are to follow.
X509* begin_certificate(EVP_PKEY* key) {
  X509* x509 = X509_new();
  SITELOG_ASSERT(x509 != nullptr && X509_set_version(x509, X509_VERSION_3) == 1);
  uint8_t serial[kSerialBytes];
  SITELOG_ASSERT(RAND_bytes(serial, sizeof serial) == 1);
  serial[0] = static_cast<uint8_t>((serial[0] & 0x3f) | 0x40);
  std::unique_ptr<BIGNUM, Freed> number(BN_bin2bn(serial, sizeof serial, nullptr));
  SITELOG_ASSERT(number &&
                 BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr);
  SITELOG_ASSERT(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), kNotBefore) == 1);
  SITELOG_ASSERT(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), kNotAfter) == 1);
  SITELOG_ASSERT(X509_set_pubkey(x509, key) == 1);
  return x509;
}

// The one entry of that kind; nothing when there is none or several.
std::optional<std::string> one_entry(const X509_NAME* name, int nid) {
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0) return std::nullopt;
  const ASN1_STRING* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  uint8_t* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, data);
  if (size < 0) return std::nullopt;
  std::string out(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return out;
}

}  // namespace

Certificate::Certificate(x509_st* x509, std::string der)
    : x509_(x509, &X509_free), der_(std::move(der)) {
  // Fills OpenSSL's cache of what the extensions say, so that later reading changes nothing.
  X509_check_purpose(x509, -1, 0);
}

Result<Certificate> Certificate::from_der(BytesView der) {
  if (der.size() > limits::kCertificateBytesMax) return too_large();
  const uint8_t* at = der.data();
  X509* x509 = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
  if (x509 == nullptr) return malformed("DER");
  Certificate out(x509, std::string(as_text(der)));
  if (at != der.data() + der.size()) return malformed("bytes after its end");
  return out;
}

Result<Certificate> Certificate::from_pem(const std::string& pem) {
  if (pem.size() > 2 * limits::kCertificateBytesMax) return too_large();
  const OwnBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509* x509 = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
  if (x509 == nullptr) return malformed("PEM");
  return Certificate(x509, der_of(x509));
}

Result<Certificate> Certificate::parse(const std::string& bytes) {
  return bytes.starts_with('-') ? from_pem(bytes) : from_der(as_bytes(bytes));
}

std::string Certificate::to_pem() const {
  const OwnBio bio(BIO_new(BIO_s_mem()));
  SITELOG_ASSERT(PEM_write_bio_X509(bio.get(), x509_.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

Hash Certificate::fingerprint() const {
  return sha256(as_bytes(der_));
}

Result<PublicKey> Certificate::key() const {
  EVP_PKEY* key = X509_get0_pubkey(x509_.get());
  PublicKey out;
  size_t size = PublicKey::kSize;
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, out.bytes.data(), &size) != 1 || size != PublicKey::kSize ||
      !is_signing_key(out)) {
    return malformed("its key is not Ed25519");
  }
  return out;
}

bool Certificate::issued_by(const Certificate& authority) const {
  X509* leaf = x509_.get();
  const bool issued = (X509_get_extension_flags(leaf) & (EXFLAG_CRITICAL | EXFLAG_INVALID)) == 0 &&
                      X509_check_ca(leaf) == 0 && X509_check_ca(authority.native()) == 1 &&
                      X509_check_issued(authority.native(), leaf) == X509_V_OK &&
                      X509_verify(leaf, X509_get0_pubkey(authority.native())) == 1;
  ERR_clear_error();
  return issued;
}

Result<Peer> peer_of(const Certificate& certificate) {
  const auto key = certificate.key();
  if (!key) return key.refusal();
  const X509_NAME* name = X509_get_subject_name(certificate.native());
  const auto device = one_entry(name, NID_commonName);
  if (!device || *device != device_of(*key).hex()) return malformed("its name is not its key's");
  const auto role = one_entry(name, NID_organizationalUnitName);
  if (role == kRoleHeadquarters) {
    if (X509_NAME_entry_count(name) != 2) return malformed("its name has too many parts");
    return Peer{device_of(*key), Standing::authority()};
  }
  const auto unit = one_entry(name, NID_organizationName);
  if (role != kRoleSite || !unit || unit->empty() || unit->size() > limits::kBookCodeBytesMax) {
    return malformed("it names no site of a unit");
  }
  if (X509_NAME_entry_count(name) != 3) return malformed("its name has too many parts");
  return Peer{device_of(*key), Standing::device(*unit)};
}

Authority Authority::create() {
  KeySeed seed;
  SITELOG_ASSERT(RAND_priv_bytes(seed.data(), static_cast<int>(seed.size())) == 1);
  SigningKey key = SigningKey::from_seed(seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  const auto signing = openssl_key(key);
  X509* x509 = begin_certificate(signing.get());
  X509_NAME* name = X509_get_subject_name(x509);
  add_name(name, NID_commonName, "Sitelog authority " + key.device().hex());
  SITELOG_ASSERT(X509_set_issuer_name(x509, name) == 1);
  add_extension(x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(x509, x509, NID_key_usage, "critical,keyCertSign");
  add_extension(x509, x509, NID_subject_key_identifier, "hash");
  SITELOG_ASSERT(X509_sign(x509, signing.get(), nullptr) > 0);
  return Authority(std::move(key), Certificate(x509, der_of(x509)));
}

Result<Authority> Authority::load(const std::string& certificate, const std::string& key) {
  auto parsed = Certificate::parse(certificate);
  if (!parsed) return parsed.refusal();
  auto signing = SigningKey::from_pem(key);
  if (!signing) return signing.refusal();
  const auto named = parsed->key();
  if (!named || *named != signing->public_key() || X509_check_ca(parsed->native()) != 1) {
    return Refusal{Reason::kFolderDamaged,
                   N_("the authority's certificate and its key don't belong together: put both "
                      "files back from one backup"),
                   {}};
  }
  return Authority(std::move(*signing), std::move(*parsed));
}

Certificate Authority::issue(const PublicKey& key, const BookCode& unit, const char* role) const {
  X509* x509 = begin_certificate(openssl_key(key).get());
  X509_NAME* name = X509_get_subject_name(x509);
  if (!unit.empty()) add_name(name, NID_organizationName, unit);
  add_name(name, NID_organizationalUnitName, role);
  add_name(name, NID_commonName, device_of(key).hex());
  X509* issuer = certificate_.native();
  SITELOG_ASSERT(X509_set_issuer_name(x509, X509_get_subject_name(issuer)) == 1);
  add_extension(x509, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509, issuer, NID_key_usage, "critical,digitalSignature");
  // A device only ever calls. What earlier builds issued says both, and is good all the same.
  const bool answers = std::string_view(role) == kRoleHeadquarters;
  add_extension(x509, issuer, NID_ext_key_usage, answers ? "serverAuth,clientAuth" : "clientAuth");
  add_extension(x509, issuer, NID_authority_key_identifier, "keyid");
  SITELOG_ASSERT(X509_sign(x509, openssl_key(key_).get(), nullptr) > 0);
  return Certificate(x509, der_of(x509));
}

Result<Certificate> Authority::issue_site(const PublicKey& key, const BookCode& unit) const {
  // X.520 wants valid UTF-8 of at most 64 characters.
  const int kind = ASN1_mbstring_copy(nullptr, reinterpret_cast<const uint8_t*>(unit.data()),
                                      static_cast<int>(unit.size()), MBSTRING_UTF8, 0);
  if (unit.empty() || unit.size() > limits::kBookCodeBytesMax || kind <= 0 ||
      unit.find('\0') != std::string::npos) {
    ERR_clear_error();
    return Refusal{Reason::kInvalidValue,
                   N_("{} can't be the code of a unit: give it 1 to {} bytes of text"),
                   {unit, std::to_string(limits::kBookCodeBytesMax)}};
  }
  return issue(key, unit, kRoleSite);
}

Certificate Authority::issue_headquarters(const PublicKey& key) const {
  return issue(key, {}, kRoleHeadquarters);
}

}  // namespace sitelog
