// Any bytes as the answer of the program that owns a folder.
#include <sys/socket.h>

#include <array>
#include <boost/json.hpp>
#include <mutex>
#include <thread>

#include "command/socket/local_socket.hpp"
#include "command/socket/local_stream.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/folder.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

// Listens in a folder of its own; hears each caller's request, then says the answer it was given.
class Owner {
 public:
  Owner() : opened_(open_folder(folder_.path())), listener_(local_socket()) {
    const sockaddr_un address = local_address(opened_);
    MUST(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    MUST(::listen(listener_.get(), 4) == 0);
    thread_ = std::thread([this] { run(); });
  }
  ~Owner() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  const std::string& folder() const { return folder_.path(); }
  void say(std::string_view answer) {
    const std::lock_guard lock(mutex_);
    answer_ = answer;
  }

 private:
  void run() {
    for (;;) {
      const Descriptor caller(::accept(listener_.get(), nullptr, nullptr));
      if (!caller.open()) return;
      std::array<char, 4096> heard;
      const ssize_t size = ::recv(caller.get(), heard.data(), heard.size(), 0);
      if (size <= 0) continue;
      const std::lock_guard lock(mutex_);
      ::send(caller.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
  }

  TemporaryFolder folder_;
  Descriptor opened_, listener_;
  std::mutex mutex_;
  std::string answer_;
  std::thread thread_;
};

}  // namespace

FUZZ_TARGET(local_answers) {
  static Owner owner;
  owner.say(as_text(input));
  size_t lines = 0;
  const LocalLine count = [&](const boost::json::object&) { ++lines; };
  const auto answer =
      call_local(owner.folder(), "record.add", {{"form", "event"}}, {}, count, count);
  const auto feeds = static_cast<size_t>(std::count(input.begin(), input.end(), '\n'));
  MUST(lines <= feeds);
  if (!answer) {
    // What the other end refuses is shown as it says it, so it may be no message of this version.
    MUST(std::string_view(name_of(answer.refusal().reason)) != "unknown");
    MUST(describe(answer.refusal()).size() <= 4096 + input.size() * (1 + input.size() / 2));
    return;
  }
  // Somebody listened, so nobody may conclude that the folder is free.
  MUST(answer->has_value() && feeds > 0);
}
