#include "http/call_threads.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

using namespace sitelog;

TEST_CASE("who asks for much waits for themselves, and others go on") {
  CallThreads threads({.threads = 4, .of_one = 2, .waiting = 100, .waiting_of_one = 10});
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> running = 0, most = 0;
  int taken = 0;
  for (int i = 0; i < 50; ++i) {
    taken += threads.post("greedy", [&, released] {
      most = std::max<int>(most, ++running);
      released.wait();
      --running;
    });
  }
  CHECK(taken <= 12);  // two run, ten wait
  std::promise<void> done;
  REQUIRE(threads.post("modest", [&] { done.set_value(); }));
  CHECK(done.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  release.set_value();
  threads.stop();
  CHECK(most <= 2);
}

TEST_CASE("what waits when all ends is not done, and what comes later is not taken") {
  CallThreads threads({.threads = 1, .of_one = 1, .waiting = 10, .waiting_of_one = 10});
  std::promise<void> begun, release;
  std::atomic<int> done = 0;
  threads.post("a", [&] {
    begun.set_value();
    release.get_future().wait();
  });
  begun.get_future().wait();
  for (int i = 0; i < 5; ++i) threads.post("a", [&] { ++done; });
  std::thread stopping([&] { threads.stop(); });
  while (threads.waiting() > 0) std::this_thread::yield();
  release.set_value();
  stopping.join();
  CHECK(done == 0);
  CHECK_FALSE(threads.post("a", [] {}));
}

TEST_CASE("where too much waits, whoever has the most of it gives way to who has less") {
  CallThreads threads({.threads = 1, .of_one = 1, .waiting = 8, .waiting_of_one = 6});
  std::promise<void> begun, release;
  threads.post("first", [&] {
    begun.set_value();
    release.get_future().wait();
  });
  begun.get_future().wait();
  std::atomic<int> dropped = 0, done = 0;
  const auto post = [&](const std::string& whose) {
    return threads.post(
        whose, [&] { ++done; }, [&] { ++dropped; });
  };
  for (int i = 0; i < 6; ++i) CHECK(post("greedy"));
  CHECK_FALSE(post("greedy"));
  for (int i = 0; i < 2; ++i) CHECK(post("other"));
  CHECK(threads.waiting() == 8);
  CHECK(post("modest"));
  CHECK(post("modest"));
  CHECK(dropped == 2);
  CHECK(threads.waiting() == 8);
  CHECK_FALSE(post("greedy"));  // it gives way to nobody who has as much
  while (threads.kept_waiting().count() == 0) std::this_thread::yield();
  release.set_value();
  while (threads.waiting() > 0) std::this_thread::yield();
  threads.stop();
  CHECK(done == 8);
  CHECK(threads.kept_waiting().count() == 0);
}
