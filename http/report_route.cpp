// The tables to hand in as files: what the operations of reports tell, as a workbook or as CSV.
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
constexpr const char* kReport = "report";
constexpr const char* kFormat = "format";
constexpr const char* kWorkbook = "xlsx";
constexpr const char* kWorkbookType =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

// As the table is called, and of which day it is.
std::string file_name(const Table& table, const std::string& format) {
  std::string title = table.title;
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

Answer<Response> file_of(const Operation& row, const ApiParts& parts, const Asked& asked) {
  auto given = arguments_from_query(row, asked.head.query);
  if (!given) return given.refusal();
  const auto read = read_arguments(row, *given);
  if (!read) return read.refusal();
  const std::string operation = std::string(kReports) + read->text(kReport);
  given->erase(kReport);
  given->erase(kFormat);
  const auto caller = caller_for(operation, asked, parts);
  if (!caller) {
    parts.accounts.audit().add(refused_line(asked, operation));
    return caller.refusal();
  }
  ToldTable told;
  OperationIo io;
  io.line = [&told](const boost::json::object& line) { told.take_line(line); };
  const auto answer = call_operation(parts.operations, *caller, operation, *given, io);
  if (!answer) return answer.refusal();
  told.take_answer(*answer);
  const std::string format = read->text(kFormat);
  auto bytes = written(told.table(), format);
  if (!bytes) return bytes.refusal();
  Response out{200, format == kWorkbook ? kWorkbookType : "text/csv", *std::move(bytes)};
  out.fields.emplace_back("Content-Disposition", attachment(file_name(told.table(), format)));
  return out;
}

}  // namespace

Operation report_file_row(const OperationTable& table) {
  const Operation* statistics = table.find("report.statistics");
  SITELOG_ASSERT(statistics != nullptr);
  std::vector<Argument> arguments{
      argument::choice(kReport, {"statistics", "progress"}, N_("which of the tables")).needed(),
      argument::choice(kFormat, {kWorkbook, "csv"}, N_("how the file is written")).needed()};
  arguments.insert(arguments.end(), statistics->arguments.begin(), statistics->arguments.end());
  return {.name = "report.file",
          .right = statistics->right,
          .help = N_("a table to hand in, as a workbook or as CSV"),
          .arguments = std::move(arguments)};
}

void add_report_route(Router& router, const ApiParts& parts) {
  const Operation row = report_file_row(parts.operations);
  router.add(
      "GET", kApi + row.name, {[row, parts](const Asked& asked, Reply& reply) {
        auto file = file_of(row, parts, asked);
        reply.send(file ? *std::move(file) : problem_response(file.refusal(), asked.language));
      }});
}

}  // namespace sitelog
