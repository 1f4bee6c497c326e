// Lists narrowed, and written to files, at a headquarters that holds 1,000,000 records.
#include <ctime>
#include <filesystem>

#include "bench/figures.hpp"
#include "bench/world.hpp"
#include "command/record_export.hpp"
#include "daemon/headquarters.hpp"
#include "engine/record_filter.hpp"
#include "engine/record_operations.hpp"
#include "engine/text_indexing.hpp"
#include "sync/store/helper_threads.hpp"
#include "sync/store/limits.hpp"

namespace sitelog::bench {

namespace json = boost::json;

namespace {

constexpr int kOnePage = 50;

// One page as it is asked for; its cursor in `asked` for the next, where there is one.
double page_ms(const OperationTable& operations, json::object& asked) {
  OperationIo io;
  const Stopwatch watch;
  const json::object answer =
      need(call_operation(operations, bench_caller(), "records.list", asked, io));
  const double out = watch.seconds() * kMilliseconds;
  if (const auto* next = answer.if_contains("next")) asked["cursor"] = *next;
  return out;
}

// Who made or changed the unit's first record.
std::string somebody(const OperationTable& operations, const BookCode& unit) {
  OperationIo io;
  std::string out;
  io.line = [&out](const json::object& line) { out = line.at("changed").at("person").as_string(); };
  need(call_operation(operations, bench_caller(), "records.list", {{"unit", unit}, {"limit", 1}},
                      io));
  return out;
}

// Each filter alone, and two together; some that hardly any record fits.
std::vector<json::object> filters(const BookCode& unit, const std::string& person) {
  return {{},
          {{"unit", unit}},
          {{"campaign", kCampaign}},
          {{"form", "event"}},
          {{"review", "pending"}},
          {{"review", "refused"}},
          {{"conflicts", true}},
          {{"changed", true}},
          {{"kind", "film"}},
          {{"level", "grassroots"}},
          {{"state", "void"}},
          {{"from", "2020-06-01"}, {"to", "2020-06-07"}},
          {{"changed_since", "2150-01-01"}},
          {{"changed_since", "2000-01-01"}},
          {{"by", person}},
          {{"unit", unit}, {"review", "pending"}, {"from", "2020-06-01"}}};
}

Row at_most(Row row, double goal, const std::string& told) {
  row.goal = told;
  row.met = row.value <= goal;
  return row;
}

void add_pages(Rows& out, const OperationTable& operations, const BookCode& unit,
               const std::string& scope) {
  constexpr int kRuns = 20;
  Samples first, deep;
  for (const json::object& filter : filters(unit, somebody(operations, unit))) {
    for (int run = 0; run < kRuns; ++run) {
      json::object asked = filter;
      asked["limit"] = kOnePage;
      const double ms = page_ms(operations, asked);
      if (run > 0) first.add(ms);  // the first reads from the disk
      for (int page = 0; page < 3 && asked.contains("cursor"); ++page) {
        const json::value before = asked.at("cursor");
        deep.add(page_ms(operations, asked));
        if (asked.at("cursor") == before) break;
      }
    }
  }
  out.push_back(at_most(
      row_of("list_filtered", "50 records of one filter, first page, of " + scope, first, "ms"), 10,
      "<= 10"));
  Samples slowest;
  slowest.add(first.quantile(0.99));
  out.push_back(at_most(
      row_of("list_filtered_p99", "the same, the 99th of a hundred", slowest, "ms"), 40, "<= 40"));
  out.push_back(
      at_most(row_of("list_cursor", "the pages behind, by cursor", deep, "ms"), 10, "<= 10"));
}

// A page of 50 by words alone, once what there is is indexed: two characters that many records
// have, that few have and that none has; more of them; one; and within one unit.
void add_texts(Rows& out, Engine& engine, const OperationTable& operations, const BookCode& unit,
               const std::string& scope) {
  const std::clock_t cpu_before = std::clock();
  index_texts(engine, [](int64_t) { return true; });
  const double cpu_s = static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC;
  Samples each;
  for (const json::object& filter : std::initializer_list<json::object>{
           {{"text", "演出"}},
           {{"text", "职工"}},
           {{"text", "Ｑ７"}},
           {{"text", "文艺演出"}},
           {{"text", "没有这样的话"}},
           {{"text", "井"}},
           {{"text", "演出"}, {"unit", unit}, {"review", "pending"}}}) {
    constexpr int kRuns = 10;
    for (int run = 0; run < kRuns; ++run) {
      json::object asked = filter;
      asked["limit"] = kOnePage;
      const double ms = page_ms(operations, asked);
      if (run > 0) each.add(ms);
    }
  }
  Samples slowest;
  slowest.add(each.quantile(0.99));
  out.push_back(at_most(
      row_of("list_text", "50 records by words, the 99th of a hundred, of " + scope, slowest, "ms"),
      100, "<= 100"));
  out.back().note =
      "indexing all took " + std::to_string(cpu_s).substr(0, 5) + " s of processor time";
}

// The whole of it as a file, as the daemon's exports make it.
struct Exported {
  double rows_a_second = 0;
  double cpu_us_a_row = 0;  // of all threads
};

Exported export_all(Engine& engine, const HeldFolder& folder, ExportFormat format, size_t records) {
  const auto definition = engine.with_catalogue(
      [](const CampaignCatalogue& catalogue) { return *catalogue.campaign(kCampaign); });
  auto maker = RecordSheetMaker::of(campaign_line(definition, {}), definition.report.form,
                                    Language::kChinese);
  const Stopwatch watch;
  const std::clock_t cpu_before = std::clock();
  RecordExport file(folder, "export", "export.rows", format, *std::move(maker));
  RecordFilter filter;
  filter.campaign = kCampaign;
  const auto tree = engine.read([&](const Queries& queries) { return engine.units(queries); });
  add_all(file, engine, patient_helpers(), filter, *tree, [](int64_t) {});
  if (file.records() < static_cast<int64_t>(records)) throw BenchError("an export is not whole");
  need(file.finish(patient_helpers(), [](int64_t) {}));
  const double rows = static_cast<double>(records);
  const Exported out{rows / watch.seconds(), static_cast<double>(std::clock() - cpu_before) *
                                                 kMicroseconds / CLOCKS_PER_SEC / rows};
  folder.remove("export");
  return out;
}

void add_exports(Rows& out, Engine& engine, const std::string& place, size_t records) {
  const auto folder = HeldFolder::make(place);
  for (const auto& [figure, format, goal] :
       {std::tuple("export_csv", ExportFormat::kCsv, 100'000.0),
        {"export_xlsx", ExportFormat::kXlsx, 30'000.0}}) {
    Samples only;
    const Exported done = export_all(engine, *folder, format, records);
    only.add(done.rows_a_second);
    Row row = row_of(figure, "all records to a file, ." + std::string(extension_of(format)), only,
                     "records/s");
    row.goal = ">= " + std::to_string(static_cast<int>(goal));
    row.met = row.value >= goal;
    row.note = std::to_string(done.cpu_us_a_row).substr(0, 4) + " us of processor time a row";
    out.push_back(row);
  }
}

}  // namespace

void add_lists(Rows& out, const Settings& settings, const std::string& home, const BookCode& unit,
               size_t records, const std::string& scope) {
  settings.progress("lists by filter, exports");
  const auto headquarters = open_home(home);
  const OperationTable operations = headquarters_operations(headquarters.get());
  add_pages(out, operations, unit, scope);
  add_texts(out, *headquarters->engine, operations, unit, scope);
  add_exports(out, *headquarters->engine, settings.path("exports"), records);
}

}  // namespace sitelog::bench
