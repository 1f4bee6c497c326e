#pragma once

#include <memory>

#include "sync/ledger/crypto.hpp"

struct evp_pkey_st;

namespace sitelog {

// A key as OpenSSL wants it for certificates and TLS.
std::shared_ptr<evp_pkey_st> openssl_key(const SigningKey& key);
std::shared_ptr<evp_pkey_st> openssl_key(const PublicKey& key);

}  // namespace sitelog
