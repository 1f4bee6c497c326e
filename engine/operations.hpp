#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/result.hpp"

// What can be asked of a data folder: by name, with JSON arguments and JSON lines as output. Doors
// (command/) bring the asking.
namespace sitelog {

// What an operation says and is given while it runs.
struct OperationIo {
  std::function<void(const boost::json::object&)> line = [](const auto&) {};
  std::function<void(const boost::json::object&)> progress = [](const auto&) {};
  std::function<std::optional<boost::json::value>()> next_input = [] {
    return std::optional<boost::json::value>();
  };
};

using Operation =
    std::function<Result<boost::json::object>(const boost::json::object& args, OperationIo& io)>;
using Operations = std::map<std::string, Operation>;

// Runs one by name; what the disk fails to do becomes a refusal.
Result<boost::json::object> run_operation(const Operations& operations, const std::string& name,
                                          const boost::json::object& args, OperationIo& io);

// Arguments of an operation.
std::string text_arg(const boost::json::object& args, std::string_view name);
std::optional<int64_t> number_arg(const boost::json::object& args, std::string_view name);
bool flag_arg(const boost::json::object& args, std::string_view name);
std::vector<std::string> texts_arg(const boost::json::object& args, std::string_view name);

}  // namespace sitelog
