#include "daemon/sealed_file.hpp"

#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace {

constexpr std::string_view kSealedMagic = "Sitelog sealed 1\n";
constexpr size_t kSealedPieceBytes = size_t{1} << 20;
constexpr size_t kSealBytes = 16;
constexpr size_t kNonceBytes = 12;
constexpr size_t kKeyBytes = 32;
constexpr size_t kWrapBytesMax = 64 * 1024;
constexpr size_t kPassphraseBytesMin = 12;
// PBKDF2 with SHA-1, which is all that CMS in OpenSSL 3.0 does: some 0.5 s a guess.
constexpr int kPassphraseRounds = 1'300'000;

struct Freed {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* x509) const { X509_free(x509); }
  void operator()(CMS_ContentInfo* message) const { CMS_ContentInfo_free(message); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(ASN1_OCTET_STRING* text) const { ASN1_OCTET_STRING_free(text); }
};
template <class T>
using Own = std::unique_ptr<T, Freed>;

Own<BIO> reading(std::string_view bytes) {
  return Own<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// 32 secret bytes that nobody sees any more when they are let go.
struct ContentKey {
  std::array<uint8_t, kKeyBytes> bytes{};
  ContentKey() = default;
  ContentKey(const ContentKey&) = default;
  ContentKey& operator=(const ContentKey&) = default;
  ~ContentKey() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

bool is_on_p256(EVP_PKEY* key) {
  char group[64];
  size_t size = 0;
  return key != nullptr && EVP_PKEY_get_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         std::string_view(group, size) == SN_X9_62_prime256v1;
}

Result<std::string> content_of(const std::string& path) {
  auto content = read_file(path);
  if (!content) return Refusal{Reason::kInvalidFile, N_("there is no file {}"), {path}};
  return *std::move(content);
}

Result<std::string> passphrase_of(const std::string& path) {
  auto content = content_of(path);
  if (!content) return content.refusal();
  content->resize(std::min(content->size(), content->find_first_of("\r\n")));
  if (content->size() >= kPassphraseBytesMin) return content;
  return Refusal{
      Reason::kInvalidFile,
      N_("the first line of {} is the passphrase: it must have {} letters or more, or {} "
         "Chinese characters"),
      {path, std::to_string(kPassphraseBytesMin), std::to_string(kPassphraseBytesMin / 3)}};
}

template <auto read_pem>
Result<Own<EVP_PKEY>> key_of(const std::string& path, const char* otherwise) {
  const auto pem = content_of(path);
  if (!pem) return pem.refusal();
  // No question at a terminal: the empty passphrase for a key that has one.
  char nothing[] = "";
  Own<EVP_PKEY> key(read_pem(reading(*pem).get(), nullptr, nullptr, nothing));
  ERR_clear_error();
  if (!is_on_p256(key.get())) return Refusal{Reason::kInvalidFile, otherwise, {path}};
  return key;
}

// What CMS takes in a recipient's place: a certificate of the key and its number, which nobody
// looks at, signed by a key that nobody keeps.
Own<X509> wrapper_of(EVP_PKEY* key) {
  Own<X509> out(X509_new());
  uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  SITELOG_ASSERT(size > 0 && X509_set_version(out.get(), X509_VERSION_3) == 1 &&
                 X509_set_pubkey(out.get(), key) == 1);
  const Hash hash = sha256({der, static_cast<size_t>(size)});
  OPENSSL_free(der);
  const Own<ASN1_OCTET_STRING> number(ASN1_OCTET_STRING_new());
  SITELOG_ASSERT(ASN1_OCTET_STRING_set(number.get(), hash.bytes.data(), 20) == 1 &&
                 X509_add1_ext_i2d(out.get(), NID_subject_key_identifier, number.get(), 0, 0) == 1);
  const Own<EVP_PKEY> signer(EVP_EC_gen(SN_X9_62_prime256v1));
  SITELOG_ASSERT(signer && ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1) == 1 &&
                 X509_gmtime_adj(X509_getm_notBefore(out.get()), 0) != nullptr &&
                 X509_gmtime_adj(X509_getm_notAfter(out.get()), 0) != nullptr &&
                 X509_sign(out.get(), signer.get(), EVP_sha256()) > 0);
  return out;
}

Result<std::string> wrap(const ContentKey& key, const SealKey& to) {
  const Own<CMS_ContentInfo> message(CMS_AuthEnvelopedData_create(EVP_aes_256_gcm()));
  SITELOG_ASSERT(message != nullptr);
  if (!to.key_file.empty()) {
    const auto recipient = key_of<PEM_read_bio_PUBKEY>(
        to.key_file, N_("{} is no public key on P-256 (PEM): make one as docs/recovery.md says"));
    if (!recipient) return recipient.refusal();
    const Own<X509> wrapper = wrapper_of(recipient->get());
    SITELOG_ASSERT(CMS_add1_recipient_cert(message.get(), wrapper.get(), CMS_USE_KEYID) != nullptr);
  } else {
    const auto passphrase = passphrase_of(to.passphrase_file);
    if (!passphrase) return passphrase.refusal();
    auto* kept = static_cast<uint8_t*>(OPENSSL_memdup(passphrase->data(), passphrase->size()));
    SITELOG_ASSERT(CMS_add0_recipient_password(message.get(), kPassphraseRounds, NID_undef,
                                               NID_undef, kept,
                                               static_cast<ossl_ssize_t>(passphrase->size()),
                                               EVP_aes_256_cbc()) != nullptr);
  }
  const std::string_view content(reinterpret_cast<const char*>(key.bytes.data()), kKeyBytes);
  SITELOG_ASSERT(CMS_set_detached(message.get(), 0) == 1 &&
                 CMS_final(message.get(), reading(content).get(), nullptr, CMS_BINARY) == 1);
  uint8_t* der = nullptr;
  const int size = i2d_CMS_ContentInfo(message.get(), &der);
  ERR_clear_error();
  SITELOG_ASSERT(size > 0);
  std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

Result<ContentKey> unwrap(const std::string& wrapped, const std::string& path,
                          const SealKey& with) {
  const auto* at = reinterpret_cast<const uint8_t*>(wrapped.data());
  const Own<CMS_ContentInfo> message(
      d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(wrapped.size())));
  bool opened = message != nullptr;
  if (opened && !with.key_file.empty()) {
    const auto key = key_of<PEM_read_bio_PrivateKey>(
        with.key_file, N_("{} is no private key on P-256 (PEM, without a passphrase)"));
    if (!key) return key.refusal();
    opened = CMS_decrypt_set1_pkey(message.get(), key->get(), nullptr) == 1;
  } else if (opened) {
    auto passphrase = passphrase_of(with.passphrase_file);
    if (!passphrase) return passphrase.refusal();
    opened =
        CMS_decrypt_set1_password(message.get(), reinterpret_cast<uint8_t*>(passphrase->data()),
                                  static_cast<ossl_ssize_t>(passphrase->size())) == 1;
  }
  const Own<BIO> out(BIO_new(BIO_s_mem()));
  opened =
      opened && CMS_decrypt(message.get(), nullptr, nullptr, nullptr, out.get(), CMS_BINARY) == 1;
  ERR_clear_error();
  ContentKey key;
  if (opened && BIO_read(out.get(), key.bytes.data(), kKeyBytes) == int{kKeyBytes}) return key;
  return Refusal{Reason::kInvalidFile,
                 N_("{} is not opened by this key or passphrase, or its beginning is damaged: "
                    "nothing was restored"),
                 {path}};
}

// One piece under the key: which one of the file's and whether the last decides the nonce, so that
// none can be left out, repeated or put elsewhere.
class Cipher {
 public:
  explicit Cipher(const ContentKey& key) : key_(key), context_(EVP_CIPHER_CTX_new()) {}

  std::string seal(std::string_view piece, bool last) {
    begin(true, last);
    std::string out(piece.size() + kSealBytes, '\0');
    int size = 0;
    SITELOG_ASSERT(EVP_EncryptUpdate(context_.get(), bytes(out), &size, bytes(piece),
                                     static_cast<int>(piece.size())) == 1 &&
                   EVP_EncryptFinal_ex(context_.get(), bytes(out) + size, &size) == 1 &&
                   EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kSealBytes,
                                       out.data() + piece.size()) == 1);
    return out;
  }

  // Nothing where the seal does not hold.
  std::optional<std::string> open(std::string sealed, bool last) {
    if (sealed.size() < kSealBytes) return std::nullopt;
    begin(false, last);
    const size_t length = sealed.size() - kSealBytes;
    std::string out(length, '\0');
    int size = 0;
    const bool held =
        EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kSealBytes,
                            sealed.data() + length) == 1 &&
        EVP_DecryptUpdate(context_.get(), bytes(out), &size, bytes(std::string_view(sealed)),
                          static_cast<int>(length)) == 1 &&
        EVP_DecryptFinal_ex(context_.get(), bytes(out) + size, &size) == 1;
    ERR_clear_error();
    return held ? std::optional(std::move(out)) : std::nullopt;
  }

 private:
  static uint8_t* bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }
  static const uint8_t* bytes(std::string_view text) {
    return reinterpret_cast<const uint8_t*>(text.data());
  }
  void begin(bool encrypt, bool last) {
    std::array<uint8_t, kNonceBytes> nonce{};
    for (size_t i = 0; i < 8; ++i) {
      nonce[kNonceBytes - 2 - i] = static_cast<uint8_t>(number_ >> (8 * i));
    }
    nonce.back() = last ? 1 : 0;
    ++number_;
    SITELOG_ASSERT(EVP_CipherInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, key_.bytes.data(),
                                     nonce.data(), encrypt ? 1 : 0) == 1);
  }

  ContentKey key_;
  Own<EVP_CIPHER_CTX> context_;
  uint64_t number_ = 0;
};

}  // namespace

struct SealedWriter::State {
  FileHandle file;
  std::string path;
  Cipher cipher;
  std::string waiting = {};
};

SealedWriter::SealedWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedWriter::SealedWriter(SealedWriter&&) noexcept = default;
SealedWriter::~SealedWriter() = default;

Result<SealedWriter> SealedWriter::begin(FileHandle file, const std::string& path,
                                         const SealKey& key) {
  ContentKey content;
  SITELOG_ASSERT(RAND_priv_bytes(content.bytes.data(), kKeyBytes) == 1);
  const auto wrapped = wrap(content, key);
  if (!wrapped) return wrapped.refusal();
  std::string beginning(kSealedMagic);
  for (int i = 3; i >= 0; --i) beginning += static_cast<char>(wrapped->size() >> (8 * i));
  file.write(beginning + *wrapped, path);
  return SealedWriter(std::unique_ptr<State>(new State{std::move(file), path, Cipher(content)}));
}

void SealedWriter::write(std::string_view content) {
  while (!content.empty()) {
    if (state_->waiting.size() == kSealedPieceBytes) {  // more follows: it is not the last
      state_->file.write(state_->cipher.seal(state_->waiting, false), state_->path);
      state_->waiting.clear();
    }
    const std::string_view taken = content.substr(0, kSealedPieceBytes - state_->waiting.size());
    state_->waiting += taken;
    content.remove_prefix(taken.size());
  }
}

void SealedWriter::finish() {
  state_->file.write(state_->cipher.seal(state_->waiting, true), state_->path);
  state_->file.sync(state_->path);
}

struct SealedReader::State {
  FileHandle file;
  std::string path;
  Cipher cipher;
  std::string sealed = {};  // the piece after those opened
  std::string open = {};
  size_t given = 0;  // of `open`
  bool ended = false;
};

SealedReader::SealedReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedReader::SealedReader(SealedReader&&) noexcept = default;
SealedReader::~SealedReader() = default;

Result<SealedReader> SealedReader::begin(FileHandle file, const std::string& path,
                                         const SealKey& key) {
  const Refusal not_sealed{
      Reason::kInvalidFile, N_("{} is not an encrypted backup, or was cut off"), {path}};
  const std::string beginning = file.read(kSealedMagic.size() + 4, path);
  if (beginning.size() != kSealedMagic.size() + 4 || !beginning.starts_with(kSealedMagic))
    return not_sealed;
  size_t size = 0;
  for (size_t i = 0; i < 4; ++i) {
    size = size << 8 | static_cast<unsigned char>(beginning[kSealedMagic.size() + i]);
  }
  if (size > kWrapBytesMax) return not_sealed;
  const std::string wrapped = file.read(size, path);
  if (wrapped.size() != size) return not_sealed;
  const auto content = unwrap(wrapped, path, key);
  if (!content) return content.refusal();
  auto state = std::unique_ptr<State>(new State{std::move(file), path, Cipher(*content)});
  state->sealed = state->file.read(kSealedPieceBytes + kSealBytes, path);
  return SealedReader(std::move(state));
}

Result<std::string> SealedReader::read(size_t bytes) {
  std::string out;
  while (out.size() < bytes) {
    if (state_->given == state_->open.size()) {
      if (state_->ended) break;
      std::string next = state_->file.read(kSealedPieceBytes + kSealBytes, state_->path);
      state_->ended = next.empty();
      auto open =
          state_->cipher.open(std::exchange(state_->sealed, std::move(next)), state_->ended);
      if (!open) {
        return Refusal{Reason::kInvalidFile,
                       N_("the encrypted backup {} is damaged or cut off: take another one"),
                       {state_->path}};
      }
      state_->open = *std::move(open);
      state_->given = 0;
      continue;
    }
    const size_t most = std::min(bytes - out.size(), state_->open.size() - state_->given);
    out.append(state_->open, state_->given, most);
    state_->given += most;
  }
  return out;
}

bool is_sealed_file(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  // A folder opens too, and can't be read.
  char beginning[kSealedMagic.size()];
  return file && ::read(file.get(), beginning, sizeof beginning) == ssize_t{sizeof beginning} &&
         std::string_view(beginning, sizeof beginning) == kSealedMagic;
}

}  // namespace sitelog
