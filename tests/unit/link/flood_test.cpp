// Peers that take, hold or promise too much: headquarters' memory stays bounded, and others go on
// syncing meanwhile.
#include <malloc.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <future>

#include "sync/link/limits.hpp"
#include "sync/session/framing.hpp"
#include "tests/unit/link/link_fixture.hpp"
#include "tests/unit/link/raw_peer.hpp"

// With AddressSanitizer, what the program holds at the moment.
extern "C" size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace sitelog {

using namespace std::chrono_literals;

namespace {

constexpr size_t kMiB = 1024 * 1024;

size_t held_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) {
    return __sanitizer_get_current_allocated_bytes();
  }
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Watches from another thread how much more is held than at the beginning.
class MemoryWatch {
 public:
  MemoryWatch() : before_(held_bytes()), thread_([this] { watch(); }) {}
  ~MemoryWatch() { most(); }
  size_t most() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  void watch() {
    while (!done_) {
      const size_t now = held_bytes();
      if (now > before_) most_ = std::max<size_t>(most_, now - before_);
      std::this_thread::sleep_for(2ms);
    }
  }

  const size_t before_;
  std::atomic<bool> done_ = false;
  size_t most_ = 0;
  std::thread thread_;
};

// A device that has proved itself and then says what it likes.
struct HostileDevice {
  explicit HostileDevice(const TestHeadquarters& headquarters, int receive_buffer_bytes = 0)
      : site(headquarters),
        tls(site.key, site.certificate, headquarters.authority.certificate(),
            headquarters.key.device()),
        peer(headquarters.port(), receive_buffer_bytes) {
    REQUIRE(peer.shake(tls.create()));
    Hello hello;
    hello.device = site.key.device();
    peer.say_tls(writer.frame(hello));
  }
  std::string repeated(const Message& message, size_t times) {
    const std::string one = writer.frame(message);
    std::string out;
    for (size_t i = 0; i < times; ++i) out += one;
    return out;
  }

  TestSite site;
  TlsClient tls;
  RawPeer peer;
  FrameWriter writer;
};

// Entries that don't shrink when packed.
void fill_book(TestHeadquarters& headquarters, int entries) {
  headquarters.queue.run([&](MemoryReplica& at) {
    uint32_t state = 1;
    for (int i = 0; i < entries; ++i) {
      std::string entry(60'000, '\0');
      for (char& c : entry) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
      at.write("u1", entry);
    }
  });
}

bool at_rest(const TestHeadquarters& headquarters) {
  const uint64_t works = headquarters.queue.works();
  std::this_thread::sleep_for(100ms);
  return works > 0 && headquarters.queue.works() == works;
}

void check_others_sync(TestHeadquarters& headquarters) {
  TestSite site(headquarters, "u2");
  site.write("u2", 5);
  const auto outcome = site.connector.sync_once(headquarters.address);
  INFO((outcome.failure ? describe(*outcome.failure) : ""));
  CHECK(outcome.caught_up);
}

std::string framed(const std::string& body) {
  std::string out(4, '\0');
  for (size_t i = 0; i < 4; ++i) out[i] = static_cast<char>(body.size() >> (24 - 8 * i));
  return out + body;
}

}  // namespace

TEST_CASE("a flood of Pings that nobody reads the answers of is held to the queue's limit") {
  TestHeadquarters headquarters([](ListenerConfig& config) {
    config.queued_bytes_max = 256 * 1024;
    config.patience.stalled_ms = 1500;
  });
  HostileDevice device(headquarters, 4096);
  const std::string pings = device.repeated(Ping{7}, 100'000);
  MemoryWatch watch;
  std::thread flood([&] {
    for (int i = 0; i < 40; ++i) device.peer.say_tls(pings);  // 36 MB; ends when it is cut off
  });
  check_others_sync(headquarters);
  CHECK(eventually([&] { return headquarters.events(LinkEvent::kSlowReader) == 1; }, 60s));
  flood.join();
  const size_t most = watch.most();
  CAPTURE(most);
  CHECK(most < 8 * kMiB);
  check_others_sync(headquarters);
}

TEST_CASE("what arrives while the store works is one work for it") {
  TestHeadquarters headquarters;
  HostileDevice device(headquarters);
  device.peer.say_tls(device.writer.frame(VectorMessage{"u1", {}}));
  REQUIRE(eventually([&] { return at_rest(headquarters); }));
  const uint64_t works = headquarters.queue.works();
  std::promise<void> release;
  std::thread busy(
      [&] { headquarters.queue.run([&](MemoryReplica&) { release.get_future().wait(); }); });
  VectorMessage large{"u1", {}};  // more than is read from the socket at a time
  for (uint64_t i = 0; i < 1000; ++i) {
    const SigningKey key = fresh_key();
    large.tips.push_back({{key.device(), {i}}, {i + 1}, *Hash::from(key.public_key().view())});
  }
  for (int i = 0; i < 12; ++i) device.peer.say_tls(device.writer.frame(large));
  std::this_thread::sleep_for(200ms);
  release.set_value();
  busy.join();
  REQUIRE(eventually([&] { return at_rest(headquarters); }));
  // The one that kept it busy, the first that came, the others, and what follows from them.
  CHECK(headquarters.queue.works() - works <= 5);
}

TEST_CASE("a silent site's Ping is answered without any work for the store") {
  TestHeadquarters headquarters;
  HostileDevice device(headquarters);
  device.peer.say_tls(device.writer.frame(VectorMessage{"u1", {}}));
  REQUIRE(eventually([&] { return at_rest(headquarters); }));
  const uint64_t works = headquarters.queue.works();
  device.peer.say_tls(device.repeated(Ping{7}, 20));
  std::this_thread::sleep_for(100ms);
  CHECK(headquarters.queue.works() == works);
  device.peer.say_tls(device.writer.frame(Goodbye{"done"}));
  const std::string pong = device.writer.frame(Pong{7});
  const std::string heard = device.peer.hear_all_tls();
  size_t pongs = 0;
  for (size_t at = 0; (at = heard.find(pong, at)) != std::string::npos; at += pong.size()) ++pongs;
  CHECK(pongs == 20);
}

TEST_CASE("a flood of Vectors gets no more at once than may be under way") {
  TestHeadquarters headquarters([](ListenerConfig& config) {
    config.queued_bytes_max = 256 * 1024;
    config.patience.stalled_ms = 1500;
  });
  fill_book(headquarters, 400);  // 24 MB
  HostileDevice device(headquarters, 4096);
  const std::string vectors = device.repeated(VectorMessage{"u1", {}}, 20'000);
  MemoryWatch watch;
  std::thread flood([&] { device.peer.say_tls(vectors); });
  check_others_sync(headquarters);
  CHECK(headquarters.had(LinkEvent::kSlowReader));
  flood.join();
  const size_t most = watch.most();
  CAPTURE(most);
  // Read, as messages, packed: three times what may be under way.
  CHECK(most < 3 * limits::kUnacknowledgedBatchesMax * limits::kMessageBytesMax + 4 * kMiB);
  check_others_sync(headquarters);
}

TEST_CASE("frames that would unfold beyond the limit cost their limit and no more") {
  TestHeadquarters headquarters;
  std::string packed(ZSTD_compressBound(256 * kMiB), '\0');
  {
    const std::string huge(256 * kMiB, '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), huge.data(), huge.size(), 3));
    packed.shrink_to_fit();
  }
  REQUIRE(packed.size() < limits::kFrameBytesMax);
  std::vector<std::unique_ptr<HostileDevice>> devices;
  constexpr size_t kDevices = 8;
  for (size_t i = 0; i < kDevices; ++i) {
    devices.push_back(std::make_unique<HostileDevice>(headquarters));
  }
  MemoryWatch watch;
  for (auto& device : devices) device->peer.say_tls(framed("\x01" + packed));
  for (auto& device : devices) device->peer.hear_all_tls();
  const size_t most = watch.most();
  CAPTURE(most, packed.size());
  CHECK(headquarters.events(LinkEvent::kBadFrame) == kDevices);
  CHECK(most < kDevices * 3 * limits::kMessageBytesMax);
  check_others_sync(headquarters);
}

TEST_CASE("what strangers send before they have proved anything is not held") {
  TestHeadquarters headquarters;
  MemoryWatch watch;
  std::vector<std::unique_ptr<RawPeer>> strangers;
  const std::string most_of_a_frame =
      framed(std::string(limits::kMessageBytesMax, '\0')).substr(0, limits::kMessageBytesMax - 1);
  for (int i = 0; i < 100; ++i) {
    strangers.push_back(std::make_unique<RawPeer>(headquarters.port()));
    REQUIRE(strangers.back()->shake(plain_tls_client(std::string(kAlpnJoin))));
    strangers.back()->say_tls(most_of_a_frame);
  }
  check_others_sync(headquarters);
  const size_t most = watch.most();
  CAPTURE(most);
  CHECK(most < 20 * kMiB);  // most of it the tests' own ends
  CHECK(headquarters.events(LinkEvent::kBadFrame) == 100);
}

TEST_CASE("a frame that trickles in holds its bytes and keeps nobody waiting") {
  TestHeadquarters headquarters([](ListenerConfig& config) { config.patience.greeting_ms = 1200; });
  // Before Hello: given up at the deadline, however much trickles.
  TestSite site(headquarters);
  const TlsClient tls(site.key, site.certificate, headquarters.authority.certificate(),
                      headquarters.key.device());
  RawPeer early(headquarters.port());
  REQUIRE(early.shake(tls.create()));
  HostileDevice late(headquarters);
  MemoryWatch watch;
  const std::string frame = framed(std::string(limits::kMessageBytesMax, '\0'));
  const std::string hello = framed(std::string(limits::kHelloFrameBytesMax, '\0'));
  for (size_t at = 0; at < 25; ++at) {
    early.say_tls(hello.substr(at, 1));
    late.peer.say_tls(frame.substr(at * 1000, 1000));
    std::this_thread::sleep_for(60ms);
  }
  check_others_sync(headquarters);
  CHECK(headquarters.had(LinkEvent::kTimedOut));
  CHECK(headquarters.events(LinkEvent::kTimedOut) == 1);
  const size_t most = watch.most();
  CAPTURE(most);
  CHECK(most < 6 * kMiB);
}

TEST_CASE("two thousand silent connections are held to a limit, and a device still gets through") {
  rlimit files{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &files) == 0);
  const rlimit enough{std::min<rlim_t>(files.rlim_max, 8192), files.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &enough) == 0);
  TestHeadquarters headquarters([](ListenerConfig& config) {
    config.patience.greeting_ms = 300;
    config.unproven_max = 256;
  });
  MemoryWatch watch;
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 2000; ++i) peers.push_back(std::make_unique<RawPeer>(headquarters.port()));
  check_others_sync(headquarters);
  CHECK(eventually([&] { return headquarters.events(LinkEvent::kTimedOut) == 2000; }, 20s));
  const size_t most = watch.most();
  CAPTURE(most);
  CHECK(most < 48 * kMiB);
  peers.clear();
  check_others_sync(headquarters);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &files) == 0);
}

TEST_CASE("forged entries without end are refused one by one, and others go on") {
  TestHeadquarters headquarters;
  HostileDevice device(headquarters);
  device.site.write("u1", 3);
  Batch batch;
  device.site.queue.run(
      [&](MemoryReplica& at) { batch = at.read("u1", at.vector("u1").at(0), {0}); });
  batch.signature.bytes[5] ^= 1;
  const std::string forged = device.repeated(batch, 3000);
  MemoryWatch watch;
  device.peer.say_tls(forged);
  check_others_sync(headquarters);
  device.peer.say_tls(device.repeated(Goodbye{"done"}, 1));
  FrameReader reader;
  reader.add(as_bytes(device.peer.hear_all_tls()));
  size_t refused = 0;
  for (auto next = reader.next(); next && *next; next = reader.next()) {
    if (const auto* refuse = std::get_if<Refuse>(&**next)) {
      CHECK(refuse->refusal.reason == Reason::kBadSignature);
      ++refused;
    }
    CHECK_FALSE(std::holds_alternative<Receipt>(**next));
  }
  CHECK(refused == 3000);
  CHECK(count_at(headquarters.queue, "u1") == 0);
  CHECK(watch.most() < 8 * kMiB);
}

TEST_CASE("a device that asks for another unit's book is told so, and nothing is shown or taken") {
  TestHeadquarters headquarters;
  headquarters.queue.run([](MemoryReplica& at) { at.write("u2", "not for u1"); });
  MemoryReplica other(fresh_key(), headquarters.key.public_key(), {"u2"});
  other.write("u2", "smuggled");
  const std::vector<Message> messages{VectorMessage{"u2", {}},
                                      other.read("u2", other.vector("u2").at(0), {0})};
  for (const Message& message : messages) {
    HostileDevice device(headquarters);
    device.peer.say_tls(device.writer.frame(message));
    FrameReader reader;
    reader.add(as_bytes(device.peer.hear_all_tls()));
    std::optional<Refusal> refusal;
    for (auto next = reader.next(); next && *next; next = reader.next()) {
      CHECK_FALSE(std::holds_alternative<Batch>(**next));
      if (const auto* refuse = std::get_if<Refuse>(&**next)) refusal = refuse->refusal;
    }
    REQUIRE(refusal);
    CHECK(refusal->reason == Reason::kWrongUnit);
    CHECK(count_at(headquarters.queue, "u2") == 1);
  }
}

TEST_CASE("a device revoked in the middle of its session is heard no further") {
  TestHeadquarters headquarters;
  HostileDevice device(headquarters);
  device.site.write("u1", 1);
  Batch batch;
  device.site.queue.run(
      [&](MemoryReplica& at) { batch = at.read("u1", at.vector("u1").at(0), {0}); });
  REQUIRE(eventually([&] { return headquarters.listener->connected().size() == 1; }));
  headquarters.queue.run([&](MemoryReplica& at) { at.revoke(device.site.key.device()); });
  headquarters.listener->disconnect(device.site.key.device());
  REQUIRE(headquarters.had(LinkEvent::kDisconnected));
  device.peer.say_tls(device.repeated(batch, 20));
  device.peer.hear_all_tls();
  CHECK(eventually([&] { return headquarters.listener->connected().empty(); }));
  CHECK(count_at(headquarters.queue, "u1") == 0);
}

}  // namespace sitelog
