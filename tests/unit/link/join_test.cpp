#include <catch2/catch.hpp>

#include "sync/link/invitation.hpp"
#include "sync/link/sync_connector.hpp"
#include "sync/link/tls.hpp"
#include "sync/session/framing.hpp"
#include "tests/unit/link/link_fixture.hpp"
#include "tests/unit/link/raw_peer.hpp"

namespace sitelog {

using namespace std::chrono_literals;

namespace {

NewDevice new_device(const SigningKey& key, const std::string& name) {
  AgreementKey::Random random;
  random.fill(3);
  return {key, AgreementKey::from_random(random).public_key(), name};
}

HeadquartersId id_of(const TestHeadquarters& headquarters) {
  return headquarters_id(headquarters.key.public_key(),
                         headquarters.authority.certificate().fingerprint());
}

// What is answered to a request to join that was made by hand.
Refusal refused_by_hand(uint16_t port, const InvitationCode& code, const JoinRequest& request) {
  const TlsClient tls(code.authority);
  RawPeer peer(port);
  REQUIRE(peer.shake(tls.create()));
  FrameWriter writer;
  peer.say_tls(writer.frame(request));
  FrameReader reader;
  reader.add(as_bytes(peer.hear_all_tls()));
  const auto answer = reader.next();
  REQUIRE((answer && *answer));
  REQUIRE(std::holds_alternative<Refuse>(**answer));
  return std::get<Refuse>(**answer).refusal;
}

// A headquarters with one invitation, which it gives up once.
class Inviting {
 public:
  explicit Inviting(std::chrono::milliseconds failed_join_delay = 100ms)
      : headquarters([this, failed_join_delay](ListenerConfig& config) {
          config.failed_join_delay_ms = failed_join_delay.count();
          config.join = [this](Replica&, const JoinRequest& request) { return join(request); };
        }) {
    const std::lock_guard lock(mutex_);
    code = InvitationCode::create(headquarters.authority.certificate().fingerprint());
    secret_hash_ = invitation_secret_hash(code.secret_bytes());
  }

  bool asked() {
    const std::lock_guard lock(mutex_);
    return used_;
  }

  InvitationCode code;
  std::optional<AgreementClaim> agreement_key;  // of who joined

 private:
  Result<JoinReply> join(const JoinRequest& request) {
    const std::lock_guard lock(mutex_);
    if (invitation_secret_hash(request.secret) != secret_hash_) {
      return Refusal{Reason::kInvitationUnknown, "this invitation is not known", {}};
    }
    if (used_) return Refusal{Reason::kInvitationUsed, "this invitation was used", {}};
    used_ = true;
    agreement_key = request.agreement_key;
    return JoinReply{headquarters.authority.issue_site(request.key, "u1")->der(),
                     headquarters.authority.certificate().der(), headquarters.key.public_key(),
                     "总工会", "u1"};
  }

  std::mutex mutex_;
  Hash secret_hash_;
  bool used_ = false;

 public:
  TestHeadquarters headquarters;
};

}  // namespace

TEST_CASE("a device joins with its code, and then syncs") {
  Inviting inviting;
  const SigningKey key = fresh_key();
  const auto reply = join_headquarters(inviting.headquarters.address, inviting.code,
                                       new_device(key, "the foreman's"));
  REQUIRE(reply);
  CHECK(reply->unit == "u1");
  CHECK(reply->headquarters_name == "总工会");
  REQUIRE(inviting.agreement_key);
  CHECK(checked_agreement_key(*inviting.agreement_key, key.public_key()));
  const auto certificate = Certificate::from_der(as_bytes(reply->certificate));
  const auto authority = Certificate::from_der(as_bytes(reply->authority));
  MemoryReplica replica(key, inviting.headquarters.key.public_key(), {"root", "u1"});
  ThreadWorkQueue queue(replica);
  SyncConnector connector(
      {key, *certificate, *authority, device_of(reply->headquarters), "test", test_clock}, queue);
  CHECK(connector.sync_once(inviting.headquarters.address).caught_up);
  CHECK(inviting.headquarters.had(LinkEvent::kJoined));

  const auto again = join_headquarters(inviting.headquarters.address, inviting.code,
                                       new_device(fresh_key(), "a thief's"));
  REQUIRE_FALSE(again);
  CHECK(again.refusal().reason == Reason::kInvitationUsed);
}

TEST_CASE("a wrong secret is refused after a while") {
  Inviting inviting;
  InvitationCode wrong = inviting.code;
  wrong.secret[0] ^= 1;
  const auto began = std::chrono::steady_clock::now();
  const auto reply =
      join_headquarters(inviting.headquarters.address, wrong, new_device(fresh_key(), "a guess"));
  REQUIRE_FALSE(reply);
  CHECK(reply.refusal().reason == Reason::kInvitationUnknown);
  CHECK(std::chrono::steady_clock::now() - began >= 100ms);
  CHECK(inviting.headquarters.had(LinkEvent::kJoinRefused));
}

TEST_CASE("a code of another headquarters shows its secret to nobody here") {
  Inviting inviting;
  Inviting other;
  const auto reply = join_headquarters(inviting.headquarters.address, other.code,
                                       new_device(fresh_key(), "astray"));
  REQUIRE_FALSE(reply);
  CHECK(reply.refusal().reason == Reason::kNotHeadquarters);
  CHECK(inviting.headquarters.events(LinkEvent::kJoinRefused) == 0);
}

TEST_CASE("a device has to prove that it holds its key") {
  Inviting inviting;
  const SigningKey key = fresh_key();
  const std::string secret = inviting.code.secret_bytes();
  const std::string message = join_proof_message(id_of(inviting.headquarters), secret);
  CHECK(refused_by_hand(
            inviting.headquarters.port(), inviting.code,
            {secret, key.public_key(), "another's key", fresh_key().sign(as_bytes(message))})
            .reason == Reason::kBadSignature);
  CHECK(join_headquarters(inviting.headquarters.address, inviting.code,
                          new_device(key, "the right one")));
}

TEST_CASE("a proof made for one headquarters is worth nothing at another") {
  Inviting inviting;
  const SigningKey key = fresh_key();
  const std::string secret = inviting.code.secret_bytes();
  const PublicKey& own = inviting.headquarters.key.public_key();
  const Hash authority = inviting.headquarters.authority.certificate().fingerprint();
  const Authority another = Authority::create();
  const auto proof = [&](const std::string& message) {
    return JoinRequest{secret, key.public_key(), "recorded elsewhere", key.sign(as_bytes(message))};
  };
  // Another headquarters that knows the code could have invited with it, and passed on what it got.
  for (const HeadquartersId& other :
       {headquarters_id(fresh_key().public_key(), another.certificate().fingerprint()),
        headquarters_id(own, another.certificate().fingerprint()),
        headquarters_id(fresh_key().public_key(), authority)}) {
    CHECK(refused_by_hand(inviting.headquarters.port(), inviting.code,
                          proof(join_proof_message(other, secret)))
              .reason == Reason::kBadSignature);
  }
  // As earlier builds made it.
  const Refusal told = refused_by_hand(inviting.headquarters.port(), inviting.code,
                                       proof("sitelog join 1\n" + secret));
  CHECK(told.reason == Reason::kBadSignature);
  CHECK(describe(told).find("install") != std::string::npos);
  // None of that spent the invitation.
  CHECK(join_headquarters(inviting.headquarters.address, inviting.code,
                          new_device(key, "the device itself")));
}

TEST_CASE("what is no request to join ends a joining connection") {
  Inviting inviting;
  const TlsClient tls(inviting.code.authority);
  RawPeer peer(inviting.headquarters.port());
  REQUIRE(peer.shake(tls.create()));
  FrameWriter writer;
  peer.say_tls(writer.frame(Hello{}));
  CHECK(peer.hear_all_tls().empty());
  CHECK(inviting.headquarters.had(LinkEvent::kBadFrame));
}

TEST_CASE("many wrong guesses at once are slowed down, and a right code still gets in") {
  Inviting inviting;
  std::vector<std::thread> guesses;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 20; ++i) {
    guesses.emplace_back([&] {
      InvitationCode wrong = inviting.code;
      wrong.secret[1] ^= 1;
      if (!join_headquarters(inviting.headquarters.address, wrong, new_device(fresh_key(), "x"))) {
        ++refused;
      }
    });
  }
  CHECK(join_headquarters(inviting.headquarters.address, inviting.code,
                          new_device(fresh_key(), "right")));
  for (auto& guess : guesses) guess.join();
  CHECK(refused == 20);
}

TEST_CASE("wrong guesses hold no place while they are put off: a right code gets in at once") {
  Inviting inviting(3'000ms);
  const TlsClient tls(inviting.code.authority);
  InvitationCode wrong = inviting.code;
  wrong.secret[1] ^= 1;
  FrameWriter writer;
  std::vector<std::unique_ptr<RawPeer>> guesses;
  for (int i = 0; i < 72; ++i) {
    const SigningKey key = fresh_key();
    const std::string secret = wrong.secret_bytes();
    guesses.push_back(std::make_unique<RawPeer>(inviting.headquarters.port()));
    REQUIRE(guesses.back()->shake(tls.create()));
    guesses.back()->say_tls(writer.frame(
        JoinRequest{secret, key.public_key(), "a guess",
                    key.sign(as_bytes(join_proof_message(id_of(inviting.headquarters), secret)))}));
  }
  const auto began = std::chrono::steady_clock::now();
  CHECK(join_headquarters(inviting.headquarters.address, inviting.code,
                          new_device(fresh_key(), "right")));
  CHECK(std::chrono::steady_clock::now() - began < 1500ms);
}

TEST_CASE("a join that could not be saved may be tried again") {
  Inviting inviting;
  inviting.headquarters.queue.fail_next();
  const auto failed = join_headquarters(inviting.headquarters.address, inviting.code,
                                        new_device(fresh_key(), "first try"));
  REQUIRE_FALSE(failed);
  CHECK(failed.refusal().reason == Reason::kUnreachable);
}

TEST_CASE("a headquarters stops in the middle of joining") {
  Inviting inviting;
  inviting.headquarters.queue.slow_down(1s);
  std::optional<Result<JoinReply>> joined;
  std::thread joining([&] {
    joined = join_headquarters(inviting.headquarters.address, inviting.code,
                               new_device(fresh_key(), "x"));
  });
  CHECK(eventually([&] { return inviting.asked(); }));
  const auto began = std::chrono::steady_clock::now();
  inviting.headquarters.stop();
  joining.join();
  CHECK(std::chrono::steady_clock::now() - began < 3s);
  // It is answered, or says that it was not; headquarters tells of it exactly where it was.
  const size_t told = inviting.headquarters.events(LinkEvent::kJoined);
  REQUIRE(joined);
  if (*joined) {
    CHECK(Certificate::from_der(as_bytes((*joined)->certificate)));
    CHECK(told == 1);
  } else {
    CHECK(joined->refusal().reason == Reason::kUnreachable);
    CHECK(told == 0);
  }
}

}  // namespace sitelog
