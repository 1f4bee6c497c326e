#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "console/local_socket.hpp"
#include "sync/ledger/result.hpp"

// What command lines ask of the process that owns a data folder: by name, with JSON arguments and
// JSON lines as output. The same whether the asking process owns the folder or asks the one that
// does over its local socket.
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
Result<boost::json::object> run(const Operations& operations, const std::string& name,
                                const boost::json::object& args, OperationIo& io);

// Answers command lines in `folder` for as long as the server lives. `operations` outlives it.
Result<std::unique_ptr<LocalSocketServer>> answer(const std::string& folder,
                                                  const Operations& operations);

// An owner of a folder, made for one command.
struct OpenFolder {
  std::shared_ptr<void> owner;
  std::shared_ptr<Operations> operations;
};
// Asks whoever owns `folder`; where nobody does, opens it by `open` (which waits the milliseconds
// it is given) and runs the operation here.
Result<boost::json::object> ask(const std::string& folder, const std::string& name,
                                const boost::json::object& args, OperationIo& io,
                                const std::function<Result<OpenFolder>(int64_t wait_ms)>& open);

// Arguments of an operation.
std::string text_arg(const boost::json::object& args, std::string_view name);
std::optional<int64_t> number_arg(const boost::json::object& args, std::string_view name);
bool flag_arg(const boost::json::object& args, std::string_view name);
std::vector<std::string> texts_arg(const boost::json::object& args, std::string_view name);

}  // namespace sitelog
