#include "command/common_commands.hpp"

#include <set>

#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"

namespace sitelog {

namespace json = boost::json;

Labels labels_of(Front& front, Output& out) {
  Labels labels(front.language());
  if (out.json()) return labels;
  // Without labels the names themselves are shown, so that a refusal here is none.
  (void)front.ask_owner(out, {.operation = "campaigns.list",
                              .on_line = [&](const json::object& line) { labels.learn(line); }});
  return labels;
}

void tell_saved(Output& out, const json::object& outcome) {
  if (flag_arg(outcome, "unchanged")) {
    out.text(tr("Nothing was changed: the record says so already."));
  } else {
    out.text(fill(tr("Saved: {}"), {text_arg(outcome, "record")}));
  }
}

Result<json::object> explained(json::object fields, const std::vector<std::string>& explanations) {
  auto parsed = parse_fields(explanations);
  if (!parsed) return parsed.refusal();
  for (const auto& [field, text] : *parsed) fields["_explain." + std::string(field)] = text;
  return fields;
}

void add_list_command(Front& front, CLI::App* parent, const std::string& example, bool with_unit) {
  struct Options {
    std::string unit, campaign, review, after;
    bool conflicts = false;
    int64_t limit = -1;
  };
  auto options = std::make_shared<Options>();
  auto* command = front.command(parent, "list", N_("the records, merged"), example);
  if (with_unit) {
    command->add_option("--unit", options->unit, tr("only this unit and those below it"));
  }
  command->add_option("--campaign", options->campaign, tr("only this campaign"));
  command->add_option("--review", options->review, tr("only with this review"))
      ->check(CLI::IsMember({"pending", "returned", "accepted", "refused"}));
  command->add_flag("--conflicts", options->conflicts, tr("only records in conflict"));
  command->add_option("--limit", options->limit, tr("at most so many"))
      ->check(CLI::NonNegativeNumber);
  command->add_option("--after", options->after,
                      tr("only what follows this record: the last one of the page before"));
  front.act(command, [&front, options, with_unit](Output& out) {
    const Labels labels = labels_of(front, out);
    std::vector<json::object> lines;
    return front.call(
        out, {.operation = "records.list",
              .args = {{"unit", options->unit},
                       {"campaign", options->campaign},
                       {"review", options->review},
                       {"conflicts", options->conflicts},
                       {"after", options->after},
                       {"limit", options->limit}},
              .on_line = [&](const json::object& line) { lines.push_back(line); },
              .on_done =
                  [&](const json::object& done) {
                    out.text(render_text(records_table(lines, labels, with_unit)));
                    out.text(fill(tr("{} records"), {json::serialize(done.at("records"))}));
                  }});
  });
}

void add_show_command(Front& front, CLI::App* parent, const std::string& example) {
  auto record = std::make_shared<std::string>();
  auto* command = front.command(
      parent, "show", N_("one record: its fields, conflicts, review and whole history"), example);
  command->add_option("record", *record, tr("the record's id, or its first or last digits"))
      ->required();
  front.act(command, [&front, record](Output& out) {
    const Labels labels = labels_of(front, out);
    return front.call(
        out, {.operation = "record.show",
              .args = {{"record", *record}},
              .on_line = [&](const json::object& line) { out.text(record_text(line, labels)); }});
  });
}

void add_conflicts_command(Front& front, CLI::App* parent, const std::string& name,
                           const std::string& example, bool with_unit) {
  auto unit = std::make_shared<std::string>();
  auto* command = front.command(
      parent, name, N_("fields changed differently at the same time, all candidates"), example);
  if (with_unit) command->add_option("--unit", *unit, tr("only this unit and those below it"));
  front.act(command, [&front, unit](Output& out) {
    const Labels labels = labels_of(front, out);
    int64_t count = 0;
    return front.call(out, {.operation = "conflicts.list",
                            .args = {{"unit", *unit}},
                            .on_line =
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
  struct Options {
    std::string record, field, value, person;
    int64_t take = 0;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      front.command(nullptr, "decide",
                    N_("decide a conflict: take a candidate, or give the right value"), example);
  command->add_option("record", options->record, tr("the record's id, or its first or last digits"))
      ->required();
  command->add_option("field", options->field, tr("the field's name"))->required();
  auto* take =
      command->add_option("--take", options->take, tr("the candidate's number, 1 for the first"));
  auto* value = command->add_option("--value", options->value, tr("another value"))->excludes(take);
  command->add_option("--person", options->person, tr("who decides"));
  front.act(command, [&front, options, take, value](Output& out) {
    json::object args{
        {"record", options->record}, {"field", options->field}, {"person", options->person}};
    if (take->count() + value->count() != 1) {
      return out.refused({Reason::kUsage, N_("say --take N or --value V"), {}});
    }
    if (take->count() > 0) args["take"] = options->take;
    if (value->count() > 0) args["value"] = options->value;
    return front.call(out, {.operation = "conflict.decide",
                            .args = std::move(args),
                            .on_done = [&](const json::object& done) { tell_saved(out, done); },
                            .outcome_is_line = true});
  });
}

void add_edit_command(Front& front, const std::string& example) {
  struct Options {
    std::string record, person;
    std::vector<std::string> fields, explanations;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      front.command(nullptr, "edit", N_("change fields of a record; name= empties one"), example);
  command->add_option("record", options->record, tr("the record's id, or its first or last digits"))
      ->required();
  command->add_option("fields", options->fields, tr("name=value …"));
  command
      ->add_option("--explain", options->explanations,
                   tr("FIELD=TEXT: why an unusual value is right"))
      ->take_all();
  command->add_option("--person", options->person, tr("who makes the change"));
  front.act(command, [&front, options](Output& out) {
    auto fields = parse_fields(options->fields);
    if (fields) fields = explained(std::move(*fields), options->explanations);
    if (!fields) return out.refused(fields.refusal());
    if (fields->empty()) {
      return out.refused({Reason::kUsage, N_("give at least one name=value"), {}});
    }
    return front.call(out, {.operation = "record.edit",
                            .args = {{"record", options->record},
                                     {"fields", std::move(*fields)},
                                     {"person", options->person}},
                            .on_done = [&](const json::object& done) { tell_saved(out, done); },
                            .outcome_is_line = true});
  });
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
                                  {text_arg(line, "stream"),
                                   std::to_string(number_arg(line, "number").value_or(0)),
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
                                {tr(text_arg(line, "finding").c_str()),
                                 fill(tr(text_arg(line, "where_text").c_str()), where_args),
                                 tr(text_arg(line, "what").c_str())}));
                  advice.insert(text_arg(line, "advice"));
                  return;
                }
                for (const auto& text : advice) out.text(tr(text.c_str()));
                out.text(fill(tr("{} entries, {} signatures and {} records checked, {} findings."),
                              {std::to_string(number_arg(line, "entries").value_or(0)),
                               std::to_string(number_arg(line, "signatures").value_or(0)),
                               std::to_string(number_arg(line, "records").value_or(0)),
                               std::to_string(number_arg(line, "findings").value_or(0))}));
              }});
  });
}

}  // namespace sitelog
