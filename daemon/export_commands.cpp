// Exports that go on by themselves while headquarters serves.
#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/record_filter.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::string state_text(const std::string& state) {
  for (const char* known :
       {N_("waiting"), N_("running"), N_("done"), N_("failed"), N_("cancelled")}) {
    if (state == known) return tr(known);
  }
  return state;
}

void tell_export(Output& out, const json::object& job) {
  std::string text =
      fill(tr("{}  {}  {}  {} of {} records"),
           {text_in(job, "id"), text_in(job, "name"), state_text(text_in(job, "state")),
            std::to_string(number_in(job, "records").value_or(0)),
            std::to_string(number_in(job, "of").value_or(0))});
  if (job.contains("withheld")) {
    text = text_in(job, "id") + "  " + text_in(job, "name") + "  " +
           message_of(refusal_from(object_in(job, "withheld")));
  }
  if (job.contains("why")) text += "  " + message_of(refusal_from(object_in(job, "why")));
  out.text(text);
}

// Whoever reads this owns the folder, in which the file lies.
void tell_file(Front& front, Output& out, const json::object& job) {
  tell_export(out, job);
  if (text_in(job, "state") != "done") return;
  out.text(fill(tr("The file lies in the data folder, until it is removed: cp '{}' '{}'"),
                {front.data() + "/exports/" + text_in(job, "id"), text_in(job, "name")}));
}

void add_export_start(Front& front, CLI::App* exports) {
  auto* command =
      front.command(exports, "start",
                    N_("begin to write the records that a list would tell to a file, to "
                       "be taken when it is done"),
                    "sitelogd exports start event --format csv --unit ruzhou");
  const auto options = front.options(command, "exports.start");
  options->positional("form");
  options->option("format");
  for (const std::string& name : narrowing_names()) {
    if (name == "form") continue;
    options->option(name);
  }
  front.act(command, [&front, options](Output& out) {
    return front.call(out, *options,
                      {.on_done = [&out](const json::object& done) { tell_export(out, done); },
                       .outcome_is_line = true});
  });
}

void add_export_show_and_cancel(Front& front, CLI::App* exports) {
  for (const bool show : {true, false}) {
    auto* command = front.command(exports, show ? "show" : "cancel",
                                  show ? N_("how far one's own export is, and where its file is")
                                       : N_("end one's own export, or remove its file"),
                                  std::string("sitelogd exports ") + (show ? "show" : "cancel") +
                                      " 0123456789abcdef0123456789abcdef");
    const auto options = front.options(command, show ? "exports.show" : "exports.cancel");
    options->positional("id");
    front.act(command, [&front, options, show](Output& out) {
      return front.call(out, *options,
                        {.on_done =
                             [&front, &out, show](const json::object& done) {
                               if (show) return tell_file(front, out, done);
                               out.text(fill(tr("Export {} is no more."), {text_in(done, "id")}));
                             },
                         .outcome_is_line = true});
    });
  }
}

void add_export_list(Front& front, CLI::App* exports) {
  auto* command = front.command(exports, "list", N_("one's own exports"), "sitelogd exports list");
  const auto options = front.options(command, "exports.list");
  front.act(command, [&front, options](Output& out) {
    return front.call(out, *options,
                      {.on_line = [&out](const json::object& job) { tell_export(out, job); }});
  });
}

}  // namespace

void add_export_commands(Front& front) {
  auto* exports = front.group("exports", N_("files of records, made while headquarters serves"));
  add_export_start(front, exports);
  add_export_list(front, exports);
  add_export_show_and_cancel(front, exports);
}

}  // namespace sitelog
