// Commands over records.
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/output_file.hpp"
#include "command/record_sheets.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

void add_reviews(Front& front) {
  auto* group = front.group("review", N_("say what headquarters thinks of a record"));
  struct Verdict {
    const char* name;
    const char* verdict;
    const char* description;
    const char* example;
  };
  static constexpr Verdict kVerdicts[] = {
      {"accept", "accepted", N_("accept a record"), "sitelogd review accept 7c1e02d9@K7Q2M9"},
      {"return", "returned", N_("give a record back to be corrected"),
       "sitelogd review return 7c1e02d9@K7Q2M9 --field participants=请核对人数 --due 2026-04-10"},
      {"refuse", "refused", N_("do not count a record"),
       "sitelogd review refuse 7c1e02d9@K7Q2M9 --remark 与已报场次重复"}};
  for (const Verdict& verdict : kVerdicts) {
    auto* command = front.command(group, verdict.name, verdict.description, verdict.example);
    const auto options = front.options(command, "record.review");
    options->set("verdict", verdict.verdict);
    options->positional("record");
    options->option("remark");
    options->option("fields", "--field")->description(tr("NAME=REMARK: a remark on one field"));
    options->option("due");
    options->option("accepts", "--accept-explanation");
    options->option("station");
    options->option("for");
    options->option("reason");
    options->option("person");
    act_and_tell_saved(front, command, options);
  }
  auto* undo = front.command(group, "undo", N_("take your own last verdict on a record back"),
                             "sitelogd review undo 7c1e02d9@K7Q2M9");
  const auto undone = front.options(undo, "review.undo");
  undone->positional("record");
  undone->option("station");
  undone->option("person");
  act_and_tell_saved(front, undo, undone);
  add_bulk_commands(front, group);
}

}  // namespace

void add_headquarters_record_commands(Front& front) {
  auto* records = front.group("records", N_("what the sites recorded"));
  add_list_command(front, records, "sitelogd records list --unit mine-3 --review pending", true);
  add_show_command(front, records, "sitelogd records show 7c1e02d9");
  add_export_command(front, records,
                     "sitelogd records export event --unit shenma --output 活动.xlsx", true);
  add_template_command(front);
  add_send_command(front, "sitelogd send 7c1e02d9@K7Q2M9", false);
  add_reviews(front);
  auto* conflicts = front.group("conflicts", N_("fields changed differently at the same time"));
  add_conflicts_command(front, conflicts, "list", "sitelogd conflicts list", true);
  add_show_command(front, conflicts, "sitelogd conflicts show 7c1e02d9");
  add_decide_command(front, "sitelogd decide 7c1e02d9@K7Q2M9 participants --take 3f9a10c4");
  add_edit_command(front, "sitelogd edit 7c1e02d9@K7Q2M9 level=grassroots");
  add_comment_command(front, "sitelogd comment 7c1e02d9 签到表请补一张照片");
  add_undo_command(front, "sitelogd undo 7c1e02d9@K7Q2M9");
  add_void_command(front, "sitelogd void 7c1e02d9@K7Q2M9 --reason 重复登记");
  add_quarantine_command(front, "sitelogd quarantine");
  add_export_commands(front);
}

void add_board_command(Front& front) {
  auto* command =
      front.command(front.app().get_subcommand("report"), "board",
                    N_("how a campaign stands unit by unit: quota, what is held, where it waits, "
                       "when devices were met"),
                    "sitelogd report board --campaign thousand-events --unit shenma");
  const auto options = front.options(command, "report.board");
  options->option("campaign");
  options->option("unit");
  front.act(command, [&front, options](Output& out) {
    auto table = std::make_shared<Table>();
    const std::pair<const char*, const char*> counts[] = {
        {"to_quota", tr("done of it")},   {"records", tr("records")},
        {"accepted", tr("accepted")},     {"pending", tr("pending")},
        {"returned", tr("returned")},     {"refused", tr("refused")},
        {"changed", tr("changed since")}, {"conflicts", tr("conflict")},
        {"to_send", tr("to send")}};
    table->header.push_back({{tr("unit")}, {tr("quota")}});
    for (const auto& [name, text] : counts) table->header.front().push_back({text});
    table->header.front().push_back({tr("last contact")});
    return front.call(
        out, *options,
        {.on_line =
             [table, &counts](const json::object& line) {
               const auto quota = number_in(line, "quota");
               std::vector<Cell> row{text_in(line, "name"),
                                     quota ? Cell(*quota) : Cell(std::string("–"))};
               for (const auto& [name, text] : counts) {
                 row.emplace_back(number_in(line, name).value_or(0));
               }
               const auto contact = number_in(line, "contact");
               row.emplace_back(contact ? local_time(*contact) : std::string("–"));
               table->rows.push_back(std::move(row));
             },
         .on_done = [&out,
                     table](const json::object&) { out.text(render_text(*table, out.columns())); },
         .outcome_is_line = true});
  });
}

}  // namespace sitelog
