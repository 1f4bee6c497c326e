// Recording.
#include <fstream>
#include <iostream>

#include "campaign/text.hpp"
#include "client/site_commands.hpp"
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/terminal/language.hpp"
#include "engine/record_operations.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

int record_many(Front& front, Output& out, json::object args, const std::string& from) {
  std::ifstream file;
  if (from != "-") {
    file.open(from);
    if (!file) {
      return out.refused({Reason::kInvalidFile, N_("there is no file {}"), {from}});
    }
  }
  std::istream& in = from == "-" ? std::cin : file;
  int64_t number = 0;
  Front::Call call{.operation = "record.add_many", .args = std::move(args)};
  call.input = [&]() -> std::optional<json::value> {
    std::string line;
    while (std::getline(in, line)) {
      ++number;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (line.size() > kBatchLineBytesMax) {
        return json::object{{"line", number}, {"too_long", true}};
      }
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
          const std::string field = text_in(problem, "field");
          const std::string said = text_in(problem, "message");
          words += (words.empty() ? "" : tr("; ")) +
                   (field.empty() ? said : fill(tr("{}: {}"), {field, said}));
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
    return out.refused({Reason::kNotSaved, N_("the disk did not do what was asked ({})"), {from}});
  }
  const int64_t refused = number_in(*outcome, "refused").value_or(0);
  out.text(fill(tr("{} records saved, {} lines not saved"),
                {json::serialize(outcome->at("saved")), std::to_string(refused)}));
  return refused == 0 ? kExitDone : kExitRefused;
}

void add_record(Front& front) {
  auto from = std::make_shared<std::string>();
  auto* command =
      front.command(nullptr, "record", N_("save an event here; the network is not needed"),
                    "sitelog record event kind=送文艺 title=井口慰问演出 date=2026-03-14 "
                    "status=已举办 level=基层 participants=120\n  sitelog record event --from "
                    "events.jsonl --json");
  const auto options = front.options(command, "record.add");
  options->positional("form");
  options->positional("fields")->description(tr("name=value …"));
  options->option("campaign");
  command->add_option("--from", *from,
                      tr("a file with one JSON object a line; - for standard input"));
  options->explanations();
  options->option("person");
  front.act(command, [&front, options, from](Output& out) {
    if (from->empty()) {
      return front.call(out, *options,
                        {.on_done = [&](const json::object& done) { tell_saved(out, done); },
                         .outcome_is_line = true});
    }
    auto args = options->given();
    if (!args) return out.refused(args.refusal());
    if (args->contains("fields")) {
      return out.refused({Reason::kUsage, N_("give fields, or --from a file, not both"), {}});
    }
    return record_many(front, out, *std::move(args), *from);
  });
}

void add_void(Front& front) {
  auto undo = std::make_shared<bool>(false);
  auto* command =
      front.command(nullptr, "void", N_("declare a record void; it stays, but doesn't count"),
                    "sitelog void 019a2b3c --reason 重复登记");
  const auto options = front.options(command, "record.void");
  options->positional("record");
  auto* reason = options->option("reason", {}, OperationOptions::Insist::kNever);
  command->add_flag("--undo", *undo, tr("take an earlier voiding back"))->excludes(reason);
  options->option("person");
  front.act(command, [&front, options, undo](Output& out) {
    auto args = options->given();
    if (!args) return out.refused(args.refusal());
    return front.call(out, {.operation = *undo ? "record.unvoid" : "record.void",
                            .args = *std::move(args),
                            .on_done = [&](const json::object& done) { tell_saved(out, done); },
                            .outcome_is_line = true});
  });
}

void add_campaigns(Front& front) {
  auto* command = front.command(nullptr, "campaigns",
                                N_("what headquarters asks for: kinds, fields, deadlines"),
                                "sitelog campaigns");
  front.act(command, [&front](Output& out) {
    const std::string language(name_of(front.language()));
    const auto show = [&](const json::object& line) {
      out.text(text_in(line, "campaign") + "  " + text_in(line, language) + "  " +
               text_in(line, "from") + " – " + text_in(line, "to"));
      const std::string banner = text_in(line, "banner");
      if (!banner.empty()) out.text("  " + fill(tr("banner: {}"), {banner}));
      for (const auto& deadline : line.at("deadlines").as_array()) {
        out.text("  " + text_in(deadline.as_object(), "date") + "  " +
                 text_in(deadline.as_object(), language));
      }
      for (const auto& form : line.at("forms").as_array()) {
        out.text("  " + text_in(form.as_object(), "form") + ":");
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
