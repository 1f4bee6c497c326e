#include "sync/merge/beside.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "sync/store/helper_threads.hpp"

using namespace sitelog;

namespace {

Helpers& helpers = helper_threads();

// Until the helpers have passed what was posted before.
void pass_what_waits() {
  std::atomic<bool> by_helper = false;
  while (!by_helper) {
    const Beside probe(helpers, [&] { by_helper = true; });
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Keeps every helper busy from its construction to its end.
class HelpersHeld {
 public:
  HelpersHeld() : all_(helper_count()) {
    pass_what_waits();
    for (unsigned i = 0; i < helper_count(); ++i) {
      held_.emplace_back(helpers, [this] {
        all_.count_down();
        free_.wait();
      });
    }
    all_.wait();
  }
  ~HelpersHeld() {
    free_.count_down();
    for (Beside& work : held_) work.wait();
  }

 private:
  std::latch all_, free_{1};
  std::vector<Beside> held_;
};

}  // namespace

TEST_CASE("a helper does its work while the caller goes on") {
  pass_what_waits();
  std::latch begun{1}, caller_went_on{1};
  std::thread::id by;
  Beside work(helpers, [&] {
    begun.count_down();
    caller_went_on.wait();
    by = std::this_thread::get_id();
  });
  begun.wait();
  caller_went_on.count_down();
  work.wait();
  CHECK(by != std::this_thread::get_id());
  work.wait();  // nothing the second time
}

TEST_CASE("work that no helper has begun is done by who waits for it, once") {
  const HelpersHeld held;
  std::vector<std::thread::id> by;
  Beside work(helpers, [&] { by.push_back(std::this_thread::get_id()); });
  work.wait();
  CHECK(by == std::vector{std::this_thread::get_id()});
  size_t items = 0;
  run_in_pieces(helpers, 1000, 32, [&](size_t begin, size_t end) { items += end - begin; });
  CHECK(items == 1000);
  // However much is asked for meanwhile.
  for (int i = 0; i < 1000; ++i) Beside(helpers, [&] { ++items; }).wait();
  CHECK(items == 2000);
}

TEST_CASE("work given up before a helper has begun it is left undone, and replaced work too") {
  bool done = false;
  {
    const HelpersHeld held;
    {
      const Beside given_up(helpers, [&] { done = true; });
    }
    Beside work(helpers, [&] { done = true; });
    work = Beside(helpers, [] {});
    work.wait();
  }
  pass_what_waits();
  CHECK_FALSE(done);
}

TEST_CASE("what work throws reaches who waits for it") {
  Beside work(helpers, [] { throw std::runtime_error("no room"); });
  CHECK_THROWS_WITH(work.wait(), "no room");
  {
    const HelpersHeld held;
    Beside here(helpers, [] { throw std::runtime_error("no room here"); });
    CHECK_THROWS_WITH(here.wait(), "no room here");
  }
  CHECK_THROWS_WITH(run_in_pieces(helpers, 100, 10,
                                  [](size_t begin, size_t) {
                                    if (begin >= 40) throw std::runtime_error("a piece");
                                  }),
                    "a piece");
}

TEST_CASE("without helpers everything is done by who waits for it") {
  NoHelpers none;
  int done = 0;
  {
    const Beside given_up(none, [&] { ++done; });
  }
  CHECK(done == 0);
  Beside work(none, [&] { ++done; });
  work.wait();
  run_in_pieces(none, 100, 32, [&](size_t begin, size_t end) { done += int(end - begin); });
  CHECK(done == 101);
}

TEST_CASE("every item is in one piece, however many there are") {
  for (const size_t count : {0, 1, 2, 31, 32, 33, 1000}) {
    std::vector<std::atomic<int>> taken(count);
    run_in_pieces(helpers, count, 32, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) ++taken[i];
    });
    for (const auto& times : taken) REQUIRE(times == 1);
  }
}
