#include "command/terminal/records_workbook.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "campaign/calendar.hpp"
#include "campaign/text.hpp"
#include "command/terminal/width.hpp"
#include "command/terminal/workbook.hpp"
#include "sheets/sheet.hpp"

namespace sitelog {

namespace {

constexpr size_t kNarrowestOfMany = 10;
constexpr size_t kWidestOfMany = 24;
constexpr size_t kRowsAbove = 2;
constexpr double kBesideWidth = 0.7109375;  // five of the seven points of a figure, as Excel counts

constexpr std::string_view kXml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view kDocument =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr std::string_view kPackage =
    "http://schemas.openxmlformats.org/package/2006/relationships";
constexpr std::string_view kTypes = "http://schemas.openxmlformats.org/package/2006/content-types";
constexpr std::string_view kOfSheets =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.";

// The cell formats of styles.xml, by their places there.
enum Style { kText = 1, kInteger = 2, kDate = 3, kHead = 4 };

Style style_of(RecordColumn::What what) {
  switch (what) {
    case RecordColumn::What::kInteger: return kInteger;
    case RecordColumn::What::kDate: return kDate;
    case RecordColumn::What::kText:
    case RecordColumn::What::kChoice: break;
  }
  return kText;
}

std::string text_of(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

void add_escaped(std::string_view text, std::string& out) {
  while (true) {
    const size_t plain = std::min(text.find_first_of("&<>\""), text.size());
    out += text.substr(0, plain);
    if (plain == text.size()) return;
    switch (text[plain]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += "&quot;"; break;
    }
    text.remove_prefix(plain + 1);
  }
}

// Whether it stands in a cell as it is.
bool is_plain(std::string_view text) {
  constexpr size_t kSurelyFits = 32'000;
  return text.size() < kSurelyFits && printable_bytes(text) == text.size() &&
         text.find("_x") == text.npos;
}

bool is_blank_at(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

void add_number(int64_t number, std::string& out) {
  char room[24];
  const auto end = std::to_chars(room, room + sizeof room, number).ptr;
  out.append(room, end);
}

void begin_cell(const std::string& letters, size_t row, Style style, std::string& out) {
  out += "<c r=\"";
  out += letters;
  add_number(static_cast<int64_t>(row), out);
  out += "\" s=\"";
  out += static_cast<char>('0' + style);
}

void add_text_cell(const std::string& letters, size_t row, Style style, std::string_view text,
                   std::string& out) {
  begin_cell(letters, row, style, out);
  out += "\" t=\"inlineStr\"><is><t";
  std::string made;
  if (!is_plain(text)) text = made = cell_text(text);
  if (!text.empty() && (is_blank_at(text.front()) || is_blank_at(text.back()))) {
    out += " xml:space=\"preserve\"";
  }
  out += '>';
  add_escaped(text, out);
  out += "</t></is></c>";
}

void add_number_cell(const std::string& letters, size_t row, Style style, int64_t number,
                     std::string& out) {
  begin_cell(letters, row, style, out);
  out += "\"><v>";
  add_number(number, out);
  out += "</v></c>";
}

std::optional<int64_t> exact_integer(std::string_view text) {
  constexpr int64_t kExact = int64_t{1} << 53;
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number >= kExact || number <= -kExact) {
    return std::nullopt;
  }
  return number;
}

// A day as a workbook counts it, for which there was a 29th of February in 1900.
std::optional<int64_t> counted_day(std::string_view text) {
  constexpr size_t kLength = std::string_view("2020-06-01").size();
  if (text.size() != kLength) return std::nullopt;
  const auto day = parse_date(text);
  if (!day || day->text() != text) return std::nullopt;
  namespace calendar = std::chrono;
  const auto days_to = [](int year, int month, int of_month) {
    return calendar::sys_days(calendar::year(year) / calendar::month(static_cast<unsigned>(month)) /
                              calendar::day(static_cast<unsigned>(of_month)));
  };
  const int64_t out = (days_to(day->year, day->month, day->day) - days_to(1899, 12, 30)).count();
  constexpr int64_t kBehindIt = 61;
  return out >= kBehindIt ? out : out - 1;
}

std::string styles() {
  const auto font = [](std::string_view bold) {
    return text_of({"<font>", bold, "<sz val=\"11\"/><name val=\"宋体\"/></font>"});
  };
  const auto format = [](std::string_view numbers, std::string_view font_place) {
    return text_of({"<xf numFmtId=\"", numbers, "\" fontId=\"", font_place,
                    "\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\""
                    " applyFont=\"1\"/>"});
  };
  return text_of(
      {kXml, "<styleSheet xmlns=\"", kMain,
       "\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/></numFmts>"
       "<fonts count=\"3\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>",
       font(""), font("<b/>"),
       "</fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
       "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
       "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
       "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
       "</cellStyleXfs><cellXfs count=\"5\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\""
       " borderId=\"0\" xfId=\"0\"/>",
       format("49", "1"), format("1", "1"), format("164", "1"), format("49", "2"),
       "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/>"
       "</cellStyles></styleSheet>"});
}

std::string relations(std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  std::string out = text_of({kXml, "<Relationships xmlns=\"", kPackage, "\">"});
  int number = 0;
  for (const auto& [type, target] : all) {
    out += text_of({"<Relationship Id=\"rId", std::to_string(++number), "\" Type=\"", kDocument,
                    "/", type, "\" Target=\"", target, "\"/>"});
  }
  return out + "</Relationships>";
}

}  // namespace

RecordsWorkbook::RecordsWorkbook(const std::string& title, std::vector<RecordColumn> columns)
    : about_(std::move(columns)) {
  for (size_t i = 0; i < about_.size(); ++i) {
    columns_.push_back({about_[i].what, column_letters(i)});
  }
  std::string name;
  add_escaped(sheet_name(title), name);
  const auto overridden = [](std::string_view part, std::string_view type) {
    return text_of(
        {"<Override PartName=\"/xl/", part, "\" ContentType=\"", kOfSheets, type, "+xml\"/>"});
  };
  parts_ = {{"[Content_Types].xml",
             text_of({kXml, "<Types xmlns=\"", kTypes,
                      "\"><Default Extension=\"rels\" ContentType=\"application/"
                      "vnd.openxmlformats-package.relationships+xml\"/>"
                      "<Default Extension=\"xml\" ContentType=\"application/xml\"/>",
                      overridden("workbook.xml", "sheet.main"),
                      overridden("worksheets/sheet1.xml", "worksheet"),
                      overridden("styles.xml", "styles"), "</Types>"})},
            {"_rels/.rels", relations({{"officeDocument", "xl/workbook.xml"}})},
            {"xl/workbook.xml", text_of({kXml, "<workbook xmlns=\"", kMain, "\" xmlns:r=\"",
                                         kDocument, "\"><sheets><sheet name=\"", name,
                                         "\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"})},
            {"xl/_rels/workbook.xml.rels",
             relations({{"worksheet", "worksheets/sheet1.xml"}, {"styles", "styles.xml"}})},
            {"xl/styles.xml", styles()}};
  write_head();
}

const std::string& RecordsWorkbook::sheet_part() {
  static const std::string name = "xl/worksheets/sheet1.xml";
  return name;
}

const std::string& RecordsWorkbook::tail() {
  static const std::string text = "</sheetData></worksheet>";
  return text;
}

void RecordsWorkbook::write_head() {
  head_ = text_of({kXml, "<worksheet xmlns=\"", kMain,
                   "\"><sheetViews><sheetView tabSelected=\"1\" workbookViewId=\"0\">"
                   "<pane ySplit=\"2\" topLeftCell=\"A3\" activePane=\"bottomLeft\""
                   " state=\"frozen\"/></sheetView></sheetViews>"
                   "<sheetFormatPr defaultRowHeight=\"15\"/>"});
  if (!columns_.empty()) head_ += "<cols>";
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const auto width = static_cast<double>(
        std::clamp(display_width(about_[i].label) + 2, kNarrowestOfMany, kWidestOfMany));
    head_ += text_of({"<col min=\"", number, "\" max=\"", number, "\" width=\"",
                      std::to_string(width + kBesideWidth), "\" style=\"",
                      std::to_string(style_of(columns_[i].what)), "\" customWidth=\"1\"/>"});
  }
  if (!columns_.empty()) head_ += "</cols>";
  head_ += "<sheetData><row r=\"1\">";
  for (size_t i = 0; i < columns_.size(); ++i) {
    add_text_cell(columns_[i].letters, 1, kHead, about_[i].label + (about_[i].required ? "*" : ""),
                  head_);
  }
  head_ += "</row><row r=\"2\" hidden=\"1\">";
  for (size_t i = 0; i < columns_.size(); ++i) {
    add_text_cell(columns_[i].letters, 2, kHead, about_[i].key, head_);
  }
  head_ += "</row>";
}

void RecordsWorkbook::add(size_t number, const std::vector<std::string_view>& row,
                          std::string& out) const {
  const size_t at = number + kRowsAbove + 1;
  out += "<row r=\"";
  add_number(static_cast<int64_t>(at), out);
  out += "\">";
  for (size_t i = 0; i < std::min(row.size(), columns_.size()); ++i) {
    const std::string_view text = row[i];
    if (text.empty()) continue;
    const auto& [what, letters] = columns_[i];
    const auto counted = what == RecordColumn::What::kInteger ? exact_integer(text)
                         : what == RecordColumn::What::kDate  ? counted_day(text)
                                                              : std::nullopt;
    if (counted) {
      add_number_cell(letters, at, style_of(what), *counted, out);
    } else {
      add_text_cell(letters, at, style_of(what), text, out);
    }
  }
  out += "</row>";
}

}  // namespace sitelog
