// Rows of tables that are made of records as they are: those that lines make.
#include "command/record_rows.hpp"

#include <catch2/catch.hpp>

#include "command/record_export.hpp"
#include "sheets/xlsx_reader.hpp"
#include "sync/merge/document.hpp"
#include "tests/unit/command/temporary_folder.hpp"

using namespace sitelog;

namespace {

namespace json = boost::json;

const char* const kCampaign = R"({"campaign": "c", "zh": "千场活动", "en": "A thousand", "forms": [
  {"form": "event", "zh": "活动", "en": "Event", "fields": [
    {"name": "title", "zh": "名称", "en": "Title", "type": "text", "required": true},
    {"name": "kind", "zh": "类别", "en": "Kind", "type": "choice", "choices": [
      {"value": "film", "zh": "电影", "en": "Film"}, {"value": "talk", "zh": "讲座", "en": "Talk"},
      {"value": "other", "zh": "电影", "en": "Other"}]},
    {"name": "day", "zh": "日期", "en": "Day", "type": "date"},
    {"name": "people", "zh": "人数", "en": "People", "type": "integer", "min": 0, "max": 9},
    {"name": "open", "zh": "公开", "en": "Open", "type": "flag"},
    {"name": "partners", "zh": "合作", "en": "Partners", "type": "list"}]}]})";

RecordSheetMaker maker() {
  return *RecordSheetMaker::of(json::parse(kCampaign).as_object(), "event", Language::kChinese);
}

// The same record as a line of records.list.
json::object line_of(const ShownRecord& record, const std::string& unit_name) {
  json::object fields, explanations;
  for (const auto& [field, value] : record.fields) fields[field] = to_json(value);
  for (const auto& [field, why] : record.explanations) explanations[field] = to_json(why);
  json::object out{{"record", record.record.hex()},
                   {"unit", record.unit},
                   {"unit_name", unit_name},
                   {"fields", fields},
                   {"review", {{"state", name_of(record.review)}}},
                   {"created", {{"person", record.person}}}};
  if (const size_t at = record.waits_at.find('@'); !record.waits_at.empty()) {
    const std::string unit = at == std::string::npos ? "" : record.waits_at.substr(at + 1);
    out["review"].as_object()["waiting"] = {{"role", record.waits_at.substr(0, at)},
                                            {"unit", unit}};
  }
  if (!explanations.empty()) out["explanations"] = explanations;
  if (record.voided) out["void"] = record.why_void;
  return out;
}

ShownRecord record(uint8_t number, std::vector<std::pair<std::string, Value>> fields) {
  ShownRecord out;
  out.unit = "u" + std::to_string(number % 3);
  out.record.bytes[15] = number;
  out.fields = std::move(fields);
  out.person = "王";
  return out;
}

std::vector<ShownRecord> records() {
  std::vector<ShownRecord> out{
      record(1, {{"day", "2020-06-01"}, {"kind", "film"}, {"people", 80}, {"title", "井口演出"}}),
      record(2, {{"kind", "talk"}, {"open", true}, {"partners", TextList{"工会", "团委"}}}),
      record(3, {{"former", "早先的"}, {"people", -5}, {"title", "=cmd|'/c calc'!A1"}}),
      record(4, {{"kind", "unknown"}, {"open", false}, {"title", "a,\"b\"\r\nc\n\td "}}),
      record(5,
             {{"day", "1900-01-02"}, {"people", int64_t{1} << 60}, {"title", "<b>&amp;_x0041_"}}),
      record(6, {{"day", "1900-03-01"}, {"odd", Structure{{"a", Value(1)}}}, {"title", " 空 "}}),
      record(7, {{"day", "not a day"}, {"people", "12"}, {"title", std::string(40'000, 'x')}}),
      record(8, {{"title",
                  "\xe2\x80\xae"
                  "bidi \x01 \xff"},
                 {"zz", TextList{}}})};
  out[0].waits_at = "checker@u1";
  out[7].waits_at = "office";
  out[1].review = ReviewVerdict::kReturned;
  out[2].explanations = {{"former", Value("为何")}, {"people", Value("直播")}};
  out[3].voided = true;
  out[3].why_void = "重复";
  out[4].review = ReviewVerdict::kAccepted;
  out[5].explanations = {{"people", Value(3)}};
  out[6].voided = true;  // with nothing to be told
  return out;
}

std::string exported(ExportFormat format, bool as_lines) {
  const TemporaryFolder place;
  const auto folder = HeldFolder::open(place.path());
  REQUIRE(folder);
  RecordExport file(*folder, "out", "beside", format, maker());
  for (const ShownRecord& each : records()) {
    const std::string name = "单位" + each.unit;
    if (as_lines) {
      file.add(line_of(each, name));
    } else {
      file.add(each, name);
    }
  }
  const auto bytes = file.finish([](int64_t) {});
  REQUIRE(bytes);
  CHECK_FALSE(folder->open_file("beside"));
  const std::string out = folder->open_file("out")->read_all("out");
  CHECK(out.size() == *bytes);
  return out;
}

}  // namespace

TEST_CASE("a file of records is the same to the byte, whether they come as lines or not") {
  for (const auto format : {ExportFormat::kCsv, ExportFormat::kLines, ExportFormat::kXlsx}) {
    const std::string right = exported(format, true);
    CHECK(right.size() > 500);
    CHECK(exported(format, false) == right);
  }
}

TEST_CASE("a workbook of many records reads back as what one of few says") {
  const auto sheet = read_xlsx(exported(ExportFormat::kXlsx, false), {});
  REQUIRE(sheet);
  std::vector<json::object> lines;
  for (const ShownRecord& each : records()) lines.push_back(line_of(each, "单位" + each.unit));
  RecordTable table = maker().of_records(lines);
  // A text that is too long for a cell is cut where a whole workbook would be refused.
  for (auto& row : table.rows) {
    for (std::string& cell : row) {
      if (cell.size() == 40'000) cell.resize(1000);
    }
  }
  const auto whole = render_records_xlsx(table);
  REQUIRE(whole);
  const auto right = read_xlsx(*whole, {});
  REQUIRE(right);
  REQUIRE(sheet->rows.size() == right->rows.size());
  for (size_t i = 0; i < sheet->rows.size(); ++i) {
    INFO("row " << i);
    auto cells = sheet->rows[i].cells;
    for (std::string& cell : cells) {
      if (cell.size() > 30'000) {
        CHECK(cell.ends_with("x…"));
        cell = std::string(1000, 'x');
      }
    }
    CHECK(cells == right->rows[i].cells);
  }
}
