#include "sync/link/web_certificate.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

namespace {

constexpr int64_t kNow = 1'770'000'000;
const std::vector<std::string> kNames{"hq.example.cn", "10.1.2.3", "::1"};

// Why it is refused; empty where it is not.
std::string refused(const WebCertificate& certificate) {
  const auto checked = check_web_certificate(certificate);
  return checked ? std::string() : checked.refusal().text;
}

}  // namespace

TEST_CASE("a certificate of one's own is for the names that were asked for, and for a while") {
  const WebCertificate made = make_web_certificate("", kNames, kNow);
  CHECK(refused(made).empty());
  const auto facts = facts_of(made);
  CHECK(facts.names == kNames);
  CHECK(facts.own);
  CHECK(facts.until_s == kNow + kOwnWebCertificateDays * 24 * 3600);
  CHECK(facts.fingerprint.size() == 64);
}

TEST_CASE("a certificate made anew keeps its key, and no two are the same") {
  const WebCertificate first = make_web_certificate("", kNames, kNow);
  const WebCertificate second = make_web_certificate(first.key, {"other"}, kNow);
  CHECK(second.key == first.key);
  CHECK(second.certificates != first.certificates);
  CHECK(make_web_certificate("", kNames, kNow).key != first.key);
}

TEST_CASE("what browsers would not take is refused before anybody is shown it") {
  const WebCertificate good = make_web_certificate("", kNames, kNow);
  const WebCertificate other = make_web_certificate("", kNames, kNow);
  CHECK_FALSE(refused({good.certificates, other.key}).empty());
  CHECK_FALSE(refused({"", good.key}).empty());
  CHECK_FALSE(refused({good.certificates, ""}).empty());
  CHECK_FALSE(refused({good.certificates, "-----BEGIN PRIVATE KEY-----\nx\n"}).empty());
  CHECK_FALSE(refused({"garbage", good.key}).empty());
  CHECK(facts_of({"garbage", ""}).names.empty());
}
