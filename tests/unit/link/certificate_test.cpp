#include "sync/link/certificate.hpp"

#include <catch2/catch.hpp>

#include "sync/link/limits.hpp"
#include "tests/support/keys.hpp"

namespace sitelog {

TEST_CASE("a device certificate names its device, its unit and its role") {
  const Authority authority = Authority::create();
  const SigningKey key = fresh_key();
  const auto site = authority.issue_site(key.public_key(), "county-3/矿山");
  REQUIRE(site);
  const auto peer = peer_of(*site);
  REQUIRE(peer);
  CHECK(peer->device == key.device());
  CHECK(peer->standing == Standing::device("county-3/矿山"));
  CHECK(site->issued_by(authority.certificate()));
  CHECK(*site->key() == key.public_key());

  const auto headquarters = peer_of(authority.issue_headquarters(key.public_key()));
  REQUIRE(headquarters);
  CHECK(headquarters->standing == Standing::authority());
}

TEST_CASE("a certificate survives PEM and DER") {
  const Authority authority = Authority::create();
  const Certificate& certificate = authority.certificate();
  CHECK(Certificate::from_pem(certificate.to_pem())->der() == certificate.der());
  CHECK(Certificate::parse(certificate.der())->fingerprint() == certificate.fingerprint());
  const auto loaded = Authority::load(certificate.to_pem(), authority.key().to_pem());
  REQUIRE(loaded);
  const auto issued = loaded->issue_site(fresh_key().public_key(), "u1");
  CHECK(issued->issued_by(certificate));
}

TEST_CASE("an authority is not loaded with another's key") {
  const auto loaded = Authority::load(Authority::create().certificate().to_pem(),
                                      Authority::create().key().to_pem());
  REQUIRE_FALSE(loaded);
  CHECK(loaded.refusal().reason == Reason::kFolderDamaged);
}

TEST_CASE("another authority's certificate is told apart, and a device is no authority") {
  const Authority ours = Authority::create();
  const Authority theirs = Authority::create();
  const SigningKey key = fresh_key();
  const auto foreign = theirs.issue_site(key.public_key(), "u1");
  CHECK_FALSE(foreign->issued_by(ours.certificate()));
  CHECK_FALSE(ours.certificate().issued_by(ours.certificate()));
  CHECK_FALSE(foreign->issued_by(*foreign));
  CHECK_FALSE(peer_of(ours.certificate()));
}

TEST_CASE("a certificate with one byte changed is refused or was not issued") {
  const Authority authority = Authority::create();
  const auto site = authority.issue_site(fresh_key().public_key(), "u1");
  for (size_t at = 0; at < site->der().size(); ++at) {
    std::string changed = site->der();
    changed[at] = static_cast<char>(changed[at] ^ 0x01);
    const auto parsed = Certificate::from_der(as_bytes(changed));
    INFO("byte " << at);
    CHECK((!parsed || !parsed->issued_by(authority.certificate())));
  }
}

TEST_CASE("bytes that are no certificate, too many, or too few are refused") {
  const std::string der = Authority::create().certificate().der();
  CHECK_FALSE(Certificate::from_der({}));
  CHECK_FALSE(Certificate::from_der(as_bytes("garbage")));
  CHECK_FALSE(Certificate::from_der(as_bytes(der + "x")));
  CHECK_FALSE(Certificate::from_der(as_bytes(der.substr(0, der.size() - 1))));
  CHECK(Certificate::from_der(as_bytes(std::string(limits::kCertificateBytesMax + 1, '0')))
            .refusal()
            .reason == Reason::kTooLarge);
  CHECK_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\n"));
}

TEST_CASE("no certificate is issued for a unit without a code or with too long a one") {
  const Authority authority = Authority::create();
  const PublicKey key = fresh_key().public_key();
  CHECK_FALSE(authority.issue_site(key, ""));
  CHECK_FALSE(authority.issue_site(key, std::string(65, 'u')));
  CHECK_FALSE(authority.issue_site(key, "\xff\xfe"));
  CHECK(authority.issue_site(key, std::string(64, 'u')));
}

}  // namespace sitelog
