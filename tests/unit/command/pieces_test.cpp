// Pieces of a file in the making: what order they are in, what is in memory, what becomes of them
// where one fails.
#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

#include "command/pieces_beside.hpp"
#include "command/pieces_in_order.hpp"
#include "sync/store/helper_threads.hpp"
#include "tests/unit/command/temporary_folder.hpp"

using namespace sitelog;

namespace {

// Each work on a thread of its own, at once.
class OwnThreads final : public Helpers {
 public:
  ~OwnThreads() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void post(std::function<void()> work) override { threads_.emplace_back(std::move(work)); }

 private:
  std::vector<std::thread> threads_;
};

struct Broken : std::runtime_error {
  Broken() : std::runtime_error("broken") {}
};

// Made, but not put yet.
struct Counted {
  explicit Counted(size_t of, std::atomic<int>* counts) : number(of), alive(counts) {
    most(++*alive);
  }
  Counted(Counted&& other) noexcept
      : number(other.number), alive(std::exchange(other.alive, nullptr)) {}
  Counted& operator=(Counted&&) = delete;
  ~Counted() {
    if (alive != nullptr) --*alive;
  }
  static void most(int now) {
    int before = highest;
    while (now > before && !highest.compare_exchange_weak(before, now)) {
    }
  }
  static inline std::atomic<int> highest = 0;
  size_t number;
  std::atomic<int>* alive;
};

void doze(int microseconds) {
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
}

}  // namespace

TEST_CASE("pieces are put in order, and no more of them are there than may be") {
  for (const size_t others : {0, 1, 5}) {
    for (const size_t ahead : {1, 2, 7}) {
      OwnThreads threads;
      std::atomic<int> alive = 0;
      Counted::highest = 0;
      std::vector<size_t> put;
      PiecesInOrder<Counted>({.count = 100,
                              .maker =
                                  [&] {
                                    return [&](size_t number) {
                                      doze(static_cast<int>(number * 7919 % 5) * 50);
                                      return Counted(number, &alive);
                                    };
                                  },
                              .put =
                                  [&](const Counted& piece) {
                                    if (piece.number % 10 == 0) doze(500);
                                    put.push_back(piece.number);
                                  },
                              .ahead = ahead})
          .run(threads, others);
      REQUIRE(put.size() == 100);
      CHECK(std::is_sorted(put.begin(), put.end()));
      CHECK(alive == 0);
      CHECK(Counted::highest <= static_cast<int>(ahead) + 1);  // and the one that is being put
    }
  }
}

TEST_CASE("of no pieces nothing is put, and nobody is asked") {
  OwnThreads threads;
  int made = 0;
  PiecesInOrder<int>({.count = 0,
                      .maker = [] { return [](size_t) { return 1; }; },
                      .put = [&](int) { ++made; },
                      .ahead = 4})
      .run(threads, 3);
  CHECK(made == 0);
}

TEST_CASE("where a piece can't be made, or put, all end and it is said why") {
  const auto leads = std::this_thread::get_id();
  for (const bool by_helper : {false, true}) {
    for (const bool in_maker : {false, true}) {
      OwnThreads threads;
      std::atomic<int> at_work = 0;
      std::atomic<bool> broke = false;
      const auto breaks = [&] {
        const bool helper = std::this_thread::get_id() != leads;
        if (helper == by_helper) {
          broke = true;
          throw Broken();
        }
        while (!broke) doze(10);  // so that the other one comes to it
      };
      PiecesInOrder<int> pieces({.count = 1000,
                                 .maker = [&]() -> PiecesInOrder<int>::Make {
                                   if (in_maker) breaks();
                                   return [&](size_t number) {
                                     ++at_work;
                                     const std::shared_ptr<void> left(nullptr,
                                                                      [&](void*) { --at_work; });
                                     if (!in_maker && number > 3) breaks();
                                     return static_cast<int>(number);
                                   };
                                 },
                                 .put = [&](int) { doze(10); },
                                 .ahead = 8});
      CHECK_THROWS_AS(pieces.run(threads, 2), Broken);
      CHECK(at_work == 0);
    }
  }
  OwnThreads threads;
  std::atomic<int> made = 0;
  int put = 0;
  PiecesInOrder<int> ended({.count = 1000,
                            .maker = [&] { return [&](size_t) { return ++made; }; },
                            .put =
                                [&](int) {
                                  if (++put == 5) throw Broken();
                                },
                            .ahead = 8});
  CHECK_THROWS_AS(ended.run(threads, 2), Broken);
  CHECK(put == 5);
  CHECK(made <= 5 + 8);
}

TEST_CASE("pieces beside a file come back in the order of their numbers, few of them in memory") {
  const TemporaryFolder place;
  const auto folder = HeldFolder::open(place.path());
  REQUIRE(folder);
  const auto content = [](size_t number, size_t part) {
    return std::string(number * 1000 + part + 1, static_cast<char>('a' + (number + part) % 26));
  };
  for (const size_t count : {size_t{0}, size_t{3}, size_t{200}}) {
    PiecesBeside pieces(*folder, "beside");
    std::atomic<size_t> next = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        for (size_t number = next++; number < count; number = next++) {
          for (size_t part = 0; part < 2; ++part) {
            pieces.put(count - 1 - number, content(count - 1 - number, part), 10);
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(folder->has("beside") == (count == 200));
    const uint64_t lies_there = pieces.bytes();
    CHECK((lies_there > 20'000'000) == (count == 200));
    REQUIRE(pieces.close() == 2 * count);
    // In no order, as threads take them.
    std::vector<size_t> places(2 * count);
    for (size_t i = 0; i < places.size(); ++i) places[i] = i;
    std::shuffle(places.begin(), places.end(), std::mt19937(1));
    for (const size_t at : places) {
      CHECK(pieces.rows_before(at) == static_cast<int64_t>(at) * 10);
      CHECK(pieces.take(at) == content(at / 2, at % 2));
    }
    CHECK(pieces.bytes() == 0);
    pieces.remove();
    CHECK(folder->empty());
  }
}

TEST_CASE("what threads that give way do gives way") {
  const auto niceness = [] { return ::getpriority(PRIO_PROCESS, 0); };
  const auto asked_of = [&](Helpers& helpers) {
    std::atomic<int> told = -100;
    helpers.post([&] {
      told = niceness();
      told.notify_all();
    });
    told.wait(-100);
    return told.load();
  };
  CHECK(asked_of(helper_threads()) == niceness());
  CHECK(asked_of(patient_helpers()) == std::min(19, niceness() + 10));
}
