#include "command/socket/local_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "command/socket/local_stream.hpp"
#include "temporary_folder.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

using Outcome = Answer<std::optional<json::object>>;

std::unique_ptr<LocalSocketServer> serve(const std::filesystem::path& folder,
                                         LocalSocketServer::Handler handler) {
  auto server = LocalSocketServer::start(folder, std::move(handler));
  REQUIRE(server);
  return *std::move(server);
}

Outcome call(const std::filesystem::path& folder, const std::string& operation,
             const json::object& args = {}, const LocalInput& input = {},
             const LocalLine& on_line = {}, const LocalLine& on_progress = {}) {
  return call_local(folder, operation, args, input, on_line, on_progress);
}

void echo(LocalRequest& request, LocalReply& reply) {
  reply.done({{"operation", request.operation()}, {"args", request.args()}});
}

// Speaks the protocol by hand, rightly or wrongly.
class Peer {
 public:
  explicit Peer(const std::filesystem::path& folder) {
    const Descriptor opened = open_folder(folder);
    const sockaddr_un address = local_address(opened);
    socket_ = local_socket();
    const timeval limit{20, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
  }
  // False once the other end reads no more.
  bool send(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count =
          ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<size_t>(count);
    }
    return true;
  }
  std::string receive_line() {
    std::string line;
    for (char c = 0; c != '\n' && ::recv(socket_.get(), &c, 1, 0) == 1;) line += c;
    return line;
  }
  std::string receive_all() {
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(socket_.get(), buffer, sizeof buffer, 0)) > 0;) {
      all.append(buffer, static_cast<size_t>(n));
    }
    return all;
  }
  void close() { socket_.close(); }

 private:
  Descriptor socket_;
};

// A server that is not ours: takes one connection, reads a little, says `reply`, and is gone.
class WrongServer {
 public:
  WrongServer(const std::filesystem::path& folder, std::string reply)
      : folder_(open_folder(folder)), listener_(local_socket()) {
    const sockaddr_un address = local_address(folder_);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    thread_ = std::thread([this, said = std::move(reply)] {
      const Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      char buffer[4096];
      [[maybe_unused]] const ssize_t n = ::recv(socket.get(), buffer, sizeof buffer, 0);
      for (size_t sent = 0; sent < said.size();) {
        const ssize_t count =
            ::send(socket.get(), said.data() + sent, said.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) return;
        sent += static_cast<size_t>(count);
      }
    });
  }
  ~WrongServer() { thread_.join(); }

 private:
  Descriptor folder_;
  Descriptor listener_;
  std::thread thread_;
};

bool wait_for(const std::atomic<bool>& happened) {
  for (int i = 0; i < 2000 && !happened; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return happened;
}

}  // namespace

TEST_CASE("an operation's arguments arrive and its answer comes back") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), echo);
  const Outcome answer = call(folder.path(), "record list", {{"单位", "一矿"}, {"count", 3}});
  REQUIRE(answer);
  REQUIRE(*answer);
  CHECK((*answer)->at("operation").as_string() == "record list");
  CHECK((*answer)->at("args").as_object().at("单位").as_string() == "一矿");
}

TEST_CASE("lines and progress arrive in order before the answer") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest&, LocalReply& reply) {
    for (int i = 0; i < 5000; ++i) {
      reply.line({{"i", i}});
      if (i % 1000 == 0) reply.progress({{"of", 5000}});
    }
    reply.done({});
  });
  int lines = 0;
  int progress = 0;
  const Outcome answer = call(
      folder.path(), "list", {}, {},
      [&](const json::object& line) { CHECK(line.at("i").as_int64() == lines++); },
      [&](const json::object&) { ++progress; });
  REQUIRE(answer);
  CHECK(*answer);
  CHECK(lines == 5000);
  CHECK(progress == 5);
}

TEST_CASE("input streams in while lines stream out, more than any buffer holds") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest& request, LocalReply& reply) {
    int64_t count = 0;
    while (const auto input = request.next_input()) {
      ++count;
      reply.line({{"echo", *input}, {"padding", std::string(2000, 'x')}});
    }
    const bool ended = !request.next_input();
    reply.done({{"count", count}, {"ended", ended}});
  });
  int given = 0;
  int lines = 0;
  const Outcome answer = call(
      folder.path(), "import", {},
      [&]() -> std::optional<json::value> {
        if (given == 3000) return std::nullopt;
        return json::object{{"n", given++}, {"padding", std::string(2000, 'y')}};
      },
      [&](const json::object& line) { CHECK(line.at("echo").at("n").as_int64() == lines++); });
  REQUIRE(answer);
  REQUIRE(*answer);
  CHECK((*answer)->at("count").as_int64() == 3000);
  CHECK((*answer)->at("ended").as_bool());
  CHECK(lines == 3000);
}

TEST_CASE("a refusal crosses with its reason, message and arguments") {
  const TemporaryFolder folder;
  const Refusal refusal{Reason::kUnknownUnit, "unit {} is unknown", {"某某\n矿"}};
  const auto server =
      serve(folder.path(), [&](LocalRequest&, LocalReply& reply) { reply.refused(refusal); });
  const Outcome answer = call(folder.path(), "show");
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal() == DetailedRefusal(refusal));
}

TEST_CASE("a refusal crosses with the problems of its parts") {
  const TemporaryFolder folder;
  const DetailedRefusal refusal(
      {Reason::kUsage, "missing or wrong: {}", {"days"}},
      {{"days", {Reason::kInvalidValue, "this must be from {} to {}, not {}", {"1", "9", "0"}}},
       {"", {Reason::kInvalidFile, "no", {}}}});
  const auto server =
      serve(folder.path(), [&](LocalRequest&, LocalReply& reply) { reply.refused(refusal); });
  const Outcome answer = call(folder.path(), "invite");
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal() == refusal);
}

TEST_CASE("what the asking program says of itself reaches the owner, beside the arguments") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest& request, LocalReply& reply) {
    reply.done({{"caller", request.caller()}, {"args", request.args()}});
  });
  const Outcome answer = call_local(folder.path(), "show", {{"record", "a"}}, {}, {}, {},
                                    kLocalAcceptTimeoutMs, {{"language", "en"}});
  REQUIRE(answer);
  REQUIRE(*answer);
  CHECK((*answer)->at("caller") == json::object{{"language", "en"}});
  CHECK((*answer)->at("args") == json::object{{"record", "a"}});
}

TEST_CASE("a refusal before the input has ended stops the input") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest& request, LocalReply& reply) {
    std::ignore = request.next_input();
    reply.refused({Reason::kInvalidValue, "no", {}});
  });
  const Outcome answer = call(folder.path(), "import", {},
                              [] { return std::optional<json::value>(std::string(100'000, 'x')); });
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal().reason == Reason::kInvalidValue);
}

TEST_CASE("without a listener the caller is told to open the folder itself") {
  const TemporaryFolder folder;
  const Outcome nobody = call(folder.path(), "show");
  REQUIRE(nobody);
  CHECK_FALSE(*nobody);
  const Outcome nowhere = call(folder.path() / "missing", "show");
  REQUIRE(nowhere);
  CHECK_FALSE(*nowhere);
}

TEST_CASE("a socket file left by a killed process is found dead and replaced") {
  const TemporaryFolder folder;
  {
    const Descriptor opened = open_folder(folder.path());
    const Descriptor left = local_socket();
    const sockaddr_un address = local_address(opened);
    REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  REQUIRE(std::filesystem::exists(folder.path() / kLocalSocketName));
  const Outcome dead = call(folder.path(), "show");
  REQUIRE(dead);
  CHECK_FALSE(*dead);
  const auto server = serve(folder.path(), echo);
  const Outcome alive = call(folder.path(), "show");
  REQUIRE(alive);
  CHECK(*alive);
}

TEST_CASE("a second server in the folder is refused and the first goes on") {
  const TemporaryFolder folder;
  const auto first = serve(folder.path(), echo);
  const auto second = LocalSocketServer::start(folder.path(), echo);
  REQUIRE_FALSE(second);
  CHECK(second.refusal().reason == Reason::kFolderInUse);
  CHECK(*call(folder.path(), "show"));
}

TEST_CASE("stopping removes the socket file, but never a successor's") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / kLocalSocketName;
  auto server = serve(folder.path(), echo);
  struct stat state {};
  REQUIRE(::stat(file.c_str(), &state) == 0);
  CHECK((state.st_mode & 0777u) == 0600u);
  server->stop();
  server->stop();
  CHECK_FALSE(std::filesystem::exists(file));

  auto earlier = serve(folder.path(), echo);
  std::filesystem::remove(file);
  const auto later = serve(folder.path(), echo);
  earlier->stop();
  CHECK(std::filesystem::exists(file));
  CHECK(*call(folder.path(), "show"));
}

TEST_CASE("stopping lets an operation that runs finish its answer") {
  const TemporaryFolder folder;
  std::atomic<bool> running = false;
  auto server = serve(folder.path(), [&](LocalRequest&, LocalReply& reply) {
    running = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    reply.done({{"whole", true}});
  });
  std::optional<Outcome> answer;
  std::thread caller([&] { answer = call(folder.path(), "sync"); });
  REQUIRE(wait_for(running));
  server->stop();
  caller.join();
  REQUIRE(*answer);
  CHECK(**answer);
}

TEST_CASE("stopping ends an operation that waits for input, and its caller learns it") {
  const TemporaryFolder folder;
  std::atomic<bool> waiting = false;
  auto server = serve(folder.path(), [&](LocalRequest& request, LocalReply& reply) {
    waiting = true;
    while (request.next_input()) continue;
    reply.done({});
  });
  std::optional<Outcome> answer;
  std::thread caller([&] {
    answer = call(folder.path(), "import", {}, [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return std::optional<json::value>(1);
    });
  });
  REQUIRE(wait_for(waiting));
  server->stop();
  caller.join();
  REQUIRE_FALSE(*answer);
  CHECK(answer->refusal().reason == Reason::kFolderInUse);
}

TEST_CASE("garbage in place of a request is refused and harms nobody else") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), echo);
  for (const std::string garbage :
       {"\n", "GET / HTTP/1.1\n", "[1]\n", "{}\n", "{\"operation\":1}\n",
        "{\"operation\":\"x\",\"args\":[]}\n", "{\"operation\":\"\xFF\"}\n"}) {
    Peer peer(folder.path());
    peer.send(garbage);
    const std::string said = peer.receive_all();
    INFO(garbage << " -> " << said);
    CHECK(said.starts_with("{\"refused\":{\"reason\":\"malformed\""));
  }
  CHECK(*call(folder.path(), "show"));
}

TEST_CASE("garbage in place of input ends the call with a refusal") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest& request, LocalReply& reply) {
    while (request.next_input()) continue;
    reply.done({});
  });
  Peer peer(folder.path());
  peer.send("{\"operation\":\"import\"}\n{\"input\":1}\n{\"other\":2}\n");
  CHECK(
      peer.receive_all().starts_with("{\"accepted\":{}}\n{\"refused\":{\"reason\":\"malformed\""));
}

TEST_CASE("a line past the limit is refused without being kept, and one at the limit is served") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest& request, LocalReply& reply) {
    reply.done({{"size", request.args().at("text").as_string().size()}});
  });
  const std::string frame =
      json::serialize(json::object{{"operation", "add"}, {"args", json::object{{"text", ""}}}});
  const size_t room = kLocalLineBytesMax - frame.size();
  const Outcome fits = call(folder.path(), "add", {{"text", std::string(room, 'x')}});
  REQUIRE(fits);
  CHECK((*fits)->at("size").to_number<size_t>() == room);

  const Outcome longer = call(folder.path(), "add", {{"text", std::string(room + 1, 'x')}});
  REQUIRE_FALSE(longer);
  CHECK(longer.refusal().reason == Reason::kTooLarge);

  Peer peer(folder.path());
  CHECK_FALSE(peer.send(std::string(2 * kLocalLineBytesMax, 'x')));
  CHECK(peer.receive_all().starts_with("{\"refused\":{\"reason\":\"too_large\""));
}

TEST_CASE("an answer line past the limit becomes a refusal") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest&, LocalReply& reply) {
    reply.line({{"text", std::string(kLocalLineBytesMax, 'x')}});
    reply.done({});
  });
  const Outcome answer = call(folder.path(), "show");
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal().reason == Reason::kTooLarge);
}

TEST_CASE("a caller that goes away makes the reply say so to the handler") {
  const TemporaryFolder folder;
  std::atomic<bool> noticed = false;
  const auto server = serve(folder.path(), [&](LocalRequest& request, LocalReply& reply) {
    if (request.operation() != "endless") return reply.done({});
    try {
      for (;;) reply.line({{"text", std::string(1000, 'x')}});
    } catch (const LocalPeerGone&) {
      noticed = true;
      throw;
    }
  });
  Peer peer(folder.path());
  peer.send("{\"operation\":\"endless\"}\n");
  CHECK(peer.receive_line() == "{\"accepted\":{}}\n");
  peer.close();
  CHECK(wait_for(noticed));
  CHECK(*call(folder.path(), "show"));
}

TEST_CASE("an exception of the caller's own passes through and the server goes on") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest&, LocalReply& reply) {
    reply.line({});
    reply.done({});
  });
  CHECK_THROWS_WITH(call(folder.path(), "show", {}, {},
                         [](const json::object&) { throw std::runtime_error("disk full"); }),
                    "disk full");
  CHECK(*call(folder.path(), "show"));
}

TEST_CASE("a failure below the handler is told to the caller, and the server goes on") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), [](LocalRequest& request, LocalReply& reply) {
    if (request.operation() == "fail") throw std::runtime_error("no space left on device");
    reply.done({});
  });
  const Outcome answer = call(folder.path(), "fail");
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal().args == std::vector<std::string>{"no space left on device"});
  CHECK(*call(folder.path(), "show"));
}

TEST_CASE("a server that dies before or amid its answer is a refusal with words") {
  for (const std::string said : {"", "{\"line\":{}}\n", "{\"done\":{", "{\"done\":{}}"}) {
    const TemporaryFolder folder;
    const WrongServer server(folder.path(), said);
    const Outcome answer = call(folder.path(), "show");
    REQUIRE_FALSE(answer);
    CHECK(answer.refusal().reason == Reason::kFolderInUse);
    CHECK_FALSE(answer.refusal().text.empty());
  }
}

TEST_CASE("an answer that is not understood or too long is a refusal") {
  const std::string huge(kLocalLineBytesMax + 1, 'x');
  for (const std::string& said :
       {std::string("hello\n"), std::string("[]\n"), std::string("{\"done\":1}\n"),
        std::string("{\"refused\":{}}\n"), huge}) {
    const TemporaryFolder folder;
    const WrongServer server(folder.path(), said);
    const Outcome answer = call(folder.path(), "show");
    REQUIRE_FALSE(answer);
    CHECK(answer.refusal().reason == Reason::kMalformed);
  }
}

TEST_CASE("twenty callers at once are all served, at most sixteen at a time") {
  const TemporaryFolder folder;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  const auto server = serve(folder.path(), [&](LocalRequest& request, LocalReply& reply) {
    const int now = ++inside;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    --inside;
    reply.done({{"n", request.args().at("n")}});
  });
  std::atomic<int> right = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&, i] {
      const Outcome answer = call(folder.path(), "show", {{"n", i}});
      if (answer && *answer && (*answer)->at("n").as_int64() == i) ++right;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(right == 20);
  CHECK(most <= static_cast<int>(kLocalConnectionsMax));
  CHECK(most > 1);
}

TEST_CASE("a folder whose path is longer than a socket address works") {
  const TemporaryFolder folder;
  std::filesystem::path deep = folder.path();
  for (int i = 0; i < 12; ++i) deep /= "平顶山市总工会千场文化活动";
  std::filesystem::create_directories(deep);
  REQUIRE(deep.string().size() > 400);
  const auto server = serve(deep, echo);
  CHECK(std::filesystem::exists(deep / kLocalSocketName));
  CHECK(*call(deep, "show"));
}

TEST_CASE("a folder that is missing can't be served") {
  const TemporaryFolder folder;
  const auto server = LocalSocketServer::start(folder.path() / "missing", echo);
  REQUIRE_FALSE(server);
  CHECK(server.refusal().reason == Reason::kFolderMissing);
}

TEST_CASE("another user is turned away by the file's mode, and by name where that was widened") {
  if (::geteuid() != 0) return;  // only root can become somebody else
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const auto server = serve(folder.path(), echo);
  // The raw call changes this thread alone.
  const auto as_nobody = [&] {
    std::optional<Outcome> answer;
    std::thread([&] {
      ::syscall(SYS_setresuid, -1, 65534, -1);
      answer = call(folder.path(), "show");
    }).join();
    return *answer;
  };
  const Outcome by_mode = as_nobody();
  REQUIRE_FALSE(by_mode);
  CHECK(by_mode.refusal().reason == Reason::kNotPermitted);

  std::filesystem::permissions(folder.path() / kLocalSocketName, std::filesystem::perms(0666));
  const Outcome by_name = as_nobody();
  REQUIRE_FALSE(by_name);
  CHECK(by_name.refusal().reason == Reason::kNotPermitted);
}

TEST_CASE("descriptors and threads of ended calls are given back") {
  const TemporaryFolder folder;
  const auto server = serve(folder.path(), echo);
  const auto open_files = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = open_files();
  for (int i = 0; i < 200; ++i) REQUIRE(*call(folder.path(), "show"));
  for (int i = 0; i < 500 && open_files() > before; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(open_files() <= before);
}
