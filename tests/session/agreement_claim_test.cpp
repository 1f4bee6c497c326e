// The agreement key in Hello: said by a site that its grant doesn't know of, kept by headquarters.
#include "proto/sync.pb.h"
#include "tests/session/script.hpp"

using namespace sitelog;

namespace {

AgreementPublicKey any_key() {
  AgreementKey::Random random;
  random.fill(5);
  return AgreementKey::from_random(random).public_key();
}

}  // namespace

TEST_CASE("the bytes that a device signs of its agreement key are its id and the key") {
  const SigningKey device = script_key(1);
  const AgreementClaim claim = claim_agreement_key(device, any_key());
  const std::string message = "sitelog agreement key 1\n" +
                              std::string(as_text(device.device().view())) +
                              std::string(as_text(any_key().view()));
  CHECK(claim.key == as_text(any_key().view()));
  CHECK(claim.key.size() == 65);
  CHECK(
      verify_signature(device.public_key(), as_bytes(message), *Signature::from(claim.signature)));
  CHECK(*checked_agreement_key(claim, device.public_key()) == any_key());
}

TEST_CASE("an agreement key survives its message, and an older message has none") {
  const AgreementClaim claim = claim_agreement_key(script_key(1), any_key());
  Hello hello;
  hello.agreement_key = claim;
  const auto read = decode_message(as_bytes(encode(hello)));
  REQUIRE(read);
  CHECK(std::get<Hello>(*read).agreement_key == claim);
  CHECK_FALSE(std::get<Hello>(*decode_message(as_bytes(encode(Hello{})))).agreement_key);
  JoinRequest join;
  CHECK_FALSE(std::get<JoinRequest>(*decode_message(as_bytes(encode(join)))).agreement_key);
  join.agreement_key = claim;
  CHECK(std::get<JoinRequest>(*decode_message(as_bytes(encode(join)))).agreement_key == claim);
}

TEST_CASE("site: Hello says the agreement key that its grant doesn't") {
  const AgreementClaim claim = claim_agreement_key(script_key(1), any_key());
  play(Side::kSite, [&](Script& script) {
    script.near().own_claim = claim;
    script.start();
    script.expect_write<Hello>([&](const Hello& hello) { CHECK(hello.agreement_key == claim); });
    script.read([&] { return script.welcome_by_far(); });
    script.check([&] { CHECK(script.session().caught_up()); });
  });
}

TEST_CASE("headquarters: an agreement key in Hello is kept before Welcome is said") {
  play(Side::kHeadquarters, [](Script& script) {
    const SigningKey device = script_key(9);
    script.near().peer_key = device.public_key();
    script.read([&] {
      Hello hello = script.hello_by_far();
      hello.agreement_key = claim_agreement_key(device, any_key());
      return hello;
    });
    script.expect_write<Welcome>(
        [&](const Welcome&) { CHECK(script.near().kept_agreement_key == any_key()); });
    script.check([&] { CHECK(script.session().refused().empty()); });
  });
}

TEST_CASE("headquarters: a wrong agreement key is told, and the session goes on") {
  play(Side::kHeadquarters, [](Script& script) {
    const SigningKey device = script_key(9);
    script.near().peer_key = device.public_key();
    script.read([&] {
      Hello hello = script.hello_by_far();
      hello.agreement_key = claim_agreement_key(device, any_key());
      hello.agreement_key->key.resize(40);
      return hello;
    });
    script.expect_write<Welcome>();
    script.check([&] {
      CHECK_FALSE(script.near().kept_agreement_key);
      REQUIRE(script.session().refused().size() == 1);
      CHECK(script.session().refused().front().reason == Reason::kMalformed);
      CHECK(script.session().caught_up());
    });
  });
}
