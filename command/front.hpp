#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "command/folder_owner.hpp"
#include "command/operation_options.hpp"
#include "command/terminal/output.hpp"
#include "engine/operation_table.hpp"
#include "sync/store/opening.hpp"

namespace sitelog {

// What both command lines share: the options every command has, help with an example for each
// command, the language, exit codes. Lives in main.
class Front {
 public:
  // `operations` is there to be described: what the program's commands may ask for.
  // `default_folder` is the data folder's name below ~/.local/share.
  Front(int argc, char** argv, OperationTable operations, const std::string& description,
        const std::string& default_folder);

  CLI::App& app() { return app_; }
  // A command, or a group of them, below `parent`.
  CLI::App* command(CLI::App* parent, const std::string& name, const std::string& description,
                    const std::string& example);
  CLI::App* group(const std::string& name, const std::string& description);
  // The options of a command that asks for `operation`.
  std::shared_ptr<OperationOptions> options(CLI::App* command, const std::string& operation) const;
  // What the command does once all is parsed; its result is the exit code.
  void act(CLI::App* command, std::function<int(Output&)> action);

  // Parses and acts. Every error ends here as words and an exit code.
  int run();

  const std::string& data() const { return data_; }
  Language language() const { return language_; }
  const OperationTable& operations() const { return operations_; }

  // Asks whoever owns the data folder, or opens it: prints each line as JSON, or by `on_line` for
  // people; then the outcome by `on_done`, both as as_data() makes them. Problems and refusals are
  // told in words.
  using Show = std::function<void(const boost::json::object&)>;
  struct Call {
    std::string operation = {};
    boost::json::object args = {};
    Show on_line = [](const auto&) {};
    Show on_done = [](const auto&) {};
    // Puts a refusal into the reader's words.
    std::function<DetailedRefusal(const DetailedRefusal&)> on_refused =
        [](const DetailedRefusal& refusal) { return refusal; };
    // What a field is called to people.
    std::function<std::string(const std::string&)> field_called = [](const std::string& name) {
      return name;
    };
    std::function<std::optional<boost::json::value>()> input = [] {
      return std::optional<boost::json::value>();
    };
    bool outcome_is_line = false;  // print the outcome as JSON too
    bool raw_lines = true;         // print lines as JSON; else `on_line` has them all, as they come
  };
  int call(Output& out, Call call);
  // The same with what was given to the command's options.
  int call(Output& out, const OperationOptions& options, Call call);
  // The same for commands that work with what comes back. Arguments that are not as the operation's
  // row says are refused here already, whether there is a data folder or not.
  OperationAnswer ask_owner(Output& out, const Call& call);

  // How to open the folder where nobody owns it; set by main.
  std::function<Result<OpenFolder>(const std::string& folder, int64_t wait_ms,
                                   const OnOpening& on_opening)>
      open;

 private:
  int parse_error(const CLI::ParseError& error);
  // Everything that was typed, and where the data folder is said to be.
  std::optional<Refusal> fault_in_what_was_typed() const;
  bool asked_for_json() const;

  int argc_;
  char** argv_;
  Language language_;
  OperationTable operations_;
  CLI::App app_;
  std::string data_, lang_;
  bool json_ = false;
  std::function<int(Output&)> action_;
};

}  // namespace sitelog
