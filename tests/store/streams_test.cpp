#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "sync/ledger/limits.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "tests/store/author.hpp"
#include "tests/support/test_device.hpp"

using namespace sitelog;

namespace {

struct Holder {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, "u"};

  Result<Tip> append(const Batch& batch) {
    return site.store().transact(
        [&] { return site.store().append(headquarters.as_peer(), batch, site.now()); });
  }
  StreamTable& streams() { return site.store().streams(); }
  int64_t book() { return streams().book_id("u"); }
};

Author author_with(uint64_t entries, uint64_t seed = 9) {
  VirtualClock clock;
  std::array<uint8_t, 32> bytes{};
  bytes[0] = static_cast<uint8_t>(seed);
  Author out(SigningKey::from_seed(bytes), "u");
  for (uint64_t i = 0; i < entries; ++i) out.write("entry " + std::to_string(i));
  return out;
}

}  // namespace

TEST_CASE("signed heads within one span give way to the last, and batches end at signed heads") {
  Holder holder;
  const Author author = author_with(1200);
  holder.site.store().begin();
  for (uint64_t n = 1; n <= 1200; ++n) {
    REQUIRE(holder.site.store().append(holder.headquarters.as_peer(), author.batch(n, n), {}));
  }
  holder.site.store().commit();
  CHECK(holder.site.count("SELECT count(*) FROM heads") <= 6);
  CHECK(holder.site.verified() == "");
  size_t batches = 0;
  for (uint64_t after = 0; after < 1200; ++batches) {
    const Batch batch = holder.site.store().read("u", author.tip(), {after});
    CHECK(batch.entries.size() <= limits::kSignedSpanEntriesMax);
    CHECK(head_is_signed(batch.key, "u", author.tip(batch.last().value), batch.signature));
    after = batch.last().value;
  }
  CHECK(batches <= 6);
}

TEST_CASE("an entry that has the name of one that is held, and is another, is not taken for it") {
  Holder holder;
  const Author author = author_with(3);
  REQUIRE(holder.append(author.batch(1, 3)));
  // As if somebody had found another entry whose hash begins alike: the second is called so.
  Batch forged = author.batch(2, 2);
  forged.entries[0] = "another";
  const Hash first =
      chain_next(chain_start("u", forged.stream), as_bytes(author.batch(1, 1).entries[0]));
  const Hash second = chain_next(first, as_bytes(forged.entries[0]));
  holder.site.store().database().run("UPDATE entries SET name = x'" +
                                     to_hex(name_of(second).view()) +
                                     "' WHERE (entry_id & 1099511627775) = 2");
  const auto taken = holder.append(forged);
  REQUIRE_FALSE(taken);
  CHECK(taken.refusal().reason == Reason::kBrokenChain);
}

TEST_CASE("an own stream leaves in batches within the limits, each signed at its end") {
  Holder holder;
  Store& store = holder.site.store();
  const std::string long_text(40'000, 'x');
  store.begin();
  for (int i = 0; i < 600; ++i) {
    const RecordId id = store.new_record_id(holder.site.now());
    const Value text = i < 30 ? Value(long_text) : Value("short");
    REQUIRE(
        store.write("u", compose(nullptr, id, "event", {{"title", text}}), holder.site.now(), ""));
  }
  store.commit();
  const Tip tip = store.vector("u").at(0);
  store.begin();
  uint64_t after = 0;
  while (after < 600) {
    const Batch batch = store.read("u", tip, {after});
    size_t bytes = 0;
    for (const auto& entry : batch.entries) bytes += entry.size();
    CHECK(bytes <= limits::kSignedSpanBytesMax);
    CHECK(batch.entries.size() <= limits::kSignedSpanEntriesMax);
    after = batch.last().value;
  }
  store.commit();
  CHECK(holder.site.verified() == "");
}

TEST_CASE("a device whose own stream was carried on elsewhere writes in a new epoch from then on") {
  Holder holder;
  holder.site.add_event("one");
  const StreamKey before = holder.site.store().vector("u").at(0).stream;
  Store& store = holder.site.store();
  store.begin();
  const Batch own = store.read("u", store.vector("u").at(0), {0});
  store.commit();
  Author elsewhere = Author::of(holder.site.key(), {own});
  elsewhere.write("by the other copy");
  REQUIRE(holder.append(elsewhere.all()));
  holder.site.add_event("two");
  const VersionVector tips = store.vector("u");
  REQUIRE(tips.size() == 2);
  const bool first_is_old = tips[0].stream == before;
  CHECK(tips[first_is_old ? 0 : 1] == elsewhere.tip());
  CHECK(tips[first_is_old ? 1 : 0].stream.epoch != before.epoch);
  // What is held already is no news.
  REQUIRE(holder.append(elsewhere.all()));
  holder.site.add_event("three");
  CHECK(store.vector("u").size() == 2);
}

TEST_CASE("nothing assigned is nothing written, and what is past a limit is refused whole") {
  VirtualClock clock;
  TestDevice device(clock, 1);
  Store& store = device.store();
  RecordId id;
  id.bytes[0] = 1;
  device.write("u", id, "event", {{"title", "one"}});
  const auto digest = store.digest("u");
  const auto nothing = store.transact([&] {
    const auto state = store.state("u", id, "event");
    return store.write("u", compose(&*state, id, "event", {{"title", "one"}}), device.now(), "");
  });
  REQUIRE(nothing);
  CHECK(!nothing->has_value());
  const auto refused = store.transact([&] {
    return store.write("u", compose(nullptr, id, "event", {{"title", std::string(70'000, 'x')}}),
                       device.now(), "");
  });
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kTooLarge);
  CHECK(store.digest("u") == digest);
  CHECK(device.verified() == "");
}
