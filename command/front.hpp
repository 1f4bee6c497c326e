#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "command/folder_owner.hpp"
#include "command/terminal/output.hpp"
#include "engine/operations.hpp"

namespace sitelog {

// What both command lines share: the options every command has, help with an example for each
// command, the language, exit codes. Lives in main.
class Front {
 public:
  // `default_folder` is the data folder's name below ~/.local/share.
  Front(int argc, char** argv, const std::string& name, const std::string& description,
        const std::string& default_folder);

  CLI::App& app() { return app_; }
  // A command, or a group of them, below `parent`.
  CLI::App* command(CLI::App* parent, const std::string& name, const std::string& description,
                    const std::string& example);
  CLI::App* group(const std::string& name, const std::string& description);
  // What the command does once all is parsed; its result is the exit code.
  void act(CLI::App* command, std::function<int(Output&)> action);

  // Parses and acts. Every error ends here as words and an exit code.
  int run();

  const std::string& data() const { return data_; }
  std::string language() const { return chinese_ ? "zh" : "en"; }

  // Asks whoever owns the data folder, or opens it: prints each line as JSON, or by `on_line` for
  // people; then the outcome by `on_done`. Problems and refusals are told in words.
  using Show = std::function<void(const boost::json::object&)>;
  struct Call {
    std::string operation = {};
    boost::json::object args = {};
    Show on_line = [](const auto&) {};
    Show on_done = [](const auto&) {};
    std::function<std::optional<boost::json::value>()> input = [] {
      return std::optional<boost::json::value>();
    };
    bool outcome_is_line = false;  // print the outcome as JSON too
    bool raw_lines = true;         // print lines as JSON
  };
  int call(Output& out, Call call);
  // The same for commands that work with what comes back.
  Result<boost::json::object> ask_owner(Output& out, const Call& call);

  // How to open the folder where nobody owns it; set by main.
  std::function<Result<OpenFolder>(const std::string& folder, int64_t wait_ms)> open;

 private:
  int parse_error(const CLI::ParseError& error);

  int argc_;
  char** argv_;
  bool chinese_ = true;
  CLI::App app_;
  std::string data_, lang_;
  bool json_ = false;
  std::function<int(Output&)> action_;
};

// "name=value" words as JSON fields. Refuses kUsage a word without "=".
Result<boost::json::object> parse_fields(const std::vector<std::string>& words);
// A refusal as it stands in a line's "error" or "problem".
Refusal refusal_from(const boost::json::object& json);

}  // namespace sitelog
