// Those who read beside the one who writes.
#include "sync/store/readers.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "sync/store/limits.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";

struct Place {
  Place() {
    headquarters.grant(site, kUnit);
    sync(site, headquarters);
  }
  int64_t records_read() {
    return readers.read([](const Queries& queries) { return queries.count_records({}); });
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, kUnit};
  Readers readers{site.database()};
};

}  // namespace

TEST_CASE("who reads sees what was committed by then, on a connection that was used before") {
  Place place;
  for (int64_t n = 0; n < 5; ++n) {
    CHECK(place.records_read() == n);
    place.site.add_event("event");
  }
  CHECK(place.readers.idle() == 1);
}

TEST_CASE("all that one task asks is of one moment") {
  Place place;
  place.readers.read([&](const Queries& queries) {
    CHECK(queries.count_records({}) == 0);
    place.site.add_event("event");
    CHECK(queries.count_records({}) == 0);
    // One that begins now sees it, beside the other.
    CHECK(place.records_read() == 1);
    return Done{};
  });
  CHECK(place.records_read() == 1);
}

TEST_CASE("many who read at once leave few connections") {
  Place place;
  place.site.add_event("event");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        if (place.records_read() != 1) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(place.readers.idle() <= limits::kIdleReadersMax);
}

TEST_CASE("a connection on which a task failed is not used again, and holds no log back") {
  Place place;
  CHECK_THROWS_AS(place.readers.read([&](const Queries& queries) -> Done {
    queries.count_records({});
    throw std::runtime_error("the task");
  }),
                  std::runtime_error);
  CHECK(place.readers.idle() == 0);
  place.site.add_event("event");
  CHECK(place.records_read() == 1);
}

TEST_CASE("once the readers are closed the store leaves nothing beside its file") {
  Place place;
  place.site.add_event("event");
  CHECK(place.records_read() == 1);
  place.readers.close();
  CHECK(place.readers.idle() == 0);
  place.site.close();
  CHECK_FALSE(std::filesystem::exists(place.site.database() + "-wal"));
  CHECK_FALSE(std::filesystem::exists(place.site.database() + "-shm"));
}

TEST_CASE("a reader that waits holds the log back no more than none") {
  Place place;
  for (int n = 0; n < 3; ++n) {
    place.site.add_event("event");
    CHECK(place.records_read() == n + 1);
  }
  place.site.close();
  Database writer(place.site.database(), Database::Mode::kReadWrite);
  writer.run("SELECT count(*) FROM meta");
  writer.empty_log();
  CHECK(std::filesystem::file_size(place.site.database() + "-wal") == 0);
}
