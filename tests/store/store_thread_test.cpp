#include <atomic>
#include <catch2/catch.hpp>

#include "sync/store/store_thread.hpp"
#include "tests/support/engine.hpp"

using namespace sitelog;

namespace {

struct Served {
  TemporaryFolder folder;
  SmallCatalogue catalogue;
  SigningKey key = SigningKey::generate();
  std::atomic<int> opened = 0;
  std::atomic<int> failures = 0;
  std::atomic<uint64_t> drawn = 1;
  StoreThread thread{[this] {
                       ++opened;
                       catalogue = SmallCatalogue();
                       auto store = Store::open(folder.file("sitelog.db"), Owner{key, key.public_key(), ""},
                                                catalogue, [this] { return drawn++ * 7919; });
                       if (!store) throw StoreError(StoreError::Kind::kOther, "refused");
                       return std::move(*store);
                     },
                     [this](const std::string&) { ++failures; }};

  static ClockReading now() { return {{1'700'000'000'000}, 1000, 1}; }
  static void add(Store& store, const std::string& title) {
    const RecordId id = store.new_record_id(now());
    SITELOG_ASSERT(store.write("u", compose(nullptr, id, "event", {{"title", title}}), now(), ""));
  }
  int64_t entries() {
    Database reader(folder.file("sitelog.db"), Database::Mode::kReadOnly);
    return Statement(reader, "SELECT count(*) FROM entries").number_or(-1);
  }
};

}  // namespace

TEST_CASE("what many post shares commits, and consequences follow only once they are durable") {
  Served served;
  std::atomic<int> told = 0;
  std::atomic<int64_t> least_seen = 1'000'000;
  // Holds the thread until everything is queued, so that it becomes one group.
  std::promise<void> gate;
  auto open = gate.get_future().share();
  REQUIRE(served.thread.post({[open](Replica&) { open.wait(); }, nullptr}));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(served.thread.post({[i](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), std::to_string(i)); },
                                [&](bool durable) {
                                  if (!durable) return;
                                  least_seen = std::min(least_seen.load(), served.entries());
                                  ++told;
                                }}));
  }
  gate.set_value();
  served.thread.call([](Store&) { return 0; });
  CHECK(told == 100);
  CHECK(least_seen == 100);  // the first to be told sees everyone's work
  CHECK(served.thread.call([](Store& store) { return store.vector("u").at(0).number.value; }) == 100);
}

TEST_CASE("a transaction that fails tells everyone in it, and the store is opened anew") {
  Served served;
  served.thread.call([](Store& store) { Served::add(store, "kept"); return 0; });
  std::promise<void> gate;
  auto open = gate.get_future().share();
  std::atomic<int> lost = 0;
  const auto count_lost = [&](bool durable) { lost += durable ? 0 : 1; };
  REQUIRE(served.thread.post({[open](Replica&) { open.wait(); }, nullptr}));
  REQUIRE(served.thread.post({[](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), "lost"); }, count_lost}));
  REQUIRE(served.thread.post(
      {[](Replica&) { throw StoreError(StoreError::Kind::kFull, "disk full"); }, count_lost}));
  REQUIRE(served.thread.post({[](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), "lost too"); }, count_lost}));
  gate.set_value();
  // Whether the gate itself was in the group or not, what comes later works again.
  bool worked = false;
  for (int i = 0; i < 3 && !worked; ++i) {
    try {
      served.thread.call([](Store& store) { Served::add(store, "later"); return 0; });
      worked = true;
    } catch (const StoreError&) {
    }
  }
  CHECK(worked);
  CHECK(lost == 3);
  CHECK(served.failures == 1);
  CHECK(served.opened == 2);
  CHECK(served.entries() == 2);
}

TEST_CASE("listeners are told after the commit which books hold more, until they unsubscribe") {
  Served served;
  std::atomic<int> calls = 0;
  std::set<BookCode> books;
  const uint64_t id = served.thread.subscribe([&](const std::set<BookCode>& changed) {
    books.insert(changed.begin(), changed.end());
    ++calls;
  });
  served.thread.call([](Store& store) { Served::add(store, "one"); return 0; });
  served.thread.call([](Store&) { return 0; });  // nothing new, nobody told; the listeners are done
  CHECK(calls == 1);
  served.thread.unsubscribe(id);
  CHECK(books == std::set<BookCode>{"u"});
  served.thread.call([](Store& store) { Served::add(store, "two"); return 0; });
  served.thread.call([](Store&) { return 0; });
  CHECK(calls == 1);
}

TEST_CASE("closing finishes what was let in and lets nothing more in") {
  Served served;
  std::atomic<int> done = 0;
  for (int i = 0; i < 50; ++i) {
    REQUIRE(served.thread.post({[](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), "x"); },
                                [&](bool durable) { done += durable ? 1 : 0; }}));
  }
  served.thread.close();
  CHECK(done == 50);
  CHECK(served.entries() == 50);
  CHECK(!served.thread.post({[](Replica&) {}, nullptr}));
  CHECK_THROWS_AS(served.thread.call([](Store&) { return 0; }), StoreError);
}
