// Commands over records, and the reports made of them.
#include "campaign/report.hpp"
#include "command/common_commands.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

struct ReportOptions {
  std::string campaign, unit, format = "table", output, person, phone;
};

struct ReportInput {
  Definition definition;
  UnitTree tree;
  std::vector<TallyRow> tallies;
};

Result<ReportInput> read_input(const json::object& data) {
  auto definition =
      parse_definition(text_arg(data, "definition"), "campaign", UnknownKeys::kIgnore);
  if (!definition) return definition.problems.front();
  std::vector<Unit> units;
  for (const auto& item : data.at("units").as_array()) {
    const json::array& unit = item.as_array();
    const auto text = [&](size_t i) { return std::string(unit.at(i).as_string()); };
    units.push_back({text(0), text(1), text(2), text(3), text(4)});
  }
  ReportInput out{std::move(*definition), UnitTree(units), {}};
  for (const auto& item : data.at("tallies").as_array()) {
    const json::array& row = item.as_array();
    const auto text = [&](size_t i) { return std::string(row.at(i).as_string()); };
    out.tallies.push_back({text(0),
                           out.definition.id,
                           text(1),
                           text(2),
                           text(3),
                           {row.at(4).as_int64(), row.at(5).as_int64(), row.at(6).as_int64()}});
  }
  return out;
}

int deliver(Output& out, const ReportOptions& options, const std::string& content) {
  if (options.output.empty()) {
    out.bytes(content);
    return kExitDone;
  }
  write_file_durably(options.output, content);
  out.note(fill(tr("Written to {}"), {options.output}));
  return kExitDone;
}

int write_report(Front& front, Output& out, const ReportOptions& options, bool is_statistics) {
  if (options.format == "xlsx" && options.output.empty()) {
    return out.refused(
        {Reason::kUsage, N_("name the file for the workbook: --output FILE.xlsx"), {}});
  }
  const auto data =
      front.ask_owner(out, {.operation = "report.data",
                            .args = {{"campaign", options.campaign}, {"unit", options.unit}}});
  if (!data) return out.refused(data.refusal());
  const auto input = read_input(*data);
  if (!input) return out.refused(input.refusal());
  const ReportHead head{options.unit.empty() ? std::string() : input->tree.name(options.unit),
                        options.person, options.phone, today().text()};
  const auto report = [&](const auto& made) {
    const std::string format = out.json() ? "json" : options.format;
    if (format == "json") return deliver(out, options, json::serialize(made.to_json()) + "\n");
    const Table table = made.to_table(front.language(), head);
    if (format == "csv") return deliver(out, options, render_csv(table));
    if (format == "table") return deliver(out, options, render_text(table));
    const auto workbook = render_xlsx(table);
    if (!workbook) return out.refused(workbook.refusal());
    return deliver(out, options, *workbook);
  };
  if (is_statistics) {
    return report(statistics(input->definition, input->tree, input->tallies, options.unit));
  }
  return report(progress(input->definition, input->tree, input->tallies, options.unit));
}

void add_report(Front& front, CLI::App* group, bool is_statistics) {
  auto options = std::make_shared<ReportOptions>();
  auto* command =
      is_statistics
          ? front.command(group, "statistics",
                          N_("events and participants by unit, kind and level"),
                          "sitelogd report statistics --campaign thousand-events --format xlsx "
                          "--output 统计表.xlsx")
          : front.command(group, "progress", N_("what is done of what was asked for"),
                          "sitelogd report progress --campaign thousand-events");
  command->add_option("--campaign", options->campaign, tr("the campaign's id"))->required();
  command->add_option("--unit", options->unit, tr("only this unit and those below it"));
  command->add_option("--format", options->format, tr("how it is written; table: for the screen"))
      ->check(CLI::IsMember({"table", "csv", "json", "xlsx"}));
  command->add_option("--output", options->output, tr("write to this file"));
  command->add_option("--person", options->person, tr("who fills the table in"));
  command->add_option("--phone", options->phone, tr("their telephone number"));
  front.act(command, [&front, options, is_statistics](Output& out) {
    return write_report(front, out, *options, is_statistics);
  });
}

void add_reviews(Front& front) {
  auto* group = front.group("review", N_("say what headquarters thinks of a record"));
  struct Verdict {
    const char* name;
    const char* verdict;
    const char* description;
    const char* example;
  };
  static constexpr Verdict kVerdicts[] = {
      {"accept", "accepted", N_("accept a record"), "sitelogd review accept 019a2b3c"},
      {"return", "returned", N_("give a record back to be corrected"),
       "sitelogd review return 019a2b3c --field participants=请核对人数 --due 2026-04-10"},
      {"refuse", "refused", N_("do not count a record"),
       "sitelogd review refuse 019a2b3c --remark 与已报场次重复"}};
  struct Options {
    std::string record, remark, due, person;
    std::vector<std::string> fields;
  };
  for (const Verdict& verdict : kVerdicts) {
    auto options = std::make_shared<Options>();
    auto* command = front.command(group, verdict.name, verdict.description, verdict.example);
    command
        ->add_option("record", options->record, tr("the record's id, or its first or last digits"))
        ->required();
    command->add_option("--remark", options->remark, tr("what the site is to know"));
    command->add_option("--field", options->fields, tr("NAME=REMARK: a remark on one field"))
        ->take_all();
    command->add_option("--due", options->due, tr("until when it is to be corrected (YYYY-MM-DD)"));
    command->add_option("--person", options->person, tr("who reviews"));
    front.act(command, [&front, options, verdict](Output& out) {
      auto fields = parse_fields(options->fields);
      if (!fields) return out.refused(fields.refusal());
      return front.call(out, {.operation = "review",
                              .args = {{"record", options->record},
                                       {"verdict", verdict.verdict},
                                       {"remark", options->remark},
                                       {"fields", std::move(*fields)},
                                       {"due", options->due},
                                       {"person", options->person}},
                              .on_done = [&](const json::object& done) { tell_saved(out, done); },
                              .outcome_is_line = true});
    });
  }
}

}  // namespace

void add_headquarters_record_commands(Front& front) {
  auto* records = front.group("records", N_("what the sites recorded"));
  add_list_command(front, records, "sitelogd records list --unit mine-3 --review pending", true);
  add_show_command(front, records, "sitelogd records show 019a2b3c");
  add_reviews(front);
  auto* conflicts = front.group("conflicts", N_("fields changed differently at the same time"));
  add_conflicts_command(front, conflicts, "list", "sitelogd conflicts list", true);
  add_show_command(front, conflicts, "sitelogd conflicts show 019a2b3c");
  add_decide_command(front, "sitelogd decide 019a2b3c participants --take 2");
  add_edit_command(front, "sitelogd edit 019a2b3c level=grassroots");
  add_quarantine_command(front, "sitelogd quarantine");
}

void add_headquarters_report_commands(Front& front) {
  auto* report = front.group("report", N_("the tables to hand in"));
  add_report(front, report, true);
  add_report(front, report, false);
}

}  // namespace sitelog
