#pragma once

#include <memory>
#include <string>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"
#include "sync/session/replica.hpp"

struct x509_st;

namespace sitelog {

// An X.509 certificate (RFC 5280) with an Ed25519 key (RFC 8410). A value; never changes, so it may
// be read by any thread.
class Certificate {
 public:
  // Refuse kMalformed: not one certificate and nothing else; kTooLarge: past 8 KiB of DER.
  static Result<Certificate> from_der(BytesView der);
  static Result<Certificate> from_pem(const std::string& pem);
  // Either: PEM begins with dashes, DER never does.
  static Result<Certificate> parse(const std::string& bytes);

  const std::string& der() const { return der_; }
  std::string to_pem() const;
  // SHA-256 of the DER: what an invitation's code quotes.
  Hash fingerprint() const;
  // The key it speaks for. Refuses a key of another kind (kMalformed).
  Result<PublicKey> key() const;
  // True when `authority` signed it, as a certificate of a device and not of another authority.
  // Its dates are not looked at: clocks at sites may be decades off.
  bool issued_by(const Certificate& authority) const;
  x509_st* native() const { return x509_.get(); }

 private:
  Certificate(x509_st* x509, std::string der);
  std::shared_ptr<x509_st> x509_;
  std::string der_;

  friend class Authority;
};

// Who a device certificate names: CN the device's id, O the unit's code, OU "site" or
// "headquarters". Refuses (kMalformed) a certificate that says less or more, or whose id is not its
// key's.
Result<Peer> peer_of(const Certificate& certificate);

// Headquarters' own certificate authority. Its key is used for nothing else.
class Authority {
 public:
  // Draws its key from the system.
  static Authority create();
  // `certificate` as PEM or DER, `key` as PEM. Refuses (kFolderDamaged) what doesn't belong
  // together.
  static Result<Authority> load(const std::string& certificate, const std::string& key);

  const Certificate& certificate() const { return certificate_; }
  const SigningKey& key() const { return key_; }

  // Certificates for a device that holds `key`, as the caller has made sure of. They don't expire
  // (RFC 5280, 4.1.2.5): a device is shut out by revoking its grant. `unit` is a unit's code of 1
  // to limits::kBookCodeBytesMax bytes; anything else is refused (kInvalidValue).
  Result<Certificate> issue_site(const PublicKey& key, const BookCode& unit) const;
  Certificate issue_headquarters(const PublicKey& key) const;

 private:
  Authority(SigningKey key, Certificate certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}
  Certificate issue(const PublicKey& key, const BookCode& unit, const char* role) const;

  SigningKey key_;
  Certificate certificate_;
};

}  // namespace sitelog
