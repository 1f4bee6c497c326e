#include "engine/front.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstdlib>
#include <cstring>
#include <system_error>

#include "console/language.hpp"
#include "sync/store/sqlite.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// The language decides the words of the help, so it is looked for before all else.
std::string wanted_language(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--lang") == 0 && i + 1 < argc) return argv[i + 1];
    if (std::strncmp(argv[i], "--lang=", 7) == 0) return argv[i] + 7;
  }
  return {};
}

std::string default_data(const std::string& folder) {
  if (const char* given = std::getenv("XDG_DATA_HOME")) return std::string(given) + "/" + folder;
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.local/share/" + folder;
}

class Formatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    return std::string(tr("Usage:")) + CLI::Formatter::make_usage(app, name).substr(6);
  }
};

void tell_problem(Output& out, const json::object& problem) {
  const auto* field = problem.if_contains("field");
  const std::string name = field != nullptr ? std::string(field->as_string()) : std::string();
  out.note((name.empty() ? "" : name + ": ") + message_of(refusal_from(problem)));
}

}  // namespace

Refusal refusal_from(const json::object& in) {
  Refusal out{Reason::kMalformed, text_arg(in, "text"), texts_arg(in, "args")};
  const std::string reason = text_arg(in, "reason");
  for (int i = 0; i <= static_cast<int>(Reason::kUsage); ++i) {
    if (reason == name_of(static_cast<Reason>(i))) out.reason = static_cast<Reason>(i);
  }
  return out;
}

Front::Front(int argc, char** argv, const std::string& name, const std::string& description,
             const std::string& default_folder)
    : argc_(argc),
      argv_(argv),
      chinese_(set_language(wanted_language(argc, argv)) == Language::kChinese),
      app_(tr(description.c_str()), name),
      data_(default_data(default_folder)) {
  // What a peer sends must not fill the log: a message that is no good is told as a refusal.
  google::protobuf::SetLogHandler(nullptr);
  auto formatter = std::make_shared<Formatter>();
  formatter->label("OPTIONS", tr("OPTIONS"));
  formatter->label("SUBCOMMAND", tr("COMMAND"));
  formatter->label("Subcommands", tr("Commands"));
  formatter->label("REQUIRED", tr("(required)"));
  formatter->label("Positionals", tr("Arguments"));
  formatter->column_width(36);
  app_.formatter(formatter);
  app_.set_help_flag("-h,--help", tr("show this help"));
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.add_option("--data", data_, tr("the data folder (or the environment's SITELOG_DATA)"))
      ->envname("SITELOG_DATA")
      ->group(tr("Everywhere"));
  app_.add_option("--lang", lang_, tr("language of messages: zh or en"))
      ->check(CLI::IsMember({"zh", "en"}))
      ->group(tr("Everywhere"));
  app_.add_flag("--json", json_, tr("print JSON, one object a line"))->group(tr("Everywhere"));
}

CLI::App* Front::command(CLI::App* parent, const std::string& name, const std::string& description,
                         const std::string& example) {
  CLI::App* out =
      (parent != nullptr ? parent : &app_)->add_subcommand(name, tr(description.c_str()));
  out->set_help_flag("-h,--help", tr("show this help"));
  out->fallthrough();
  out->footer(std::string(tr("Example:")) + "\n  " + example);
  return out;
}

CLI::App* Front::group(const std::string& name, const std::string& description) {
  CLI::App* out = app_.add_subcommand(name, tr(description.c_str()));
  out->set_help_flag("-h,--help", tr("show this help"));
  out->require_subcommand(1);
  out->fallthrough();
  return out;
}

void Front::act(CLI::App* command, std::function<int(Output&)> action) {
  command->callback([this, action = std::move(action)] { action_ = action; });
}

int Front::parse_error(const CLI::ParseError& error) {
  const std::string kind = error.get_name();
  Refusal refusal{Reason::kUsage, N_("wrong usage: {}"), {error.what()}};
  if (kind == "RequiredError") refusal.text = N_("something that is needed is missing: {}");
  if (kind == "ExtrasError") refusal.text = N_("not understood: {}");
  if (kind == "ValidationError" || kind == "ConversionError") {
    refusal.text = N_("a value is not one that is allowed: {}");
  }
  Output out(json_);
  return out.refused(refusal);
}

int Front::run() {
  try {
    app_.parse(argc_, argv_);
  } catch (const CLI::CallForHelp& help) {
    app_.exit(help);
    return kExitDone;
  } catch (const CLI::ParseError& error) {
    return parse_error(error);
  }
  Output out(json_);
  try {
    return action_(out);
  } catch (const StoreError& error) {
    return out.refused(
        {Reason::kNotSaved, N_("the disk did not do what was asked ({})"), {error.what()}});
  } catch (const std::system_error& error) {
    return out.refused(
        {Reason::kNotSaved, N_("the system did not do what was asked ({})"), {error.what()}});
  }
}

Result<json::object> Front::ask_owner(Output& out, const Call& call) {
  OperationIo io;
  io.line = [&](const json::object& line) {
    if (const auto* problem = line.if_contains("problem")) {
      tell_problem(out, problem->as_object());
      if (out.json()) {
        json::object with_words = line;
        with_words["problem"].as_object()["message"] =
            message_of(refusal_from(problem->as_object()));
        out.line(with_words);
      }
      return;
    }
    if (call.raw_lines) out.line(line);
    if (!out.json() || !call.raw_lines) call.on_line(line);
  };
  io.progress = [&](const json::object& line) {
    std::string words;
    for (const auto& [name, value] : line) {
      words +=
          (words.empty() ? "" : "  ") + std::string(tr(std::string(name).c_str())) + " " +
          (value.is_string() ? std::string(tr(value.as_string().c_str())) : json::serialize(value));
    }
    out.progress(words);
  };
  io.next_input = call.input;
  return ask(data_, call.operation, call.args, io,
             [this](int64_t wait_ms) { return open(data_, wait_ms); });
}

int Front::call(Output& out, Call call) {
  const auto outcome = ask_owner(out, call);
  if (!outcome) return out.refused(outcome.refusal());
  if (call.outcome_is_line) out.line(*outcome);
  if (const auto* warnings = outcome->if_contains("warnings")) {
    for (const auto& warning : warnings->as_array()) {
      out.note(std::string(tr("please explain (--explain FIELD=TEXT):")) + " " +
               text_arg(warning.as_object(), "field") + ": " +
               message_of(refusal_from(warning.as_object())));
    }
  }
  if (!out.json()) call.on_done(*outcome);
  return kExitDone;
}

Result<json::object> parse_fields(const std::vector<std::string>& words) {
  json::object out;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Refusal{Reason::kUsage, N_("fields are given as name=value, not as {}"), {word}};
    }
    out[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return out;
}

}  // namespace sitelog
