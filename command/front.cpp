#include "command/front.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstdlib>
#include <cstring>
#include <system_error>

#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/opening_teller.hpp"
#include "command/presentation.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/width.hpp"
#include "command/typed_text.hpp"
#include "engine/engine.hpp"
#include "sync/merge/store_error.hpp"

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

constexpr const char* kDataVariable = "SITELOG_DATA";
constexpr size_t kHelpColumn = 36;

// CLI11's help in the chosen language, its columns aligned by display width.
class Formatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    const std::string usage = CLI::Formatter::make_usage(app, name);
    return fill(tr("Usage: {}"), {usage.substr(usage.find(' ') + 1)});
  }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    const std::string name = CLI::Formatter::make_option_name(option, is_positional);
    return is_positional ? std::string(tr(name.c_str())) : name;
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string out = CLI::Formatter::make_option_opts(option);
    const std::pair<std::string, std::string> words[] = {{" TEXT", std::string(" ") + tr("TEXT")},
                                                         {" INT", std::string(" ") + tr("NUMBER")},
                                                         {":NONNEGATIVE", ""}};
    for (const auto& [theirs, ours] : words) {
      if (const size_t at = out.find(theirs); at != std::string::npos) {
        out.replace(at, theirs.size(), ours);
      }
    }
    return out;
  }
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    return line(make_option_name(option, is_positional) + make_option_opts(option),
                make_option_desc(option));
  }
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return headed(CLI::Formatter::make_group(group, is_positional, options));
  }
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override {
    return headed(CLI::Formatter::make_subcommands(app, mode));
  }
  std::string make_subcommand(const CLI::App* command) const override {
    return line(command->get_display_name(true), command->get_description());
  }

 private:
  // "\nHeading:\n…" with the colon of the language.
  static std::string headed(const std::string& block) {
    const size_t colon = block.find(":\n");
    if (colon == std::string::npos) return block;
    return "\n" + fill(tr("{}:"), {block.substr(1, colon - 1)}) + block.substr(colon + 1);
  }
  static std::string line(const std::string& left, const std::string& right) {
    const std::string indented = "  " + left;
    const bool fits = display_width(indented) < kHelpColumn;
    return (fits ? padded(indented, kHelpColumn)
                 : indented + "\n" + std::string(kHelpColumn, ' ')) +
           right + "\n";
  }
};

Refusal no_such_command(const std::string& word) {
  return {Reason::kUsage, N_("there is no command {}"), {word}};
}

// Help was asked for with a word that is no command where one is to be named; nothing where it is.
std::optional<Refusal> unknown_command(const CLI::App& app) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().back();
  if (last->get_require_subcommand_min() == 0) return std::nullopt;
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with('-')) return no_such_command(word);
  }
  return std::nullopt;
}

// What CLI11 says in English as a message of ours; where it is a new one, its own words are shown.
// `extra`: words that mean nothing where they stand. A misspelt one is mostly why another is
// missed.
Refusal usage_refusal(const CLI::ParseError& error, const std::vector<std::string>& extra) {
  const std::string kind = error.get_name();
  const std::string said = error.what();
  const auto refusal = [](const char* text, std::vector<std::string> args) {
    return Refusal{Reason::kUsage, text, std::move(args)};
  };
  const auto before = [&said](const char* mark) { return said.substr(0, said.find(mark)); };
  const auto after = [&said](const char* mark) {
    const size_t at = said.find(mark);
    return at == std::string::npos ? said : said.substr(at + std::strlen(mark));
  };
  if (!extra.empty()) {
    if (said == "A subcommand is required" && !extra.front().starts_with('-')) {
      return no_such_command(extra.front());
    }
    return refusal(N_("not understood: {}"), {join(extra, " ")});
  }
  if (kind == "RequiredError") {
    if (said == "A subcommand is required") return refusal(N_("name a command"), {});
    const std::string name = before(" is required");
    return refusal(N_("something that is needed is missing: {}"),
                   {name.starts_with('-') ? name : tr(name.c_str())});
  }
  if (kind == "ExcludesError") {
    return refusal(N_("{} and {} can't be given together"),
                   {before(" excludes "), after(" excludes ")});
  }
  if (kind == "ArgumentMismatch" && said.ends_with(" missing")) {
    return refusal(N_("{} needs a value"), {before(": ")});
  }
  if (kind == "ArgumentMismatch" && said.find(": At Most 1 ") != std::string::npos) {
    return refusal(N_("{} can be given only once"), {before(": ")});
  }
  if (kind == "ConversionError" && said.starts_with("Could not convert: ")) {
    return refusal(N_("this is not a number: {}"), {after("convert: ")});
  }
  if (kind == "ValidationError" && said.find(" not in {") != std::string::npos &&
      said.find(": ") < said.find(" not in {")) {
    return refusal(N_("{} can't be {}; it can be: {}"),
                   {before(": "), before(" not in {").substr(before(": ").size() + 2),
                    said.substr(said.rfind('{') + 1, said.rfind('}') - said.rfind('{') - 1)});
  }
  if (kind == "ValidationError" || kind == "ConversionError") {
    return refusal(N_("the value given for {} is not allowed"), {before(": ")});
  }
  return refusal(N_("wrong usage: {}"), {said});
}

}  // namespace

Front::Front(int argc, char** argv, OperationTable operations, const std::string& description,
             const std::string& default_folder)
    : argc_(argc),
      argv_(argv),
      language_(set_terminal_language(wanted_language(argc, argv))),
      operations_(std::move(operations)),
      app_(tr(description.c_str()), operations_.program()),
      data_(default_data(default_folder)) {
  set_terminal_side(operations_.program() == "sitelogd" ? Side::kHeadquarters : Side::kSite);
  // What a peer sends must not fill the log: a message that is no good is told as a refusal.
  google::protobuf::SetLogHandler(nullptr);
  auto formatter = std::make_shared<Formatter>();
  formatter->label("OPTIONS", tr("OPTIONS"));
  formatter->label("SUBCOMMAND", tr("COMMAND"));
  formatter->label("REQUIRED", tr("(required)"));
  formatter->label("Positionals", tr("Arguments"));
  formatter->label("Env", tr("environment"));
  formatter->label("Needs", tr("needs"));
  formatter->label("Excludes", tr("not with"));
  app_.formatter(formatter);
  app_.option_defaults()->group(tr("Options"));
  app_.set_help_flag("-h,--help", tr("show this help"));
  app_.set_version_flag("--version", SITELOG_VERSION, tr("show which version this is"));
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.add_option("--data", data_, tr("the data folder"))
      ->envname(kDataVariable)
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
  out->group(tr("Commands"));
  out->set_help_flag("-h,--help", tr("show this help"));
  out->fallthrough();
  out->footer(std::string(tr("Example:")) + "\n  " + example);
  return out;
}

CLI::App* Front::group(const std::string& name, const std::string& description) {
  CLI::App* out = app_.add_subcommand(name, tr(description.c_str()));
  out->group(tr("Commands"));
  out->set_help_flag("-h,--help", tr("show this help"));
  out->require_subcommand(1);
  out->fallthrough();
  return out;
}

std::shared_ptr<OperationOptions> Front::options(CLI::App* command,
                                                 const std::string& operation) const {
  const Operation* row = operations_.find(operation);
  SITELOG_ASSERT(row != nullptr);
  return std::make_shared<OperationOptions>(command, *row);
}

void Front::act(CLI::App* command, std::function<int(Output&)> action) {
  command->callback([this, action = std::move(action)] { action_ = action; });
}

// What is wrong may come before --json was read.
bool Front::asked_for_json() const {
  bool json = json_;
  for (int i = 1; i < argc_; ++i) json = json || std::strcmp(argv_[i], "--json") == 0;
  return json;
}

int Front::parse_error(const CLI::ParseError& error) {
  Output out(asked_for_json());
  return out.refused(usage_refusal(error, app_.remaining(true)));
}

std::optional<Refusal> Front::fault_in_what_was_typed() const {
  for (int i = 1; i < argc_; ++i) {
    if (auto fault = not_utf8(argv_[i])) return fault;
  }
  const char* data = std::getenv(kDataVariable);
  return data != nullptr ? not_utf8(data) : std::nullopt;
}

int Front::run() {
  if (const auto fault = fault_in_what_was_typed()) {
    Output out(asked_for_json());
    const int status = out.refused(*fault);
    // Such a terminal shows no Chinese in UTF-8; English it does.
    if (language_ != Language::kEnglish) out.note(message_of(Language::kEnglish, *fault));
    return status;
  }
  // "help COMMAND" is what "COMMAND --help" is.
  std::vector<char*> words(argv_, argv_ + argc_);
  std::string help_option = "--help";
  size_t first = 1;  // the first word that is no option for all commands
  while (first < words.size() && words[first][0] == '-') {
    const std::string_view option = words[first];
    first += option == "--lang" || option == "--data" ? 2 : 1;
  }
  if (first < words.size() && std::strcmp(words[first], "help") == 0) {
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(first));
    words.push_back(help_option.data());
  }
  try {
    app_.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::CallForVersion&) {
    Output(json_).bytes(operations_.program() + " " + SITELOG_VERSION + "\n");
    return kExitDone;
  } catch (const CLI::CallForHelp& help) {
    if (const auto unknown = unknown_command(app_))
      return Output(asked_for_json()).refused(*unknown);
    app_.exit(help);
    return kExitDone;
  } catch (const CLI::ParseError& error) {
    return parse_error(error);
  }
  Output out(json_);
  try {
    const int status = action_(out);
    if (!out.left_out().empty()) {
      out.note(fill(tr("not all of this could be shown ({})"), {out.left_out()}));
    }
    return status;
  } catch (const StoreError& error) {
    return out.refused(refusal_of(error));
  } catch (const std::system_error& error) {
    return out.refused(
        {Reason::kNotSaved, N_("the system did not do what was asked ({})"), {error.what()}});
  }
}

OperationAnswer Front::ask_owner(Output& out, const Call& call) {
  const Operation* operation = operations_.find(call.operation);
  SITELOG_ASSERT(operation != nullptr);
  if (operation->writes) out.keep_going();
  if (const auto read = read_arguments(*operation, call.args); !read) return read.refusal();
  OperationIo io;
  io.line = [&](const json::object& line) {
    if (call.raw_lines) out.line(line);
    if (!call.raw_lines) {
      call.on_line(line);
    } else if (!out.json()) {
      call.on_line(as_data(line));
    }
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
  return sitelog::ask_owner(data_, owner_of_folder(language_, operations_.program()),
                            call.operation, call.args, io, [&](int64_t wait_ms) {
                              OpeningTeller teller(out, data_);
                              auto opened = open(data_, wait_ms, teller.listener());
                              if (opened) tell_tightened(out, opened->tightened);
                              return opened;
                            });
}

int Front::call(Output& out, const OperationOptions& options, Call call) {
  auto args = options.given();
  if (!args) return out.refused(args.refusal());
  call.operation = options.operation();
  call.args = *std::move(args);
  if (!out.json()) {
    call.on_refused = [&options, before = std::move(call.on_refused)](const DetailedRefusal& said) {
      return options.as_typed(before(said));
    };
  }
  return this->call(out, std::move(call));
}

int Front::call(Output& out, Call call) {
  const auto outcome = ask_owner(out, call);
  if (!outcome) return out.refused(call.on_refused(outcome.refusal()));
  if (call.outcome_is_line) out.line(*outcome);
  for (const auto& item : array_in(*outcome, "warnings")) {
    const FieldProblem warning = problem_from(item.as_object());
    out.note(fill(tr("please explain {}: {}"),
                  {call.field_called(warning.field), message_of(warning.refusal)}));
  }
  if (const std::string command = explaining_command(operations_.program(), *outcome);
      !command.empty()) {
    out.note(fill(tr("the record is saved; its explanation is added by: {}"), {command}));
  }
  if (!out.json()) call.on_done(as_data(*outcome));
  return kExitDone;
}

}  // namespace sitelog
