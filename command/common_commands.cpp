#include "command/common_commands.hpp"

#include <filesystem>
#include <set>

#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/output_file.hpp"
#include "command/place_text.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"
#include "engine/in_parts.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

Labels labels_of(Front& front, Output& out) {
  Labels labels(std::string(name_of(front.language())));
  if (out.json()) return labels;
  // Without labels the names themselves are shown, so that a refusal here is none.
  (void)front.ask_owner(out, {.operation = "campaigns.list",
                              .args = {{"withdrawn", true}},
                              .on_line = [&](const json::object& line) { labels.learn(line); }});
  return labels;
}

FormLabels labels_of_record(Front& front, Output& out, const std::string& record) {
  const Labels labels = labels_of(front, out);
  std::optional<FormLabels> found;
  if (!out.json()) {
    (void)front.ask_owner(out,
                          {.operation = "record.show",
                           .args = {{"record", record}},
                           .on_line = [&](const json::object& line) { found = labels.of(line); },
                           .raw_lines = false});
  }
  return found ? *found : labels.agreed();
}

namespace {

// The labels of a record's form, asked for once something is to be told of a field.
std::function<const FormLabels&()> labels_when_needed(Front& front, Output& out,
                                                      const std::string& record) {
  const auto labels = std::make_shared<std::optional<FormLabels>>();
  return [&front, &out, record, labels]() -> const FormLabels& {
    if (!*labels) *labels = labels_of_record(front, out, record);
    return **labels;
  };
}

}  // namespace

namespace {

// Whoever changes or reviews what counts no longer is told so; not who has just declared it void.
void tell_void(Output& out, const json::object& outcome) {
  if (!outcome.contains("void") || object_in(outcome, "fields").contains(kFieldVoid)) return;
  out.text(fill(tr("The record is void ({}): it doesn't count."),
                {on_one_line(text_in(outcome, "void"))}));
}

void tell_withdrawn(Output& out, const json::object& outcome) {
  if (!outcome.contains("withdrawn")) return;
  out.text(fill(tr("Its campaign ({}) is withdrawn: the record stays, but doesn't count."),
                {text_in(outcome, "withdrawn")}));
}

}  // namespace

void tell_saved(Front& front, Output& out, const json::object& outcome, const char* done) {
  tell_void(out, outcome);
  tell_withdrawn(out, outcome);
  for (const auto& notice : array_in(outcome, "notices")) {
    out.note(message_of(refusal_from(notice.as_object())));
  }
  for (const std::string& line : place_of_what_is_saved(outcome)) out.note(line);
  if (flag_in(outcome, "unchanged")) {
    out.text(tr("Nothing was changed: the record says so already."));
    return;
  }
  const std::string record = text_in(outcome, "record");
  const std::string code = text_in(outcome, "code");
  out.text(fill(tr(done), {code.empty() ? record : record + "@" + code}));
  const json::object& fields = object_in(outcome, "fields");
  if (fields.empty() || out.json()) return;
  FormLabels labels = labels_of_record(front, out, record);
  labels.learn_units(outcome);
  for (const std::string& line : fields_text(fields, labels)) {
    out.text("  " + line);
  }
}

int call_and_tell_saved(Front& front, Output& out, const OperationOptions& options,
                        const std::string& operation, json::object args, const char* unchanged) {
  const auto labels = labels_when_needed(front, out, text_in(args, "record"));
  return front.call(
      out, {.operation = operation,
            .args = std::move(args),
            .on_done =
                [&](const json::object& done) {
                  if (unchanged != nullptr && flag_in(done, "unchanged")) {
                    return out.text(fill(tr(unchanged), {text_in(done, "record")}));
                  }
                  tell_saved(
                      front, out, done,
                      operation == "record.send" ? N_("Sent to be judged: {}") : N_("Saved: {}"));
                },
            .on_refused =
                [&](const DetailedRefusal& refusal) {
                  if (out.json() || refusal.problems.empty()) return refusal;
                  return refusal.text == kMissingOrWrong ? options.as_typed(refusal)
                                                         : in_words(refusal, labels());
                },
            .field_called = [&](const std::string& name) { return labels().field(name); },
            .outcome_is_line = true});
}

void act_and_tell_saved(Front& front, CLI::App* command,
                        std::shared_ptr<OperationOptions> options) {
  front.act(command, [&front, options = std::move(options)](Output& out) {
    auto args = options->given();
    if (!args) return out.refused(args.refusal());
    return call_and_tell_saved(front, out, *options, options->operation(), *std::move(args));
  });
}

void add_list_command(Front& front, CLI::App* parent, const std::string& example, bool with_unit) {
  auto* command = front.command(parent, "list", N_("the records, merged"), example);
  const auto options = front.options(command, "records.list");
  if (with_unit) {
    options->option("unit");
    options->option("alone");
  }
  for (const char* name :
       {"form", "campaign", "review", "changed", "conflicts", "unexplained", "from", "to", "kind",
        "level", "state", "by", "device", "text", "station", "limit", "after"}) {
    options->option(name);
  }
  options->option("changed_since");
  options->option("to_send");
  if (!with_unit) options->option("waiting");  // a site's
  front.act(command, [&front, options, with_unit](Output& out) {
    const Labels labels = labels_of(front, out);
    std::vector<json::object> lines;
    return front.call(
        out, *options,
        {.on_line = [&](const json::object& line) { lines.push_back(line); },
         .on_done =
             [&](const json::object& done) {
               for (const Table& table : records_tables(lines, labels, with_unit)) {
                 out.text(render_text(table, out.columns()));
               }
               const std::string shown = std::to_string(number_in(done, "records").value_or(0));
               const std::string all = std::to_string(number_in(done, "of").value_or(0));
               if (shown == all || lines.empty()) {
                 out.text(fill(tr("{} records"), {shown == all ? all : shown + "/" + all}));
               } else {
                 out.text(fill(tr("{} of {} records; the next ones: --after {}"),
                               {shown, all, text_in(lines.back(), "record")}));
               }
               std::vector<std::string> returned;
               for (const json::object& line : lines) {
                 const json::object& review = object_in(line, "review");
                 const bool waits =
                     text_in(review, "state") == "returned" && !flag_in(review, "changed_since");
                 if (waits) returned.push_back(text_in(line, "record"));
               }
               if (!with_unit && !returned.empty()) out.text(returned_text(returned));
             }});
  });
}

namespace {

// The whole record, which a line may not hold.
int write_record(Front& front, Output& out, const OperationOptions& options,
                 const OutputFile& file) {
  const std::string ending = lower(std::filesystem::path(file.path).extension().string());
  if (ending != ".txt" && ending != ".json") {
    return out.refused({Reason::kUsage,
                        N_("the file's name says what is written: {} ends in none of: {}"),
                        {file.path, ".txt, .json"}});
  }
  if (const auto free = check_output_file(file); !free) return out.refused(free.refusal());
  auto args = options.given();
  if (!args) return out.refused(args.refusal());
  json::value whole;
  bool fits_together = true;
  const auto told = front.ask_owner(out, {.operation = "record.whole",
                                          .args = *std::move(args),
                                          .on_line =
                                              [&](const json::object& part) {
                                                fits_together =
                                                    put_part(whole, part) && fits_together;
                                              },
                                          .raw_lines = false});
  if (!told) return out.refused(told.refusal());
  SITELOG_ASSERT(fits_together && whole.is_object());
  const std::string content = ending == ".json"
                                  ? json_text(whole) + "\n"
                                  : record_text(whole.get_object(), labels_of(front, out)) + "\n";
  if (const auto written = write_output_file(file, content); !written) {
    return out.refused(written.refusal());
  }
  out.note(fill(tr("Written to {}"), {file.path}));
  return kExitDone;
}

}  // namespace

void add_show_command(Front& front, CLI::App* parent, const std::string& example) {
  auto* command = front.command(
      parent, "show", N_("one record: its fields, conflicts, review and whole history"), example);
  const auto options = front.options(command, "record.show");
  options->positional("record");
  auto output = std::make_shared<OutputFile>();
  add_output_options(*command, output,
                     tr("write all of it to this file, however much it is: .txt or .json"));
  front.act(command, [&front, options, output](Output& out) {
    if (!output->path.empty()) return write_record(front, out, *options, *output);
    const Labels labels = labels_of(front, out);
    return front.call(out, *options, {.on_line = [&](const json::object& line) {
                        out.text(record_text(line, labels));
                      }});
  });
}

void add_conflicts_command(Front& front, CLI::App* parent, const std::string& name,
                           const std::string& example, bool with_unit) {
  auto* command = front.command(
      parent, name, N_("fields changed differently at the same time, all candidates"), example);
  const auto options = front.options(command, "conflicts.list");
  if (with_unit) options->option("unit");
  options->option("campaign");
  front.act(command, [&front, options](Output& out) {
    const Labels labels = labels_of(front, out);
    int64_t count = 0;
    return front.call(out, *options,
                      {.on_line =
                           [&](const json::object& line) {
                             ++count;
                             out.text(conflict_text(line, labels));
                           },
                       .on_done =
                           [&](const json::object&) {
                             out.text(fill(tr("{} conflicts"), {std::to_string(count)}));
                           }});
  });
}

void add_decide_command(Front& front, const std::string& example) {
  auto* command =
      front.command(nullptr, "decide",
                    N_("decide a conflict: take a candidate, or give the right value"), example);
  const auto options = front.options(command, "conflict.decide");
  options->positional("record");
  options->positional("field");
  auto* take = options->option("take");
  options->option("value")->excludes(take);
  options->option("person");
  act_and_tell_saved(front, command, options);
}

void add_edit_command(Front& front, const std::string& example) {
  auto* command =
      front.command(nullptr, "edit",
                    N_("change fields of a record; name= empties one. Its unit, form and "
                       "campaign stay: for another one record it anew, and void this one"),
                    example);
  const auto options = front.options(command, "record.edit");
  options->positional("record");
  options->positional("fields")->description(tr("name=value …"));
  options->explanations();
  options->option("person");
  act_and_tell_saved(front, command, options);
}

void add_comment_command(Front& front, const std::string& example) {
  auto* command = front.command(nullptr, "comment",
                                N_("say a word about a record: no verdict, and nothing that is "
                                   "judged is another for it"),
                                example);
  const auto options = front.options(command, "record.comment");
  options->positional("record");
  options->positional("text");
  options->option("person");
  act_and_tell_saved(front, command, options);
}

void add_undo_command(Front& front, const std::string& example) {
  auto* command = front.command(nullptr, "undo",
                                N_("take your own last change of a record back, as long as nobody "
                                   "built on it"),
                                example);
  const auto options = front.options(command, "record.undo");
  options->positional("record");
  options->option("entry");
  options->option("person");
  act_and_tell_saved(front, command, options);
}

void add_void_command(Front& front, const std::string& example) {
  auto undo = std::make_shared<bool>(false);
  auto* command = front.command(nullptr, "void",
                                N_("declare a record void; it stays, but doesn't count"), example);
  const auto options = front.options(command, "record.void");
  options->positional("record");
  auto* reason = options->option("reason", {}, OperationOptions::Insist::kNever);
  command->add_flag("--undo", *undo, tr("take an earlier voiding back"))->excludes(reason);
  options->option("person");
  front.act(command, [&front, options, undo](Output& out) {
    auto args = options->given();
    if (!args) return out.refused(args.refusal());
    return call_and_tell_saved(front, out, *options, *undo ? "record.unvoid" : "record.void",
                               *std::move(args),
                               *undo ? N_("Record {} is not void: nothing was changed.")
                                     : N_("Record {} is void already, for the same reason: nothing "
                                          "was changed."));
  });
}

void add_quarantine_command(Front& front, const std::string& example) {
  auto* command = front.command(
      nullptr, "quarantine", N_("entries that are kept but not merged, with the reasons"), example);
  front.act(command, [&front](Output& out) {
    const Labels labels = labels_of(front, out);
    int64_t count = 0;
    return front.call(
        out, {.operation = "quarantine.list",
              .on_line =
                  [&](const json::object& line) {
                    ++count;
                    out.text(quarantine_text(line, labels));
                  },
              .on_done =
                  [&](const json::object&) {
                    out.text(fill(tr("{} entries in quarantine"), {std::to_string(count)}));
                  }});
  });
}

void add_verify_command(Front& front) {
  auto* command = front.command(
      nullptr, "verify",
      N_("work out every hash, signature, merge and count again and compare; changes nothing"),
      front.app().get_name() + " verify");
  front.act(command, [&front](Output& out) {
    std::set<std::string> advice;
    return front.call(
        out,
        {.operation = "verify", .on_line = [&](const json::object& line) {
           if (line.contains("finding")) {
             std::vector<std::string> where_args;
             for (const auto& arg : line.at("where_args").as_array()) {
               where_args.emplace_back(arg.as_string());
             }
             out.text(
                 fill(tr("{}  {}: {}"), {tr(text_in(line, "finding").c_str()),
                                         fill(tr(text_in(line, "where_text").c_str()), where_args),
                                         tr(text_in(line, "what").c_str())}));
             advice.insert(text_in(line, "advice"));
             return;
           }
           for (const auto& text : advice) out.text(tr(text.c_str()));
           out.text(fill(
               tr("{} entries, {} signatures and {} records checked (units, devices and campaigns "
                  "are records too), {} findings."),
               {std::to_string(number_in(line, "entries").value_or(0)),
                std::to_string(number_in(line, "signatures").value_or(0)),
                std::to_string(number_in(line, "records").value_or(0)),
                std::to_string(number_in(line, "findings").value_or(0))}));
         }});
  });
}

}  // namespace sitelog
