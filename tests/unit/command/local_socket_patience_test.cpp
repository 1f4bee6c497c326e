// How long a caller waits for the process that owns the folder, and what that one then still does.
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "command/socket/local_socket.hpp"
#include "command/socket/local_stream.hpp"
#include "temporary_folder.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

using Outcome = Answer<std::optional<json::object>>;

// The socket of a process that is stopped: the system takes callers in, and nobody speaks to them.
class StoppedOwner {
 public:
  explicit StoppedOwner(const std::filesystem::path& folder)
      : folder_(open_folder(folder)), listener_(local_socket()) {
    const sockaddr_un address = local_address(folder_);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
  }
  Descriptor next_caller() {
    return Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  Descriptor folder_;
  Descriptor listener_;
};

bool wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

}  // namespace

TEST_CASE("an owner that says nothing is given up, and can't take the request afterwards") {
  const TemporaryFolder folder;
  StoppedOwner owner(folder.path());
  const Outcome answer = call_local(folder.path(), "add", {}, {}, {}, {}, 200);
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal().reason == Reason::kFolderInUse);
  REQUIRE(answer.refusal().args.size() == 2);
  CHECK(answer.refusal().args.front() == std::to_string(::getpid()));

  const Descriptor caller = owner.next_caller();
  REQUIRE(caller.open());
  CHECK(::send(caller.get(), "{}\n", 3, MSG_NOSIGNAL) < 0);
}

TEST_CASE("an owner that says nothing while much is sent to it is given up too") {
  const TemporaryFolder folder;
  const StoppedOwner owner(folder.path());
  const Outcome answer = call_local(
      folder.path(), "import", {},
      [] { return std::optional<json::value>(std::string(100'000, 'x')); }, {}, {}, 200);
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal().reason == Reason::kFolderInUse);
}

TEST_CASE("an owner that has accepted may take as long as it needs") {
  const TemporaryFolder folder;
  auto server = LocalSocketServer::start(folder.path(), [](LocalRequest&, LocalReply& reply) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    reply.done({{"whole", true}});
  });
  REQUIRE(server);
  const Outcome answer = call_local(folder.path(), "sync", {}, {}, {}, {}, 1000);
  REQUIRE(answer);
  CHECK(*answer);
}

TEST_CASE("for a caller that went away before its turn nothing is done") {
  const TemporaryFolder folder;
  std::atomic<size_t> held = 0;
  std::atomic<bool> released = false;
  std::atomic<bool> done_for_nobody = false;
  auto server =
      LocalSocketServer::start(folder.path(), [&](LocalRequest& request, LocalReply& reply) {
        if (request.operation() == "add") done_for_nobody = true;
        if (request.operation() == "hold") {
          ++held;
          wait_for([&] { return released.load(); });
        }
        reply.done({});
      });
  REQUIRE(server);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kLocalConnectionsMax; ++i) {
    callers.emplace_back([&] { std::ignore = call_local(folder.path(), "hold", {}, {}, {}, {}); });
  }
  const bool full = wait_for([&] { return held == kLocalConnectionsMax; });
  const Outcome answer = call_local(folder.path(), "add", {}, {}, {}, {}, 200);
  released = true;
  for (std::thread& caller : callers) caller.join();
  REQUIRE(full);
  REQUIRE_FALSE(answer);
  CHECK(answer.refusal().reason == Reason::kFolderInUse);
  CHECK(*call_local(folder.path(), "show", {}, {}, {}, {}));
  CHECK_FALSE(done_for_nobody);
}
