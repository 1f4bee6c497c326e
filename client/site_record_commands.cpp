// Records at a site, and what headquarters asks for.
#include "client/site_commands.hpp"
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/record_sheets.hpp"
#include "command/terminal/language.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

void add_campaigns(Front& front) {
  auto* command = front.command(nullptr, "campaigns",
                                N_("what headquarters asks for: kinds, fields, deadlines"),
                                "sitelog campaigns");
  const auto options = front.options(command, "campaigns.list");
  options->option("withdrawn");
  front.act(command, [&front, options](Output& out) {
    const std::string language(name_of(front.language()));
    const auto show = [&](const json::object& line) {
      out.text(text_in(line, "campaign") + "  " + text_in(line, language) + "  " +
               text_in(line, "from") + " – " + text_in(line, "to") + withdrawn_text(line));
      const std::string banner = text_in(line, "banner");
      if (!banner.empty()) out.text("  " + fill(tr("banner: {}"), {banner}));
      for (const auto& deadline : line.at("deadlines").as_array()) {
        out.text("  " + text_in(deadline.as_object(), "date") + "  " +
                 text_in(deadline.as_object(), language));
      }
      for (const auto& form : line.at("forms").as_array()) {
        out.text("  " + text_in(form.as_object(), "form") + "  " +
                 text_in(form.as_object(), language) + ":");
        for (const auto& item : form.at("fields").as_array()) {
          const json::object& field = item.as_object();
          std::string words = "    " + text_in(field, "name") + "  " + text_in(field, language);
          if (flag_in(field, "required")) words += std::string("  ") + tr("(required)");
          if (const auto* choices = field.if_contains("choices")) {
            words += ":";
            for (const auto& choice : choices->as_array()) {
              words += " " + text_in(choice.as_object(), "value") + "=" +
                       text_in(choice.as_object(), language);
            }
          }
          out.text(words);
        }
      }
    };
    return front.call(out, *options, {.on_line = show});
  });
}

}  // namespace

void add_site_record_commands(Front& front) {
  add_record_command(front);
  add_template_command(front);
  auto* records = front.group("records", N_("what was recorded here"));
  add_export_command(front, records, "sitelog records export event --output 活动.xlsx", false);
  add_edit_command(front, "sitelog edit 7c1e02d9 participants=132");
  add_send_command(front, "sitelog send 7c1e02d9@K7Q2M9\n  sitelog send --all", true);
  add_comment_command(front, "sitelog comment 7c1e02d9 照片在二号柜");
  add_undo_command(front, "sitelog undo 7c1e02d9@K7Q2M9");
  add_void_command(front, "sitelog void 7c1e02d9 --reason 重复登记");
  add_list_command(front, nullptr, "sitelog list --review returned", false);
  add_show_command(front, nullptr, "sitelog show 7c1e02d9");
  add_conflicts_command(front, nullptr, "conflicts", "sitelog conflicts", false);
  add_decide_command(front, "sitelog decide 7c1e02d9@K7Q2M9 participants --value 130");
  add_quarantine_command(front, "sitelog quarantine");
  add_campaigns(front);
  add_report_commands(front, false);
}

}  // namespace sitelog
