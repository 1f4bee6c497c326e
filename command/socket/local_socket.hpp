#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "command/socket/limits.hpp"
#include "sync/ledger/answer.hpp"

// The local control channel: one process owns a data folder, and command lines reach it by a Unix
// stream socket in that folder, mode 0600. Each connection carries one operation, JSON by line:
//
//   → {"operation":NAME,"args":{…},"caller":{"language":…,"program":…}}
//                                         then, for operations that read a stream,
//   → {"input":…} …  {"end":true}
//   ← {"accepted":{}}                     as soon as the operation is known, before it runs, then
//   ← {"line":{…}} | {"progress":{…}} …   any number, then exactly one of
//   ← {"done":{…}} | {"refused":{"reason":…,"text":…,"args":[…],"problems":[…]}}
//
// A refusal crosses as a message id, with the problems of its parts (sync/ledger/answer.hpp), and
// is translated where it is read.
namespace sitelog {

inline constexpr const char* kLocalSocketName = "control.sock";

class LocalConnection;

// The caller went away, or the server is stopping. Thrown by every call below; a handler lets it
// pass and changes nothing that was not committed before.
struct LocalPeerGone : std::exception {
  const char* what() const noexcept override { return "the local caller is gone"; }
};

// What is asked. Lives for one handler call, on its thread.
class LocalRequest {
 public:
  explicit LocalRequest(LocalConnection& connection) : connection_(connection) {}
  const std::string& operation() const;
  const boost::json::object& args() const;
  // What the asking program says of itself; empty where it says nothing.
  const boost::json::object& caller() const;
  // The next value of the input stream, waiting for it; nothing after its end. Input that is not as
  // above ends the call with a refusal of its own: the exception passes through the handler.
  std::optional<boost::json::value> next_input();

 private:
  LocalConnection& connection_;
};

// The answer. done() or refused() is called exactly once and last. Calls wait while the caller does
// not read. Same life as the request.
class LocalReply {
 public:
  explicit LocalReply(LocalConnection& connection) : connection_(connection) {}
  void line(const boost::json::object& object);
  void progress(const boost::json::object& object);
  void done(const boost::json::object& object);
  void refused(const DetailedRefusal& refusal);
  void refused(const Refusal& refusal) { refused(DetailedRefusal(refusal)); }

 private:
  LocalConnection& connection_;
};

// Answers callers in a data folder. One thread accepts, and each connection has a short-lived
// thread of its own, where the handler runs; so the handler is called from several threads at once.
class LocalSocketServer {
 public:
  using Handler = std::function<void(LocalRequest&, LocalReply&)>;

  // Starts listening. The caller owns the folder (holds its lock), so a socket file nobody listens
  // on is a leftover and replaced. Refused: kFolderInUse when somebody does listen. Throws
  // std::system_error where the folder cannot hold a socket.
  static Result<std::unique_ptr<LocalSocketServer>> start(const std::filesystem::path& folder,
                                                          Handler handler);
  ~LocalSocketServer();

  // Takes no more callers, removes the socket file, ends the input of running operations and gives
  // them kLocalStopGraceMs before their callers are cut off; returns when all handlers have. Not to
  // be called by a handler. Again: does nothing.
  void stop();

 private:
  class Impl;
  explicit LocalSocketServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

using LocalInput = std::function<std::optional<boost::json::value>()>;
using LocalLine = std::function<void(const boost::json::object&)>;

// Asks the process that owns `folder`. The value is the content of "done"; nothing when no one
// listens there, so that the caller may open the folder itself. `input`, where given, is asked for
// values until it returns nothing; `on_line` and `on_progress` may be empty. Gives up an owner that
// says nothing within `accept_timeout_ms`, and then nothing is done; waits for one that has
// accepted as long as the operation takes. `caller` is what this program says of itself. Refused:
// what the owner refused, or kFolderInUse / kMalformed where it died, does not answer or does not
// speak this protocol. Exceptions of the functions given pass through.
Answer<std::optional<boost::json::object>> call_local(
    const std::filesystem::path& folder, const std::string& operation,
    const boost::json::object& args, const LocalInput& input, const LocalLine& on_line,
    const LocalLine& on_progress, int accept_timeout_ms = kLocalAcceptTimeoutMs,
    const boost::json::object& caller = {});

}  // namespace sitelog
