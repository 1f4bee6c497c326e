// Units at headquarters, asked by the table of operations.
#include <catch2/catch.hpp>
#include <future>

#include "support.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

// Written as an earlier build may have taken it: nobody looks at the tree.
void write_unit(AskedHeadquarters& top, const Unit& unit) {
  const auto written = top.engine().call([&](Store& store, const CampaignCatalogue&) {
    const Entry entry =
        compose(nullptr, unit_record(unit.code), std::string(kFormUnit), unit_fields(unit));
    return store.write(BookCode(kRootBook), entry, read_clock(), "");
  });
  REQUIRE(written);
}

}  // namespace

TEST_CASE("Units are listed on the reader's thread, while the store's is busy") {
  AskedHeadquarters top;
  std::promise<void> release, busy;
  auto released = release.get_future().share();
  auto store = std::async(std::launch::async, [&] {
    top.engine().call([&](Store&, const CampaignCatalogue&) {
      busy.set_value();
      released.wait();
      return Done{};
    });
  });
  busy.get_future().wait();
  auto listed = std::async(std::launch::async, [&] {
    for (const char* name : {"units.list", "status", "policy.list"}) REQUIRE(top.ask(name, {}));
    REQUIRE(top.ask("units.list", {}));
  });
  const bool done = listed.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  release.set_value();
  store.get();
  listed.get();
  CHECK(done);
  CHECK(top.lines().size() == 4);
}

TEST_CASE("What an earlier build took of a circle or a long chain is listed, and told") {
  AskedHeadquarters top;
  write_unit(top, {"ring-1", "甲", "ring-2", "", ""});
  write_unit(top, {"ring-2", "乙", "ring-1", "", ""});
  for (int i = 0; i < 40; ++i) {
    write_unit(top, {"u" + std::to_string(100 + i), "丙",
                     i > 0 ? "u" + std::to_string(99 + i) : std::string(), "", ""});
  }
  const auto listed = top.ask("units.list", {});
  REQUIRE(listed);
  CHECK(listed->at("units").to_number<int64_t>() == 46);
  const auto& notices = listed->at("notices").as_array();
  REQUIRE(notices.size() == 2);
  CHECK(notices[0].at("args").as_array()[0] == "ring-1");
  CHECK(notices[1].at("args").as_array()[0] == "u132");
}

TEST_CASE("A unit's change is seen by whoever reads next, and a name that changes too") {
  AskedHeadquarters top;
  const auto name_of_north = [&] {
    REQUIRE(top.ask("units.list", {}));
    for (const json::object& line : top.lines()) {
      if (line.at("code") == "north") return std::string(line.at("name").as_string());
    }
    return std::string();
  };
  CHECK(name_of_north() == "北");
  REQUIRE(top.ask("units.import", {{"file", "u.csv"},
                                   {"content", "code,name,parent\ncity,市,\nnorth,北方,city\n"}}));
  CHECK(name_of_north() == "北方");
}
