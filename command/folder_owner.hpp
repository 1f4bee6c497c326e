#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "command/socket/local_socket.hpp"
#include "command/terminal/output.hpp"
#include "engine/operation_table.hpp"
#include "sync/store/folder.hpp"

// One process owns a data folder; command lines run an operation in it, or ask the one that does
// over its local socket. The same for both.
namespace sitelog {

// Answers command lines in `folder` for as long as the server lives. `operations` outlives it.
Result<std::unique_ptr<LocalSocketServer>> answer_callers(const std::string& folder,
                                                          const OperationTable& operations);

// An owner of a folder, made for one command.
struct OpenFolder {
  std::shared_ptr<void> owner;
  std::shared_ptr<OperationTable> operations;
  std::vector<std::string> tightened;  // what others could read until now
};
// Says which files of the folder others could read until it was opened, where there were some.
void tell_tightened(Output& out, const std::vector<std::string>& files);
void tell_tightened(Output& out, const DataFolder& folder);

// Asks whoever owns `folder`; where nobody does, opens it by `open` (which waits the milliseconds
// it is given) and runs the operation here.
OperationAnswer ask_owner(const std::string& folder, const Caller& caller, const std::string& name,
                          const boost::json::object& args, OperationIo& io,
                          const std::function<Result<OpenFolder>(int64_t wait_ms)>& open);

}  // namespace sitelog
