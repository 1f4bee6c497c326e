#include "campaign/record_sheet.hpp"

#include <catch2/catch.hpp>

#include "support.hpp"

using namespace sitelog;

namespace {

const Definition& campaign_of_events() {
  static const Definition out = shipped("thousand-events");
  return out;
}

Answer<RecordSheet> found(const std::vector<SheetRow>& rows, bool ignore = false) {
  return RecordSheet::find(*campaign_of_events().form("event"), rows, ignore);
}

std::string text(const SheetRecord& record, const std::string& field) {
  const auto at = record.input.find(field);
  return at == record.input.end() ? "nothing" : std::string(at->second.as_string());
}

}  // namespace

TEST_CASE("The columns are named by the first row that has all that is required") {
  const auto sheet =
      found({{1, 1, {"活动名称 统计表"}},
             {2, 2, {"活动名称", "填报单位"}},
             {4, 4, {"序号", "活动\n类型*", "Title", " 活动日期 ", "状态", "参加人数"}},
             {5, 5, {"kind", "title", "date", "status"}},
             {6, 6, {"1", "送文艺", "甲", "2020-07-01", "已举办", "5"}}});
  REQUIRE(sheet);
  // A row of keys wins over one of labels.
  CHECK(sheet->header() == 5);
  const auto labelled =
      found({{4, 4, {"序号", "活动\n类型*", "Title", " 活动日期 ", "状态", "参加人数"}},
             {6, 6, {"1", "送文艺", "甲", "2020-07-01", "已举办", "5"}}});
  REQUIRE(labelled);
  CHECK(labelled->header() == 4);
  const SheetRecord read =
      labelled->read({6, 6, {"1", "送文艺", "甲", "2020-07-01", "已举办", "5"}});
  CHECK(read.kind == SheetRecord::Kind::kEvent);
  CHECK(text(read, "kind") == "送文艺");
  CHECK(text(read, "participants") == "5");
  CHECK(read.input.size() == 5);
}

TEST_CASE("Columns that don't fit are told all at once, and left out only if asked") {
  const std::vector<SheetRow> rows{
      {1, 1, {"活动类型", "活动名称", "活动日期", "天气", "title", "备注", "状态"}}};
  const auto refused = found(rows);
  REQUIRE_FALSE(refused);
  std::vector<std::string> columns;
  for (const auto& problem : refused.refusal().problems) columns.push_back(problem.field);
  CHECK(columns == std::vector<std::string>{"天气", "title", "备注"});
  const auto ignoring =
      found({{1, 1, {"活动类型", "活动名称", "活动日期", "天气", "", "备注", "状态"}}}, true);
  REQUIRE(ignoring);
  CHECK(ignoring->ignored() == std::vector<std::string>{"天气", "备注"});
  CHECK(ignoring->read({2, 2, {"a", "b", "c", "晴", "无名", "x", "d"}}).input.size() == 4);
  // What another program's sheet calls so may say something: only our own keys are passed over.
  CHECK_FALSE(found({{1, 1, {"活动类型", "活动名称", "活动日期", "状态", "作废原因"}}}));
  CHECK(found({{1, 1, {"kind", "title", "date", "status", "_void", "_unit"}}}));
}

TEST_CASE("A sheet without columns' names says what is missing") {
  CHECK_FALSE(found({}));
  const auto none = found({{1, 1, {"x", "y"}}});
  REQUIRE_FALSE(none);
  CHECK(none.refusal().args.at(1).find("参加人数") != std::string::npos);
  const auto missing = found({{1, 1, {"x"}}, {2, 2, {"活动名称", "参加人数"}}});
  REQUIRE_FALSE(missing);
  CHECK(missing.refusal().args == std::vector<std::string>{"2", "活动类型、活动日期、状态"});
}

TEST_CASE("Totals, blank rows, errors of the sheet and cells without a column are told apart") {
  const auto sheet = found({{1, 1, {"", "活动类型", "活动名称", "活动日期", "参加人数", "状态"}}});
  REQUIRE(sheet);
  const auto read = [&](const std::vector<std::string>& cells) {
    return sheet->read({2, 2, cells});
  };
  CHECK(read({"", " ", "　"}).kind == SheetRecord::Kind::kBlank);
  for (const char* word : {"合计", "合　计：", "总 计", "TOTAL"}) {
    CHECK(read({"", word, "", "", "120"}).kind == SheetRecord::Kind::kTotals);
  }
  CHECK(read({"", "送文艺", "合计", "2020-07-01"}).kind == SheetRecord::Kind::kEvent);
  CHECK(read({"", "送文艺", "甲", "2020-07-01", "#REF!"}).problems.size() == 1);
  CHECK(read({"旁注", "送文艺", "甲", "2020-07-01"}).problems.size() == 1);
  CHECK(read({"", "送文艺", "甲", "2020-07-01", "5", "已举办", "outside"}).problems.size() == 1);
}

TEST_CASE("Explanations come for one field or for whatever is unusual in the row") {
  const auto sheet =
      found({{1, 1, {"kind", "title", "date", "参加人数", "说明：参加人数", "说明", "status"}}});
  REQUIRE(sheet);
  SheetRecord one = sheet->read({2, 2, {"film", "t", "2020-07-01", "5000", "大会", "", "held"}});
  CHECK(text(one, "_explain.participants") == "大会");
  SheetRecord all = sheet->read({3, 3, {"film", "t", "1999-07-01", "5000", "", "都对", "held"}});
  CHECK(all.explanation == "都对");
  const CheckContext context{{2020, 8, 1}, "", nullptr};
  REQUIRE(explain_all(campaign_of_events(), "event", all.input, all.explanation, context));
  CHECK(text(all, "_explain.participants") == "都对");
  CHECK(text(all, "_explain.date") == "都对");
  SheetRecord nothing = sheet->read({4, 4, {"film", "t", "2020-07-01", "50", "", "x", "held"}});
  nothing.input["level"] = "county";
  CHECK_FALSE(explain_all(campaign_of_events(), "event", nothing.input, "x", context));
}

TEST_CASE("A row that names its record says its blank cells too") {
  const auto sheet =
      found({{1, 1, {"_record", "kind", "title", "date", "participants", "status"}}});
  REQUIRE(sheet);
  const SheetRecord read = sheet->read({2, 2, {"019a2b3c", "film", "t", "2020-07-01"}});
  CHECK(read.record == "019a2b3c");
  CHECK(text(read, "participants").empty());
}
