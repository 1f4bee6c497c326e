#include "command/common_commands.hpp"

#include <set>

#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"

namespace sitelog {

namespace json = boost::json;

Labels labels_of(Front& front, Output& out) {
  Labels labels(std::string(name_of(front.language())));
  if (out.json()) return labels;
  // Without labels the names themselves are shown, so that a refusal here is none.
  (void)front.ask_owner(out, {.operation = "campaigns.list",
                              .on_line = [&](const json::object& line) { labels.learn(line); }});
  return labels;
}

void tell_saved(Output& out, const json::object& outcome) {
  if (flag_in(outcome, "unchanged")) {
    out.text(tr("Nothing was changed: the record says so already."));
  } else {
    out.text(fill(tr("Saved: {}"), {text_in(outcome, "record")}));
  }
}

void act_and_tell_saved(Front& front, CLI::App* command,
                        std::shared_ptr<OperationOptions> options) {
  front.act(command, [&front, options = std::move(options)](Output& out) {
    return front.call(out, *options,
                      {.on_done = [&](const json::object& done) { tell_saved(out, done); },
                       .outcome_is_line = true});
  });
}

void add_list_command(Front& front, CLI::App* parent, const std::string& example, bool with_unit) {
  auto* command = front.command(parent, "list", N_("the records, merged"), example);
  const auto options = front.options(command, "records.list");
  if (with_unit) options->option("unit");
  for (const char* name : {"campaign", "review", "conflicts", "unexplained", "limit", "after"}) {
    options->option(name);
  }
  front.act(command, [&front, options, with_unit](Output& out) {
    const Labels labels = labels_of(front, out);
    std::vector<json::object> lines;
    return front.call(
        out, *options,
        {.on_line = [&](const json::object& line) { lines.push_back(line); },
         .on_done =
             [&](const json::object& done) {
               for (const Table& table : records_tables(lines, labels, with_unit)) {
                 out.text(render_text(table));
               }
               out.text(fill(tr("{} records"), {json::serialize(done.at("records"))}));
             }});
  });
}

void add_show_command(Front& front, CLI::App* parent, const std::string& example) {
  auto* command = front.command(
      parent, "show", N_("one record: its fields, conflicts, review and whole history"), example);
  const auto options = front.options(command, "record.show");
  options->positional("record");
  front.act(command, [&front, options](Output& out) {
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
      front.command(nullptr, "edit", N_("change fields of a record; name= empties one"), example);
  const auto options = front.options(command, "record.edit");
  options->positional("record");
  options->positional("fields")->description(tr("name=value …"));
  options->explanations();
  options->option("person");
  act_and_tell_saved(front, command, options);
}

void add_quarantine_command(Front& front, const std::string& example) {
  auto* command = front.command(
      nullptr, "quarantine", N_("entries that are kept but not merged, with the reasons"), example);
  front.act(command, [&front](Output& out) {
    int64_t count = 0;
    return front.call(
        out, {.operation = "quarantine.list",
              .on_line =
                  [&](const json::object& line) {
                    ++count;
                    out.text(fill(tr("{}, entry {}: {}"),
                                  {text_in(line, "stream"),
                                   std::to_string(number_in(line, "number").value_or(0)),
                                   message_of(refusal_from(line))}));
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
        out, {.operation = "verify", .on_line = [&](const json::object& line) {
                if (line.contains("finding")) {
                  std::vector<std::string> where_args;
                  for (const auto& arg : line.at("where_args").as_array()) {
                    where_args.emplace_back(arg.as_string());
                  }
                  out.text(fill(tr("{}  {}: {}"),
                                {tr(text_in(line, "finding").c_str()),
                                 fill(tr(text_in(line, "where_text").c_str()), where_args),
                                 tr(text_in(line, "what").c_str())}));
                  advice.insert(text_in(line, "advice"));
                  return;
                }
                for (const auto& text : advice) out.text(tr(text.c_str()));
                out.text(fill(tr("{} entries, {} signatures and {} records checked, {} findings."),
                              {std::to_string(number_in(line, "entries").value_or(0)),
                               std::to_string(number_in(line, "signatures").value_or(0)),
                               std::to_string(number_in(line, "records").value_or(0)),
                               std::to_string(number_in(line, "findings").value_or(0))}));
              }});
  });
}

}  // namespace sitelog
