// Exports that go on while whoever asked for them does something else.
#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "command/record_export.hpp"
#include "command/terminal/records_workbook.hpp"
#include "daemon/export_jobs.hpp"
#include "daemon/export_reach.hpp"
#include "daemon/headquarters.hpp"
#include "engine/known_units.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_filter.hpp"
#include "engine/record_operations.hpp"
#include "engine/unusual_values.hpp"
#include "sync/store/helper_threads.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kIdLength = 32;

ExportFormat format_named(const std::string& name) {
  for (const ExportFormat format : {ExportFormat::kXlsx, ExportFormat::kCsv}) {
    if (name == extension_of(format)) return format;
  }
  return ExportFormat::kLines;
}

const char* type_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::kXlsx:
      return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    case ExportFormat::kCsv: return "text/csv";
    case ExportFormat::kLines: return "application/x-ndjson";
  }
  return "application/octet-stream";
}

Refusal no_such_export() {
  return {Reason::kUnknownRecord, N_("there is no such export of yours"), {}};
}

// Of one that says more than its account may see by now: that it is there, to be ended.
json::object export_line(const ExportJob& job, const Caller& caller, Engine& engine) {
  json::object out{
      {"id", job.id}, {"name", job.name}, {"state", name_of(job.state)}, {"begun", job.begun_ms}};
  if (job.ended_ms != 0) out["ended"] = job.ended_ms;
  if (!reaches(caller.scope, engine, job.reach)) {
    out["withheld"] = to_json(beyond_reach());
    return out;
  }
  out["records"] = job.records;
  out["of"] = job.of;
  out["bytes"] = job.bytes;
  if (job.state == ExportJob::State::kDone) {
    out["digest"] = job.digest;
    out["file"] = "/api/v1/exports.file?id=" + job.id;
  }
  if (job.state == ExportJob::State::kFailed) out["why"] = to_json(job.why);
  return out;
}

// The campaign whose form is meant: its columns are the sheet's.
Result<Definition> definition_of(Engine& engine, const AskedRecords& asked) {
  return engine.with_catalogue([&](const CampaignCatalogue& catalogue) -> Result<Definition> {
    auto campaigns = catalogue.campaigns();
    auto found = find_campaign_of(campaigns, asked.filter.campaign, asked.filter.form);
    if (!found) {
      const auto gone = catalogue.withdrawn();
      const auto among_gone = find_campaign_of(gone, asked.filter.campaign, asked.filter.form);
      if (!among_gone) return found.refusal();
      found = among_gone;
    }
    return **found;
  });
}

// What is asked for, read page by page on the exports' own thread, and on helpers that give way to
// all others.
class ExportOfRecords {
 public:
  ExportOfRecords(Engine& engine, AskedRecords asked, ExportFormat format, RecordSheetMaker maker)
      : engine_(engine), asked_(std::move(asked)), format_(format), maker_(std::move(maker)) {}

  Answer<ExportJobs::Made> operator()(const ExportJobs::Making& making) const {
    RecordExport file(making.folder, making.file, making.file + ".rows", format_, maker_);
    const auto tree = engine_.read([&](const Queries& queries) { return engine_.units(queries); });
    if (asked_.wanted.anything()) {
      add_lines(making, *tree, file);
    } else {
      read_all(making, *tree, file);
    }
    if (file.records() == 0 && asked_.wanted.no_such_word) return *asked_.wanted.no_such_word;
    if (format_ == ExportFormat::kXlsx &&
        file.records() > static_cast<int64_t>(kRecordsOfSheetMax)) {
      return Refusal{Reason::kTooLarge,
                     N_("a sheet holds {} records at most and there are {}: choose CSV, or ask for "
                        "fewer"),
                     {std::to_string(kRecordsOfSheetMax), std::to_string(file.records())}};
    }
    const auto written = file.finish(patient_helpers(), [&](int64_t) {
      making.told(file.records(), file.records(), file.bytes());
    });
    if (!written) return written.refusal();
    return ExportJobs::Made{file.records(), written->bytes, written->digest};
  }

 private:
  // Where a record has to be looked at for what the store can't say of it.
  void add_lines(const ExportJobs::Making& making, const UnitTree& tree, RecordExport& file) const {
    UnusualValues marks(engine_);
    RecordFilter filter = asked_.filter;
    filter.limit = kPageLines;
    int64_t of = 0;
    std::vector<ListedRecord> page;
    const auto part = file.part();
    size_t number = 0;
    for (bool more = true; more; ++number) {
      more = read_records(engine_, filter, std::nullopt, page, number == 0 ? &of : nullptr);
      part->begin(number);
      for (auto& [at, line] : page) {
        if (asked_.wanted.unexplained) marks.mark(line);
        if (!asked_.wanted.fits(line)) continue;
        line["unit_name"] = tree.name(BookCode(line.at("unit").as_string()));
        part->add(line);
      }
      part->end();
      making.told(file.records(), of, file.bytes());
    }
  }

  void read_all(const ExportJobs::Making& making, const UnitTree& tree, RecordExport& file) const {
    add_all(file, engine_, patient_helpers(), asked_.filter, tree,
            [&](int64_t of) { making.told(file.records(), of, file.bytes()); });
  }

  Engine& engine_;
  const AskedRecords asked_;
  const ExportFormat format_;
  const RecordSheetMaker maker_;
};

std::string file_name(const Definition& definition, const std::string& form, ExportFormat format,
                      Language language) {
  const Form* of = definition.form(form);
  std::string label = of != nullptr ? of->label.in(language) : form;
  for (char& c : label) {
    if (static_cast<unsigned char>(c) < ' ' ||
        std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos)
      c = '_';
  }
  return label + "-" + today().text() + "." + extension_of(format);
}

// Exports go on in a daemon alone.
Result<ExportJobs*> jobs_of(Headquarters& headquarters) {
  if (headquarters.exports != nullptr) return headquarters.exports;
  return Refusal{
      Reason::kUsage,
      N_("exports that go on by themselves are made while “sitelogd serve” runs; without "
         "it: sitelogd records export"),
      {}};
}

OperationAnswer start_export(Headquarters& headquarters, const OperationCall& call) {
  const auto jobs = jobs_of(headquarters);
  if (!jobs) return jobs.refusal();
  Engine& engine = *headquarters.engine;
  auto asked = read_asked_records(engine, call);
  if (!asked) return asked.refusal();
  const auto definition = definition_of(engine, *asked);
  if (!definition) return definition.refusal();
  asked->filter.campaign = definition->id;
  const std::string form = asked->filter.form;
  auto maker = RecordSheetMaker::of(campaign_line(*definition, {}), form, call.caller.language);
  if (!maker) {
    return Refusal{Reason::kUnknownForm, N_("campaign {} has no form {}"), {definition->id, form}};
  }
  const ExportFormat format = format_named(call.args.text("format"));
  const ExportJob wanted{.account = call.caller.name,
                         .name = file_name(*definition, form, format, call.caller.language),
                         .type = type_of(format),
                         .reach = {definition->id, asked->filter.within}};
  const auto started =
      (*jobs)->start(wanted, ExportOfRecords(engine, *std::move(asked), format, *std::move(maker)));
  if (!started) return started.refusal();
  return export_line(*started, call.caller, engine);
}

OperationAnswer show_export(Headquarters& headquarters, const OperationCall& call) {
  const auto jobs = jobs_of(headquarters);
  if (!jobs) return jobs.refusal();
  const auto job = (*jobs)->find(call.caller.name, call.args.text("id"));
  if (!job) return no_such_export();
  return export_line(*job, call.caller, *headquarters.engine);
}

OperationAnswer list_exports(Headquarters& headquarters, const OperationCall& call) {
  const auto jobs = jobs_of(headquarters);
  if (!jobs) return jobs.refusal();
  for (const ExportJob& job : (*jobs)->list(call.caller.name)) {
    call.io.line(export_line(job, call.caller, *headquarters.engine));
  }
  return json::object{};
}

OperationAnswer cancel_export(Headquarters& headquarters, const OperationCall& call) {
  const auto jobs = jobs_of(headquarters);
  if (!jobs) return jobs.refusal();
  const std::string& id = call.args.text("id");
  if (!(*jobs)->cancel(call.caller.name, id)) return no_such_export();
  return json::object{{"id", id}};
}

std::vector<Member> export_members() {
  using namespace shape;
  return {{"id", text()},
          {"name", text()},
          {"state", text()},
          {"begun", integer()},
          sometimes("records", integer()),
          sometimes("of", integer()),
          sometimes("bytes", integer()),
          sometimes("withheld", problem_shape()),
          sometimes("ended", integer()),
          sometimes("digest", text()),
          sometimes("file", text()),
          sometimes("why", problem_shape())};
}

Argument export_argument() {
  return argument::text("id", N_("the export's id, as starting it told"))
      .needed()
      .between(kIdLength, kIdLength);
}

}  // namespace

void add_export_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  std::vector<Argument> started =
      narrowing_arguments(argument::text("form", N_("the form, by its key or name"))
                              .between(1, limits::kNameBytesMax)
                              .needed());
  started.push_back(argument::choice("format", {"xlsx", "csv", "jsonl"},
                                     N_("a workbook, a table as text, or a JSON object a line"))
                        .needed());
  table.add({.name = "exports.start",
             .writes = true,
             .help = N_("begin to write the records that a list would tell to a file, to be taken "
                        "when it is done"),
             .arguments = std::move(started),
             .answer = object(export_members()),
             .run = run_by(headquarters, start_export)});
  table.add({.name = "exports.show",
             .help = N_("how far one's own export is, and where its file is"),
             .arguments = {export_argument()},
             .answer = object(export_members()),
             .run = run_by(headquarters, show_export)});
  table.add({.name = "exports.list",
             .help = N_("one's own exports"),
             .line = object(export_members()),
             .run = run_by(headquarters, list_exports)});
  table.add({.name = "exports.cancel",
             .writes = true,
             .help = N_("end one's own export, or remove its file"),
             .arguments = {export_argument()},
             .answer = object({{"id", text()}}),
             .run = run_by(headquarters, cancel_export)});
}

}  // namespace sitelog
