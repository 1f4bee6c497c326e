#include "sync/link/web_certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <memory>

#include "sync/ledger/crypto.hpp"
#include "sync/link/openssl_web.hpp"

namespace sitelog {

namespace {

constexpr long kDayS = 24 * 3600;
constexpr int kSerialBytes = 16;
constexpr int kRsaBitsMin = 2048;

struct Freed {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Bio = std::unique_ptr<BIO, Freed>;

Bio reading(const std::string& text) {
  Bio out(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  SITELOG_ASSERT(out);
  return out;
}

std::string written(BIO* bio) {
  char* at = nullptr;
  const long size = BIO_get_mem_data(bio, &at);
  return {at, static_cast<size_t>(size)};
}

// OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

void add_extension(X509* certificate, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed> extension(
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  SITELOG_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

bool is_address(const std::string& name) {
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  return !error;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  return out;
}

WebKey new_key() {
  WebKey out(EVP_EC_gen("P-256"));
  SITELOG_ASSERT(out);
  return out;
}

std::string key_pem(EVP_PKEY* key) {
  const Bio out(BIO_new(BIO_s_mem()));
  SITELOG_ASSERT(out && PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr,
                                                      nullptr) == 1);
  return written(out.get());
}

void set_name(X509* certificate, const std::string& name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  SITELOG_ASSERT(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, as_bytes(name).data(),
                                            static_cast<int>(name.size()), -1, 0) == 1 &&
                 X509_set_issuer_name(certificate, subject) == 1);
}

std::string name_in(const GENERAL_NAME* name) {
  if (name->type == GEN_DNS) {
    const ASN1_IA5STRING* text = name->d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<size_t>(ASN1_STRING_length(text))};
  }
  if (name->type != GEN_IPADD) return {};
  const uint8_t* bytes = ASN1_STRING_get0_data(name->d.iPAddress);
  const int size = ASN1_STRING_length(name->d.iPAddress);
  if (size == 4) {
    boost::asio::ip::address_v4::bytes_type v4;
    std::copy(bytes, bytes + 4, v4.begin());
    return boost::asio::ip::address_v4(v4).to_string();
  }
  if (size != 16) return {};
  boost::asio::ip::address_v6::bytes_type v6;
  std::copy(bytes, bytes + 16, v6.begin());
  return boost::asio::ip::address_v6(v6).to_string();
}

bool strong_enough(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return EVP_PKEY_get_bits(key) >= kRsaBitsMin;
  std::string group(64, '\0');
  size_t size = 0;
  if (EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) {
    return false;
  }
  group.resize(size);
  return group == "prime256v1" || group == "secp384r1";
}

size_t count_of(const std::string& text, std::string_view part) {
  size_t out = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++out;
  return out;
}

// Each of the others is of who issued the one before it: so browsers find their way.
bool is_chain(const std::vector<WebX509>& chain) {
  for (size_t i = 1; i < chain.size(); ++i) {
    X509* issuer = chain[i].get();
    const bool issued = X509_check_issued(issuer, chain[i - 1].get()) == X509_V_OK &&
                        X509_verify(chain[i - 1].get(), X509_get0_pubkey(issuer)) == 1;
    (void)tls_problem();
    if (!issued) return false;
  }
  return true;
}

int64_t seconds_of(const ASN1_TIME* time) {
  tm out{};
  return ASN1_TIME_to_tm(time, &out) == 1 ? timegm(&out) : 0;
}

}  // namespace

std::vector<WebX509> certificates_in(const std::string& pem) {
  std::vector<WebX509> out;
  const Bio bio = reading(pem);
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    out.emplace_back(next);
  }
  (void)tls_problem();  // the end of the file is none
  return out;
}

WebKey key_in(const std::string& pem) {
  const Bio bio = reading(pem);
  WebKey out(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  (void)tls_problem();
  return out;
}

WebCertificate make_web_certificate(const std::string& key, const std::vector<std::string>& names,
                                    int64_t now_s) {
  WebKey pair = key.empty() ? nullptr : key_in(key);
  if (!pair) pair = new_key();
  const WebX509 out(X509_new());
  SITELOG_ASSERT(out && X509_set_version(out.get(), X509_VERSION_3) == 1);
  std::string serial(kSerialBytes, '\0');
  auto* serial_bytes = reinterpret_cast<uint8_t*>(serial.data());
  SITELOG_ASSERT(RAND_bytes(serial_bytes, kSerialBytes) == 1);
  serial_bytes[0] = (serial_bytes[0] & 0x3f) | 0x40;  // positive, of this length
  SITELOG_ASSERT(ASN1_STRING_set(X509_get_serialNumber(out.get()), serial.data(), kSerialBytes) ==
                 1);
  ASN1_TIME_set(X509_getm_notBefore(out.get()), now_s - kDayS);
  ASN1_TIME_set(X509_getm_notAfter(out.get()), now_s + kOwnWebCertificateDays * kDayS);
  set_name(out.get(), "Sitelog");
  SITELOG_ASSERT(X509_set_pubkey(out.get(), pair.get()) == 1);
  add_extension(out.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(out.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(out.get(), NID_ext_key_usage, "serverAuth");
  add_extension(out.get(), NID_subject_key_identifier, "hash");
  add_extension(out.get(), NID_authority_key_identifier, "keyid:always");
  add_extension(out.get(), NID_subject_alt_name, alternative_names(names));
  SITELOG_ASSERT(X509_sign(out.get(), pair.get(), EVP_sha256()) > 0);
  const Bio pem(BIO_new(BIO_s_mem()));
  SITELOG_ASSERT(pem && PEM_write_bio_X509(pem.get(), out.get()) == 1);
  return {written(pem.get()), key_pem(pair.get())};
}

Result<> check_web_certificate(const WebCertificate& certificate) {
  const auto refuse = [](const char* text) { return Refusal{Reason::kInvalidFile, text, {}}; };
  const auto chain = certificates_in(certificate.certificates);
  if (chain.empty()) {
    return refuse(
        N_("the file of the page's certificate holds none (PEM is read: -----BEGIN "
           "CERTIFICATE-----)"));
  }
  if (chain.size() != count_of(certificate.certificates, "-----BEGIN CERTIFICATE-----")) {
    return Refusal{Reason::kInvalidFile,
                   N_("the certificate number {} in the file of the page's certificate can't be "
                      "read"),
                   {std::to_string(chain.size() + 1)}};
  }
  const WebKey key = key_in(certificate.key);
  if (!key) {
    return refuse(
        N_("the file of the page's key holds none that can be read (PEM, without a "
           "passphrase)"));
  }
  const bool fits = X509_check_private_key(chain.front().get(), key.get()) == 1;
  (void)tls_problem();
  if (!fits) return refuse(N_("the page's certificate is not of this key"));
  if (!strong_enough(key.get())) {
    return refuse(
        N_("the page's key must be of P-256 or P-384, or RSA of at least 2048 bits: "
           "browsers take no other"));
  }
  if (!is_chain(chain)) {
    return refuse(
        N_("the certificates in the file of the page's certificate don't follow from each other: "
           "first the page's own, then the one that issued it, and so on"));
  }
  return Done{};
}

WebCertificateFacts facts_of(const WebCertificate& certificate) {
  const auto chain = certificates_in(certificate.certificates);
  if (chain.empty()) return {};
  X509* own = chain.front().get();
  WebCertificateFacts out;
  const std::unique_ptr<GENERAL_NAMES, Freed> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(own, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    if (auto name = name_in(sk_GENERAL_NAME_value(names.get(), i)); !name.empty()) {
      out.names.push_back(std::move(name));
    }
  }
  out.from_s = seconds_of(X509_get0_notBefore(own));
  out.until_s = seconds_of(X509_get0_notAfter(own));
  out.own = X509_NAME_cmp(X509_get_subject_name(own), X509_get_issuer_name(own)) == 0;
  uint8_t* der = nullptr;
  const int size = i2d_X509(own, &der);
  if (size > 0) out.fingerprint = sha256({der, static_cast<size_t>(size)}).hex();
  OPENSSL_free(der);
  return out;
}

}  // namespace sitelog
