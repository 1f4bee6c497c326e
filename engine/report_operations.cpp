// Reports, made here in the reader's language: at headquarters of all units, at a site of its own.
#include "campaign/counts.hpp"
#include "campaign/names.hpp"
#include "campaign/report.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"
#include "engine/report_lines.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// What a report is made of: the definition as it is, units and counts as last committed.
struct ReportInput {
  Definition definition;
  std::shared_ptr<const UnitTree> tree;
  BookCode unit;  // empty: all
  std::vector<TallyRow> tallies;
};

Result<ReportInput> report_input(Engine& engine, const OperationCall& call) {
  auto definition =
      engine.with_catalogue([&](const CampaignCatalogue& catalogue) -> Result<Definition> {
        const std::string& given = call.args.text("campaign");
        if (auto withdrawn = refuse_withdrawn(catalogue, given, {})) return *std::move(withdrawn);
        const auto found = find_campaign(catalogue.campaigns(), given);
        return found ? Result<Definition>(**found) : found.refusal();
      });
  if (!definition) return definition.refusal();
  return engine.read([&](const Queries& queries) -> Result<ReportInput> {
    const KnownUnits units(engine, queries);
    auto unit = unit_named(units, call);
    if (!unit) return unit.refusal();
    // A site holds the records of its own unit and of no other.
    const BookCode& own = engine.identity().unit();
    if (!own.empty() && unit->empty()) unit = own;
    if (!own.empty() && *unit != own) {
      return Refusal{Reason::kWrongUnit,
                     N_("here are the records of unit {} alone: headquarters reports on {}"),
                     {own, *unit}};
    }
    const Scope scope = for_campaign(call.caller.scope, definition->id);
    if (const auto only = only_place(scope); unit->empty() && only) unit = *only;
    if (!scope.everything && (unit->empty() || !lies_in(scope, units.tree(), *unit))) {
      if (!unit->empty()) return unknown_unit(call);
      return Refusal{Reason::kNotPermitted,
                     N_("you are told of some units only: name one of them (unit)"),
                     {}};
    }
    ReportInput out{*std::move(definition), units.shared(), *unit, {}};
    for (const BookTally& row : queries.tallies(out.definition.id)) {
      out.tallies.push_back(row_of(row.unit, row.tally));
    }
    return out;
  });
}

// A row a line, as words and, but for totals, as figures; then what stands round the rows.
json::object tell_report(const Table& table, json::object figures, OperationIo& io) {
  const json::array rows = std::move(figures.at("rows").as_array());
  figures.erase("rows");
  for (size_t i = 0; i < table.rows.size(); ++i) {
    json::object line = told_row(table.rows[i]);
    if (i < rows.size()) line["figures"] = rows[i];
    io.line(line);
  }
  json::object out = told_round_rows(table);
  out["figures"] = std::move(figures);
  return out;
}

template <class Make>
OperationAnswer report(Engine& engine, const OperationCall& call, Make make) {
  const auto input = report_input(engine, call);
  if (!input) return input.refusal();
  const BookCode& unit = input->unit;
  const auto made = make(input->definition, *input->tree, input->tallies, unit);
  // Seen from above several top units it is headquarters itself that reports.
  const ReportHead head{
      made.unit_name.empty() ? engine.identity().headquarters_name : made.unit_name,
      call.args.text("person"), call.args.text("phone"), today().text()};
  return tell_report(made.to_table(name_of(call.caller.language), head), made.to_json(), call.io);
}

OperationAnswer make_statistics(Engine& engine, const OperationCall& call) {
  return report(engine, call, statistics);
}

OperationAnswer make_progress(Engine& engine, const OperationCall& call) {
  return report(engine, call, progress);
}

// One row of words: texts, whole numbers, and shares as {"permille": number}.
Shape report_line_shape(std::vector<Member> figures) {
  using namespace shape;
  figures.insert(figures.end(), {{"unit", text()}, {"name", text()}});
  figures.push_back(sometimes("part_of", text()));
  figures.push_back(sometimes("removed", flag()));
  return object({{"cells", list(any())}, sometimes("figures", object(std::move(figures)))});
}

Shape report_shape(Shape total) {
  using namespace shape;
  const Shape lines = list(object({{"label", text()}, {"value", text()}}));
  return object(
      {{"title", text()},
       {"above", lines},
       {"header",
        list(list(object({{"text", text()}, {"columns", integer()}, {"rows", integer()}})))},
       {"total_rows", integer()},
       {"below", lines},
       {"figures", object({{"campaign", text()},
                           {"unit", text()},
                           {"total", std::move(total)},
                           {"left_out", map(integer())}})}});
}

std::vector<Member> statistics_members() {
  using namespace shape;
  const std::vector<Member> counts{
      {"events", integer()}, {"sessions", integer()}, {"participants", integer()}};
  std::vector<Member> cell{{"kind", text()}, {"level", text()}};
  cell.insert(cell.end(), counts.begin(), counts.end());
  std::vector<Member> out = counts;
  out.push_back({"cells", list(object(std::move(cell)))});
  return out;
}

std::vector<Member> progress_members() {
  using namespace shape;
  return {{"quota", or_null(integer())},
          {"actual", integer()},
          {"to_quota", integer()},
          {"percent", or_null(number())},
          {"missing", integer()},
          {"over", integer()},
          {"kinds", map(integer())},
          sometimes("criteria", list(object({{"key", text()},
                                             {"kind", text()},
                                             {"at_least", integer()},
                                             {"actual", integer()},
                                             {"units", integer()},
                                             {"units_met", integer()},
                                             {"met", flag()}})))};
}

std::vector<Argument> report_arguments() {
  return {argument::text("campaign", N_("the campaign's id")).needed(), only_unit_argument(),
          argument::text("person", N_("who fills the table in")),
          argument::text("phone", N_("their telephone number"))};
}

}  // namespace

void add_report_operations(OperationTable& table, Engine* engine) {
  using namespace shape;
  table.add({.name = "report.statistics",
             .help = N_("what counts, by unit, kind and level"),
             .arguments = report_arguments(),
             .line = report_line_shape(statistics_members()),
             .answer = report_shape(object(statistics_members())),
             .run = run_by(engine, make_statistics)});
  std::vector<Member> total = progress_members();
  total.push_back({"printed_total", or_null(integer())});
  table.add({.name = "report.progress",
             .help = N_("what is done of what was asked for"),
             .arguments = report_arguments(),
             .line = report_line_shape(progress_members()),
             .answer = report_shape(object(std::move(total))),
             .run = run_by(engine, make_progress)});
}

}  // namespace sitelog
