// A book in which somebody made as many streams as the file takes: nothing that is looked up in it
// takes longer for that.
#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>
#include <random>

#include "sync/ledger/limits.hpp"
#include "sync/session/session.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "tests/store/author.hpp"
#include "tests/support/keys.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr int kRows = 10'000;

// Headquarters, where one device's stream of two entries was carried on in 10,000 ways after its
// first.
class Forked {
 public:
  Forked() {
    Store& store = headquarters.store();
    store.begin();
    for (const Author* author : {&liar, &honest}) {
      REQUIRE(store.append(as_peer(*author), author->batch(1, 2), {}));
    }
    store.commit();
    store.begin();
    Statement row(
        store.database(),
        "INSERT INTO streams (book_id, device_id, epoch, fork_of, fork_number, last, head)"
        " SELECT book_id, device_id, epoch, stream_id, 1, 2, ?2 FROM streams"
        " JOIN devices USING (device_id) WHERE device = ?1 AND fork_of IS NULL");
    for (int i = 0; i < kRows; ++i) {
      const Hash head = some_hash();
      forks.push_back({liar.stream(), {2}, head});
      row.with(liar.stream().device, head).run();
    }
    store.streams().forget();
    store.commit();
    store.count("u");  // read from the file
  }

  Hash some_hash() {
    Hash out;
    for (auto& byte : out.bytes) byte = static_cast<uint8_t>(random());
    return out;
  }
  static Peer as_peer(const Author& author) {
    return {author.stream().device, Standing::device("u")};
  }
  // In microseconds.
  template <class Run>
  int64_t time(const char* what, Run run) {
    const auto began = std::chrono::steady_clock::now();
    headquarters.store().begin();
    run(headquarters.store());
    headquarters.store().commit();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - began);
    std::cout << what << ": " << took.count() << " us\n";
    return took.count();
  }
  VersionVector wrong_tips() {
    VersionVector out;
    for (size_t i = 0; i < limits::kTipsMax; ++i) {
      out.push_back({liar.stream(), {i % 2 + 1}, some_hash()});
    }
    return out;
  }

  static Author author(const SigningKey& key) {
    Author out(key, "u");
    for (int i = 0; i < 200; ++i) out.write("entry " + std::to_string(i));
    return out;
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  Author liar = author(fresh_key());
  Author honest = author(fresh_key());
  VersionVector forks;
  std::mt19937 random{7};
};

}  // namespace

TEST_CASE("among ten thousand rows 4096 marks are looked up in little time, right or wrong") {
  Forked world;
  const VersionVector wrong = world.wrong_tips();
  const auto wrong_us = world.time("4096 wrong marks", [&](Store& store) {
    for (const Tip& tip : wrong) CHECK_FALSE(store.holds("u", tip.stream, mark_of(tip)));
  });
  const auto right_us = world.time("4096 right marks", [&](Store& store) {
    for (size_t i = 0; i < limits::kTipsMax; ++i) {
      const Tip& tip = world.forks[i];
      CHECK(store.holds("u", tip.stream, mark_of(tip)));
      CHECK(store.common("u", world.forks[i + 1], mark_of(tip))->value == 1);
    }
  });
  const auto vector_us = world.time("vector and digest", [&](Store& store) { store.digest("u"); });
  // Row by row it took 40 s.
  CHECK(wrong_us < 400'000);
  CHECK(right_us < 400'000);
  CHECK(vector_us < 400'000);
}

TEST_CASE("among ten thousand rows a batch is appended, and a receipt noted, as among few") {
  Forked world;
  const auto append_us = world.time("198 batches of one entry", [&](Store& store) {
    for (uint64_t n = 3; n <= world.honest.last(); ++n) {
      REQUIRE(store.append(Forked::as_peer(world.honest), world.honest.batch(n, n), {}));
    }
  });
  const Peer peer = Forked::as_peer(world.honest);
  const auto receipts_us = world.time("200 receipts", [&](Store& store) {
    for (uint64_t n = 1; n <= world.honest.last(); ++n) {
      store.take_receipt(peer, Receipt{"u", {world.forks[n]}, {5}, {}});
    }
  });
  CHECK(append_us < 400'000);
  CHECK(receipts_us < 400'000);
  CHECK(world.headquarters.count("SELECT count(*) FROM acknowledgements") > 200);
}

TEST_CASE(
    "a vector of 4096 wrong marks costs a session little, and nothing again when it settles") {
  Forked world;
  const Peer peer = Forked::as_peer(world.liar);
  const ClockReading now = world.headquarters.now();
  std::optional<Session> session;
  const VersionVector wrong = world.wrong_tips();
  const auto learned_us = world.time("Vector", [&](Store& store) {
    session.emplace(SessionConfig{.start = Session::Start::kEstablished}, store,
                    world.headquarters.id(), peer);
    session->start(now);
    session->receive(VectorMessage{"u", wrong}, now);
    session->settle(now);
  });
  session->take_outbox();
  const auto settled_us = world.time("settle", [&](Store&) {
    for (int i = 0; i < 100; ++i) session->settle(now);
  });
  CHECK(learned_us < 1'000'000);
  CHECK(settled_us < 1'000'000);
}

// A restore card, a kiosk, a virtual machine with a snapshot.
TEST_CASE("a disk that is put back to the same image every morning goes on for years") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
  TestDevice site(clock, 2, headquarters, "u");
  headquarters.grant(site, "u");
  site.add_event("before the image");
  sync(site, headquarters);
  const std::string image = site.take_copy("image");
  constexpr int kMornings = 150;
  std::vector<int64_t> took;
  size_t bytes = 0;
  for (int morning = 1; morning <= kMornings; ++morning) {
    clock.advance(24 * 3600 * 1000);
    site.restore(image);
    site.add_event("morning " + std::to_string(morning));
    const auto began = std::chrono::steady_clock::now();
    Wire wire(site, headquarters);
    wire.run();
    took.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::steady_clock::now() - began)
                       .count());
    REQUIRE(wire.caught_up());
    bytes = wire.bytes();
  }
  CHECK(headquarters.count("SELECT count(*) FROM records WHERE form = 'event'") == kMornings + 1);
  CHECK(site.count("SELECT count(*) FROM records WHERE form = 'event'") == kMornings + 1);
  CHECK(headquarters.verified().empty());
  std::cout << "morning 20: " << took[20] << " us, morning " << kMornings << ": " << took.back()
            << " us, " << bytes << " bytes\n";
  // Each brings down what the others recorded: what a morning costs grows with that.
  CHECK(took.back() < 40 * took[20]);
}
