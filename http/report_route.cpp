// Tables as files, a workbook or CSV: those to hand in, as the operations of reports tell them, and
// the list of units.
#include <array>

#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"
#include "engine/report_lines.hpp"
#include "engine/system.hpp"
#include "http/admission.hpp"
#include "http/byte_range.hpp"
#include "http/given_arguments.hpp"
#include "http/limits.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace {

constexpr std::string_view kReports = "report.";
constexpr const char* kUnits = "units.list";
constexpr const char* kReport = "report";
constexpr const char* kFormat = "format";
constexpr const char* kWorkbook = "xlsx";
constexpr const char* kWorkbookType =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

// As the table is called, and of which day it is.
std::string file_name(std::string title, const std::string& format) {
  for (char& c : title) {
    const bool is_control = static_cast<unsigned char>(c) < ' ';
    if (is_control || std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos) c = '_';
  }
  return title + "-" + today().text() + "." + format;
}

Result<std::string> written(const Table& table, const std::string& format) {
  size_t cells = 0;
  for (const auto& row : table.rows) cells += row.size();
  if (cells > limits::kReportFileCellsMax) {
    return Refusal{Reason::kTooLarge,
                   N_("the table has {} cells: more than {} are not made into a file here; name a "
                      "unit, or use sitelogd report"),
                   {std::to_string(cells), std::to_string(limits::kReportFileCellsMax)}};
  }
  if (format == kWorkbook) return render_xlsx(table);
  return render_csv(table);
}

// Asks an operation in the caller's name, as what is made into a file tells it.
OperationAnswer ask_for(const std::string& operation, const boost::json::object& given,
                        const ApiParts& parts, const Asked& asked, OperationIo& io) {
  const auto caller = caller_for(operation, asked, parts);
  if (!caller) {
    parts.accounts.audit().add(refused_line(asked, operation));
    return caller.refusal();
  }
  return call_operation(parts.operations, *caller, operation, given, io);
}

Answer<Response> file_with(const Table& table, const std::string& name, const std::string& format) {
  auto bytes = written(table, format);
  if (!bytes) return bytes.refusal();
  Response out{200, format == kWorkbook ? kWorkbookType : "text/csv", *std::move(bytes)};
  out.fields.emplace_back("Content-Disposition", attachment(file_name(name, format)));
  return out;
}

Answer<Response> file_of(const Operation& row, const ApiParts& parts, const Asked& asked) {
  auto given = arguments_from_query(row, asked.head.query);
  if (!given) return given.refusal();
  const auto read = read_arguments(row, *given);
  if (!read) return read.refusal();
  const std::string operation = std::string(kReports) + read->text(kReport);
  given->erase(kReport);
  given->erase(kFormat);
  ToldTable told;
  OperationIo io;
  io.line = [&told](const boost::json::object& line) { told.take_line(line); };
  const auto answer = ask_for(operation, *given, parts, asked, io);
  if (!answer) return answer.refusal();
  told.take_answer(*answer);
  return file_with(told.table(), told.table().title, read->text(kFormat));
}

// The columns that units.import takes, called so that it knows them again.
constexpr std::array<std::pair<const char*, const char*>, 5> kUnitColumns{
    {{"code", N_("unit code")},
     {"name", N_("unit name")},
     {"parent", N_("code of the unit above")},
     {"kind", N_("kind of unit")},
     {"level", N_("level of unit")}}};

Answer<Response> file_of_units(const Operation& row, const ApiParts& parts, const Asked& asked) {
  auto given = arguments_from_query(row, asked.head.query);
  if (!given) return given.refusal();
  const auto read = read_arguments(row, *given);
  if (!read) return read.refusal();
  Table table;
  table.header.emplace_back();
  const bool zh = asked.language == Language::kChinese;
  for (const auto& [name, label] : kUnitColumns) {
    table.header[0].push_back({zh ? tr(asked.language, label) : name});
  }
  OperationIo io;
  io.line = [&table](const boost::json::object& line) {
    std::vector<Cell> cells;
    for (const auto& [name, label] : kUnitColumns) {
      cells.emplace_back(std::string(line.at(name).as_string()));
    }
    table.rows.push_back(std::move(cells));
  };
  const auto answer = ask_for(kUnits, {}, parts, asked, io);
  if (!answer) return answer.refusal();
  return file_with(table, tr(asked.language, N_("units")), read->text(kFormat));
}

Argument format_argument() {
  return argument::choice(kFormat, {kWorkbook, "csv"}, N_("how the file is written")).needed();
}

}  // namespace

Operation report_file_row(const OperationTable& table) {
  const Operation* statistics = table.find("report.statistics");
  SITELOG_ASSERT(statistics != nullptr);
  std::vector<Argument> arguments{
      argument::choice(kReport, {"statistics", "progress"}, N_("which of the tables")).needed(),
      format_argument()};
  arguments.insert(arguments.end(), statistics->arguments.begin(), statistics->arguments.end());
  return {.name = "report.file",
          .right = statistics->right,
          .help = N_("a table to hand in, as a workbook or as CSV"),
          .arguments = std::move(arguments)};
}

Operation units_file_row(const OperationTable& table) {
  const Operation* units = table.find(kUnits);
  SITELOG_ASSERT(units != nullptr);
  return {.name = "units.file",
          .right = units->right,
          .help = N_("the list of units as a workbook or as CSV, as units.import takes it"),
          .arguments = {format_argument()}};
}

void add_file_of_table_routes(Router& router, const ApiParts& parts) {
  using Make = Answer<Response> (*)(const Operation&, const ApiParts&, const Asked&);
  const auto add = [&](Operation row, Make make) {
    const std::string path = kApi + row.name;
    router.add(
        "GET", path, {[row = std::move(row), parts, make](const Asked& asked, Reply& reply) {
          auto file = make(row, parts, asked);
          reply.send(file ? *std::move(file) : problem_response(file.refusal(), asked.language));
        }});
  };
  add(report_file_row(parts.operations), file_of);
  add(units_file_row(parts.operations), file_of_units);
}

}  // namespace sitelog
