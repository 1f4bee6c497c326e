#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/operation.hpp"

namespace sitelog {

// The options of a command that asks for one operation: made from what its row says of its
// arguments, and turned into them. Shared by the command's action, so it lives as long as that.
class OperationOptions {
 public:
  // Whether the command line itself insists on an argument that the row requires.
  enum class Insist { kAsTheRow, kNever };

  OperationOptions(CLI::App* command, const Operation& operation);
  OperationOptions(const OperationOptions&) = delete;
  OperationOptions& operator=(const OperationOptions&) = delete;

  // A word after the command; for an argument of fields all that follow, each NAME=VALUE. `shown`
  // is what the help calls it, where that is another word.
  CLI::Option* positional(const std::string& argument, const std::string& shown = {});
  // "--argument", or as `spelled`. Of fields each is NAME=TEXT, of texts each is one of them.
  CLI::Option* option(const std::string& argument, const std::string& spelled = {},
                      Insist insist = Insist::kAsTheRow);
  // "--explain FIELD=TEXT": explanations among the argument "fields".
  void explanations();
  // An argument that is no option.
  void set(const std::string& argument, boost::json::value value) { set_[argument] = value; }

  // A refusal of arguments, each called as it is typed: "--days".
  DetailedRefusal as_typed(DetailedRefusal refusal) const;

  const std::string& operation() const { return operation_.name; }
  // What was given, by argument, ID@CODE in its two parts; blank texts are left out where the row
  // takes none. Refuses kUsage.
  Result<boost::json::object> given() const;

 private:
  struct Given {
    const Argument* argument = nullptr;
    CLI::Option* option = nullptr;
    std::string text;
    int64_t number = 0;
    bool flag = false;
    std::vector<std::string> words;
  };
  CLI::Option* add(const std::string& argument, const std::string& spelled, bool is_positional,
                   Insist insist);
  std::string spelled(const std::string& argument) const;
  std::optional<Refusal> part(boost::json::object& given) const;
  static Result<boost::json::value> value_of(const Given& given);

  CLI::App* command_;
  Operation operation_;
  std::map<std::string, std::unique_ptr<Given>> given_;  // the options keep pointers into them
  std::vector<std::string> explanations_;
  boost::json::object set_;
};

// "name=value" words as JSON fields. Refuses kUsage a word without "=".
Result<boost::json::object> parse_fields(const std::vector<std::string>& words);

}  // namespace sitelog
