// Recording.
#include <fstream>
#include <iostream>

#include "client/site_commands.hpp"
#include "command/common_commands.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/width.hpp"
#include "engine/record_operations.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

struct RecordOptions {
  std::string form, campaign, from, person;
  std::vector<std::string> fields, explanations;
};

bool is_utf8(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (!character.valid) return false;
    at += character.bytes;
  }
  return true;
}

int record_many(Front& front, Output& out, const RecordOptions& options) {
  std::ifstream file;
  if (options.from != "-") {
    file.open(options.from);
    if (!file) {
      return out.refused({Reason::kInvalidFile, N_("there is no file {}"), {options.from}});
    }
  }
  std::istream& in = options.from == "-" ? std::cin : file;
  int64_t number = 0;
  Front::Call call{
      .operation = "record.add_many",
      .args = {{"form", options.form}, {"campaign", options.campaign}, {"person", options.person}}};
  call.input = [&]() -> std::optional<json::value> {
    std::string line;
    while (std::getline(in, line)) {
      ++number;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (line.size() > kBatchLineBytesMax)
        return json::object{{"line", number}, {"too_long", true}};
      // What is not UTF-8 is no JSON either, and could not be passed on as it stands.
      return json::object{{"line", number}, {"text", is_utf8(line) ? line : std::string()}};
    }
    return std::nullopt;
  };
  call.raw_lines = false;
  call.on_line = [&](const json::object& line) {
    json::object shown = line;
    if (auto* error = shown.if_contains("error")) {
      json::object& details = error->as_object();
      std::string words;
      if (auto* problems = details.if_contains("problems")) {
        for (auto& item : problems->as_array()) {
          json::object& problem = item.as_object();
          problem["message"] = message_of(refusal_from(problem));
          words += (words.empty() ? "" : tr("; ")) +
                   fill(tr("{}: {}"), {text_arg(problem, "field"), text_arg(problem, "message")});
        }
      } else {
        words = message_of(refusal_from(details));
      }
      details["message"] = words;
      out.note(fill(tr("line {}: not saved: {}"), {json::serialize(line.at("line")), words}));
    }
    out.line(shown);
  };
  const auto outcome = front.ask_owner(out, call);
  if (!outcome) return out.refused(outcome.refusal());
  if (in.bad()) {
    return out.refused(
        {Reason::kNotSaved, N_("the disk did not do what was asked ({})"), {options.from}});
  }
  const int64_t refused = number_arg(*outcome, "refused").value_or(0);
  out.text(fill(tr("{} records saved, {} lines not saved"),
                {json::serialize(outcome->at("saved")), std::to_string(refused)}));
  return refused == 0 ? kExitDone : kExitRefused;
}

void add_record(Front& front) {
  auto options = std::make_shared<RecordOptions>();
  auto* command = front.command(
      nullptr, "record", N_("save an event here; the network is not needed"),
      "sitelog record event kind=送文艺 title=井口慰问演出 date=2026-03-14 level=基层 "
      "participants=120\n  sitelog record event --from events.jsonl --json");
  command->add_option("form", options->form, tr("the form, e.g. event"))->required();
  command->add_option("fields", options->fields, tr("name=value …"));
  command->add_option("--campaign", options->campaign, tr("the campaign, where there are several"));
  command->add_option("--from", options->from,
                      tr("a file with one JSON object a line; - for standard input"));
  command
      ->add_option("--explain", options->explanations,
                   tr("FIELD=TEXT: why an unusual value is right"))
      ->take_all();
  command->add_option("--person", options->person, tr("who records"));
  front.act(command, [&front, options](Output& out) {
    auto fields = parse_fields(options->fields);
    if (fields) fields = explained(std::move(*fields), options->explanations);
    if (!fields) return out.refused(fields.refusal());
    if (!options->from.empty()) {
      if (!fields->empty()) {
        return out.refused({Reason::kUsage, N_("give fields, or --from a file, not both"), {}});
      }
      return record_many(front, out, *options);
    }
    return front.call(out, {.operation = "record.add",
                            .args = {{"form", options->form},
                                     {"campaign", options->campaign},
                                     {"fields", std::move(*fields)},
                                     {"person", options->person}},
                            .on_done = [&](const json::object& done) { tell_saved(out, done); },
                            .outcome_is_line = true});
  });
}

void add_void(Front& front) {
  struct Options {
    std::string record, reason, person;
    bool undo = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      front.command(nullptr, "void", N_("declare a record void; it stays, but doesn't count"),
                    "sitelog void 019a2b3c --reason 重复登记");
  command->add_option("record", options->record, tr("the record's id, or its first or last digits"))
      ->required();
  auto* reason = command->add_option("--reason", options->reason, tr("why"));
  auto* undo = command->add_flag("--undo", options->undo, tr("take an earlier voiding back"));
  undo->excludes(reason);
  command->add_option("--person", options->person, tr("who does it"));
  front.act(command, [&front, options](Output& out) {
    if (!options->undo && options->reason.empty()) {
      return out.refused({Reason::kUsage, N_("say why: --reason TEXT"), {}});
    }
    return front.call(out, {.operation = "record.void",
                            .args = {{"record", options->record},
                                     {"reason", options->undo ? "" : options->reason},
                                     {"person", options->person}},
                            .on_done = [&](const json::object& done) { tell_saved(out, done); },
                            .outcome_is_line = true});
  });
}

void add_campaigns(Front& front) {
  auto* command = front.command(nullptr, "campaigns",
                                N_("what headquarters asks for: kinds, fields, deadlines"),
                                "sitelog campaigns");
  front.act(command, [&front](Output& out) {
    const std::string language = front.language();
    const auto show = [&](const json::object& line) {
      out.text(text_arg(line, "campaign") + "  " + text_arg(line, language) + "  " +
               text_arg(line, "from") + " – " + text_arg(line, "to"));
      const std::string banner = text_arg(line, "banner");
      if (!banner.empty()) out.text("  " + fill(tr("banner: {}"), {banner}));
      for (const auto& deadline : line.at("deadlines").as_array()) {
        out.text("  " + text_arg(deadline.as_object(), "date") + "  " +
                 text_arg(deadline.as_object(), language));
      }
      for (const auto& form : line.at("forms").as_array()) {
        out.text("  " + text_arg(form.as_object(), "form") + ":");
        for (const auto& item : form.at("fields").as_array()) {
          const json::object& field = item.as_object();
          std::string words = "    " + text_arg(field, "name") + "  " + text_arg(field, language);
          if (flag_arg(field, "required")) words += std::string("  ") + tr("(required)");
          if (const auto* choices = field.if_contains("choices")) {
            words += ":";
            for (const auto& choice : choices->as_array()) {
              words += " " + text_arg(choice.as_object(), "value") + "=" +
                       text_arg(choice.as_object(), language);
            }
          }
          out.text(words);
        }
      }
    };
    return front.call(out, {.operation = "campaigns.list", .on_line = show});
  });
}

}  // namespace

void add_site_record_commands(Front& front) {
  add_record(front);
  add_edit_command(front, "sitelog edit 019a2b3c participants=132");
  add_void(front);
  add_list_command(front, nullptr, "sitelog list --review returned", false);
  add_show_command(front, nullptr, "sitelog show 019a2b3c");
  add_conflicts_command(front, nullptr, "conflicts", "sitelog conflicts", false);
  add_decide_command(front, "sitelog decide 019a2b3c participants --value 130");
  add_quarantine_command(front, "sitelog quarantine");
  add_campaigns(front);
}

}  // namespace sitelog
