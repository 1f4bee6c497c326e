// Rows of tables that are made of records as they are: those that lines make.
#include "command/record_rows.hpp"

#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "command/record_export.hpp"
#include "sheets/xlsx_reader.hpp"
#include "sync/merge/document.hpp"
#include "sync/store/helper_threads.hpp"
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

// Each part puts down pieces of some of them, in whatever order.
struct Way {
  bool as_lines = false;
  std::vector<size_t> pieces = {0};  // by their numbers, as they are put down
  size_t parts = 1;
  size_t records = 8;
};

std::string exported(ExportFormat format, const Way& way, Helpers& helpers = helper_threads()) {
  const TemporaryFolder place;
  const auto folder = HeldFolder::open(place.path());
  REQUIRE(folder);
  RecordExport file(*folder, "out", "beside", format, maker());
  std::vector<std::unique_ptr<RecordExport::Part>> parts;
  for (size_t i = 0; i < way.parts; ++i) parts.push_back(file.part());
  const auto all = records();
  const size_t of_piece = way.records / way.pieces.size();
  for (size_t i = 0; i < way.pieces.size(); ++i) {
    RecordExport::Part& part = *parts[i % parts.size()];
    part.begin(way.pieces[i]);
    for (size_t k = 0; k < of_piece; ++k) {
      ShownRecord each = all[(way.pieces[i] * of_piece + k) % all.size()];
      each.record.bytes[0] = static_cast<uint8_t>(way.pieces[i]);
      const std::string name = "单位" + each.unit;
      if (way.as_lines) {
        part.add(line_of(each, name));
      } else {
        part.add(each, name);
      }
    }
    part.end();
  }
  CHECK(file.records() == static_cast<int64_t>(way.records));
  int64_t told = 0;
  const auto written = file.finish(helpers, [&](int64_t rows) {
    CHECK(rows > told);
    told = rows;
  });
  REQUIRE(written);
  CHECK(told == file.records());
  CHECK_FALSE(folder->open_file("beside"));
  const std::string out = folder->open_file("out")->read_all("out");
  CHECK(out.size() == written->bytes);
  CHECK(sha256(as_bytes(out)).hex() == written->digest);
  return out;
}

constexpr auto kFormats = {ExportFormat::kCsv, ExportFormat::kLines, ExportFormat::kXlsx};

}  // namespace

TEST_CASE("a file of records is the same to the byte, whether they come as lines or not") {
  for (const auto format : kFormats) {
    const std::string right = exported(format, {.as_lines = true});
    CHECK(right.size() > 500);
    CHECK(exported(format, {}) == right);
  }
}

TEST_CASE("whoever reads which piece first, and whoever helps, the file is the same") {
  constexpr size_t kMany = 1200;  // of one in eight texts of 40,000 bytes: more than is in memory
  NoHelpers nobody;
  for (const auto format : kFormats) {
    std::vector<size_t> order(30);
    std::iota(order.begin(), order.end(), size_t{0});
    const std::string right = exported(format, {.pieces = order, .records = kMany}, nobody);
    CHECK(right.size() > 100'000);
    std::mt19937 dice(7);
    for (const size_t parts : {size_t{1}, size_t{3}}) {
      std::shuffle(order.begin(), order.end(), dice);
      CHECK(exported(format, {.pieces = order, .parts = parts, .records = kMany}) == right);
    }
    // What they are by more than one, one and all of them as lines, is no other.
    std::iota(order.begin(), order.end(), size_t{0});
    CHECK(exported(format, {.as_lines = true, .pieces = order, .records = kMany}) == right);
  }
}

TEST_CASE("an export that is ended while it is written leaves nothing but its own file") {
  const TemporaryFolder place;
  const auto folder = HeldFolder::open(place.path());
  REQUIRE(folder);
  for (const auto format : kFormats) {
    {
      RecordExport file(*folder, "out", "beside", format, maker());
      const auto part = file.part();
      const ShownRecord long_one = records()[6];
      part->begin(0);
      for (int i = 0; i < 300; ++i) part->add(long_one, "单位");
      part->end();
      CHECK(folder->has("beside"));
      struct Ended {};
      CHECK_THROWS_AS(file.finish(helper_threads(), [](int64_t) { throw Ended(); }), Ended);
    }
    CHECK(folder->names() == std::vector<std::string>{"out"});
    folder->remove("out");
  }
}

TEST_CASE("a workbook of many records reads back as what one of few says") {
  const auto sheet = read_xlsx(exported(ExportFormat::kXlsx, {}), {});
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
