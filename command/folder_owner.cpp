#include "command/folder_owner.hpp"

#include <chrono>

namespace sitelog {

namespace json = boost::json;

namespace {
constexpr int64_t kWaitAtOnceMs = 300;
constexpr auto kWaitInAll = std::chrono::seconds(8);
}  // namespace

Result<std::unique_ptr<LocalSocketServer>> answer_callers(const std::string& folder,
                                                          const Operations& operations) {
  return LocalSocketServer::start(folder, [&operations](LocalRequest& request, LocalReply& reply) {
    OperationIo io;
    io.line = [&](const json::object& line) { reply.line(line); };
    io.progress = [&](const json::object& line) { reply.progress(line); };
    io.next_input = [&] { return request.next_input(); };
    const auto outcome = run_operation(operations, request.operation(), request.args(), io);
    if (outcome) {
      reply.done(*outcome);
    } else {
      reply.refused(outcome.refusal());
    }
  });
}

Result<json::object> ask_owner(const std::string& folder, const std::string& name,
                               const json::object& args, OperationIo& io,
                               const std::function<Result<OpenFolder>(int64_t)>& open) {
  // Between the two tries another process may take the folder or let it go.
  const auto deadline = std::chrono::steady_clock::now() + kWaitInAll;
  for (;;) {
    auto answered = call_local(folder, name, args, io.next_input, io.line, io.progress);
    if (!answered) return answered.refusal();
    if (*answered) return std::move(**answered);
    auto opened = open(kWaitAtOnceMs);
    if (opened) return run_operation(*opened->operations, name, args, io);
    const bool taken = opened.refusal().reason == Reason::kFolderInUse;
    if (!taken || std::chrono::steady_clock::now() > deadline) return opened.refusal();
  }
}

}  // namespace sitelog
