#pragma once

// Internal to link.

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "sync/link/tls.hpp"

namespace sitelog {

struct FreedWeb {
  void operator()(X509* x509) const { X509_free(x509); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using WebX509 = std::unique_ptr<X509, FreedWeb>;
using WebKey = std::unique_ptr<EVP_PKEY, FreedWeb>;

// All certificates of a PEM text, in its order.
std::vector<WebX509> certificates_in(const std::string& pem);
// Null where there is none that can be read.
WebKey key_in(const std::string& pem);

}  // namespace sitelog
