#include "engine/operations.hpp"

#include <chrono>

#include "engine/engine.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {
constexpr int64_t kWaitAtOnceMs = 300;
constexpr auto kWaitInAll = std::chrono::seconds(8);
}  // namespace

Result<json::object> run(const Operations& operations, const std::string& name,
                         const json::object& args, OperationIo& io) {
  const auto operation = operations.find(name);
  if (operation == operations.end()) {
    return Refusal{
        Reason::kUsage, N_("the program that uses this data folder does not know {}"), {name}};
  }
  try {
    return operation->second(args, io);
  } catch (const StoreError& error) {
    return refusal_of(error);
  } catch (const boost::system::system_error& error) {
    // A stored document that can't be read as JSON any more.
    return refusal_of(StoreError(StoreError::Kind::kDamaged, error.what()));
  }
}

Result<std::unique_ptr<LocalSocketServer>> answer(const std::string& folder,
                                                  const Operations& operations) {
  return LocalSocketServer::start(folder, [&operations](LocalRequest& request, LocalReply& reply) {
    OperationIo io;
    io.line = [&](const json::object& line) { reply.line(line); };
    io.progress = [&](const json::object& line) { reply.progress(line); };
    io.next_input = [&] { return request.next_input(); };
    const auto outcome = run(operations, request.operation(), request.args(), io);
    if (outcome) {
      reply.done(*outcome);
    } else {
      reply.refused(outcome.refusal());
    }
  });
}

Result<json::object> ask(const std::string& folder, const std::string& name,
                         const json::object& args, OperationIo& io,
                         const std::function<Result<OpenFolder>(int64_t)>& open) {
  // Between the two tries another process may take the folder or let it go.
  const auto deadline = std::chrono::steady_clock::now() + kWaitInAll;
  for (;;) {
    auto answered = call_local(folder, name, args, io.next_input, io.line, io.progress);
    if (!answered) return answered.refusal();
    if (*answered) return std::move(**answered);
    auto opened = open(kWaitAtOnceMs);
    if (opened) return run(*opened->operations, name, args, io);
    const bool taken = opened.refusal().reason == Reason::kFolderInUse;
    if (!taken || std::chrono::steady_clock::now() > deadline) return opened.refusal();
  }
}

std::string text_arg(const json::object& args, std::string_view name) {
  const auto* value = args.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<int64_t> number_arg(const json::object& args, std::string_view name) {
  const auto* value = args.if_contains(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<int64_t>(error);
  return error ? std::nullopt : std::optional(number);
}

bool flag_arg(const json::object& args, std::string_view name) {
  const auto* value = args.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_arg(const json::object& args, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = args.if_contains(name);
  if (value == nullptr || !value->is_array()) return out;
  for (const auto& item : value->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

}  // namespace sitelog
