#include "command/folder_owner.hpp"

#include <chrono>

#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/labels.hpp"
#include "command/terminal/language.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kWaitAtOnceMs = 300;
constexpr auto kWaitInAll = std::chrono::seconds(8);
static_assert(4 * kFileArgumentBytesMax <= kLocalLineBytesMax &&
                  6 * kBatchLineBytesMax < kLocalLineBytesMax,
              "what an operation takes fits a line of the local socket");

// Whoever reaches the socket may open the folder's files, so it is its owner who asks.
Caller caller_from(const json::object& said) {
  const Language language = text_in(said, "language") == name_of(Language::kEnglish)
                                ? Language::kEnglish
                                : Language::kChinese;
  return owner_of_folder(language, text_in(said, "program"));
}

json::object to_json(const Caller& caller) {
  return {{"language", name_of(caller.language)}, {"program", caller.program}};
}

}  // namespace

void tell_tightened(Output& out, const std::vector<std::string>& files) {
  if (files.empty()) return;
  out.note(
      fill(tr("note: other users could read {} until now. That is mended; whether somebody did, "
              "nobody can tell."),
           {joined(files)}));
}

void tell_tightened(Output& out, const DataFolder& folder) {
  tell_tightened(out, folder.tightened());
}

Result<std::unique_ptr<LocalSocketServer>> answer_callers(const std::string& folder,
                                                          const OperationTable& operations) {
  return LocalSocketServer::start(folder, [&operations](LocalRequest& request, LocalReply& reply) {
    OperationIo io;
    io.line = [&](const json::object& line) { reply.line(line); };
    io.progress = [&](const json::object& line) { reply.progress(line); };
    io.next_input = [&] { return request.next_input(); };
    const auto answer = call_operation(operations, caller_from(request.caller()),
                                       request.operation(), request.args(), io);
    if (answer) {
      reply.done(*answer);
    } else {
      reply.refused(answer.refusal());
    }
  });
}

OperationAnswer ask_owner(const std::string& folder, const Caller& caller, const std::string& name,
                          const json::object& args, OperationIo& io,
                          const std::function<Result<OpenFolder>(int64_t)>& open) {
  // Between the two tries another process may take the folder or let it go.
  const auto deadline = std::chrono::steady_clock::now() + kWaitInAll;
  for (;;) {
    auto answered = call_local(folder, name, args, io.next_input, io.line, io.progress,
                               kLocalAcceptTimeoutMs, to_json(caller));
    if (!answered) return answered.refusal();
    if (*answered) return std::move(**answered);
    auto opened = open(kWaitAtOnceMs);
    if (opened) return call_operation(*opened->operations, caller, name, args, io);
    const bool taken = opened.refusal().reason == Reason::kFolderInUse;
    if (!taken || std::chrono::steady_clock::now() > deadline) return opened.refusal();
  }
}

}  // namespace sitelog
