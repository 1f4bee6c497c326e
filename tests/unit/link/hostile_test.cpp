#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "sync/link/tls.hpp"
#include "sync/session/framing.hpp"
#include "tests/unit/link/link_fixture.hpp"
#include "tests/unit/link/raw_peer.hpp"

namespace sitelog {

using namespace std::chrono_literals;

namespace {

// The proof that a bad peer harmed nobody else.
void check_goes_on(TestHeadquarters& headquarters) {
  TestSite site(headquarters);
  site.write("u1", 1);
  const auto outcome = site.connector.sync_once(headquarters.address);
  INFO((outcome.failure ? describe(*outcome.failure) : ""));
  CHECK(outcome.caught_up);
}

TlsClient device_tls(const TestHeadquarters& headquarters, const TestSite& site) {
  return TlsClient(site.key, site.certificate, headquarters.authority.certificate(),
                   headquarters.key.device());
}

SyncOutcome sync_with(const std::string& address) {
  TestHeadquarters home;
  TestSite site(home);
  site.write("u1", 1, "secret");
  return site.connector.sync_once(address);
}

std::optional<Message> first_message(const std::string& bytes) {
  FrameReader reader;
  reader.add(as_bytes(bytes));
  auto next = reader.next();
  return next ? *next : std::nullopt;
}

}  // namespace

TEST_CASE("garbage at the port ends that connection only") {
  TestHeadquarters headquarters;
  RawPeer peer(headquarters.port());
  peer.say(std::string(500, '\x17'));
  peer.hear_all();
  CHECK(headquarters.had(LinkEvent::kNotTls));
  check_goes_on(headquarters);
}

TEST_CASE("a plain HTTP request at the port ends that connection only") {
  TestHeadquarters headquarters;
  RawPeer peer(headquarters.port());
  peer.say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  peer.hear_all();
  CHECK(headquarters.had(LinkEvent::kNotTls));
  check_goes_on(headquarters);
}

TEST_CASE("a peer that says nothing is given up") {
  TestHeadquarters headquarters([](ListenerConfig& config) { config.patience.greeting_ms = 300; });
  RawPeer peer(headquarters.port());
  CHECK(headquarters.had(LinkEvent::kTimedOut));
  CHECK(peer.hear_all().empty());
  check_goes_on(headquarters);
}

TEST_CASE("a device that never says Hello is given up") {
  TestHeadquarters headquarters([](ListenerConfig& config) { config.patience.greeting_ms = 600; });
  TestSite site(headquarters);
  const TlsClient tls = device_tls(headquarters, site);
  RawPeer peer(headquarters.port());
  REQUIRE(peer.shake(tls.create()));
  CHECK(peer.hear_all_tls().empty());
  CHECK(headquarters.had(LinkEvent::kTimedOut));
}

TEST_CASE("a device that answers nothing it is asked is given up, though it is there") {
  TestHeadquarters headquarters([](ListenerConfig& config) { config.patience.answer_ms = 700; });
  headquarters.queue.run([](MemoryReplica& at) { at.write("u1", "by headquarters"); });
  TestSite site(headquarters);
  const TlsClient tls = device_tls(headquarters, site);
  RawPeer peer(headquarters.port());
  REQUIRE(peer.shake(tls.create()));
  FrameWriter writer;
  Hello hello;
  hello.device = site.key.device();
  hello.books = {{"root", digest_at(headquarters.queue, "root")},
                 {"u1", digest_of("u1", VersionVector{})}};
  peer.say_tls(writer.frame(hello));
  std::atomic<bool> over = false;
  // As alive as can be: it says one thing after the other, none of which was asked.
  std::thread chatter([&] {
    for (int64_t n = 0; !over && n < 100; ++n) {
      peer.say_tls(writer.frame(Ping{n}) + writer.frame(CaughtUp{{{"u1", {}}}}));
      std::this_thread::sleep_for(50ms);
    }
  });
  const bool given_up = headquarters.had(LinkEvent::kTimedOut);
  over = true;
  chatter.join();
  CHECK(given_up);
  std::optional<Refuse> told;
  FrameReader reader;
  reader.add(as_bytes(peer.hear_all_tls()));
  while (auto next = reader.next()) {
    if (!*next) break;
    if (const auto* refuse = std::get_if<Refuse>(&**next)) told = *refuse;
  }
  REQUIRE(told);
  CHECK(told->refusal.reason == Reason::kUnreachable);
  CHECK(describe(told->refusal).find("has not answered") != std::string::npos);
  check_goes_on(headquarters);
}

TEST_CASE("a sync ends with a headquarters that is there and answers nothing, and all waits here") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  site.write("u1", 3);
  ConnectorConfig config = site.config(headquarters);
  config.patience.answer_ms = 400;
  SyncConnector connector(config, site.queue);
  // It greets, and its store takes its time over the rest.
  headquarters.queue.slow_down(1500ms);
  const auto outcome = connector.sync_once(headquarters.address);
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kUnreachable);
  CHECK(describe(*outcome.failure).find("has not answered") != std::string::npos);
  CHECK_FALSE(outcome.caught_up);
  headquarters.queue.slow_down(0ms);
  CHECK(site.connector.sync_once(headquarters.address).caught_up);
  CHECK(digest_at(headquarters.queue, "u1") == digest_at(site.queue, "u1"));
}

TEST_CASE("a slow store on this side costs the other none of its time") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  site.write("u1", 3);
  ConnectorConfig config = site.config(headquarters);
  config.patience.answer_ms = 400;
  SyncConnector connector(config, site.queue);
  site.queue.slow_down(600ms);
  const auto outcome = connector.sync_once(headquarters.address);
  INFO((outcome.failure ? describe(*outcome.failure) : ""));
  CHECK(outcome.caught_up);
}

TEST_CASE("peers that dawdle before they prove themselves are held to a limit") {
  TestHeadquarters headquarters([](ListenerConfig& config) {
    config.unproven_max = 3;
    config.patience.greeting_ms = 1000;
  });
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 8; ++i) peers.push_back(std::make_unique<RawPeer>(headquarters.port()));
  check_goes_on(headquarters);
  CHECK(headquarters.events(LinkEvent::kTimedOut) >= 6);
}

TEST_CASE("a TLS peer without a protocol of ours is turned away") {
  TestHeadquarters headquarters;
  {
    RawPeer peer(headquarters.port());
    CHECK_FALSE(peer.shake(plain_tls_client("h2")));
  }
  CHECK(headquarters.had(LinkEvent::kNotTls));
  RawPeer peer(headquarters.port());
  CHECK(peer.shake(plain_tls_client("")));
  CHECK(peer.hear_all_tls().empty());
  CHECK(headquarters.had(LinkEvent::kWrongProtocol));
  check_goes_on(headquarters);
}

TEST_CASE("a sync peer without a certificate is told so") {
  TestHeadquarters headquarters;
  RawPeer peer(headquarters.port());
  CHECK(peer.shake(plain_tls_client(std::string(kAlpnSync))));
  const auto answer = first_message(peer.hear_all_tls());
  REQUIRE(answer);
  REQUIRE(std::holds_alternative<Refuse>(*answer));
  CHECK(std::get<Refuse>(*answer).refusal.reason == Reason::kUnknownDevice);
  CHECK(headquarters.had(LinkEvent::kUnknownCertificate));
  check_goes_on(headquarters);
}

TEST_CASE("a device of another headquarters is told so, and nothing of it is taken") {
  TestHeadquarters headquarters;
  TestHeadquarters other;
  TestSite site(other);
  site.write("u1", 1);
  ConnectorConfig config = site.config(other);
  config.authority = headquarters.authority.certificate();
  config.headquarters = headquarters.key.device();
  SyncConnector connector(config, site.queue);
  const auto outcome = connector.sync_once(headquarters.address);
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kUnknownDevice);
  CHECK(outcome.sent == 0);
  CHECK(count_at(headquarters.queue, "u1") == 0);
  CHECK(headquarters.had(LinkEvent::kUnknownCertificate));
}

TEST_CASE("a device cannot speak for another") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  const TlsClient tls = device_tls(headquarters, site);
  RawPeer peer(headquarters.port());
  REQUIRE(peer.shake(tls.create()));
  FrameWriter writer;
  Hello hello;
  hello.device = fresh_key().device();
  peer.say_tls(writer.frame(hello));
  const auto answer = first_message(peer.hear_all_tls());
  REQUIRE(answer);
  REQUIRE(std::holds_alternative<Refuse>(*answer));
  CHECK(std::get<Refuse>(*answer).refusal.reason == Reason::kUnknownDevice);
  CHECK(headquarters.had(LinkEvent::kSessionFailed));
}

TEST_CASE("a frame past the limit or malformed is refused, and that connection ends") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  const TlsClient tls = device_tls(headquarters, site);
  const auto [bytes, reason] = GENERATE(
      std::pair{std::string("\xff\xff\xff\xff garbage"), Reason::kTooLarge},
      std::pair{std::string("\x00\x00\x00\x05\x00\xff\xff\xff\xff", 9), Reason::kMalformed},
      std::pair{std::string("\x00\x00\x00\x03\x01zz", 7), Reason::kMalformed});
  RawPeer peer(headquarters.port());
  REQUIRE(peer.shake(tls.create()));
  peer.say_tls(bytes);
  const auto answer = first_message(peer.hear_all_tls());
  REQUIRE(answer);
  REQUIRE(std::holds_alternative<Refuse>(*answer));
  CHECK(std::get<Refuse>(*answer).refusal.reason == reason);
  CHECK(headquarters.had(LinkEvent::kBadFrame));
  check_goes_on(headquarters);
}

TEST_CASE("a peer that asks and never listens is dropped, and others are served meanwhile") {
  TestHeadquarters headquarters([](ListenerConfig& config) {
    config.patience.stalled_ms = 700;
    config.queued_bytes_max = 64 * 1024;
  });
  // What doesn't shrink when packed, and more of it than sockets buffer.
  headquarters.queue.run([](MemoryReplica& at) {
    uint32_t state = 1;
    for (int i = 0; i < 400; ++i) {
      std::string entry(60'000, '\0');
      for (char& c : entry) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
      at.write("u1", entry);
    }
  });
  TestSite site(headquarters, "u1");
  const TlsClient tls = device_tls(headquarters, site);
  RawPeer peer(headquarters.port(), 4096);
  REQUIRE(peer.shake(tls.create()));
  FrameWriter writer;
  Hello hello;
  hello.device = site.key.device();
  hello.books = {{"root", {}}, {"u1", {}}};
  // Each vector that holds nothing asks for everything once more.
  peer.say_tls(writer.frame(hello));
  for (int i = 0; i < 40 && !headquarters.had(LinkEvent::kSlowReader); ++i) {
    peer.say_tls(writer.frame(VectorMessage{"u1", {}}));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  TestSite other(headquarters, "u2");
  CHECK(other.connector.sync_once(headquarters.address).caught_up);
  CHECK(eventually([&] { return headquarters.had(LinkEvent::kSlowReader); }));
}

TEST_CASE("too many connections of one device replace each other") {
  TestHeadquarters headquarters(
      [](ListenerConfig& config) { config.connections_per_device_max = 2; });
  TestSite site(headquarters);
  const TlsClient tls = device_tls(headquarters, site);
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 5; ++i) {
    peers.push_back(std::make_unique<RawPeer>(headquarters.port()));
    REQUIRE(peers.back()->shake(tls.create()));
  }
  CHECK(eventually([&] { return headquarters.events(LinkEvent::kDisconnected) == 3; }));
}

TEST_CASE("more connections than allowed are turned away") {
  TestHeadquarters headquarters([](ListenerConfig& config) { config.connections_max = 1; });
  auto peer = std::make_unique<RawPeer>(headquarters.port());
  RawPeer turned_away(headquarters.port());
  CHECK(turned_away.hear_all().empty());
  CHECK(headquarters.had(LinkEvent::kFull));
  peer.reset();
  CHECK(eventually([&] { return headquarters.events(LinkEvent::kDisconnected) == 1; }));
  check_goes_on(headquarters);
}

TEST_CASE("when the system gives no more sockets, headquarters waits and then goes on") {
  TestHeadquarters headquarters;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = dup(STDIN_FILENO);
  close(next);
  const rlimit narrow{static_cast<rlim_t>(next) + 1, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &narrow) == 0);
  {
    RawPeer peer(headquarters.port());
    CHECK(headquarters.had(LinkEvent::kAcceptFailed));
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  }
  check_goes_on(headquarters);
}

TEST_CASE("another headquarters is not this device's") {
  TestHeadquarters other;
  const auto outcome = sync_with(other.address);
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kNotHeadquarters);
  CHECK(outcome.sent == 0);
}

TEST_CASE("a site of the same authority cannot play headquarters") {
  TestHeadquarters home;
  TestSite site(home);
  TestSite impostor(home);
  const TlsServer tls(impostor.key, impostor.certificate, home.authority.certificate());
  const RawServer server([&](int socket) {
    SSL* shaken = tls.create();
    SSL_set_fd(shaken, socket);
    SSL_accept(shaken);
    SSL_free(shaken);
  });
  const auto outcome = site.connector.sync_once(server.address());
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kNotHeadquarters);
}

TEST_CASE("a sign-in page that answers for everyone is not headquarters") {
  const RawServer server([](int socket) {
    char ignored[4096];
    if (recv(socket, ignored, sizeof ignored, 0) <= 0) return;
    const std::string page = "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n";
    send(socket, page.data(), page.size(), MSG_NOSIGNAL);
  });
  const auto outcome = sync_with(server.address());
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kNotHeadquarters);
  CHECK(describe(*outcome.failure).find(server.address()) != std::string::npos);
}

TEST_CASE("an address where nobody listens, hangs up or exists is out of reach") {
  std::string nobody;
  {
    const RawServer gone([](int) {});
    nobody = gone.address();
  }
  CHECK(sync_with(nobody).failure->reason == Reason::kUnreachable);
  const RawServer hangs_up([](int) {});
  CHECK(sync_with(hangs_up.address()).failure->reason == Reason::kUnreachable);
  CHECK(sync_with("no-such-host.invalid:7443").failure->reason == Reason::kUnreachable);
  CHECK(sync_with("no port").failure->reason == Reason::kUsage);
}

TEST_CASE("a server that accepts and stays silent is out of reach after the time-out") {
  const RawServer silent([](int) { std::this_thread::sleep_for(2s); });
  TestHeadquarters home;
  TestSite site(home);
  ConnectorConfig config = site.config(home);
  config.patience.greeting_ms = 300;
  SyncConnector connector(config, site.queue);
  const auto outcome = connector.sync_once(silent.address());
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->reason == Reason::kUnreachable);
  CHECK(outcome.seconds < 1.5);
}

}  // namespace sitelog
