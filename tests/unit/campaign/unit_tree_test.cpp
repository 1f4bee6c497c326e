// The tree of units, made of whatever the records say: in time linear in it, and none too deep.
#include <catch2/catch.hpp>
#include <chrono>

#include "campaign/limits.hpp"
#include "campaign/notices.hpp"
#include "campaign/report.hpp"
#include "support.hpp"

using namespace sitelog;
using Catch::Matchers::Contains;

namespace {

constexpr size_t kLong = 40'000;
constexpr double kLinear = 60;  // seconds, on a loaded machine; each by each takes hours

std::string code_of(size_t number) {
  std::string digits = std::to_string(number);
  return "u" + std::string(6 - digits.size(), '0') + digits;
}

// Each is the parent of the one before it, so that no code is met after its parent's.
std::vector<Unit> chain(size_t units) {
  std::vector<Unit> out;
  for (size_t i = 0; i < units; ++i) {
    out.push_back({code_of(i), "单位", i + 1 < units ? code_of(i + 1) : "", "", ""});
  }
  return out;
}

std::string csv_of(const std::vector<Unit>& units) {
  std::string out = "code,name,parent\n";
  for (const Unit& unit : units) out += unit.code + "," + unit.name + "," + unit.parent + "\n";
  return out;
}

double seconds(const std::function<void()>& task) {
  const auto begin = std::chrono::steady_clock::now();
  task();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("However long a chain of parents is, nothing in the tree stands deeper than 32 levels") {
  const auto units = chain(kLong);
  const Definition events = shipped("thousand-events");
  std::vector<TallyRow> tallies;
  for (const Unit& unit : units) {
    tallies.push_back({unit.code, events.id, "film", "county", "pending", {1, 1, 1}});
  }
  // Climbing to the end from each would be 800 million steps.
  const double taken = seconds([&] {
    const UnitTree tree(units);
    CHECK(tree.size() == kLong);
    CHECK(tree.all_within("").size() == kLong);
    size_t deepest = 0;
    for (const Unit& unit : units) {
      deepest = std::max(deepest, tree.ancestors(unit.code).size());
      CHECK((tree.depth(unit.code) == tree.ancestors(unit.code).size()));
    }
    CHECK(deepest == limits::kUnitLevelsMax - 1);
    CHECK(tree.set_free().size() == (kLong - 1) / limits::kUnitLevelsMax);
    CHECK(tree.set_free().front().why == SetFree::Why::kTooDeep);
    CHECK(statistics(events, tree, tallies, "").total.all.events == kLong);
    CHECK(progress(events, tree, tallies, "").total.actual == kLong);
  });
  CHECK(taken < kLinear);
}

TEST_CASE("A circle of forty thousand units is opened once, at its least code") {
  auto units = chain(kLong);
  units.back().parent = units.front().code;
  const double taken = seconds([&] {
    const UnitTree tree(units);
    CHECK(tree.all_within("").size() == kLong);
    size_t opened = 0;
    for (const SetFree& unit : tree.set_free()) {
      if (unit.why != SetFree::Why::kAboveItself) continue;
      CHECK(unit.code == code_of(0));
      ++opened;
    }
    CHECK(opened == 1);
  });
  CHECK(taken < kLinear);
}

TEST_CASE("A table of units deeper than 32 levels is refused, naming the first that is too deep") {
  CHECK(parse_units_csv(csv_of(chain(limits::kUnitLevelsMax)), "units.csv"));
  const double taken = seconds([&] {
    const auto parsed = parse_units_csv(csv_of(chain(kLong)), "units.csv");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.problems.size() == 1);
    CHECK_THAT(described(parsed.problems), Contains("would have more than 31 levels above it: "
                                                    "give it, or one above it, a parent that"));
  });
  CHECK(taken < kLinear);
}

TEST_CASE("What a table does to units that are not in it counts too") {
  // Known: a chain of 20 below `top`; the table puts `top` below another chain of 20.
  std::vector<Unit> known = chain(20);
  known.push_back({"top", "市", "", "", ""});
  known[19].parent = "top";
  std::vector<Unit> table;
  for (size_t i = 0; i < 20; ++i) {
    table.push_back(
        {"v" + std::to_string(i), "县", i > 0 ? "v" + std::to_string(i - 1) : "", "", ""});
  }
  table.push_back({"top", "市", "", "", ""});
  CHECK(parse_units_csv(csv_of(table), "units.csv", UnitTree(known)));
  table.back().parent = "v19";
  CHECK(parse_units_csv(csv_of(table), "units.csv"));
  const auto deep = parse_units_csv(csv_of(table), "units.csv", UnitTree(known));
  REQUIRE_FALSE(deep);
  CHECK_THAT(described(deep.problems), Contains("units.csv line 22: the unit “u000008”"));
}

TEST_CASE(
    "A removed unit is known by name, holds nothing below it and keeps its row while it counts") {
  const Definition events = shipped("thousand-events");
  auto units = shipped_units();
  for (Unit& unit : units) unit.removed = unit.code == "shenma" || unit.code == "ruzhou";
  const UnitTree tree(units);
  CHECK(tree.size() == units.size() - 2);
  CHECK(tree.name("shenma") == UnitTree(shipped_units()).name("shenma"));
  CHECK(tree.children("shenma").empty());
  CHECK(tree.ancestors("shenma-mine-8-team-1") == std::vector<BookCode>{"shenma-mine-8", "city"});
  CHECK(tree.all_within("").size() == units.size());
  CHECK(tree.all_within("", UnitTree::Removed::kLeftOut).size() == units.size() - 2);
  CHECK(tree.within("shenma", "city"));
  Definition without = events;
  without.quotas.clear();
  const std::vector<TallyRow> tallies{
      {"ruzhou", events.id, "film", "county", "pending", {1, 3, 200}}};
  const auto row_of_ruzhou = [&](const std::vector<TallyRow>& counted) {
    const Statistics table = statistics(without, tree, counted, "");
    return std::count_if(table.rows.begin(), table.rows.end(),
                         [](const auto& row) { return row.unit == "ruzhou"; });
  };
  CHECK(row_of_ruzhou(tallies) == 1);
  CHECK(row_of_ruzhou({}) == 0);
  CHECK_THAT(described(notices(events, tree)), Contains("“ruzhou”, which was removed"));
}
