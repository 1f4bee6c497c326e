#include "sheets/delimited.hpp"

#include <catch2/catch.hpp>

#include "sheets/limits.hpp"
#include "sheets/table_file.hpp"

using namespace sitelog;

TEST_CASE("rows of a text are numbered as a spreadsheet counts them, lines as an editor does") {
  const Delimited read = read_delimited("a,b\r\n\r\n\"x\ny\",\"say \"\"hi\"\"\"\nlast,5\"6", ',');
  CHECK(read.problems.empty());
  const std::vector<SheetRow> wanted{
      {1, 1, {"a", "b"}}, {3, 3, {"x\ny", "say \"hi\""}}, {4, 5, {"last", "5\"6"}}};
  CHECK(read.rows == wanted);
}

TEST_CASE("quotes that are not as they should be are told with their line") {
  const Delimited open = read_delimited("a\nb,\"c\nd", ',');
  REQUIRE(open.problems.size() == 1);
  CHECK(open.problems.front().line == 2);
  CHECK(open.problems.front().what == DelimitedProblem::What::kQuoteNotClosed);
  const Delimited after = read_delimited("\"a\"b,c", ',');
  REQUIRE(after.problems.size() == 1);
  CHECK(after.problems.front().text == "b");
}

TEST_CASE("the separator is what the first lines have in common") {
  CHECK(separator_of("a,b\n1,2\n") == ',');
  CHECK(separator_of("a\tb\n1,2,3\t4\n") == '\t');
  CHECK(separator_of("a;b\n\"1;2,3\";4\n") == ';');
  CHECK(separator_of("某某统计表\na\tb\tc\nd,\te\tf\n") == '\t');
  CHECK(separator_of("one column\n") == ',');
  CHECK(separator_of("") == ',');
}

TEST_CASE(
    "a text that a spreadsheet would take for a formula is guarded, and comes back as it was") {
  CHECK(delimited_cell("=1+1") == "'=1+1");
  CHECK(delimited_cell("@a") == "'@a");
  CHECK(delimited_cell("＝1") == "'＝1");
  CHECK(delimited_cell("-5") == "-5");
  CHECK(delimited_cell("=1", false) == "=1");
  for (const char* text : {"=1", "'=1", "''=1", "'", "''", "+a", "-5", "'-5", "'a", "", "a,b", "-.",
                           "+86 375", "\t", "a\"b"}) {
    INFO(text);
    const Delimited read = read_delimited(delimited_cell(text) + ",x", ',');
    REQUIRE(read.rows.size() == 1);
    CHECK(unguarded(read.rows.front().cells.front()) == text);
  }
}

TEST_CASE("columns are called as spreadsheets call them") {
  CHECK(column_letters(0) == "A");
  CHECK(column_letters(25) == "Z");
  CHECK(column_letters(26) == "AA");
  CHECK(column_letters(16'383) == "XFD");
}

TEST_CASE("a million columns take no more than they may") {
  const auto read = read_table_file(std::string(20'000'000, ','), {});
  REQUIRE_FALSE(read);
  CHECK(read.refusal().reason == Reason::kTooLarge);
}
