#include "http/event_log.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

namespace {

size_t count_after(const EventLog& log, uint64_t number) {
  return static_cast<size_t>(log.end() - log.after(number));
}

}  // namespace

TEST_CASE("who comes back is told what came since, as far as it is kept") {
  EventLog log("run", 5);
  CHECK(log.place_of("run-0") == 0);
  for (int i = 0; i < 4; ++i) log.add({BookCode("a")}, "record", {{"n", i}});
  CHECK(log.place_of("run-1") == 1);
  CHECK(count_after(log, 1) == 3);
  CHECK(log.place_of("run-4") == 4);
  for (int i = 0; i < 4; ++i) log.add({BookCode("a")}, "record", {{"n", i}});
  CHECK(log.last() == 8);
  CHECK(log.place_of("run-3") == 3);  // 4 to 8 are here
  CHECK_FALSE(log.place_of("run-2"));
  for (const char* bad :
       {"", "run", "run-", "run-9", "other-3", "run-3x", "run--1", "run-99999999999999999999"}) {
    CHECK_FALSE(log.place_of(bad));
  }
}

TEST_CASE("nobody is told to be up to date over what nobody noted") {
  EventLog log("run", 5);
  log.add({BookCode("a")}, "record", {});
  log.part();
  CHECK_FALSE(log.place_of("run-1"));
  log.add({BookCode("a")}, "record", {});
  CHECK_FALSE(log.place_of("run-1"));
  CHECK(log.place_of("run-2") == 2);
}

TEST_CASE("an event is lines, whatever its texts hold") {
  EventLog log("run", 5);
  log.add({BookCode("a")}, "record", {{"title", "x\n\nevent: evil\r\ndata: 1"}});
  CHECK(*log.after(0)->bytes ==
        "id: run-1\nevent: record\ndata: {\"title\":\"x\\n\\nevent: evil\\r\\ndata: 1\"}\n\n");
  CHECK(log.alone("ready") == "id: run-1\nevent: ready\ndata: {}\n\n");
}
