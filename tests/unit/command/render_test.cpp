#include "command/terminal/render.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "campaign/table.hpp"
#include "command/terminal/width.hpp"
#include "temporary_folder.hpp"
#include "tests/unit/command/lines.hpp"

using namespace sitelog;

namespace {

// The statistics table of the campaign's annex, in small.
Table annex() {
  Table table;
  table.title = "千场文化活动进基层统计表";
  table.above = {{"填报单位（公章）", "平顶山市总工会"}, {"填报人", ""}};
  table.header = {{{"单位", 1, 2}, {"文艺", 2, 1}, {"完成率", 1, 2}}, {{"场次"}, {"参与人数"}}};
  table.rows = {{"汝州市总工会", int64_t{12}, int64_t{3400}, Percent{985}},
                {"郏县", int64_t{5}, int64_t{900}, Percent{1000}},
                {"合计", int64_t{17}, int64_t{4300}, Percent{990}}};
  table.total_rows = 1;
  table.below = {{"分管领导签字", ""}};
  return table;
}

Table one_column(const std::vector<std::string>& texts) {
  Table table;
  table.header = {{{"备注"}}};
  for (const std::string& text : texts) table.rows.push_back({text});
  return table;
}

// The byte column where `text` begins in `line`, as columns of a terminal.
size_t column_of(const std::string& line, const std::string& text) {
  const size_t at = line.find(text);
  REQUIRE(at != std::string::npos);
  return display_width(line.substr(0, at));
}

std::string unzipped(const std::filesystem::path& file, const std::string& member) {
  const std::string command = "unzip -p '" + file.string() + "' '" + member + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string content;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) content.append(buffer, n);
  CHECK(::pclose(pipe) == 0);
  return content;
}

}  // namespace

TEST_CASE("a terminal table aligns Chinese and numbers by columns") {
  const std::string text = render_text(annex());
  INFO(text);
  const std::string expected =
      "      千场文化活动进基层统计表\n"
      "\n"
      "填报单位（公章）：平顶山市总工会\n"
      "填报人：\n"
      "\n"
      "              ---- 文艺 ----\n"
      "单位          场次  参与人数  完成率\n"
      "------------------------------------\n"
      "汝州市总工会    12      3400   98.5%\n"
      "郏县             5       900  100.0%\n"
      "------------------------------------\n"
      "合计            17      4300   99.0%\n"
      "\n"
      "分管领导签字：\n";
  CHECK(text == expected);
}

TEST_CASE("a heading wider than the columns under it widens them") {
  Table table;
  table.header = {{{"送文化进基层活动", 2, 1}, {"计"}}, {{"甲"}, {"乙"}, {""}}};
  table.rows = {{int64_t{1}, int64_t{2}, int64_t{3}}};
  const std::vector<std::string> lines = lines_of(render_text(table));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].find("送文化进基层活动") != std::string::npos);
  CHECK(column_of(lines[0], "计") + 1 == column_of(lines[3], "3"));
}

TEST_CASE("a cell can't break the terminal table it stands in") {
  const std::string text = render_text(one_column({"第一行\n第二行\x1b[2J", "\xE4\xB8"}));
  INFO(text);
  CHECK(lines_of(text).size() == 4);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("第一行 第二行\xEF\xBF\xBD[2J") != std::string::npos);
}

TEST_CASE("an empty table is still a table in every form") {
  const Table table;
  CHECK(render_text(table).find_first_not_of("\n") == std::string::npos);
  CHECK(render_csv(table) == "\xEF\xBB\xBF");
  CHECK(render_xlsx(table));
}

TEST_CASE("CSV begins with a BOM, ends lines with CRLF and has one header line") {
  CHECK(render_csv(annex()) ==
        "\xEF\xBB\xBF"
        "单位,文艺/场次,文艺/参与人数,完成率\r\n"
        "汝州市总工会,12,3400,98.5%\r\n"
        "郏县,5,900,100.0%\r\n"
        "合计,17,4300,99.0%\r\n");
}

TEST_CASE("CSV has what is said below the rows behind a blank one, as wide as they are") {
  Table table = annex();
  table.below.insert(table.below.begin(), {{"未计入：日期", "3"}, {"=1+1", "a,b"}});
  CHECK(
      render_csv(table).ends_with("合计,17,4300,99.0%\r\n"
                                  ",,,\r\n"
                                  "未计入：日期,3,,\r\n"
                                  "'=1+1,\"a,b\",,\r\n"));
}

TEST_CASE("CSV quotes commas, quotes and line ends, and fills short rows") {
  Table table;
  table.header = {{{"a"}, {"b"}}};
  table.rows = {{"一,二", "他说\"好\""}, {"上\n下"}, {"\"\"", ""}};
  CHECK(render_csv(table) ==
        "\xEF\xBB\xBF"
        "a,b\r\n"
        "\"一,二\",\"他说\"\"好\"\"\"\r\n"
        "\"上\n下\",\r\n"
        "\"\"\"\"\"\",\r\n");
}

TEST_CASE("CSV never holds a text that a spreadsheet would run as a formula") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"=1+1", "'=1+1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"+cmd|'/C calc'!A0", "'+cmd|'/C calc'!A0"},
      {"-2+3", "'-2+3"},
      {"-", "'-"},
      {"＝1+1", "'＝1+1"},
      {"\t=1", "'\t=1"},
      {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
      {"-5", "-5"},
      {"+8613800000000", "+8613800000000"},
      {"-0.5", "-0.5"},
      {"1=1", "1=1"},
  };
  for (const auto& [text, expected] : cases) {
    CHECK(render_csv(one_column({text})) == "\xEF\xBB\xBF备注\r\n" + expected + "\r\n");
  }
  Table heading = one_column({});
  heading.header = {{{"=1+1"}}};
  CHECK(render_csv(heading) == "\xEF\xBB\xBF'=1+1\r\n");
}

TEST_CASE("an xlsx holds the table ready to print: merged headings, borders, one page wide") {
  const TemporaryFolder folder;
  const auto bytes = render_xlsx(annex());
  REQUIRE(bytes);
  CHECK(bytes->starts_with("PK\x03\x04"));
  const std::filesystem::path file = folder.path() / "统计表.xlsx";
  std::ofstream(file, std::ios::binary) << *bytes;

  const std::string strings = unzipped(file, "xl/sharedStrings.xml");
  for (const char* text :
       {"千场文化活动进基层统计表", "填报单位（公章）：平顶山市总工会", "填报人：", "文艺",
        "参与人数", "汝州市总工会", "合计", "分管领导签字："}) {
    INFO(text);
    CHECK(strings.find(text) != std::string::npos);
  }
  const std::string sheet = unzipped(file, "xl/worksheets/sheet1.xml");
  INFO(sheet);
  for (const char* part :
       {"<mergeCell ref=\"A1:D1\"/>", "<mergeCell ref=\"A3:A4\"/>", "<mergeCell ref=\"B3:C3\"/>",
        "<mergeCell ref=\"D3:D4\"/>", "orientation=\"landscape\"", "fitToHeight=\"0\"",
        "<v>3400</v>", "<v>0.985</v>"}) {
    INFO(part);
    CHECK(sheet.find(part) != std::string::npos);
  }
  CHECK(unzipped(file, "xl/styles.xml").find("<left style=\"thin\">") != std::string::npos);
  CHECK(unzipped(file, "xl/workbook.xml").find("_xlnm.Print_Titles") != std::string::npos);
}

TEST_CASE("the same table gives the same xlsx bytes") {
  CHECK(*render_xlsx(annex()) == *render_xlsx(annex()));
}

TEST_CASE("an xlsx takes any text: formulas, control characters, broken UTF-8, a long one") {
  const TemporaryFolder folder;
  Table table = one_column({"=1+1",
                            "a\x01"
                            "b",
                            "\xE4\xB8", std::string(70'000, 'x'), ""});
  table.title =
      "表[1]: 上/下 的'报告'*?\\ 以及一个远远超过三十一个字的名称以及一个远远超过三十一个字的名称";
  const auto bytes = render_xlsx(table);
  REQUIRE(bytes);
  const std::filesystem::path file = folder.path() / "t.xlsx";
  std::ofstream(file, std::ios::binary) << *bytes;
  CHECK(unzipped(file, "xl/worksheets/sheet1.xml").find("<f>") == std::string::npos);
  const std::string strings = unzipped(file, "xl/sharedStrings.xml");
  CHECK(strings.find("=1+1") != std::string::npos);
  CHECK(strings.find("a\xEF\xBF\xBD"
                     "b") != std::string::npos);
  CHECK(strings.find("x…<") != std::string::npos);
}

TEST_CASE("a table wider than a sheet is refused") {
  Table table;
  table.rows = {std::vector<Cell>(20'000, Cell(int64_t{1}))};
  const auto bytes = render_xlsx(table);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.refusal().reason == Reason::kTooLarge);
}

TEST_CASE("a table wider than its terminal is folded, and nothing of it is left out") {
  Table table;
  table.header = {{{"记录"}, {"名称"}, {"人数"}}};
  table.rows = {{"019a2b3c", "井口慰问演出暨送清凉活动在三号井举行", int64_t{120}},
                {"019a2b3d", "短", int64_t{7}}};
  const std::string folded = render_text(table, 32);
  std::string joined;
  std::istringstream lines(folded);
  for (std::string line; std::getline(lines, line);) {
    CHECK(display_width(line) <= 32);
    for (const char character : line) {
      if (character != ' ') joined += character;
    }
  }
  CHECK(joined.find("井口慰问演出暨") != std::string::npos);
  CHECK(joined.find("举行") != std::string::npos);
  CHECK(render_text(table, 200) == render_text(table));
  CHECK_FALSE(render_text(table, 1).empty());
}
