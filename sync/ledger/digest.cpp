#include "sync/ledger/digest.hpp"

#include <openssl/evp.h>

#include "sync/ledger/result.hpp"

namespace sitelog {

namespace {
const EVP_MD* algorithm() {
  static const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}
}  // namespace

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  SITELOG_ASSERT(EVP_DigestInit_ex2(state_->context, algorithm(), nullptr) == 1);
}
Hasher::~Hasher() = default;

Hasher& Hasher::add(BytesView bytes) {
  SITELOG_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Hasher& Hasher::add_number(uint64_t number) {
  uint8_t big_endian[8];
  for (int i = 0; i < 8; ++i) big_endian[i] = static_cast<uint8_t>(number >> (56 - 8 * i));
  return add(BytesView(big_endian));
}

Hasher& Hasher::add_sized(std::string_view text) {
  return add_number(text.size()).add(text);
}

Hash Hasher::finish() {
  Hash out;
  unsigned size = 0;
  SITELOG_ASSERT(EVP_DigestFinal_ex(state_->context, out.bytes.data(), &size) == 1 && size == 32);
  SITELOG_ASSERT(EVP_DigestInit_ex2(state_->context, algorithm(), nullptr) == 1);
  return out;
}

Hash sha256(BytesView bytes) {
  thread_local Hasher hasher;
  return hasher.add(bytes).finish();
}

}  // namespace sitelog
