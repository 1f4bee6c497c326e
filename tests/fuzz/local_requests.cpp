// Any bytes at the local socket of a running program, sent by a caller who then says no more.
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <sstream>

#include "command/socket/local_socket.hpp"
#include "command/socket/local_stream.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/folder.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace json = boost::json;

namespace {

// Says back what it was given, and refuses an operation called "refuse".
void serve(LocalRequest& request, LocalReply& reply) {
  if (request.operation() == "refuse") {
    return reply.refused({Reason::kUsage, "there is no command {}", {request.operation()}});
  }
  int64_t inputs = 0;
  while (request.operation() == "read") {
    const auto input = request.next_input();
    if (!input) break;
    ++inputs;
    reply.line({{"given", *input}});
  }
  reply.done({{"operation", request.operation()}, {"args", request.args()}, {"inputs", inputs}});
}

struct Server {
  TemporaryFolder folder;
  std::unique_ptr<LocalSocketServer> server = *LocalSocketServer::start(folder.path(), serve);
  Descriptor opened = open_folder(folder.path());
};

std::string answer_to(std::string_view bytes) {
  static Server server;
  const Descriptor socket = local_socket();
  const sockaddr_un address = local_address(server.opened);
  MUST(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;  // it has heard enough
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  ::shutdown(socket.get(), SHUT_WR);
  std::string out;
  std::array<char, 16 * 1024> chunk;
  for (ssize_t size; (size = ::recv(socket.get(), chunk.data(), chunk.size(), 0)) > 0;) {
    out.append(chunk.data(), static_cast<size_t>(size));
  }
  return out;
}

}  // namespace

FUZZ_TARGET(local_requests) {
  std::istringstream lines(answer_to(as_text(input)));
  size_t answers = 0;
  bool ended = false;
  for (std::string line; std::getline(lines, line); ++answers) {
    MUST(!ended);
    const json::value value = json::parse(line);
    const json::object& object = value.as_object();
    MUST(object.size() == 1 && object.begin()->value().is_object());
    const std::string_view kind = object.begin()->key();
    ended = kind == "done" || kind == "refused";
    MUST(ended || kind == "line" || (kind == "accepted" && answers == 0));
  }
  // A caller whose request breaks off, or its stream of input, gets no last word; any other does.
  const auto feeds = static_cast<size_t>(std::count(input.begin(), input.end(), '\n'));
  MUST(answers <= feeds + 2);
  if (feeds == 0) MUST(answers == 0);
}
