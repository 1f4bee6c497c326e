#include "sync/link/resumption.hpp"

#include <catch2/catch.hpp>

#include "sync/session/framing.hpp"
#include "tests/unit/link/link_fixture.hpp"
#include "tests/unit/link/raw_peer.hpp"

namespace sitelog {

namespace {

DeviceId device(uint8_t number) {
  DeviceId out;
  out.bytes.fill(number);
  return out;
}

}  // namespace

TEST_CASE("a device may resume the session that it resumed last, and the newest") {
  Resumptions kept;
  kept.keep(device(1), "a", "session a");
  kept.keep(device(1), "b", "session b");
  CHECK(kept.find("a") == "session a");
  kept.keep(device(1), "c", "session c");  // which may never arrive there
  CHECK(kept.find("b").empty());
  CHECK(kept.find("a") == "session a");
  CHECK(kept.find("c") == "session c");
  kept.keep(device(2), "d", "session d");
  kept.forget(device(1));
  CHECK(kept.find("a").empty());
  CHECK(kept.find("c").empty());
  CHECK(kept.find("d") == "session d");
}

TEST_CASE("the sessions of only so many devices are kept") {
  Resumptions kept(3);
  for (uint8_t i = 1; i <= 5; ++i)
    kept.keep(device(i), std::string(1, static_cast<char>('a' + i)), "session");
  CHECK(kept.find("b").empty());
  CHECK(kept.find("c").empty());
  CHECK(kept.find("d") == "session");
  CHECK(kept.find("f") == "session");
}

TEST_CASE("a stranger's certificate earns no session to resume") {
  TestHeadquarters home;
  TestHeadquarters elsewhere;
  TestSite site(elsewhere);
  // It takes `home` for its headquarters, with the certificate of another authority.
  const TlsClient tls(site.key, site.certificate, home.authority.certificate(), home.key.device());
  for (int i = 0; i < 2; ++i) {
    RawPeer peer(home.port());
    const TlsHandle connection = tls.create();
    REQUIRE(peer.shake(connection));
    peer.hear_all_tls();
    CHECK_FALSE(tls_resumed(connection));
  }
  CHECK(home.events(LinkEvent::kUnknownCertificate) == 2);
  CHECK_FALSE(tls.resumption() == "");
}

TEST_CASE("a resumed handshake takes less than eight hundred bytes both ways") {
  TestHeadquarters headquarters;
  TestSite site(headquarters);
  const TlsClient tls(site.key, site.certificate, headquarters.authority.certificate(),
                      headquarters.key.device());
  FrameWriter writer;
  for (const bool resumed : {false, true}) {
    RawPeer peer(headquarters.port());
    const TlsHandle connection = tls.create();
    REQUIRE(peer.shake(connection));
    CHECK(tls_resumed(connection) == resumed);
    peer.say_tls(writer.frame(Goodbye{"done"}));
    peer.hear_all_tls();
    CHECK(peer.bytes_on_the_wire() < (resumed ? 800U : 2600U));
  }
}

}  // namespace sitelog
