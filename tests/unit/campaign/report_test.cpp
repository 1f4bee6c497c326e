#include "campaign/report.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <random>

#include "campaign/reporting_units.hpp"
#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

struct Fixture {
  Definition events = shipped("thousand-events");
  Definition artists = shipped("artists-among-workers");
  UnitTree tree{shipped_units()};
};

TallyRow row(const BookCode& unit, const std::string& kind, const std::string& level,
             int64_t sessions, int64_t participants,
             const std::string& campaign = "thousand-events") {
  return {unit, campaign, kind, level, "pending", {1, sessions, participants}};
}

template <class Report>
const typename Report::Row& row_for(const Report& report, const BookCode& unit) {
  for (const auto& each : report.rows) {
    if (each.unit == unit) return each;
  }
  FAIL("no row for " << unit);
  std::abort();
}

size_t width_of(const std::vector<Heading>& headings) {
  size_t width = 0;
  for (const Heading& heading : headings) width += static_cast<size_t>(heading.columns);
  return width;
}

}  // namespace

TEST_CASE("The statistics table has the columns of the annex") {
  const Fixture f;
  const Table table =
      statistics(f.events, f.tree, {row("ruzhou", "film", "county", 3, 200)}, "").to_table("zh");
  CHECK(table.title == "“中国梦·劳动美·工会情”平顶山工会千场文化活动进基层情况统计表");
  REQUIRE(table.above.size() == 4);
  CHECK(table.above[0].label == "填报单位（盖章）");
  CHECK(table.above[0].value == "平顶山市总工会");
  CHECK(table.above[3].label == "填报时间");
  CHECK(table.below.at(0).label == "分管领导签字");
  REQUIRE(table.header.size() == 3);
  CHECK(width_of(table.header[0]) == 31);
  CHECK(width_of(table.header[1]) == 30);
  CHECK(width_of(table.header[2]) == 30);
  CHECK(table.header[0][1].text == "送文艺");
  CHECK(table.header[1][0].text == "场次");
  CHECK(table.header[1][1].text == "参加人数");
  CHECK(table.header[2][0].text == "县");
  CHECK(table.header[2][1].text == "市区");
  CHECK(table.header[2][2].text == "基层");
  REQUIRE(table.rows.size() == 30);
  CHECK(table.total_rows == 1);
  for (const auto& cells : table.rows) CHECK(cells.size() == 31);
  CHECK(table.rows[0][0] == Cell(std::string("汝州市总工会")));
  CHECK(table.rows[0][7] == Cell(int64_t{3}));     // films, sessions, county
  CHECK(table.rows[0][10] == Cell(int64_t{200}));  // films, participants, county
  CHECK(table.rows[29][0] == Cell(std::string("总计")));
  CHECK(table.rows[29][10] == Cell(int64_t{200}));
  CHECK(statistics(f.events, f.tree, {}, "").to_table("en").header[1][0].text == "Sessions");
}

TEST_CASE("Events of a site count for the nearest unit above it that has a row") {
  const Fixture f;
  const std::vector<TallyRow> rows{row("shenma-mine-8-team-1", "film", "grassroots", 1, 10),
                                   row("shenma-mine-12", "film", "grassroots", 2, 20),
                                   row("shenma", "film", "grassroots", 4, 40),
                                   row("city", "film", "grassroots", 8, 80)};
  const Statistics whole = statistics(f.events, f.tree, rows, "");
  CHECK(whole.rows.size() == 29);
  CHECK(row_for(whole, "shenma").all == Counts{3, 7, 70});
  CHECK(row_for(whole, "city").all == Counts{1, 8, 80});
  CHECK(whole.total.all == Counts{4, 15, 150});

  const Statistics group = statistics(f.events, f.tree, rows, "shenma");
  CHECK(group.unit_name == "中国平煤神马集团工会委员会");
  CHECK(group.rows.size() == 3);
  CHECK(row_for(group, "shenma-mine-8").all == Counts{1, 1, 10});
  CHECK(row_for(group, "shenma-mine-12").all == Counts{1, 2, 20});
  CHECK(row_for(group, "shenma").all == Counts{1, 4, 40});
  CHECK(group.total.all == Counts{3, 7, 70});

  const Statistics mine = statistics(f.events, f.tree, rows, "shenma-mine-8");
  CHECK(mine.total.all == Counts{1, 1, 10});
}

TEST_CASE(
    "One event without a level or of an unknown kind doesn't widen the annex: it is told below") {
  const Fixture f;
  const Statistics odd =
      statistics(f.events, f.tree,
                 {row("ruzhou", "film", "", 2, 30), row("wugang", "opera", "county", 3, 50),
                  row("somewhere", "film", "county", 5, 70)},
                 "");
  CHECK(odd.kinds.back().key == "unspecified");
  CHECK(odd.levels.back().label.zh == "未注明");
  CHECK(odd.total.all == Counts{3, 10, 150});
  CHECK(row_for(odd, "somewhere").name == "somewhere");
  const Table table = odd.to_table("zh");
  CHECK(width_of(table.header[0]) == 31);
  CHECK(width_of(table.header[2]) == 30);
  for (const auto& cells : table.rows) CHECK(cells.size() == 31);
  REQUIRE(table.below.size() == 2);
  CHECK(table.below[0].label == "未注明（未列入上表）");
  CHECK(table.below[0].value == "场次 5，参加人数 80");
}

TEST_CASE("What doesn't count is told by its reason under both tables") {
  const Fixture f;
  TallyRow late = row("shenma-mine-12", "", "", 0, 0);
  late.left_out = "date";
  TallyRow silent = row("ruzhou", "", "", 0, 0);
  silent.left_out = "status";
  silent.counts.events = 2;
  const std::vector<TallyRow> rows{row("ruzhou", "film", "county", 3, 200), late, silent};
  const Statistics counted = statistics(f.events, f.tree, rows, "");
  CHECK(counted.total.all == Counts{1, 3, 200});
  CHECK(counted.left_out == LeftOutCounts{{"date", 1}, {"status", 2}});
  const Table table = counted.to_table("zh");
  REQUIRE(table.below.size() == 3);
  CHECK(table.below[0].label == "未计入：日期在方案期限外，说明未经认可（条）");
  CHECK(table.below[0].value == "1");
  CHECK(table.below[1].label == "未计入：没有写明状态（条）");
  CHECK(counted.to_json().at("left_out") == json::value({{"date", 1}, {"status", 2}}));
  const Progress done = progress(f.events, f.tree, rows, "");
  CHECK(done.total.actual == 3);
  CHECK(done.left_out == counted.left_out);
  CHECK(statistics(f.events, f.tree, rows, "shenma").left_out == LeftOutCounts{{"date", 1}});
}

TEST_CASE("A quota below one that holds it is part of it, in the sums and in the totals") {
  Fixture f;
  f.events.quotas.push_back({"shenma-mine-8", 6});
  CHECK(quota_sum(f.events, f.tree) == 596);
  const std::vector<TallyRow> rows{row("shenma-mine-8-team-1", "film", "grassroots", 3, 10),
                                   row("shenma-mine-12", "film", "grassroots", 6, 20)};
  const Progress report = progress(f.events, f.tree, rows, "");
  CHECK(row_for(report, "shenma").actual == 9);
  CHECK(row_for(report, "shenma").missing == 51);
  CHECK(row_for(report, "shenma-mine-8").actual == 3);
  CHECK(row_for(report, "shenma-mine-8").part_of == "shenma");
  CHECK(report.total.quota == 596);
  CHECK(report.total.actual == 9);
  CHECK(report.total.missing == 596 - 9);
  CHECK(report.to_table("zh").rows[29][0] == Cell(std::string("其中：中国平煤神马集团八矿工会")));
  const Statistics table = statistics(f.events, f.tree, rows, "");
  CHECK(row_for(table, "shenma").all == Counts{2, 9, 30});
  CHECK(table.total.all == Counts{2, 9, 30});
  // The city's own task is less than its units' together: it stands beside theirs.
  CHECK(row_for(report, "ruzhou").part_of.empty());
}

TEST_CASE("A unit's counts go to the same row whatever other units there are") {
  const Fixture f;
  auto units = shipped_units();
  units.push_back({"direct", "直属工会", "city", "", ""});
  const std::vector<TallyRow> rows{row("direct", "film", "county", 4, 40)};
  for (const bool another : {false, true}) {
    INFO(another);
    if (another) units.push_back({"aside", "另一家", "", "", ""});
    const UnitTree tree(units);
    CHECK(row_for(progress(f.events, tree, rows, ""), "city").actual == 4);
    CHECK(row_for(statistics(f.events, tree, rows, ""), "city").all.sessions == 4);
    const Progress without_quotas = progress(f.artists, tree, {}, "");
    CHECK(without_quotas.rows.size() == (another ? 30 : 29));
    CHECK(row_for(without_quotas, "ruzhou").unit == "ruzhou");
  }
}

TEST_CASE("What no unit with a quota is above of has its group's row, not the one of all") {
  Fixture f;
  std::erase_if(f.events.quotas, [](const Quota& quota) { return quota.unit == "city"; });
  auto units = shipped_units();
  units.push_back({"district", "新区", "city", "", ""});
  units.push_back({"district-crew", "新区班组", "district", "", ""});
  const UnitTree tree(units);
  const std::vector<TallyRow> rows{row("district-crew", "film", "county", 4, 40),
                                   row("district", "film", "county", 1, 10),
                                   row("city", "film", "county", 2, 20)};
  for (const char* chosen : {"", "city"}) {
    INFO(chosen);
    const Progress report = progress(f.events, tree, rows, chosen);
    CHECK(row_for(report, "district").actual == 5);
    CHECK_FALSE(row_for(report, "district").quota);
    CHECK(row_for(report, "city").actual == 2);
    CHECK(row_for(statistics(f.events, tree, rows, chosen), "district").all.sessions == 5);
  }
}

TEST_CASE("A campaign's tables say its own words, and call what is summed as its field is called") {
  std::string text = shipped_text("thousand-events");
  text = with(text, "zh = \"场次\"", "zh = \"班次\"");
  text = with(text, "participants = \"participants\"\n", "");
  text = with(
      text, "# Planned, postponed and",
      "words = { signature = { zh = \"主任签字\", en = \"Signed\" } }\n# Planned, postponed and");
  const auto parsed = parse_definition(text, "plan.toml");
  INFO(described(parsed.problems));
  REQUIRE(parsed);
  const Fixture f;
  const Table table =
      statistics(*parsed, f.tree, {row("ruzhou", "film", "county", 3, 0)}, "").to_table("zh");
  CHECK(table.below.back().label == "主任签字");
  CHECK(table.above[0].label == "填报单位（盖章）");
  CHECK(table.header[1][0].text == "班次");
  CHECK(width_of(table.header[1]) == 15);
  for (const auto& cells : table.rows) CHECK(cells.size() == 16);
  const Progress done = progress(*parsed, f.tree, {row("wugang-unknown", "film", "", 3, 0)}, "");
  const auto headers = [&](std::string_view language) {
    const Table shown = done.to_table(language);
    std::string out;
    for (const auto& header : shown.header[0]) out += header.text + " ";
    return out;
  };
  CHECK(headers("zh") == "单位 任务班次 已完成班次 完成率 尚差班次 超额班次 分类班次 ");
  CHECK(headers("en") == "Unit Quota Done Percent Missing Over Sessions by kind ");
  CHECK(done.to_table("zh").below[3].label == "没有任务的单位完成班次（不计入完成率）");
}

TEST_CASE("Statistics equal a recount of every record by hand") {
  const Fixture f;
  const std::vector<std::string> kinds{"performance", "film", "calligraphy", "training",
                                       "lecture",     "",     "opera"};
  const std::vector<std::string> levels{"county", "district", "grassroots", "", "province"};
  auto units = f.tree.all_within("");
  units.push_back("unknown-unit");
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::vector<TallyRow> rows;
    for (int i = 0; i < 400; ++i) {
      rows.push_back(row(units[random() % units.size()], kinds[random() % kinds.size()],
                         levels[random() % levels.size()], random() % 5, random() % 1000,
                         random() % 10 == 0 ? "other" : "thousand-events"));
    }
    for (const BookCode& chosen :
         {BookCode(), BookCode("shenma"), BookCode("city"), BookCode("ruzhou")}) {
      const Statistics report = statistics(f.events, f.tree, rows, chosen);
      Counts all;
      std::map<std::pair<BookCode, std::string>, Counts> by_unit_and_kind;
      for (const TallyRow& tally : rows) {
        if (tally.campaign != "thousand-events" || !f.tree.within(tally.unit, chosen)) continue;
        all += tally.counts;
        BookCode at = tally.unit;
        const auto has_row = [&](const BookCode& code) {
          const BookCode above = chosen.empty() ? "city" : chosen;
          const Unit* known = f.tree.unit(code);
          return known == nullptr || code == chosen || f.events.quota(code) ||
                 known->parent == above;
        };
        while (!has_row(at)) at = f.tree.unit(at)->parent;
        const bool known = tally.kind != "" && tally.kind != "opera";
        by_unit_and_kind[{at, known ? tally.kind : "unspecified"}] += tally.counts;
      }
      CHECK(report.total.all == all);
      for (const auto& each : report.rows) {
        for (size_t kind = 0; kind < report.kinds.size(); ++kind) {
          Counts sum;
          for (size_t level = 0; level < report.levels.size(); ++level) {
            sum += each.cells[kind * report.levels.size() + level];
          }
          CHECK(sum == by_unit_and_kind[{each.unit, report.kinds[kind].key}]);
        }
      }
      CHECK(progress(f.events, f.tree, rows, chosen).total.actual == all.sessions);
    }
  }
}

TEST_CASE("Progress shows what is done, missing and over by unit, and both totals") {
  const Fixture f;
  const Progress report =
      progress(f.events, f.tree,
               {row("ruzhou", "film", "county", 15, 100),
                row("shenma-mine-8", "lecture", "grassroots", 61, 9), row("pinggao", "", "", 1, 1)},
               "");
  REQUIRE(report.rows.size() == 29);
  const auto& ruzhou = row_for(report, "ruzhou");
  CHECK(ruzhou.quota == 60);
  CHECK(ruzhou.actual == 15);
  CHECK(ruzhou.percent() == Percent{250});
  CHECK(ruzhou.missing == 45);
  CHECK(ruzhou.over == 0);
  CHECK(ruzhou.kinds.at("film") == 15);
  CHECK(ruzhou.kinds.at("lecture") == 0);
  CHECK(row_for(report, "shenma").over == 1);
  CHECK(row_for(report, "pinggao").kinds.at("unspecified") == 1);
  CHECK(report.total.quota == 596);
  CHECK(report.printed_total == 600);
  CHECK(report.total.actual == 77);
  CHECK(report.total.missing == 596 - 15 - 60 - 1);
  const Table table = report.to_table("zh");
  REQUIRE(table.below.size() == 4);
  CHECK(table.below[0].value == "600");
  CHECK(table.below[1].value == "596");
  CHECK(table.below[2].value == "4");
  CHECK(table.rows.size() == 30);
  for (const auto& cells : table.rows) CHECK(cells.size() == width_of(table.header[0]));
}

TEST_CASE("A share is rounded, but nothing that is begun is 0 and nothing unfinished 100 percent") {
  const auto share = [](int64_t done, int64_t quota) {
    Progress::Row row;
    row.quota = quota;
    row.to_quota = done;
    return row.percent()->permille;
  };
  CHECK(share(1, 60) == 17);
  CHECK(share(59, 60) == 983);
  CHECK(share(1, 2000) == 1);
  CHECK(share(1, 1'000'000'000) == 1);
  CHECK(share(0, 60) == 0);
  CHECK(share(1999, 2000) == 999);
  CHECK(share(2000, 2000) == 1000);
  CHECK(share(3, 2) == 1500);
}

TEST_CASE("What units without a quota did is in the total, but not in its percentage") {
  const Fixture f;
  const auto total = [&](const std::vector<TallyRow>& rows) {
    return progress(f.events, f.tree, rows, "");
  };
  const Progress with = total({row("ruzhou", "film", "county", 149, 100)});
  const Progress more = total(
      {row("ruzhou", "film", "county", 149, 100), row("elsewhere", "film", "city", 300, 100)});
  CHECK(with.total.percent() == Percent{250});
  CHECK(more.total.actual == 449);
  CHECK(more.total.percent() == with.total.percent());
  CHECK_FALSE(row_for(more, "elsewhere").percent());
  const auto told = [](const Progress& report) {
    const Table table = report.to_table("zh");
    return std::any_of(table.below.begin(), table.below.end(),
                       [](const LabelledLine& line) { return line.value == "300"; });
  };
  CHECK(told(more));
  CHECK_FALSE(told(with));
}

TEST_CASE("A criterion of four of each kind is worked out for each unit") {
  const Fixture f;
  std::vector<TallyRow> rows;
  for (int i = 0; i < 4; ++i) {
    rows.push_back(row("ruzhou", "coaching", "county", 3, 10, "artists-among-workers"));
  }
  rows.push_back(row("ruzhou", "exhibition", "county", 9, 10, "artists-among-workers"));
  const Progress report = progress(f.artists, f.tree, rows, "");
  CHECK(report.rows.size() == 28);  // the city's children: there are no quotas
  const auto& ruzhou = row_for(report, "ruzhou");
  CHECK_FALSE(ruzhou.quota);
  CHECK_FALSE(ruzhou.percent());
  REQUIRE(ruzhou.criteria.size() == 4);
  CHECK(ruzhou.criteria[1].actual == 4);  // events, not their sessions
  CHECK(ruzhou.criteria[1].met());
  CHECK(ruzhou.criteria[3].actual == 1);
  CHECK_FALSE(ruzhou.criteria[3].met());
  // One unit's plenty makes up for nothing elsewhere.
  rows.push_back(row("wugang", "coaching", "county", 1, 1, "artists-among-workers"));
  for (int i = 0; i < 140; ++i) {
    rows.push_back(row("ruzhou", "fieldwork", "county", 1, 1, "artists-among-workers"));
  }
  const Progress plenty = progress(f.artists, f.tree, rows, "");
  CHECK(plenty.total.criteria[0].actual == 140);
  CHECK(plenty.total.criteria[0].at_least == 112);
  CHECK(plenty.total.criteria[0].units_met == 1);
  CHECK_FALSE(plenty.total.criteria[0].met());
  CHECK(std::get<std::string>(plenty.to_table("zh").rows.back()[6]) == "1/28 个单位达标");
  const Table table = report.to_table("zh");
  for (const auto& cells : table.rows) CHECK(cells.size() == width_of(table.header[0]));
  CHECK(std::get<std::string>(table.rows[static_cast<size_t>(&ruzhou - report.rows.data())][7]) ==
        "4/4 达标");
}

TEST_CASE("Reports as JSON have the keys that tools read") {
  const Fixture f;
  const std::vector<TallyRow> rows{row("ruzhou", "film", "county", 3, 200)};
  const json::object counted = statistics(f.events, f.tree, rows, "").to_json();
  CHECK(counted.at("campaign") == "thousand-events");
  CHECK(counted.at("unit") == "");
  const json::object& first = counted.at("rows").at(0).get_object();
  CHECK(first.at("unit") == "ruzhou");
  CHECK(first.at("name") == "汝州市总工会");
  CHECK(first.at("sessions") == 3);
  CHECK(first.at("cells").get_array().size() == 15);
  CHECK(first.at("cells").at(3) == json::value({{"kind", "film"},
                                                {"level", "county"},
                                                {"events", 1},
                                                {"sessions", 3},
                                                {"participants", 200}}));
  CHECK(counted.at("total").at("participants") == 200);

  const json::object done = progress(f.events, f.tree, rows, "").to_json();
  const json::object& row0 = done.at("rows").at(0).get_object();
  CHECK(row0.at("quota") == 60);
  CHECK(row0.at("percent") == 5.0);
  CHECK(row0.at("missing") == 57);
  CHECK(row0.at("kinds").at("film") == 3);
  CHECK(done.at("total").at("quota") == 596);
  CHECK(done.at("total").at("printed_total") == 600);
  const json::object none = progress(f.artists, f.tree, {}, "").to_json();
  CHECK(none.at("rows").at(0).at("quota").is_null());
  CHECK(none.at("rows").at(0).at("criteria").get_array().size() == 4);
}

TEST_CASE("A site at the bottom of the tree has its own row, with events or without") {
  const Fixture f;
  CHECK(statistics(f.events, f.tree, {}, "site-east-1").rows.size() == 1);
  const Progress report =
      progress(f.events, f.tree, {row("site-east-1", "film", "grassroots", 2, 9)}, "site-east-1");
  CHECK(row_for(report, "site-east-1").actual == 2);
  CHECK_FALSE(report.printed_total);
}

TEST_CASE("A unit that was removed is marked in its row of the progress table") {
  const Fixture f;
  auto units = shipped_units();
  for (Unit& unit : units) unit.removed = unit.code == "ruzhou";
  const Progress report = progress(f.events, UnitTree(units), {}, "");
  CHECK(row_for(report, "ruzhou").removed);
  CHECK_FALSE(row_for(report, "wugang").removed);
  std::string zh, en;
  for (const auto& cells : report.to_table("zh").rows) zh += std::get<std::string>(cells[0]) + "\n";
  for (const auto& cells : report.to_table("en").rows) en += std::get<std::string>(cells[0]) + "\n";
  CHECK(zh.find("汝州市总工会（已撤销）\n") != std::string::npos);
  CHECK(en.find("汝州市总工会 (removed)\n") != std::string::npos);
  CHECK(zh.find("舞钢市总工会\n") != std::string::npos);
}

TEST_CASE("A report without units or tallies is empty, not an error") {
  const Fixture f;
  CHECK(statistics(f.artists, UnitTree(), {}, "").to_table("zh").rows.size() == 1);
  CHECK(progress(f.artists, UnitTree(), {}, "nowhere").to_table("en").rows.empty());
  CHECK(statistics(f.events, UnitTree(), {}, "").rows.size() == 29);
}
