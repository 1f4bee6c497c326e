#include "sync/store/store_thread.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/support/keys.hpp"
#include "tests/support/test_device.hpp"

using namespace sitelog;

namespace {

// Holds the store's thread in a transaction of its own until `open` is called, so that all that is
// posted meanwhile becomes one group.
class Gate {
 public:
  explicit Gate(StoreThread& thread) {
    auto opened = opened_.get_future().share();
    thread.post({[this, opened](Replica&) {
                   reached_.set_value();
                   opened.wait();
                 },
                 nullptr});
    reached_.get_future().wait();
  }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> reached_, opened_;
};

struct Served {
  TemporaryFolder folder;
  SmallCatalogue catalogue;
  SigningKey key = fresh_key();
  std::atomic<int> opened = 0;
  std::atomic<int> failures = 0;
  std::atomic<uint64_t> drawn = 1;
  StoreThread thread{[this] {
                       ++opened;
                       catalogue = SmallCatalogue();
                       auto store =
                           Store::open(folder.file("sitelog.db"),
                                       Owner{key, key.public_key(), {}, Standing::authority()},
                                       catalogue, [this] { return drawn++ * 7919; });
                       if (!store) throw StoreError(StoreError::Kind::kOther, "refused");
                       return std::move(*store);
                     },
                     [this](const std::string&) { ++failures; }};

  // What was posted before is done, with all that follows. A `call` would go before it.
  void settle() {
    std::promise<void> done;
    REQUIRE(thread.post({[](Replica&) {}, [&done](bool) { done.set_value(); }}));
    done.get_future().wait();
  }
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
  Gate gate(served.thread);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(served.thread.post(
        {[i](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), std::to_string(i)); },
         [&](bool durable) {
           if (!durable) return;
           least_seen = std::min(least_seen.load(), served.entries());
           ++told;
         }}));
  }
  gate.open();
  served.settle();
  CHECK(told == 100);
  CHECK(least_seen == 100);  // the first to be told sees everyone's work
  CHECK(served.thread.call([](Store& store) { return store.vector("u").at(0).number.value; }) ==
        100);
}

TEST_CASE("what brings much shares a commit with less") {
  Served served;
  std::string order;
  Gate gate(served.thread);
  for (const char name : {'a', 'b', 'c', 'd'}) {
    REQUIRE(served.thread.post({[&order, name](Replica&) { order += name; },
                                [&order](bool) { order += '.'; }, 3 * 1024 * 1024}));
  }
  gate.open();
  served.settle();
  CHECK(order == "ab..cd..");
}

TEST_CASE("works that cost much keep nobody else waiting, and are done all the same") {
  using namespace std::chrono_literals;
  using Clock = std::chrono::steady_clock;
  Served served;
  std::atomic<bool> over = false;
  std::atomic<int> done = 0;
  const SigningKey liar = fresh_key();
  // As a device with four connections does that has the next work ready whenever one is done.
  std::function<void(bool)> again = [&](bool) {
    ++done;
    if (over) return;
    std::thread([&] {
      served.thread.post(
          {[](Replica&) { std::this_thread::sleep_for(100ms); }, again, 0, liar.device()});
    }).detach();
  };
  for (int i = 0; i < 4; ++i) again(true);
  std::this_thread::sleep_for(3s);
  const int before = done;
  // A session of another device: a few works one after the other.
  const SigningKey honest = fresh_key();
  auto slowest = 0ms;
  for (int turn = 0; turn < 5; ++turn) {
    const auto began = Clock::now();
    for (int i = 0; i < 5; ++i) {
      std::promise<void> durable;
      served.thread.post(
          {[&](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), "x"); },
           [&](bool) { durable.set_value(); }, 0, honest.device()});
      durable.get_future().wait();
      std::this_thread::sleep_for(2ms);
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    slowest = std::max(slowest, took);
    std::this_thread::sleep_for(200ms);
  }
  // By order of arrival each of the five waits for four works of 100 ms.
  CHECK(slowest < 1000ms);
  const auto began = Clock::now();
  served.settle();
  CHECK(Clock::now() - began < 500ms);
  CHECK(done > before + 4);  // it is served too
  over = true;
  const int then = done;
  while (done < then + 4) std::this_thread::sleep_for(10ms);
}

TEST_CASE("a transaction that fails tells everyone in it, and the store is opened anew") {
  Served served;
  served.thread.call([](Store& store) {
    Served::add(store, "kept");
    return 0;
  });
  Gate gate(served.thread);
  std::atomic<int> lost = 0;
  std::promise<void> told;
  const auto count_lost = [&](bool durable) {
    if (!durable && ++lost == 3) told.set_value();
  };
  REQUIRE(served.thread.post(
      {[](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), "lost"); }, count_lost}));
  REQUIRE(served.thread.post(
      {[](Replica&) { throw StoreError(StoreError::Kind::kFull, "disk full"); }, count_lost}));
  REQUIRE(served.thread.post(
      {[](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), "lost too"); },
       count_lost}));
  gate.open();
  REQUIRE(told.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  served.thread.call([](Store& store) {
    Served::add(store, "later");
    return 0;
  });
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
  served.thread.call([](Store& store) {
    Served::add(store, "one");
    return 0;
  });
  served.settle();  // nothing new, nobody told; the listeners are done
  CHECK(calls == 1);
  served.thread.unsubscribe(id);
  CHECK(books == std::set<BookCode>{"u"});
  served.thread.call([](Store& store) {
    Served::add(store, "two");
    return 0;
  });
  served.settle();
  CHECK(calls == 1);
}

TEST_CASE("closing finishes what was let in and lets nothing more in") {
  Served served;
  std::atomic<int> done = 0;
  for (int i = 0; i < 50; ++i) {
    REQUIRE(served.thread.post(
        {[](Replica& replica) { Served::add(dynamic_cast<Store&>(replica), "x"); },
         [&](bool durable) { done += durable ? 1 : 0; }}));
  }
  served.thread.close();
  CHECK(done == 50);
  CHECK(served.entries() == 50);
  CHECK(!served.thread.post({[](Replica&) {}, nullptr}));
  CHECK_THROWS_AS(served.thread.call([](Store&) { return 0; }), StoreError);
}
