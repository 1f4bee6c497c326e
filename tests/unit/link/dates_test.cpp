// Dates of certificates: sites' clocks may be decades off, so nobody is shut out for a date, and
// nobody is let in for one.
#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include "sync/link/openssl_key.hpp"
#include "tests/support/keys.hpp"
#include "tests/unit/link/link_fixture.hpp"

namespace sitelog {

namespace {

// The same certificate with other dates, signed by `issuer` anew.
Certificate dated(const Certificate& certificate, const Authority& issuer, const char* from,
                  const char* to) {
  X509* x509 = X509_dup(certificate.native());
  REQUIRE(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), from) == 1);
  REQUIRE(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), to) == 1);
  REQUIRE(X509_sign(x509, openssl_key(issuer.key()).get(), nullptr) > 0);
  uint8_t* der = nullptr;
  const int size = i2d_X509(x509, &der);
  REQUIRE(size > 0);
  const auto out = Certificate::from_der({der, static_cast<size_t>(size)});
  OPENSSL_free(der);
  X509_free(x509);
  REQUIRE(out);
  return *out;
}

struct Dates {
  const char* what;
  const char* from;
  const char* to;
};
constexpr Dates kWrongDates[] = {{"expired", "19700101000000Z", "19991231235959Z"},
                                 {"not yet valid", "20900101000000Z", "20991231235959Z"}};

}  // namespace

TEST_CASE("a device of ours whose certificate has expired or is not yet valid still syncs") {
  for (const Dates& dates : kWrongDates) {
    CAPTURE(dates.what);
    TestHeadquarters headquarters;
    TestSite site(headquarters);
    site.write("u1", 3);
    ConnectorConfig config = site.config(headquarters);
    config.certificate = dated(site.certificate, headquarters.authority, dates.from, dates.to);
    SyncConnector connector(config, site.queue);
    const auto outcome = connector.sync_once(headquarters.address);
    INFO((outcome.failure ? describe(*outcome.failure) : ""));
    CHECK(outcome.caught_up);
    CHECK(count_at(headquarters.queue, "u1") == 3);
  }
}

TEST_CASE("a headquarters whose certificates have expired or are not yet valid is still ours") {
  for (const Dates& dates : kWrongDates) {
    CAPTURE(dates.what);
    std::optional<Certificate> authority;
    TestHeadquarters headquarters([&](ListenerConfig& config) {
      const Authority& issuer = headquarters.authority;
      authority = dated(config.authority, issuer, dates.from, dates.to);
      config.authority = *authority;
      config.certificate = dated(config.certificate, issuer, dates.from, dates.to);
    });
    TestSite site(headquarters);
    site.write("u1", 3);
    ConnectorConfig config = site.config(headquarters);
    config.authority = *authority;
    SyncConnector connector(config, site.queue);
    CHECK(connector.sync_once(headquarters.address).caught_up);
  }
}

TEST_CASE("another authority's device is refused, whatever the dates of its certificate") {
  for (const Dates& dates :
       {kWrongDates[0], kWrongDates[1], Dates{"valid", "19700101000000Z", "99991231235959Z"}}) {
    CAPTURE(dates.what);
    TestHeadquarters headquarters;
    TestHeadquarters other;
    TestSite site(other);
    site.write("u1", 1);
    ConnectorConfig config = site.config(headquarters);
    config.certificate = dated(site.certificate, other.authority, dates.from, dates.to);
    SyncConnector connector(config, site.queue);
    const auto outcome = connector.sync_once(headquarters.address);
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->reason == Reason::kUnknownDevice);
    CHECK(outcome.sent == 0);
    CHECK(count_at(headquarters.queue, "u1") == 0);
  }
}

TEST_CASE("a certificate that expired is not good for another key, nor changed by its dates") {
  const Authority authority = Authority::create();
  const Authority other = Authority::create();
  const SigningKey key = fresh_key();
  const Certificate ours = *authority.issue_site(key.public_key(), "u1");
  const Certificate expired = dated(ours, authority, kWrongDates[0].from, kWrongDates[0].to);
  CHECK(expired.issued_by(authority.certificate()));
  CHECK(peer_of(expired)->device == key.device());
  CHECK(peer_of(expired)->standing == Standing::device("u1"));
  // Signed by somebody else in our authority's name.
  CHECK_FALSE(dated(ours, other, kWrongDates[0].from, kWrongDates[0].to)
                  .issued_by(authority.certificate()));
}

}  // namespace sitelog
