#pragma once

#include <boost/json.hpp>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/answer_shape.hpp"
#include "engine/arguments.hpp"
#include "engine/caller.hpp"
#include "sync/ledger/answer.hpp"

// What can be asked of a data folder is an operation: a row of one table (operation_table.hpp).
// Doors bring the asking: they turn their input into a row's arguments and its answer into their
// output, and hold no rule.
namespace sitelog {

// The argument that says whose words these are: for whoever sits at the folder alone.
inline constexpr const char* kPersonArgument = "person";

// What an operation says and is given while it runs.
struct OperationIo {
  std::function<void(const boost::json::object&)> line = [](const auto&) {};
  std::function<void(const boost::json::object&)> progress = [](const auto&) {};
  std::function<std::optional<boost::json::value>()> next_input = [] {
    return std::optional<boost::json::value>();
  };
  // Whether whoever asked may have the rest done as well: rights end while what takes long is under
  // way. Asked before each of its parts.
  std::function<bool()> may_go_on = [] { return true; };
};

// One asking, as its operation sees it: checked by the dispatcher.
struct OperationCall {
  const Caller& caller;
  const Arguments& args;
  OperationIo& io;
};

using OperationAnswer = Answer<boost::json::object>;

// A row. A value.
struct Operation {
  using Run = std::function<OperationAnswer(const OperationCall&)>;

  std::string name = {};
  Right right = Right::kRead;
  bool writes = false;
  const char* help = "";  // a message id: one sentence
  // Who reads it is told in the audit list, as who changes something is.
  bool audited = false;
  // Its answer opens something to whoever has it: no file keeps it.
  bool secret = false;
  std::vector<Argument> arguments = {};
  // Of each of these exactly one is to be given.
  std::vector<std::vector<std::string>> one_of = {};
  std::optional<Shape> input = {};  // of each value of the stream it reads, where it does
  std::optional<Shape> line = {};   // of each line it says before the answer
  Shape answer = shape::object({});
  Run run = {};

  const Argument* argument(const std::string& wanted) const;  // null where there is none
};

}  // namespace sitelog
