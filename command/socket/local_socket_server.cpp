#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <list>
#include <system_error>
#include <thread>

#include "command/socket/local_socket.hpp"
#include "command/socket/local_stream.hpp"

namespace sitelog {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Ends a call with a refusal from below the handler.
struct RefusedBelow : std::exception {
  explicit RefusedBelow(Refusal given) : refusal(std::move(given)) {}
  const char* what() const noexcept override { return refusal.text.c_str(); }
  Refusal refusal;
};

RefusedBelow malformed(const char* text) {
  return RefusedBelow({Reason::kMalformed, text, {}});
}

RefusedBelow too_large() {
  return RefusedBelow(
      {Reason::kTooLarge,
       N_("a line between the command and the program that runs is longer than {} bytes"),
       {std::to_string(kLocalLineBytesMax)}});
}

int remaining_ms(SteadyClock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             SteadyClock::now().time_since_epoch())
      .count();
}

}  // namespace

// One caller: reads its request, runs the handler, ends. Owned by the server and run on its own
// thread; the server only looks at `finished` and shuts the socket down.
class LocalConnection {
 public:
  explicit LocalConnection(Descriptor socket) : socket_(std::move(socket)) {}

  // Never throws: whatever a handler lets pass ends here, as an answer where there is still one.
  void serve(const LocalSocketServer::Handler& handler);
  void shut_down(int how) { ::shutdown(socket_.get(), how); }
  // How long it has waited for its caller to read; 0 while it does not. Any thread.
  int64_t unread_ms() const {
    const int64_t since = waits_since_ms_;
    return since == 0 ? 0 : now_ms() - since;
  }

  const std::string& operation() const { return operation_; }
  const boost::json::object& args() const { return args_; }
  const boost::json::object& caller() const { return caller_; }
  std::optional<boost::json::value> next_input();
  void send(const char* kind, const boost::json::object& object);
  void send_last(const char* kind, const boost::json::object& object);
  void send_refused(const DetailedRefusal& refusal);

  std::thread thread;
  std::atomic<bool> finished = false;

 private:
  void check_peer() const;
  [[noreturn]] void lose_peer();
  void read_request();
  boost::json::object read_object(std::optional<SteadyClock::time_point> deadline);

  Descriptor socket_;
  LineBuffer received_{kLocalLineBytesMax};
  std::string operation_;
  boost::json::object args_, caller_;
  bool input_ended_ = false;
  bool answered_ = false;
  bool gone_ = false;
  std::atomic<int64_t> waits_since_ms_ = 0;
};

void LocalConnection::serve(const LocalSocketServer::Handler& handler) {
  try {
    try {
      check_peer();
      read_request();
      // A caller that has given up meanwhile is met here, before anything is done for it.
      send("accepted", {});
      LocalRequest request(*this);
      LocalReply reply(*this);
      handler(request, reply);
      SITELOG_ASSERT(answered_ || gone_);
    } catch (const RefusedBelow& refused) {
      if (!answered_) send_refused(DetailedRefusal(refused.refusal));
    } catch (const LocalPeerGone&) {
      throw;
    } catch (const std::exception& error) {
      const Refusal refusal{
          Reason::kFolderDamaged, N_("the operation could not be carried out: {}"), {error.what()}};
      if (!answered_) send_refused(DetailedRefusal(refusal));
    }
  } catch (const LocalPeerGone&) {
    // Nobody is left to be told.
  }
}

void LocalConnection::check_peer() const {
  const unsigned user = peer_user(socket_);
  if (user == 0 || user == ::geteuid()) return;
  throw RefusedBelow({Reason::kNotPermitted, N_("the data folder belongs to another user"), {}});
}

void LocalConnection::lose_peer() {
  gone_ = true;
  throw LocalPeerGone();
}

void LocalConnection::read_request() {
  boost::json::object request =
      read_object(SteadyClock::now() + std::chrono::milliseconds(kLocalRequestTimeoutMs));
  const boost::json::value* operation = request.if_contains("operation");
  const boost::json::value* args = request.if_contains("args");
  const boost::json::value* caller = request.if_contains("caller");
  if (operation == nullptr || !operation->is_string() || (args != nullptr && !args->is_object()) ||
      (caller != nullptr && !caller->is_object())) {
    throw malformed(N_("what came over the local socket is not a request"));
  }
  operation_ = std::string(operation->get_string());
  if (args != nullptr) args_ = args->get_object();
  if (caller != nullptr) caller_ = caller->get_object();
}

boost::json::object LocalConnection::read_object(std::optional<SteadyClock::time_point> deadline) {
  std::array<char, 64 * 1024> chunk;
  for (;;) {
    if (const std::optional<std::string> line = received_.next()) {
      boost::json::error_code error;
      boost::json::value value = boost::json::parse(*line, error);
      if (error || !value.is_object()) {
        throw malformed(N_("what came over the local socket is not a request"));
      }
      return std::move(value.get_object());
    }
    if (received_.too_long()) throw too_large();
    pollfd readable{socket_.get(), POLLIN, 0};
    const int ready = ::poll(&readable, 1, deadline ? remaining_ms(*deadline) : -1);
    if (ready == 0) lose_peer();
    const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (count > 0) {
      received_.append({chunk.data(), static_cast<size_t>(count)});
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      lose_peer();
    }
  }
}

std::optional<boost::json::value> LocalConnection::next_input() {
  if (input_ended_) return std::nullopt;
  boost::json::object object = read_object(std::nullopt);
  if (object.contains("end")) {
    input_ended_ = true;
    return std::nullopt;
  }
  boost::json::value* input = object.if_contains("input");
  if (input == nullptr) throw malformed(N_("what came over the local socket is not a request"));
  return std::move(*input);
}

void LocalConnection::send(const char* kind, const boost::json::object& object) {
  SITELOG_ASSERT(!answered_);
  std::string line = boost::json::serialize(boost::json::object{{kind, object}});
  if (line.size() > kLocalLineBytesMax) throw too_large();
  line += '\n';
  for (size_t sent = 0; sent < line.size();) {
    waits_since_ms_ = now_ms();
    const ssize_t count =
        ::send(socket_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    waits_since_ms_ = 0;
    if (count >= 0) {
      sent += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      lose_peer();
    }
  }
}

void LocalConnection::send_last(const char* kind, const boost::json::object& object) {
  send(kind, object);
  answered_ = true;
}

void LocalConnection::send_refused(const DetailedRefusal& refusal) {
  send_last("refused", to_json(refusal));
}

const std::string& LocalRequest::operation() const {
  return connection_.operation();
}
const boost::json::object& LocalRequest::args() const {
  return connection_.args();
}
const boost::json::object& LocalRequest::caller() const {
  return connection_.caller();
}
std::optional<boost::json::value> LocalRequest::next_input() {
  return connection_.next_input();
}

void LocalReply::line(const boost::json::object& object) {
  connection_.send("line", object);
}
void LocalReply::progress(const boost::json::object& object) {
  connection_.send("progress", object);
}
void LocalReply::done(const boost::json::object& object) {
  connection_.send_last("done", object);
}
void LocalReply::refused(const DetailedRefusal& refusal) {
  connection_.send_refused(refusal);
}

// The accepting thread alone touches `connections_` while it runs; stop() takes over after it.
class LocalSocketServer::Impl {
 public:
  Impl(Descriptor folder, Handler handler)
      : folder_(std::move(folder)), handler_(std::move(handler)) {}

  // False when somebody listens already.
  bool listen();
  void run();
  void stop();

 private:
  bool bind_or_meet_listener();
  void accept_one();
  void make_room();
  void reap();
  void wake() const;
  void wait_woken(int timeout_ms) const;

  Descriptor folder_;
  Handler handler_;
  Descriptor listener_;
  Descriptor wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  struct stat own_file_ {};
  std::atomic<bool> stopping_ = false;
  std::list<LocalConnection> connections_;
  std::thread accepting_;
};

// Binds the socket file; false when a living listener holds it. A file that refuses connections is
// what a killed process left behind.
bool LocalSocketServer::Impl::bind_or_meet_listener() {
  const sockaddr_un address = local_address(folder_);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  for (int attempt = 0; attempt < 2; ++attempt) {
    // The mode of the socket is that of the file to be: there is no moment of a wider one.
    if (::fchmod(listener_.get(), 0600) != 0) break;
    if (::bind(listener_.get(), generic, sizeof address) == 0) return true;
    if (errno != EADDRINUSE) break;
    const Descriptor probe = local_socket();
    if (::connect(probe.get(), generic, sizeof address) == 0) return false;
    if (errno != ECONNREFUSED && errno != ENOENT && errno != ENOTSOCK) return false;
    if (::unlinkat(folder_.get(), kLocalSocketName, 0) != 0 && errno != ENOENT) break;
  }
  throw std::system_error(errno, std::generic_category(), kLocalSocketName);
}

bool LocalSocketServer::Impl::listen() {
  if (!wake_.open()) throw std::system_error(errno, std::generic_category(), "eventfd");
  listener_ = local_socket();
  if (!bind_or_meet_listener()) return false;
  if (::fstatat(folder_.get(), kLocalSocketName, &own_file_, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::listen(listener_.get(), 128) != 0 || ::fcntl(listener_.get(), F_SETFL, O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), kLocalSocketName);
  }
  accepting_ = std::thread([this] { run(); });
  return true;
}

void LocalSocketServer::Impl::run() {
  while (!stopping_) {
    std::array<pollfd, 2> waiting{pollfd{wake_.get(), POLLIN, 0},
                                  pollfd{listener_.get(), POLLIN, 0}};
    const bool room = connections_.size() < kLocalConnectionsMax;
    ::poll(waiting.data(), room ? 2 : 1, room ? -1 : kLocalUnreadMs / 10);
    if (!room) make_room();
    if (waiting[0].revents != 0) {
      wait_woken(0);
      reap();
    }
    if (room && waiting[1].revents != 0 && !stopping_) accept_one();
  }
}

void LocalSocketServer::Impl::accept_one() {
  Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.open()) {
    // Out of descriptors or memory: callers wait in the queue until there are some again.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return;
  }
  LocalConnection& connection = connections_.emplace_back(std::move(socket));
  try {
    connection.thread = std::thread([this, &connection] {
      connection.serve(handler_);
      connection.shut_down(SHUT_RDWR);
      connection.finished = true;
      wake();
    });
  } catch (const std::system_error&) {
    connections_.pop_back();  // no thread to be had: the caller is told by the closed connection
  }
}

// All places are taken: where somebody waits for one, whoever has not read for longest loses his.
// Nobody else is cut off for reading slowly, as a person does who leafs through a list.
void LocalSocketServer::Impl::make_room() {
  pollfd queue{listener_.get(), POLLIN, 0};
  if (::poll(&queue, 1, 0) != 1) return;
  LocalConnection* slowest = nullptr;
  for (LocalConnection& connection : connections_) {
    if (slowest == nullptr || connection.unread_ms() > slowest->unread_ms()) slowest = &connection;
  }
  if (slowest != nullptr && slowest->unread_ms() >= kLocalUnreadMs) slowest->shut_down(SHUT_RDWR);
}

void LocalSocketServer::Impl::reap() {
  for (auto at = connections_.begin(); at != connections_.end();) {
    if (at->finished) {
      at->thread.join();
      at = connections_.erase(at);
    } else {
      ++at;
    }
  }
}

void LocalSocketServer::Impl::wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void LocalSocketServer::Impl::wait_woken(int timeout_ms) const {
  pollfd woken{wake_.get(), POLLIN, 0};
  ::poll(&woken, 1, timeout_ms);
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(wake_.get(), &count, sizeof count);
}

void LocalSocketServer::Impl::stop() {
  if (!accepting_.joinable()) return;
  stopping_ = true;
  wake();
  accepting_.join();
  struct stat file {};
  if (::fstatat(folder_.get(), kLocalSocketName, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
      file.st_dev == own_file_.st_dev && file.st_ino == own_file_.st_ino) {
    ::unlinkat(folder_.get(), kLocalSocketName, 0);
  }
  listener_.close();
  for (LocalConnection& connection : connections_) connection.shut_down(SHUT_RD);
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(kLocalStopGraceMs);
  for (reap(); !connections_.empty() && remaining_ms(deadline) > 0; reap()) {
    wait_woken(remaining_ms(deadline));
  }
  for (LocalConnection& connection : connections_) connection.shut_down(SHUT_RDWR);
  for (LocalConnection& connection : connections_) connection.thread.join();
  connections_.clear();
}

LocalSocketServer::LocalSocketServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LocalSocketServer::~LocalSocketServer() {
  stop();
}
void LocalSocketServer::stop() {
  impl_->stop();
}

Result<std::unique_ptr<LocalSocketServer>> LocalSocketServer::start(
    const std::filesystem::path& folder, Handler handler) {
  Descriptor opened = open_folder(folder);
  if (!opened.open()) {
    return Refusal{Reason::kFolderMissing, N_("there is no data folder at {}"), {folder.string()}};
  }
  auto impl = std::make_unique<Impl>(std::move(opened), std::move(handler));
  if (!impl->listen()) {
    return Refusal{Reason::kFolderInUse,
                   N_("another Sitelog is running in the data folder {}"),
                   {folder.string()}};
  }
  return std::unique_ptr<LocalSocketServer>(new LocalSocketServer(std::move(impl)));
}

}  // namespace sitelog
