// Strangers at headquarters' port, as many as come: those who belong there get in.
#include <zstd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <thread>

#include "sync/link/limits.hpp"
#include "sync/session/framing.hpp"
#include "tests/unit/link/link_fixture.hpp"
#include "tests/unit/link/raw_peer.hpp"

namespace sitelog {

using namespace std::chrono_literals;

namespace {

// The reason given to a stranger who asks to join with these bytes.
std::optional<Reason> answer_to(TestHeadquarters& headquarters, const std::string& bytes) {
  RawPeer peer(headquarters.port());
  REQUIRE(peer.shake(plain_tls_client(std::string(kAlpnJoin))));
  peer.say_tls(bytes);
  FrameReader reader;
  reader.add(as_bytes(peer.hear_all_tls()));
  const auto next = reader.next();
  if (!next || !*next || !std::holds_alternative<Refuse>(**next)) return std::nullopt;
  return std::get<Refuse>(**next).refusal.reason;
}

std::string in_frame(const std::string& body) {
  std::string out(4, '\0');
  for (size_t i = 0; i < 4; ++i) out[i] = static_cast<char>(body.size() >> (24 - 8 * i));
  return out + body;
}

}  // namespace

TEST_CASE("four hundred silent connections a second keep no site out") {
  TestHeadquarters headquarters([](ListenerConfig& config) {
    config.unproven_max = 128;
    config.unproven_of_address_max = 32;
  });
  std::atomic<bool> over = false;
  std::thread flood([&] {
    std::deque<std::unique_ptr<RawPeer>> silent;
    while (!over) {
      silent.push_back(std::make_unique<RawPeer>(headquarters.port()));
      if (silent.size() > 200) silent.pop_front();
      std::this_thread::sleep_for(2500us);
    }
  });
  std::this_thread::sleep_for(1s);  // 400: places and door have long been full
  for (int turn = 0; turn < 5; ++turn) {
    TestSite site(headquarters, "u2");
    site.write("u2", 5);
    const auto outcome = site.connector.sync_once(headquarters.address);
    INFO((outcome.failure ? describe(*outcome.failure) : ""));
    CHECK(outcome.caught_up);
    CHECK(outcome.seconds < 1);
  }
  over = true;
  flood.join();
  CHECK(headquarters.had(LinkEvent::kTimedOut));
}

TEST_CASE("a stranger's frame is small and not packed, or it is refused by its head") {
  TestHeadquarters headquarters;
  CHECK(answer_to(headquarters, std::string("\x00\x00\x08\x01", 4)) == Reason::kTooLarge);
  std::string huge(limits::kMessageBytesMax, '\0');
  std::string packed(ZSTD_compressBound(huge.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), huge.data(), huge.size(), 3));
  REQUIRE(packed.size() < 120);
  CHECK(answer_to(headquarters, in_frame("\x01" + packed)) == Reason::kMalformed);
  CHECK(headquarters.events(LinkEvent::kBadFrame) == 2);
}

TEST_CASE("of a device nothing more is read, and nothing packed, until its Hello was taken") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  const TlsClient tls(site.key, site.certificate, headquarters.authority.certificate(),
                      headquarters.key.device());
  const auto answer = [&](const std::string& bytes) {
    RawPeer peer(headquarters.port());
    REQUIRE(peer.shake(tls.create()));
    peer.say_tls(bytes);
    FrameReader reader;
    reader.add(as_bytes(peer.hear_all_tls()));
    const auto next = reader.next();
    REQUIRE((next && *next));
    REQUIRE(std::holds_alternative<Refuse>(**next));
    return std::get<Refuse>(**next).refusal.reason;
  };
  CHECK(answer(in_frame("\x01zz")) == Reason::kMalformed);
  CHECK(answer(in_frame(std::string(limits::kHelloFrameBytesMax + 1, '\0')).substr(0, 64)) ==
        Reason::kTooLarge);
  // As many books as a Hello may name.
  Hello hello;
  hello.device = site.key.device();
  for (size_t i = 0; i < limits::kBooksMax; ++i) {
    hello.books.push_back({std::string(60, 'u') + std::to_string(i), {}});
  }
  RawPeer peer(headquarters.port());
  REQUIRE(peer.shake(tls.create()));
  FrameWriter writer;
  peer.say_tls(writer.frame(hello) + writer.frame(VectorMessage{"u1", {}}) +
               writer.frame(Goodbye{"done"}));
  FrameReader reader;
  reader.add(as_bytes(peer.hear_all_tls()));
  const auto next = reader.next();
  REQUIRE((next && *next));
  CHECK(std::holds_alternative<Welcome>(**next));
}

}  // namespace sitelog
