#include <catch2/catch.hpp>
#include <random>

#include "support.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;
using Catch::Matchers::Contains;

namespace {

const std::string kHead = "code,name,parent,kind,level\n";

std::string problems_of(const std::string& csv) {
  return described(parse_units_csv(csv, "units.csv").problems);
}

}  // namespace

TEST_CASE("The shipped units have the city at the top and a unit for every quota") {
  const UnitTree tree(shipped_units());
  CHECK(tree.children("") == std::vector<BookCode>{"city"});
  const Definition events = shipped("thousand-events");
  for (const Quota& quota : events.quotas) {
    INFO(quota.unit);
    CHECK(tree.unit(quota.unit) != nullptr);
  }
  CHECK(tree.ancestors("shenma-mine-8-team-1") ==
        std::vector<BookCode>{"shenma-mine-8", "shenma", "city"});
  CHECK(tree.within("shenma-mine-8-team-1", "shenma"));
  CHECK_FALSE(tree.within("shenma", "shenma-mine-8"));
  CHECK(tree.within("anything", ""));
  CHECK(tree.all_within("shenma").size() == 4);
  CHECK(tree.all_within("").size() == tree.size());
  CHECK(tree.name("ruzhou") == "汝州市总工会");
  CHECK(tree.name("nowhere") == "nowhere");
}

TEST_CASE("Units are read from sheets as spreadsheet programs save them") {
  const auto parsed = parse_units_csv(
      "\xEF\xBB\xBF单位代码,单位名称,上级\r\na,\"甲, \"\"第一\"\"\n工会\",\r\n\r\n  b ,乙,a",
      "units.csv");
  // A line end inside a name can't be shown in a table.
  REQUIRE_FALSE(parsed);
  const auto good = parse_units_csv(
      "\xEF\xBB\xBF上级,单位代码,单位名称\r\n,a,\"甲, \"\"第一\"\"工会\"\r\n\r\na, b ,乙", "u");
  INFO(described(good.problems));
  REQUIRE(good);
  REQUIRE(good->size() == 2);
  CHECK((*good)[0] == Unit{"a", "甲, \"第一\"工会", "", "", ""});
  CHECK((*good)[1] == Unit{"b", "乙", "a", "", ""});
}

TEST_CASE("Every mistake of a unit file is told at once, each with its line") {
  const std::string told = problems_of(kHead +
                                       "a,A,,,\n"        // 2
                                       "a,Again,,,\n"    // 3
                                       "b b,B,,,\n"      // 4
                                       "c,,a,,\n"        // 5
                                       "d,D,nobody,,\n"  // 6
                                       "root,R,,,\n"     // 7
                                       "e,E,f,,\n"       // 8
                                       "f,F,e,,\n"       // 9
                                       ",Nameless,,,\n"  // 10
                                       "g,G,a,,,,extra\n");
  INFO(told);
  CHECK_THAT(told, Contains("units.csv line 3: the code “a” is there already, in line 2"));
  CHECK_THAT(told, Contains("line 4: “b b” can't be a unit's code"));
  CHECK_THAT(told, Contains("line 5: the name is missing"));
  CHECK_THAT(told, Contains("line 6: the parent “nobody” is not in the file, nor known here"));
  CHECK_THAT(told, Contains("line 7: “root” can't be a unit's code"));
  CHECK_THAT(told, Contains("line 8: the unit “e” is above itself"));
  CHECK_THAT(told, Contains("line 10: the code is missing"));
  CHECK_THAT(told, Contains("line 11: 7 cells in this row, but 5 columns"));
  CHECK(std::count(told.begin(), told.end(), '\n') == 8);
}

TEST_CASE("A unit file without the needed columns, units or encoding is refused") {
  CHECK_THAT(problems_of(""), Contains("no units here"));
  CHECK_THAT(problems_of(kHead), Contains("no units here"));
  CHECK_THAT(problems_of("code,parent\na,\n"), Contains("the column “name” is missing"));
  CHECK_THAT(problems_of("code,name,colour\na,A,red\n"), Contains("“colour” is not known"));
  CHECK_THAT(problems_of("code,name,code\na,A,b\n"), Contains("there twice"));
  CHECK_THAT(problems_of("code,name\na,\xFF\xFF\n"), Contains("line 1: this is no text in UTF-8"));
  CHECK_THAT(problems_of("code,name\na,\"A\n"),
             Contains("line 2: a quote is opened and never closed"));
  CHECK_THAT(problems_of("code,name\na,\"A\"B\n"), Contains("text after a closing quote"));
}

TEST_CASE("Units are read from whatever a spreadsheet saves as text") {
  const std::vector<Unit> wanted{{"a", "总工会", "", "", ""}};
  const auto units_of = [](std::string_view bytes) {
    auto parsed = parse_units_csv(bytes, "units.csv");
    REQUIRE(parsed);
    return *parsed;
  };
  CHECK(units_of("\xEF\xBB\xBF代码,名称\r\na,总工会\r\n") == wanted);
  CHECK(units_of("代码\t名称\na\t总工会\n") == wanted);
  CHECK(units_of("代码;名称\na;总工会\n") == wanted);
  // GBK, as Excel saves “CSV” in China.
  CHECK(units_of("\xB4\xFA\xC2\xEB,\xC3\xFB\xB3\xC6\r\na,\xD7\xDC\xB9\xA4\xBB\xE1\r\n") == wanted);
}

TEST_CASE("Unit codes are short names of letters and digits in any script") {
  for (const char* code : {"a", "shenma-mine-8", "A.1_b", "汝州", "é1", "0375"}) {
    INFO(code);
    CHECK(is_unit_code(code));
  }
  for (const char* code : {"", "root", "a b", "a/b", "..", ".a", "-a", "a\n", "汝州　", "（a）",
                           "a,b", "\xff", "a\xe9", "“a”"}) {
    INFO(code);
    CHECK_FALSE(is_unit_code(code));
  }
  CHECK(is_unit_code(std::string(64, 'a')));
  CHECK_FALSE(is_unit_code(std::string(65, 'a')));
}

TEST_CASE("A tree of records that contradict each other still has every unit in it") {
  const UnitTree tree({{"a", "A", "c", "", ""},
                       {"b", "B", "a", "", ""},
                       {"c", "C", "b", "", ""},
                       {"d", "D", "gone", "", ""},
                       {"e", "E", "e", "", ""},
                       {"z", "Z", "c", "", ""}});
  CHECK(tree.all_within("").size() == 6);
  CHECK(tree.children("") == std::vector<BookCode>{"a", "d", "e"});
  CHECK(tree.ancestors("z") == std::vector<BookCode>{"c", "b", "a"});
}

TEST_CASE("A unit's record gives the unit back") {
  for (const Unit& unit : shipped_units()) {
    const auto record =
        record_of(unit_record(unit.code), std::string(kFormUnit), unit_fields(unit));
    CHECK(unit_from(record) == unit);
  }
  auto fields = unit_fields({"a", "A", "", "", ""});
  fields["_void"] = "merged into b";
  const auto removed = unit_from(record_of(unit_record("a"), "unit", fields));
  REQUIRE(removed);
  CHECK(removed->removed);
  CHECK(removed->name == "A");
  CHECK_FALSE(unit_from(record_of(unit_record("a"), "unit", {{"name", "A"}})));
  // Another record that says it is the unit would be a second one.
  CHECK_FALSE(unit_from(record_of(unit_record("b"), "unit", unit_fields({"a", "A", "", "", ""}))));
}

TEST_CASE("Records of one subject have one id, and different subjects different ones") {
  CHECK(unit_record("a") == unit_record("a"));
  CHECK(unit_record("a") != unit_record("b"));
  CHECK(unit_record("a") != campaign_record("a"));
  CHECK(unit_record("a") != policy_record("a"));
  CHECK_FALSE(policy_record("a").is_zero());
}

TEST_CASE("Damaged unit files are refused, never a crash") {
  std::mt19937 random(29);
  const std::string whole = read_source_file("campaign/definitions/units-thousand-events.csv");
  const std::string pieces = ",\"\r\n\"\"a\xe9\x80";
  for (int round = 0; round < 2000; ++round) {
    std::string text = whole.substr(0, random() % whole.size());
    for (auto edits = random() % 8; edits > 0 && !text.empty(); --edits) {
      const size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text.insert(at, 1, pieces[random() % pieces.size()]);
      } else {
        text.erase(at, random() % 10);
      }
    }
    INFO("round " << round);
    const auto parsed = parse_units_csv(text, "damaged.csv");
    CHECK(parsed.value.has_value() == parsed.problems.empty());
    if (parsed) CHECK(UnitTree(*parsed).size() == parsed->size());
  }
}

TEST_CASE(
    "Units stand in the order they are given, and one put between others moves none of them") {
  std::vector<Unit> units{
      {"z", "甲", "", "", ""}, {"m", "乙", "z", "", ""}, {"a", "丙", "z", "", ""}};
  place_in_order(units, UnitTree());
  const UnitTree tree(units);
  CHECK(tree.children("z") == std::vector<BookCode>{"m", "a"});
  // Once more the same: nothing changes.
  std::vector<Unit> again{
      {"z", "甲", "", "", ""}, {"m", "乙", "z", "", ""}, {"a", "丙", "z", "", ""}};
  place_in_order(again, tree);
  CHECK(again == units);
  std::vector<Unit> more{again[0], again[1], {"k", "丁", "z", "", ""}, again[2]};
  for (Unit& unit : more) unit.place = 0;
  place_in_order(more, tree);
  CHECK(more[0] == units[0]);
  CHECK(more[1] == units[1]);
  CHECK(more[3] == units[2]);
  CHECK(UnitTree(more).children("z") == std::vector<BookCode>{"m", "k", "a"});
  // Turned round, and a file of newcomers alone.
  std::vector<Unit> turned{units[0], units[2], units[1]};
  place_in_order(turned, tree);
  CHECK(UnitTree(turned).children("z") == std::vector<BookCode>{"a", "m"});
  std::vector<Unit> alone{{"b", "戊", "z", "", ""}};
  place_in_order(alone, tree);
  CHECK(alone[0].place > units[2].place);
}

TEST_CASE("Units of records that say no place stand behind the others, by code") {
  const UnitTree tree(
      {{"b", "乙", "", "", ""}, {"a", "甲", "", "", ""}, {"z", "丙", "", "", "", 7}});
  CHECK(tree.children("") == std::vector<BookCode>{"z", "a", "b"});
  const Unit unit{"z", "丙", "", "", "", 7};
  CHECK(unit_from(record_of(unit_record("z"), "unit", unit_fields(unit))) == unit);
}

TEST_CASE("Codes of a table are taken plainly, and one that looks like another is refused") {
  const auto parsed =
      parse_units_csv("code,name,parent\nＣＩＴＹ,市,\ne\u0301-1,甲,ＣＩＴＹ\n", "u");
  INFO(described(parsed.problems));
  REQUIRE(parsed);
  CHECK((*parsed)[0].code == "CITY");
  CHECK((*parsed)[1].code == "é-1");
  CHECK((*parsed)[1].parent == "CITY");
  const std::string told =
      problems_of(kHead + "xinhua,新华,,,\nＸＩＮＨＵＡ,新华二,,,\nÉ,甲,,,\ne\u0301,乙,,,\n");
  INFO(told);
  CHECK_THAT(told, Contains("units.csv line 3: the code “XINHUA” looks like “xinhua”"));
  CHECK_THAT(told, Contains("units.csv line 5: the code “é” looks like “É”"));
  CHECK(std::count(told.begin(), told.end(), '\n') == 2);
}

TEST_CASE("What is known under odd codes already can be imported again, and means itself") {
  const UnitTree known({{"ＸＩＮＨＵＡ", "新华", "", "", ""}, {"xinhua", "新华二", "", "", ""}});
  const auto parsed =
      parse_units_csv(kHead + "ＸＩＮＨＵＡ,新华,,,\nxinhua,新华二,ＸＩＮＨＵＡ,,\n", "u", known);
  INFO(described(parsed.problems));
  REQUIRE(parsed);
  CHECK((*parsed)[0].code == "ＸＩＮＨＵＡ");
  CHECK((*parsed)[1].parent == "ＸＩＮＨＵＡ");
  CHECK_THAT(described(parse_units_csv(kHead + "XinHua,新华三,,,\n", "u", known).problems),
             Contains("the code “XinHua” looks like"));
}
