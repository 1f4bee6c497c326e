#include "engine/accounts/second_factors.hpp"

#include <catch2/catch.hpp>

#include "engine/accounts/limits.hpp"
#include "engine/accounts/totp.hpp"
#include "tests/support/folder.hpp"

using namespace sitelog;

namespace {

constexpr int64_t kNow = 1'700'000'010;

std::string bytes_of_base32(const std::string& text) {
  std::string out;
  uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    held = held << 5 | static_cast<uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    bits += 5;
    if (bits < 8) continue;
    out += static_cast<char>(held >> (bits - 8) & 0xff);
    bits -= 8;
  }
  return out;
}

struct Kept {
  TemporaryFolder place;
  DataFolder folder = *DataFolder::create(place.file("home"), "test");
  std::unique_ptr<Credentials> credentials = *Credentials::open(folder);
};

}  // namespace

TEST_CASE("codes are those of RFC 6238") {
  const std::string secret = "12345678901234567890";
  for (const auto& [second, code] :
       std::vector<std::pair<int64_t, std::string>>{{59, "287082"},
                                                    {1111111109, "081804"},
                                                    {1111111111, "050471"},
                                                    {1234567890, "005924"},
                                                    {2000000000, "279037"},
                                                    {20000000000, "353130"}}) {
    CHECK(totp_code(secret, second / kTotpStepS) == code);
  }
  CHECK(to_base32("foobar") == "MZXW6YTBOI");
  CHECK(to_base32("") == "");
}

TEST_CASE("a code is good for its step and one aside, and not before what was used") {
  const std::string secret(20, 'x');
  const int64_t step = kNow / kTotpStepS;
  for (int64_t aside = -3; aside <= 3; ++aside) {
    const bool near = aside >= -1 && aside <= 1;
    const auto found = totp_step(secret, totp_code(secret, step + aside), kNow, 0);
    CHECK(found.has_value() == near);
  }
  CHECK_FALSE(totp_step(secret, totp_code(secret, step), kNow, step));
  CHECK(totp_step(secret, totp_code(secret, step + 1), kNow, step) == step + 1);
  for (const char* bad : {"", "12345", "1234567", "abcdef"}) {
    CHECK_FALSE(totp_step(secret, bad, kNow, 0));
  }
}

TEST_CASE("an address for the app has no markup of a name") {
  CHECK(otpauth_uri("foobar", "Sitelog", "张&三?x=#") ==
        "otpauth://totp/Sitelog:%E5%BC%A0%26%E4%B8%89%3Fx%3D%23?secret=MZXW6YTBOI&issuer=Sitelog");
}

TEST_CASE("a secret counts once a code of it was shown, each code once, and so do recovery codes") {
  Kept kept;
  SecondFactors factors(*kept.credentials, kNow - 3600);
  const auto offered = factors.offer("li", "Sitelog", kNow);
  const std::string secret = bytes_of_base32(offered.secret);
  const int64_t step = kNow / kTotpStepS;
  CHECK_FALSE(factors.has("li"));
  CHECK_FALSE(factors.confirm("li", "000000x", kNow));
  CHECK_FALSE(factors.confirm("wang", totp_code(secret, step), kNow));
  const auto recovery = factors.confirm("li", totp_code(secret, step), kNow);
  REQUIRE(recovery);
  REQUIRE(factors.has("li"));
  CHECK_FALSE(factors.confirm("li", totp_code(secret, step), kNow));  // once
  CHECK_FALSE(factors.takes("li", totp_code(secret, step), kNow));    // used to confirm it
  CHECK(factors.takes("li", totp_code(secret, step + 1), kNow));
  CHECK_FALSE(factors.takes("li", totp_code(secret, step + 1), kNow));
  CHECK_FALSE(factors.takes("li", totp_code(secret, step), kNow));  // before what was used
  std::string typed = recovery->front();
  for (char& c : typed) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == '-' ? ' ' : c;
  CHECK(factors.takes("li", typed, kNow));
  CHECK_FALSE(factors.takes("li", recovery->front(), kNow));
  CHECK_FALSE(factors.takes("wang", recovery->at(1), kNow));
  // Another process: what was used stays so, and codes from before its start are not taken.
  const auto again = *Credentials::open(kept.folder);
  SecondFactors later(*again, kNow + 60);
  CHECK(later.has("li"));
  CHECK_FALSE(later.takes("li", recovery->front(), kNow + 60));
  CHECK(later.takes("li", recovery->at(1), kNow + 60));
  CHECK_FALSE(later.takes("li", totp_code(secret, step + 2), kNow + 60));
  CHECK(later.takes("li", totp_code(secret, step + 3), kNow + 60));
}

TEST_CASE("after the clock was set back codes of the time it shows count, each once") {
  Kept kept;
  const int64_t ahead = kNow + 400LL * 24 * 3600;
  SecondFactors factors(*kept.credentials, ahead);
  const std::string secret = bytes_of_base32(factors.give("a", "Sitelog").offered.secret);
  const auto code = [&](int64_t at_s) { return totp_code(secret, at_s / kTotpStepS); };
  CHECK(factors.takes("a", code(ahead + 60), ahead + 60));
  CHECK_FALSE(factors.takes("a", code(kNow), kNow));  // may have been used
  CHECK(factors.takes("a", code(kNow + 30), kNow + 30));
  CHECK_FALSE(factors.takes("a", code(kNow + 30), kNow + 30));
  CHECK(factors.takes("a", code(kNow + 60), kNow + 60));
}

TEST_CASE("what was offered is confirmed soon or not at all, and a new password keeps the factor") {
  Kept kept;
  SecondFactors factors(*kept.credentials, 0);
  const auto offered = factors.offer("li", "Sitelog", kNow);
  const std::string secret = bytes_of_base32(offered.secret);
  const int64_t late = kNow + limits::kSecondFactorOffered.count() + 1;
  CHECK_FALSE(factors.confirm("li", totp_code(secret, late / kTotpStepS), late));
  const std::string other = bytes_of_base32(factors.offer("li", "Sitelog", kNow).secret);
  CHECK_FALSE(factors.confirm("li", totp_code(secret, kNow / kTotpStepS), kNow));
  REQUIRE(factors.confirm("li", totp_code(other, kNow / kTotpStepS), kNow));
  kept.credentials->set_password("li", "x");
  CHECK(factors.has("li"));
  kept.credentials->set_link("li", hash_of_secret("link"), INT64_MAX);
  REQUIRE(kept.credentials->use_link(hash_of_secret("link"), 0, "y"));
  CHECK(factors.has("li"));
}
