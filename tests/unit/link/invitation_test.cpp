#include "sync/link/invitation.hpp"

#include <catch2/catch.hpp>

#include "sync/link/address.hpp"
#include "tests/support/keys.hpp"

namespace sitelog {

namespace {
InvitationCode example() {
  InvitationCode out;
  for (size_t i = 0; i < out.secret.size(); ++i) out.secret[i] = static_cast<uint8_t>(i * 37 + 5);
  for (size_t i = 0; i < out.authority.size(); ++i) {
    out.authority[i] = static_cast<uint8_t>(250 - 19 * i);
  }
  return out;
}
}  // namespace

TEST_CASE("an invitation's code is seven groups of five, and is read back") {
  const std::string text = example().to_text();
  CHECK(text == "0MN4Y-X4SQV-HGHYQ-7TK0T-X6W8E-NH4YF-192RF");
  REQUIRE(InvitationCode::parse(text));
  CHECK(*InvitationCode::parse(text) == example());
  const Hash fingerprint{};
  const auto fresh = InvitationCode::create(fingerprint);
  CHECK(fresh.authority == decltype(fresh.authority){});
  CHECK_FALSE(fresh == InvitationCode::create(fingerprint));
  CHECK_FALSE(example().authority == fresh.authority);
}

TEST_CASE("a code is read however it was typed") {
  const std::string text = example().to_text();
  std::string typed = " ";
  for (const char c : text) {
    if (c == '-') continue;
    typed += c == '0' ? 'o' : c == '1' ? 'l' : static_cast<char>(std::tolower(c));
    typed += c == 'K' ? "\u3000" : c == 'Q' ? "\uff0d" : c == 'F' ? " - " : "";
  }
  const auto parsed = InvitationCode::parse(typed + "\r\n");
  REQUIRE(parsed);
  CHECK(*parsed == example());
}

TEST_CASE("a typing error in a code is told as one") {
  const std::string text = example().to_text();
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '-') continue;
    std::string wrong = text;
    wrong[at] = wrong[at] == '2' ? '3' : '2';
    const auto parsed = InvitationCode::parse(wrong);
    INFO(wrong);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.refusal().text.find("typing error") != std::string::npos);
  }
  CHECK(InvitationCode::parse(text.substr(1)).refusal().args ==
        std::vector<std::string>{"35", "34"});
  CHECK_FALSE(InvitationCode::parse("U" + text.substr(1)));
  CHECK_FALSE(InvitationCode::parse(""));
  CHECK_FALSE(InvitationCode::parse(std::string(100'000, 'A')));
}

TEST_CASE("headquarters keeps a hash of the secret only") {
  CHECK(invitation_secret_hash("12345678") != invitation_secret_hash("12345679"));
}

TEST_CASE("a proof for joining names the one headquarters that it is for") {
  const HeadquartersId id = *HeadquartersId::from(std::string_view("sixteen bytes id"));
  CHECK(join_proof_message(id, "12345678") == "sitelog join 2\nsixteen bytes id12345678");
  const PublicKey key = fresh_key().public_key();
  const Hash authority = sha256(as_bytes("an authority"));
  const HeadquartersId own = headquarters_id(key, authority);
  CHECK(own == headquarters_id(key, authority));
  CHECK(own != headquarters_id(fresh_key().public_key(), authority));
  CHECK(own != headquarters_id(key, sha256(as_bytes("another"))));
}

TEST_CASE("an invitation file carries what spares typing") {
  const Invitation invitation{example(),
                              "总工会",
                              "u1",
                              "一号矿",
                              {"hq.example.cn:7443", "[::1]:7443"},
                              Instant{1'800'000'000'000}};
  const std::string file = to_file(invitation);
  CHECK(file.find("\"expires\":\"2027-01-15T08:00:00Z\"") != std::string::npos);
  const auto read = parse_invitation("\xef\xbb\xbf\n" + file);
  REQUIRE(read);
  CHECK(*read == invitation);
  const auto typed = parse_invitation(example().to_text());
  REQUIRE(typed);
  CHECK(typed->code == example());
  CHECK(typed->addresses.empty());
}

TEST_CASE("what is no invitation file is refused") {
  const auto reason = [](std::string_view text) { return parse_invitation(text).refusal().reason; };
  CHECK(reason("{") == Reason::kInvalidFile);
  CHECK(reason("{}") == Reason::kInvalidFile);
  CHECK(reason(R"({"sitelog_invitation":2})") == Reason::kVersion);
  CHECK(reason(R"({"sitelog_invitation":1,"code":7})") == Reason::kInvalidFile);
  CHECK(reason(R"({"sitelog_invitation":1,"code":"7"})") == Reason::kInvalidValue);
  const std::string begun =
      R"({"sitelog_invitation":1,"code":")" + example().to_text() + R"(","expires":)";
  CHECK(reason(begun + R"("2026-02-30T00:00:00Z"})") == Reason::kInvalidFile);
  CHECK(reason(begun + R"("soon"})") == Reason::kInvalidFile);
  CHECK(reason(begun + R"("","addresses":[1]})") == Reason::kInvalidFile);
  CHECK(reason("{" + std::string(17'000, '[')) == Reason::kTooLarge);
  CHECK(reason("{\"a\":" + std::string(9'000, '[')) == Reason::kInvalidFile);
}

TEST_CASE("an address is a host and a port") {
  CHECK(*HostPort::parse("hq.example.cn:7443") == HostPort{"hq.example.cn", 7443});
  CHECK(*HostPort::parse("[::1]:7443") == HostPort{"::1", 7443});
  CHECK(HostPort{"::1", 7443}.to_text() == "[::1]:7443");
  for (const char* wrong : {"", "hq", "hq:", ":7443", "hq:0", "hq:65536", "hq:7x", "::1:7443",
                            "https://hq:7443", "h q:7443"}) {
    INFO(wrong);
    CHECK_FALSE(HostPort::parse(wrong));
  }
}

}  // namespace sitelog
