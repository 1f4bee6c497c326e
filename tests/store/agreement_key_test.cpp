// How others learn what to encrypt to: from a device's word to its grant, and headquarters' own.
#include <catch2/catch.hpp>

#include "sync/merge/forms.hpp"
#include "tests/support/keys.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr const char* kUnit = "u1";

struct Pair {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, kUnit};

  Pair() { headquarters.grant(site, kUnit); }
  const Grant* granted(TestDevice& at) { return at.store().settings(kUnit).grant(site.id()); }
  std::optional<AgreementPublicKey> key_at(TestDevice& at) {
    const Grant* grant = granted(at);
    return grant != nullptr ? grant->agreement_key : std::nullopt;
  }
  std::optional<AgreementPublicKey> headquarters_key_at(TestDevice& at) {
    const Grant* grant = at.store().settings(BookCode(kRootBook)).grant(headquarters.id());
    return grant != nullptr ? grant->agreement_key : std::nullopt;
  }
  // What headquarters makes of a device's word.
  Result<> said(const AgreementClaim& claim) {
    return headquarters.store().transact([&] {
      return headquarters.store().keep_agreement_key(site.as_peer(), claim, headquarters.now());
    });
  }
};

}  // namespace

TEST_CASE("a device that was enrolled without an agreement key says it at the next contact") {
  Pair pair;
  sync(pair.site, pair.headquarters);
  CHECK_FALSE(pair.key_at(pair.headquarters));
  const AgreementPublicKey key = fresh_agreement_key().public_key();
  pair.site.use_agreement_key(key);
  sync(pair.site, pair.headquarters);
  CHECK(pair.key_at(pair.headquarters) == key);
  CHECK(pair.key_at(pair.site) == key);
  CHECK(pair.granted(pair.headquarters)->name == "a device");

  const int64_t entries = pair.headquarters.count("SELECT count(*) FROM entries");
  CHECK_FALSE(pair.site.store().agreement_claim());
  sync(pair.site, pair.headquarters);
  CHECK(pair.headquarters.count("SELECT count(*) FROM entries") == entries);
  CHECK(pair.headquarters.state_digest(kUnit) == pair.site.state_digest(kUnit));
  CHECK(pair.headquarters.verified() == "");
  CHECK(pair.site.verified() == "");
}

TEST_CASE("a device whose agreement key is another one has it replaced in its grant") {
  Pair pair;
  pair.site.use_agreement_key(fresh_agreement_key().public_key());
  sync(pair.site, pair.headquarters);
  const AgreementPublicKey second = fresh_agreement_key().public_key();
  pair.site.use_agreement_key(second);
  sync(pair.site, pair.headquarters);
  CHECK(pair.key_at(pair.headquarters) == second);
  CHECK(pair.key_at(pair.site) == second);
}

TEST_CASE("two copies of a device with a key each don't replace each other's for ever") {
  Pair pair;
  TestDevice copy(pair.clock, 5, pair.headquarters, kUnit);
  copy.clone_of(pair.site);
  const AgreementPublicKey first = fresh_agreement_key().public_key();
  const AgreementPublicKey second = fresh_agreement_key().public_key();
  pair.site.use_agreement_key(first);
  copy.use_agreement_key(second);
  sync(pair.site, pair.headquarters);
  sync(copy, pair.headquarters);
  CHECK(pair.key_at(pair.headquarters) == second);
  const std::string before = pair.headquarters.book_digest(kUnit);
  for (int i = 0; i < 3; ++i) {
    sync(pair.site, pair.headquarters);
    sync(copy, pair.headquarters);
  }
  CHECK(pair.headquarters.book_digest(kUnit) == before);
  CHECK_FALSE(pair.site.store().agreement_claim());
}

TEST_CASE("headquarters lets every site know its own agreement key, once") {
  Pair pair;
  sync(pair.site, pair.headquarters);
  const std::string before = pair.headquarters.book_digest(BookCode(kRootBook));
  const AgreementPublicKey key = fresh_agreement_key().public_key();
  pair.headquarters.use_agreement_key(key);
  CHECK(pair.headquarters.book_digest(BookCode(kRootBook)) == before);  // opened, and no more

  sync(pair.site, pair.headquarters);
  CHECK(pair.headquarters_key_at(pair.headquarters) == key);
  CHECK(pair.headquarters_key_at(pair.site) == key);
  const std::string after = pair.headquarters.book_digest(BookCode(kRootBook));
  sync(pair.site, pair.headquarters);
  CHECK(pair.headquarters.book_digest(BookCode(kRootBook)) == after);
  CHECK(pair.headquarters.state_digest(BookCode(kRootBook)) ==
        pair.site.state_digest(BookCode(kRootBook)));
}

TEST_CASE("an agreement key that is no key, or that another device signed, is refused by itself") {
  Pair pair;
  sync(pair.site, pair.headquarters);
  const AgreementPublicKey key = fresh_agreement_key().public_key();
  const AgreementClaim right = claim_agreement_key(pair.site.key(), key);
  const auto reason_of = [&](AgreementClaim claim) {
    const auto said = pair.said(claim);
    return std::string(said ? "taken" : name_of(said.refusal().reason));
  };
  AgreementPublicKey off_curve = key;
  off_curve.bytes[40] ^= 1;
  CHECK(reason_of(claim_agreement_key(pair.site.key(), off_curve)) == "malformed");
  CHECK(reason_of({}) == "malformed");
  CHECK(reason_of({right.key.substr(0, 33), right.signature}) == "malformed");
  CHECK(reason_of({right.key + "x", right.signature}) == "malformed");
  CHECK(reason_of({right.key, {}}) == "bad_signature");
  CHECK(reason_of({right.key, right.signature + "x"}) == "bad_signature");
  CHECK(reason_of(claim_agreement_key(pair.headquarters.key(), key)) == "bad_signature");
  CHECK(reason_of(claim_agreement_key(fresh_key(), key)) == "bad_signature");
  CHECK_FALSE(pair.key_at(pair.headquarters));
  CHECK(reason_of(right) == "taken");
  CHECK(pair.key_at(pair.headquarters) == key);
}

TEST_CASE("a device's bad agreement key holds nothing of its sync up") {
  Pair pair;
  AgreementPublicKey no_point;
  no_point.bytes.fill(4);
  pair.site.use_agreement_key(no_point);
  pair.site.add_event("recorded all the same");
  Wire wire(pair.site, pair.headquarters);
  wire.run();
  CHECK(wire.caught_up());
  REQUIRE(wire.headquarters().refused().size() == 1);
  CHECK(wire.headquarters().refused().front().reason == Reason::kMalformed);
  CHECK_FALSE(pair.key_at(pair.headquarters));
  CHECK(pair.headquarters.book_digest(kUnit) == pair.site.book_digest(kUnit));
}

TEST_CASE("the agreement key of a device without a grant waits for one") {
  Pair pair;
  TestDevice stranger(pair.clock, 7, pair.headquarters, kUnit);
  stranger.use_agreement_key(fresh_agreement_key().public_key());
  Wire wire(stranger, pair.headquarters);
  wire.run();
  CHECK(pair.headquarters.store().settings(kUnit).grant(stranger.id()) == nullptr);
  CHECK(stranger.store().agreement_claim());
  pair.headquarters.grant(stranger, kUnit);
  sync(stranger, pair.headquarters);
  CHECK(pair.headquarters.store().settings(kUnit).grant(stranger.id())->agreement_key);
}

TEST_CASE("headquarters that was restored without its agreement key settles the two at a contact") {
  Pair pair;
  sync(pair.site, pair.headquarters);
  const std::string copy = pair.headquarters.take_copy("before");
  pair.headquarters.use_agreement_key(fresh_agreement_key().public_key());
  sync(pair.site, pair.headquarters);

  const AgreementPublicKey second = fresh_agreement_key().public_key();
  pair.headquarters.restore(copy);
  pair.headquarters.use_agreement_key(second);
  // It says its new key before the site gives back that there was another.
  for (int i = 0; i < 3; ++i) sync(pair.site, pair.headquarters);
  CHECK(pair.headquarters_key_at(pair.headquarters) == second);
  CHECK(pair.headquarters_key_at(pair.site) == second);
  CHECK(pair.headquarters.count("SELECT count(*) FROM conflicts") == 0);
  CHECK(pair.site.count("SELECT count(*) FROM conflicts") == 0);
  const int64_t entries = pair.headquarters.count("SELECT count(*) FROM entries");
  sync(pair.site, pair.headquarters);
  CHECK(pair.headquarters.count("SELECT count(*) FROM entries") == entries);
  CHECK(pair.headquarters.verified() == "");
  CHECK(pair.site.verified() == "");
}
