#include <set>

#include "support.hpp"
#include "sync/ledger/crypto.hpp"
#include "tests/support/keys.hpp"

using namespace sitelog;

TEST_CASE("A result holds a value or says why there is none") {
  const Result<std::string> kept(std::string("kept"));
  REQUIRE(kept);
  CHECK(*kept == "kept");
  CHECK(kept->size() == 4);
  const Result<std::string> refused(Refusal{Reason::kGap, "entries are missing", {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kGap);
  CHECK(Result<>(Done{}));
}

TEST_CASE("A message takes its arguments in order or by number") {
  CHECK(fill("device {} of unit {}", {"A", "B"}) == "device A of unit B");
  CHECK(fill("{1} 的终端 {0}", {"A", "B"}) == "B 的终端 A");
  CHECK(fill("{0} and {0}", {"A"}) == "A and A");
  CHECK(fill("nothing to fill", {"A"}) == "nothing to fill");
}

TEST_CASE("A list stands in a translation with that language's mark between its items") {
  CHECK(fill("缺少或有误：{、}", {"record, seen"}) == "缺少或有误：record、seen");
  CHECK(fill("{1、}；{0}", {"a, b", "c, d, e"}) == "c、d、e；a, b");
  CHECK(fill("{、} {}", {"a", "b, c"}) == "a b, c");
  CHECK(fill("{，} {、、}", {"a"}) == "{，} {、、}");
}

TEST_CASE("An argument that looks like a placeholder is left as it is") {
  CHECK(fill("{} {}", {"{1}", "{}"}) == "{1} {}");
}

TEST_CASE("A message with a wrong template is still shown") {
  CHECK(fill("missing {} {}", {"A"}) == "missing A ");
  CHECK(fill("missing {7}", {"A"}) == "missing ");
  CHECK(fill("open {", {"A"}) == "open {");
  CHECK(fill("{named} {12} }{", {"A"}) == "{named} {12} }{");
  CHECK(fill("", {}) == "");
}

TEST_CASE("A refusal is described in English unless a translation is given") {
  const Refusal refusal{Reason::kTooLarge, "an entry is past a limit: {}", {"bytes"}};
  CHECK(describe(refusal) == "an entry is past a limit: bytes");
  CHECK(describe(refusal, "条目超限：{}") == "条目超限：bytes");
}

TEST_CASE("Every reason has a name of its own") {
  std::set<std::string> names;
  const int last = static_cast<int>(Reason::kUsage);
  for (int i = 0; i <= last; ++i) names.insert(name_of(static_cast<Reason>(i)));
  CHECK(names.size() == static_cast<size_t>(last) + 1);
  CHECK_FALSE(names.contains("unknown"));
}

TEST_CASE("Bytes survive hexadecimal") {
  rc::prop("for all bytes", [](const std::vector<uint8_t>& bytes) {
    const std::string hex = to_hex(bytes);
    RC_ASSERT(hex.size() == 2 * bytes.size());
    std::vector<uint8_t> back(bytes.size());
    RC_ASSERT(from_hex(hex, back.data(), back.size()));
    RC_ASSERT(back == bytes);
  });
}

TEST_CASE("An id is read from exactly as many hexadecimal digits as it has") {
  const std::string hex = "000102030405060708090a0b0c0d0e0f";
  REQUIRE(EntryName::parse(hex));
  CHECK(EntryName::parse(hex)->hex() == hex);
  CHECK(EntryName::parse("000102030405060708090A0B0C0D0E0F") == EntryName::parse(hex));
  CHECK_FALSE(EntryName::parse(hex + "00"));
  CHECK_FALSE(EntryName::parse(hex.substr(2)));
  CHECK_FALSE(EntryName::parse(hex.substr(1)));
  CHECK_FALSE(EntryName::parse(""));
  for (const char wrong : {'g', 'G', ' ', '-', '/', ':', '@', '`', '\0'}) {
    std::string spoilt = hex;
    spoilt[5] = wrong;
    CHECK_FALSE(EntryName::parse(spoilt));
  }
}

TEST_CASE("An id is taken from exactly as many bytes as it has") {
  CHECK(RecordId::from(std::string(16, 'x')));
  CHECK_FALSE(RecordId::from(std::string(15, 'x')));
  CHECK_FALSE(RecordId::from(std::string(17, 'x')));
  CHECK_FALSE(RecordId::from(""));
  CHECK(RecordId{}.is_zero());
  CHECK_FALSE(RecordId::from(std::string(16, 'x'))->is_zero());
}

TEST_CASE("An entry is named by the first half of its chain hash") {
  rc::prop("for all hashes", [] {
    const Hash hash = *any_bytes<Hash>();
    RC_ASSERT(name_of(hash).hex() == hash.hex().substr(0, 32));
  });
}

TEST_CASE("The digest is SHA-256") {
  CHECK(sha256(as_bytes("")).hex() ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(as_bytes("abc")).hex() ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("A hasher can be used again, and parts of a digest don't run together") {
  Hasher hasher;
  CHECK(hasher.add("ab").add("c").finish() == sha256(as_bytes("abc")));
  CHECK(hasher.add("abc").finish() == sha256(as_bytes("abc")));
  CHECK(hasher.add_sized("ab").add_sized("c").finish() !=
        hasher.add_sized("a").add_sized("bc").finish());
  CHECK(hasher.add_number(0x0102030405060708).finish() ==
        sha256(as_bytes("\x01\x02\x03\x04\x05\x06\x07\x08")));
}

TEST_CASE("Signatures are those of RFC 8032") {
  // Section 7.1, test 2.
  std::array<uint8_t, 32> seed;
  REQUIRE(from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed.data(),
                   seed.size()));
  const SigningKey key = SigningKey::from_seed(seed);
  CHECK(key.public_key().hex() ==
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Signature signature = key.sign(as_bytes("\x72"));
  CHECK(signature.hex() ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  CHECK(verify_signature(key.public_key(), as_bytes("\x72"), signature));
  CHECK_FALSE(verify_signature(key.public_key(), as_bytes("\x73"), signature));
  CHECK_FALSE(verify_signature(fresh_key().public_key(), as_bytes("\x72"), signature));
}

TEST_CASE("A private key survives its file, and a damaged file is refused") {
  const SigningKey key = fresh_key();
  const std::string pem = key.to_pem();
  const auto read = SigningKey::from_pem(pem);
  REQUIRE(read);
  CHECK(read->public_key() == key.public_key());
  CHECK(read->device() == key.device());
  CHECK_FALSE(SigningKey::from_pem(""));
  CHECK_FALSE(SigningKey::from_pem(pem.substr(0, pem.size() / 2)));
  const auto refused = SigningKey::from_pem("not a key");
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kFolderDamaged);
}

TEST_CASE("A device's id follows from its key") {
  const PublicKey key = fresh_key().public_key();
  CHECK(device_of(key).hex() == sha256(key.view()).hex().substr(0, 32));
}

TEST_CASE("What is no key that anybody can have drawn is no key, and signs nothing") {
  const auto key_of = [](std::string_view hex) { return *PublicKey::parse(hex); };
  // The eight points of small order, each with both signs of x where it has them.
  const char* const small[] = {
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000080",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
      // Not as they are encoded: p, p + 1, the sign of an x that is 0.
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "0100000000000000000000000000000000000000000000000000000000000080",
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  };
  // R the neutral point and S = 0 hold for every message under a key of order 1.
  Signature for_all;
  for_all.bytes[0] = 1;
  for (const char* hex : small) {
    CAPTURE(hex);
    CHECK_FALSE(is_signing_key(key_of(hex)));
    for (const std::string_view message : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
      CHECK_FALSE(verify_signature(key_of(hex), as_bytes(message), for_all));
    }
  }
  CHECK(is_signing_key(key_of("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  for (int i = 0; i < 100; ++i) CHECK(is_signing_key(fresh_key().public_key()));
}
