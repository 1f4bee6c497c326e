// The tables to hand in.
#include <filesystem>

#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/output_file.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"
#include "engine/report_lines.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kTable = "table";
const std::vector<std::string> kFormats = {kTable, "csv", "json", "xlsx"};

// Where a report goes, and how it is written.
struct Delivery {
  std::string format;  // nothing: what the file's name ends with
  OutputFile output;
};

// The format that a file's name stands for; nothing where it stands for none.
std::string format_of(const std::string& file) {
  const std::string extension = lower(std::filesystem::path(file).extension().string());
  if (extension == ".txt") return kTable;
  for (const std::string& format : kFormats) {
    if (format != kTable && extension == "." + format) return format;
  }
  return {};
}

// Such as /dev/stdout: its name says nothing of what goes there.
bool is_device(const std::string& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

// `usual`: the format where neither an option nor a file says one.
Result<Delivery> checked(Delivery wanted, const char* usual) {
  const std::string named = format_of(wanted.output.path);
  if (wanted.format.empty() && named.empty() && !wanted.output.path.empty() &&
      !is_device(wanted.output.path)) {
    return Refusal{Reason::kUsage,
                   N_("the file's name says what is written: {} ends in none of: {}"),
                   {wanted.output.path, ".xlsx, .csv, .json, .txt"}};
  }
  if (wanted.format.empty()) wanted.format = named.empty() ? usual : named;
  if (!named.empty() && named != wanted.format) {
    return Refusal{Reason::kUsage,
                   N_("{} is the name of a file of another format: {} was asked for"),
                   {wanted.output.path, wanted.format}};
  }
  if (wanted.format == "xlsx" && wanted.output.path.empty()) {
    return Refusal{Reason::kUsage, N_("name the file for the workbook: --output FILE.xlsx"), {}};
  }
  if (const auto free = check_output_file(wanted.output); !free) return free.refusal();
  return wanted;
}

int deliver(Output& out, const Delivery& delivery, const std::string& content) {
  if (delivery.output.path.empty()) {
    out.bytes(content);
    return kExitDone;
  }
  if (const auto written = write_output_file(delivery.output, content); !written) {
    return out.refused(written.refusal());
  }
  out.note(fill(tr("Written to {}"), {delivery.output.path}));
  return kExitDone;
}

int write_report(Front& front, Output& out, const OperationOptions& options,
                 const Delivery& wanted) {
  const auto checked_delivery = checked(wanted, out.json() ? "json" : kTable);
  if (!checked_delivery) return out.refused(checked_delivery.refusal());
  const Delivery& delivery = *checked_delivery;
  auto args = options.given();
  if (!args) return out.refused(args.refusal());
  ToldTable told;
  json::array figures;  // of the rows
  const auto head = front.ask_owner(out, {.operation = options.operation(),
                                          .args = *std::move(args),
                                          .on_line =
                                              [&](const json::object& line) {
                                                told.take_line(line);
                                                if (line.contains("figures")) {
                                                  figures.emplace_back(line.at("figures"));
                                                }
                                              },
                                          .raw_lines = false});
  if (!head) return out.refused(head.refusal());
  // Who asked for JSON reads it where nothing goes to a file.
  if (delivery.format == "json" || (out.json() && delivery.output.path.empty())) {
    const json::object& in_all = head->at("figures").as_object();
    json::object whole{{"campaign", in_all.at("campaign")},
                       {"unit", in_all.at("unit")},
                       {"rows", std::move(figures)},
                       {"total", in_all.at("total")},
                       {"left_out", in_all.at("left_out")}};
    if (const auto* part = in_all.if_contains("part")) whole["part"] = *part;
    return deliver(out, delivery, json_text(whole) + "\n");
  }
  told.take_answer(*head);
  if (delivery.format == "csv") return deliver(out, delivery, render_csv(told.table()));
  if (delivery.format == kTable) {
    const size_t columns = delivery.output.path.empty() ? out.columns() : 0;
    return deliver(out, delivery, render_text(told.table(), columns));
  }
  const auto workbook = render_xlsx(told.table());
  if (!workbook) return out.refused(workbook.refusal());
  return deliver(out, delivery, *workbook);
}

void add_report(Front& front, CLI::App* group, bool is_statistics, bool with_unit) {
  const std::string program = front.operations().program();
  auto delivery = std::make_shared<Delivery>();
  const std::shared_ptr<OutputFile> output(delivery, &delivery->output);
  auto* command =
      is_statistics
          ? front.command(group, "statistics", N_("what counts, by unit, kind and level"),
                          program +
                              " report statistics --campaign thousand-events --format xlsx "
                              "--output 统计表.xlsx")
          : front.command(group, "progress", N_("what is done of what was asked for"),
                          program + " report progress --campaign thousand-events");
  const auto options =
      front.options(command, is_statistics ? "report.statistics" : "report.progress");
  options->option("campaign");
  if (with_unit) options->option("unit");
  options->option("from");
  options->option("to");
  options->option("review");
  command
      ->add_option(
          "--format", delivery->format,
          tr("how it is written; table: for the screen. Not given: as the file's name ends"))
      ->check(CLI::IsMember(kFormats));
  add_output_options(*command, output, tr("write to this file: .xlsx, .csv, .json or .txt"));
  options->option("person");
  options->option("phone");
  front.act(command, [&front, options, delivery](Output& out) {
    return write_report(front, out, *options, *delivery);
  });
}

}  // namespace

void add_report_commands(Front& front, bool with_unit) {
  auto* report = front.group("report", N_("the tables to hand in"));
  add_report(front, report, true, with_unit);
  add_report(front, report, false, with_unit);
}

}  // namespace sitelog
