#include <catch2/catch.hpp>

#include "sheets/limits.hpp"
#include "sheets/xlsx_reader.hpp"
#include "tests/support/workbook_file.hpp"

using namespace sitelog;

namespace {

using Cells = std::vector<std::string>;

std::vector<SheetRow> rows_of(const WorkbookFile& file) {
  const auto sheet = read_xlsx(file.bytes(), {});
  REQUIRE(sheet);
  return sheet->rows;
}

Reason refused(const std::string& bytes, const std::string& name = {}) {
  const auto sheet = read_xlsx(bytes, name);
  REQUIRE_FALSE(sheet);
  return sheet.refusal().reason;
}

Reason refused_cells(const std::string& cells) {
  WorkbookFile file;
  file.sheet = cells;
  return refused(file.bytes());
}

}  // namespace

TEST_CASE("cells are read as a spreadsheet shows them, by their place") {
  WorkbookFile file;
  file.shared =
      "<si><t>甲</t></si>"
      "<si><r><rPr><b/></rPr><t>富</t></r><r><t xml:space=\"preserve\">文 本</t></r>"
      "<rPh><t>pinyin</t></rPh></si>"
      "<si><t>a_x000D_b_x005F_x0041_</t></si><si/>";
  file.styles =
      "<numFmts><numFmt numFmtId=\"170\" "
      "formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/></numFmts>"
      "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"9\"/><xf numFmtId=\"170\"/>"
      "</cellXfs>";
  file.sheet =
      "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"C2\" t=\"s\"><v>1</v></c>"
      "<c t=\"s\"><v>2</v></c><c t=\"s\"><v>3</v></c></row>"
      "<row r=\"3\"><c r=\"A3\"><v>  </v></c></row>"
      "<row><c><v>1.2E2</v></c><c s=\"1\"><v>44013</v></c><c s=\"2\"><v>0.5</v></c>"
      "<c s=\"3\"><v>44013</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c>"
      "<c><f>1+1</f><v>2</v></c><c t=\"str\"><f>A1</f><v>文</v></c>"
      "<c t=\"inlineStr\"><is><r><t>内</t></r><r><t>联</t></r></is></c>"
      "<c t=\"d\"><v>2020-07-01T00:00:00</v></c><c s=\"99\"><v>7</v></c></row>";
  const std::vector<SheetRow> wanted{{2, 2, {"甲", "", "富文 本", "a\rb_x0041_"}},
                                     {4,
                                      4,
                                      {"120", "2020-07-01", "0.5", "2020-07-01", "TRUE", "#N/A",
                                       "2", "文", "内联", "2020-07-01", "7"}}};
  CHECK(rows_of(file) == wanted);
  file.book_properties = "date1904=\"1\"";
  file.sheet = "<row><c s=\"1\"><v>42551</v></c></row>";
  CHECK(rows_of(file).front().cells == Cells{"2020-07-01"});
}

TEST_CASE("the first sheet that is to be seen is read, or the one that is named") {
  WorkbookFile file;
  file.sheets =
      "<sheet name=\"图\" r:id=\"none\"/><sheet name=\"藏\" state=\"veryHidden\" r:id=\"r1\"/>"
      "<sheet name=\"表\" sheetId=\"7\" r:id=\"r1\"/><sheet name=\"乙\" r:id=\"r1\"/>";
  file.sheet = "<row><c><v>1</v></c></row>";
  const auto read = read_xlsx(file.bytes(), {});
  REQUIRE(read);
  CHECK(read->name == "表");
  CHECK(read->passed == std::vector<std::string>{"乙"});
  CHECK(read_xlsx(file.bytes(), "乙")->name == "乙");
  CHECK(refused(file.bytes(), "图") == Reason::kInvalidFile);
  file.sheets = "<sheet name=\"藏\" state=\"hidden\" r:id=\"r1\"/>";
  CHECK(refused(file.bytes()) == Reason::kInvalidFile);
}

TEST_CASE("places that no sheet has, and texts that the workbook lacks, are refused") {
  for (const char* cells :
       {"<row r=\"1048577\"/>", "<row r=\"0\"/>", "<row r=\"2\"/><row r=\"2\"/>", "<row r=\"x\"/>",
        "<row r=\"1\"><c r=\"XFE1\"/></row>", "<row r=\"1\"><c r=\"A2\"/></row>",
        "<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>", "<row r=\"1\"><c r=\"\"/></row>",
        "<row><c r=\"AAAAAAAAAAAAAAAAAAAAAAAA1\"/></row>", "<c><v>1</v></c>",
        "<row><c t=\"s\"><v>0</v></c></row>", "<row><c t=\"s\"><v>-1</v></c></row>",
        "<row><c t=\"s\"><v>99999999999999999999</v></c></row>"}) {
    INFO(cells);
    CHECK(refused_cells(cells) == Reason::kInvalidFile);
  }
}

TEST_CASE("a workbook that would fill the memory is refused before it does") {
  CHECK(refused_cells("<row><c r=\"XFD1\"><v>1</v></c></row>") == Reason::kTooLarge);
  CHECK(refused_cells("<row><c t=\"str\"><v>" + std::string(200'000, 'x') + "</v></c></row>") ==
        Reason::kTooLarge);
  CHECK(refused_cells(std::string(260 << 20, ' ')) == Reason::kTooLarge);
  WorkbookFile file;  // one text, of which every cell holds a copy
  file.shared = "<si><t>" + std::string(100'000, 'x') + "</t></si>";
  for (int i = 0; i < 4000; ++i) file.sheet += "<row><c t=\"s\"><v>0</v></c></row>";
  CHECK(refused(file.bytes()) == Reason::kTooLarge);
  file.sheet.clear();
  for (int i = 1; i <= 15'000; ++i) {
    file.sheet += "<row><c r=\"SR" + std::to_string(i) + "\"><v>1</v></c></row>";
  }
  CHECK(refused(file.bytes()) == Reason::kTooLarge);
}

TEST_CASE("XML with a document type, without an end or nested without end is refused") {
  const auto refused_sheet = [](const std::string& xml) {
    return refused(
        zip_of({{"_rels/.rels",
                 "<R><Relationship Id=\"b\" Type=\"x/officeDocument\" "
                 "Target=\"/book.xml\"/></R>"},
                {"_rels/book.xml.rels",
                 "<R><Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"s.xml\"/></R>"},
                {"book.xml", "<b><sheets><sheet name=\"a\" id=\"r1\"/></sheets></b>"},
                {"s.xml", xml}}));
  };
  CHECK(refused_sheet("<!DOCTYPE a><a/>") == Reason::kInvalidFile);
  CHECK(refused_sheet("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>") == Reason::kInvalidFile);
  CHECK(refused_sheet("<a>&x;</a>") == Reason::kInvalidFile);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  CHECK(refused_sheet(deep) == Reason::kInvalidFile);
  CHECK(refused_sheet("<a>") == Reason::kInvalidFile);
  CHECK(refused_sheet("") == Reason::kInvalidFile);
}

TEST_CASE("what is no workbook is refused") {
  CHECK(refused("") == Reason::kInvalidFile);
  CHECK(refused("PK\x03\x04 and so on") == Reason::kInvalidFile);
  CHECK(refused(zip_of({{"a.txt", "a"}})) == Reason::kInvalidFile);
  const std::string whole = WorkbookFile().bytes();
  for (size_t cut = 0; cut < whole.size(); cut += 37) {
    const auto read = read_xlsx(whole.substr(0, cut), {});
    CHECK_FALSE(read);
  }
}
