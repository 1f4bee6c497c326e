// Reports, made here in the reader's language: at headquarters of all units, at a site of its own.
#include <map>

#include "campaign/counting_rules.hpp"
#include "campaign/counts.hpp"
#include "campaign/names.hpp"
#include "campaign/report.hpp"
#include "engine/counted_records.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_filter.hpp"
#include "engine/record_operations.hpp"
#include "engine/report_lines.hpp"
#include "sync/merge/sought.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Of which records it is made, where not of all.
struct Part {
  std::optional<Date> from = {}, to = {};
  bool accepted = false;
  bool is_all() const { return !from && !to && !accepted; }

  LabelledLine told(std::string_view language) const {
    const bool zh = language == "zh";
    std::string value;
    if (from || to) {
      value = (from ? from->text() : "…") + " – " + (to ? to->text() : "…");
    }
    if (accepted) {
      if (!value.empty()) value += zh ? "，" : ", ";
      value += zh ? "只计已通过的" : "accepted records alone";
    }
    return {zh ? "统计范围" : "Part", value};
  }
  // The records that it is made of, whatever their form.
  RecordFilter filter() const {
    RecordFilter out;
    if (accepted) out.review = name_of(ReviewVerdict::kAccepted);
    if (from) out.day_from = day_number(from->year, from->month, from->day);
    if (to) out.day_to = day_number(to->year, to->month, to->day);
    return out;
  }
  json::object figures() const {
    json::object out;
    if (from) out["from"] = from->text();
    if (to) out["to"] = to->text();
    if (accepted) out["review"] = name_of(ReviewVerdict::kAccepted);
    return out;
  }
};

Result<Part> part_asked(const Definition& definition, const OperationCall& call) {
  Part out;
  const auto from = read_day({&definition}, call, "from");
  if (!from) return from.refusal();
  const auto to = read_day({&definition}, call, "to");
  if (!to) return to.refusal();
  out.from = *from;
  out.to = *to;
  out.accepted = call.args.text("review") == name_of(ReviewVerdict::kAccepted);
  if (out.from && out.to && *out.to < *out.from) {
    return Refusal{Reason::kInvalidValue,
                   N_("the last day asked for is before the first: no day lies between"),
                   {}};
  }
  return out;
}

// What a part comes to: counted record by record, as the store's running counts are of all.
std::vector<TallyRow> counts_of(Engine& engine, const Definition& definition, const Part& part,
                                std::vector<BookCode> units) {
  const CountingRules rules(definition);
  RecordFilter filter = part.filter();
  filter.units = std::move(units);
  filter.campaign = definition.id;
  filter.form = definition.report.form;
  std::map<BookCode, std::map<TallyKey, Sums>> sums;
  count_each(
      engine, std::move(filter), [&](const RecordState&) { return &rules; },
      [&](const BookCode& unit, const Tally& tally) {
        if (part.accepted && tally.key.review != name_of(ReviewVerdict::kAccepted)) return;
        sums[unit][tally.key].add(tally.sums);
      });
  std::vector<TallyRow> out;
  for (const auto& [unit, tallies] : sums) {
    for (const auto& [key, each] : tallies) out.push_back(row_of(unit, {key, each}));
  }
  return out;
}

// A form of the campaign that its reports don't count, with how many records it has.
struct OtherForm {
  std::string form;
  Label label;
  int64_t records = 0;
};

// What a report is made of: the definition as it is, units and counts as last committed.
struct ReportInput {
  Definition definition;
  std::shared_ptr<const UnitTree> tree;
  BookCode unit;  // empty: all
  Part part;
  std::vector<TallyRow> tallies;
  std::vector<OtherForm> other_forms;

  // Whose records it is made of; empty: all.
  std::vector<BookCode> units() const {
    auto out = unit.empty() ? std::vector<BookCode>() : tree->all_within(unit);
    if (!unit.empty() && out.empty()) out = {unit};
    return out;
  }
};

// A report counts one form of its campaign: of the others how many records there are, so that it
// leaves none out without a word.
void count_other_forms(const Queries& queries, ReportInput& input) {
  RecordFilter filter = input.part.filter();
  filter.units = input.units();
  filter.campaign = input.definition.id;
  filter.voided = false;
  for (const Form& form : input.definition.forms) {
    if (form.key == input.definition.report.form) continue;
    filter.form = form.key;
    const int64_t records = queries.count_records(filter);
    if (records > 0) input.other_forms.push_back({form.key, form.label, records});
  }
}

void tell_other_forms(const ReportInput& input, std::string_view language, Table& table,
                      json::object& figures) {
  json::array told;
  // Before the line that is signed.
  auto at = table.below.empty() ? table.below.end() : std::prev(table.below.end());
  for (const auto& [form, label, records] : input.other_forms) {
    told.push_back(json::object{{"form", form}, {"records", records}});
    const std::string& name = label.in(language);
    at = std::next(
        table.below.insert(at, {language == "zh" ? "本表不统计“" + name + "”，另有（条）"
                                                 : "Not in this table, “" + name + "” (records)",
                                std::to_string(records)}));
  }
  if (!told.empty()) figures["other_forms"] = std::move(told);
}

Result<ReportInput> report_input(Engine& engine, const OperationCall& call) {
  auto definition =
      engine.with_catalogue([&](const CampaignCatalogue& catalogue) -> Result<Definition> {
        const std::string& given = call.args.text("campaign");
        if (auto withdrawn = refuse_withdrawn(catalogue, given, {})) return *std::move(withdrawn);
        const auto found = find_campaign(catalogue.campaigns(), given);
        return found ? Result<Definition>(**found) : found.refusal();
      });
  if (!definition) return definition.refusal();
  const auto part = part_asked(*definition, call);
  if (!part) return part.refusal();
  auto input = engine.read([&](const Queries& queries) -> Result<ReportInput> {
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
    ReportInput out{*std::move(definition), units.shared(), *unit, *part, {}, {}};
    count_other_forms(queries, out);
    if (!part->is_all()) return out;
    for (const BookTally& row : queries.tallies(out.definition.id)) {
      out.tallies.push_back(row_of(row.unit, row.tally));
    }
    return out;
  });
  if (input && !part->is_all()) {
    input->tallies = counts_of(engine, input->definition, *part, input->units());
  }
  return input;
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
  Table table = made.to_table(name_of(call.caller.language), head);
  json::object figures = made.to_json();
  if (!input->part.is_all()) {
    table.above.push_back(input->part.told(name_of(call.caller.language)));
    figures["part"] = input->part.figures();
  }
  tell_other_forms(*input, name_of(call.caller.language), table, figures);
  return tell_report(table, std::move(figures), call.io);
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
       {"figures",
        object({{"campaign", text()},
                {"unit", text()},
                {"total", std::move(total)},
                sometimes("part", object({sometimes("from", text()), sometimes("to", text()),
                                          sometimes("review", text())})),
                {"left_out", map(integer())},
                sometimes("other_forms",
                          list(object({{"form", text()}, {"records", integer()}})))})}});
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
  return {argument::text("campaign", N_("the campaign's id")).needed(),
          only_unit_argument(),
          argument::date("from", N_("only what took place on this day or later")),
          argument::date("to", N_("only what took place on this day or before")),
          argument::choice("review", {"all", "accepted"},
                           N_("of which review: all that may count, where not given, or accepted "
                              "records alone")),
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
