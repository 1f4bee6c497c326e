#include "http/https_door.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "http/admission.hpp"
#include "http/call_threads.hpp"
#include "http/limits.hpp"
#include "sync/link/strangers.hpp"

namespace sitelog {

namespace {

using Clock = std::chrono::steady_clock;
using State = RequestReader::State;
using namespace std::chrono_literals;

constexpr auto kSweepInterval = 250ms;
constexpr auto kStopGrace = 5s;
// Of a request that was refused unread: who sends it reads why only once all is sent.
constexpr size_t kIgnoredBytesMax = 2 * limits::kBodyBytesMax;
constexpr size_t kWriteBytes = 16 * 1024;  // one TLS record

std::string remote_of(asio::ip::tcp::socket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace

// Everything runs on the door's I/O thread, but what is said to be for any.
class HttpsDoor::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(HttpsDoorConfig config);

  void take(TlsGuest guest, const std::string& address);  // any thread
  void run();
  void stop();  // any thread but the door's own

 private:
  struct Connection {
    Connection(asio::io_context& io, TlsGuest guest)
        : stream(io, std::move(guest)), woken(io), from(remote_of(stream.socket())) {}
    uint64_t id = 0;
    std::string neighbourhood;
    TlsStream stream;
    asio::steady_timer woken;  // cancelled whenever there may be something to send
    const std::string from;
    RequestReader reader;
    Clock::time_point deadline = Clock::time_point::max();
    std::shared_ptr<Reply> reply;  // of the request that is answered just now
    std::string account;           // shown last
    bool spoken = false;
    size_t body_bytes = 0;  // counted in bodies_
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void admit(TlsGuest guest, const std::string& address);
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<bool> read_some(ConnectionPtr connection);
  asio::awaitable<bool> read_head(ConnectionPtr connection);
  asio::awaitable<bool> read_body(ConnectionPtr connection, size_t bytes_max, Language language);
  asio::awaitable<bool> write(ConnectionPtr connection, std::string_view bytes);
  asio::awaitable<bool> send(ConnectionPtr connection, const Response& response, bool keep_alive);
  asio::awaitable<bool> answer(ConnectionPtr connection);
  asio::awaitable<bool> pass_on(ConnectionPtr connection, bool keep_alive);
  bool post(const ConnectionPtr& connection, const Route& route, Asked asked);
  void known_as(const ConnectionPtr& connection, const std::string& account);
  void forget_account(const ConnectionPtr& connection);
  void close(const ConnectionPtr& connection);
  void gone(const ConnectionPtr& connection);
  asio::awaitable<void> sweep();
  void shut();

  const HttpsDoorConfig config_;
  Router router_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  asio::steady_timer sweep_{io_};
  CallThreads calls_{{limits::kCallThreads, limits::kCallsOfOneMax, limits::kCallsWaitingMax,
                      limits::kCallsWaitingOfOneMax}};
  CallThreads strangers_calls_{{limits::kPasswordThreads, 1, limits::kPasswordsWaitingMax,
                                limits::kPasswordsWaitingOfOneMax}};
  Strangers strangers_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, ConnectionPtr> connections_;
  std::map<std::string, std::set<uint64_t>> of_account_;
  size_t bodies_ = 0;  // bytes
  bool stopping_ = false;
  Clock::time_point stop_until_{};

  std::mutex mutex_;  // guards those below
  std::condition_variable ended_;
  bool running_ = false;
  bool stop_asked_ = false;
};

HttpsDoor::Impl::Impl(HttpsDoorConfig config)
    : config_(std::move(config)),
      guard_(io_.get_executor()),
      strangers_({.inside = limits::kWebStrangersMax,
                  .inside_of_address = limits::kWebStrangersOfAddressMax,
                  .waiting = 0,
                  .waiting_of_address = 0,
                  .patience = limits::kWebStrangersPatience,
                  .waiting_time = {}},
                 [this](uint64_t id) { return !connections_.at(id)->spoken; }) {
  add_operation_routes(router_, config_.parts);
  add_session_routes(router_, config_.parts);
  add_description_route(router_, config_.parts);
  add_export_route(router_, config_.parts);
  add_setup_page(router_);
}

void HttpsDoor::Impl::take(TlsGuest guest, const std::string& address) {
  asio::post(io_, [this, guest = std::make_shared<TlsGuest>(std::move(guest)), address] {
    admit(std::move(*guest), address);
  });
}

void HttpsDoor::Impl::admit(TlsGuest guest, const std::string& address) {
  if (stopping_ || connections_.size() >= limits::kWebConnectionsMax) return;
  const uint64_t id = ++last_id_;
  const auto arrival = strangers_.arrive(id, address, Clock::now());
  if (arrival.makes_room) close(connections_.at(*arrival.makes_room));
  if (arrival.where != Strangers::Where::kInside) return;
  const auto connection = std::make_shared<Connection>(io_, std::move(guest));
  connection->id = id;
  connection->neighbourhood = address;
  connection->deadline = Clock::now() + limits::kHeadTime;
  connections_[id] = connection;
  asio::co_spawn(io_, serve(connection),
                 [self = shared_from_this(), connection](std::exception_ptr problem) {
                   try {
                     if (problem) std::rethrow_exception(problem);
                   } catch (const std::exception& error) {
                     self->config_.on_trouble(error.what());
                   }
                   self->close(connection);
                   self->gone(connection);
                 });
}

asio::awaitable<void> HttpsDoor::Impl::serve(ConnectionPtr connection) {
  for (size_t n = 0; n < limits::kRequestsOfConnection && !stopping_; ++n) {
    if (!co_await read_head(connection)) break;
    if (!co_await answer(connection)) break;
    connection->reader.next();
    connection->deadline = Clock::now() + limits::kIdleTime;
  }
  if (!connection->stream.is_open()) co_return;
  connection->deadline = Clock::now() + limits::kFinishTime;
  co_await connection->stream.finish(kIgnoredBytesMax);
}

asio::awaitable<bool> HttpsDoor::Impl::read_some(ConnectionPtr connection) {
  BytesView bytes;
  const TlsTrouble trouble = co_await connection->stream.read_some(bytes);
  if (trouble || bytes.empty()) co_return false;
  if (connection->reader.idle()) connection->deadline = Clock::now() + limits::kHeadTime;
  connection->spoken = true;
  connection->reader.add(as_text(bytes));
  co_return true;
}

asio::awaitable<bool> HttpsDoor::Impl::read_head(ConnectionPtr connection) {
  while (connection->reader.state() == State::kHead) {
    if (!co_await read_some(connection)) co_return false;
  }
  if (connection->reader.state() != State::kBad) co_return true;
  const BadRequest& bad = connection->reader.bad();
  co_await send(connection, problem_response(bad.refusal, bad.status, Language::kChinese), false);
  co_return false;
}

// All of the body, or an answer that says why not.
asio::awaitable<bool> HttpsDoor::Impl::read_body(ConnectionPtr connection, size_t bytes_max,
                                                 Language language) {
  RequestReader& reader = connection->reader;
  const RequestHead& head = reader.head();
  const size_t bytes =
      head.has_body
          ? static_cast<size_t>(std::min<uint64_t>(head.body_bytes.value_or(bytes_max), bytes_max))
          : 0;
  if (bodies_ + bytes > limits::kBodiesBytesMax) {
    co_await send(connection, busy(language), false);
    co_return false;
  }
  bodies_ += bytes;
  connection->body_bytes = bytes;
  connection->deadline = Clock::now() + limits::kBodyTime +
                         std::chrono::seconds(bytes / limits::kBodyBytesPerSecondMin);
  if (head.expects_continue && (!head.body_bytes || *head.body_bytes <= bytes_max) &&
      !co_await write(connection, "HTTP/1.1 100 Continue\r\n\r\n")) {
    co_return false;
  }
  reader.take_body(bytes_max);
  while (reader.state() == State::kBody) {
    if (!co_await read_some(connection)) co_return false;
  }
  if (reader.state() == State::kDone) co_return true;
  const BadRequest& bad = reader.bad();
  co_await send(connection, problem_response(bad.refusal, bad.status, language), false);
  co_return false;
}

asio::awaitable<bool> HttpsDoor::Impl::write(ConnectionPtr connection, std::string_view bytes) {
  while (!bytes.empty()) {
    size_t written = 0;
    const TlsTrouble trouble =
        co_await connection->stream.write_some(bytes.substr(0, kWriteBytes), written);
    if (trouble) co_return false;
    bytes.remove_prefix(written);
    connection->deadline = Clock::now() + limits::kUnreadTime;
  }
  co_return true;
}

asio::awaitable<bool> HttpsDoor::Impl::send(ConnectionPtr connection, const Response& response,
                                            bool keep_alive) {
  connection->deadline = Clock::now() + limits::kUnreadTime;
  const std::string bytes =
      head_of(response, response.body.size(), keep_alive, config_.strict_transport) + response.body;
  co_return co_await write(connection, bytes);
}

// False where the connection is to end with it.
asio::awaitable<bool> HttpsDoor::Impl::answer(ConnectionPtr connection) {
  Asked asked;
  asked.head = connection->reader.head();
  asked.language = language_of(asked.head.field("accept-language"));
  asked.from = connection->from;
  asked.neighbourhood = connection->neighbourhood;
  const Admission admission = admission_of(asked, router_, config_.parts.accounts);
  if (asked.visitor) {
    known_as(connection, asked.visitor->account);
  } else {
    strangers_.answered(connection->id);
  }
  if (admission.to_audit) {
    // Not here, where nobody may wait for the disk.
    strangers_calls_.post(connection->neighbourhood, [this, line = *admission.to_audit] {
      config_.parts.accounts.audit().add_of_stranger(line);
    });
  }
  if (admission.refused) {
    // What is not read would be taken for the next request.
    const bool keep_alive =
        asked.head.keep_alive && !asked.head.has_body && asked.head.method != "HEAD";
    if (!co_await send(connection, *admission.refused, keep_alive) || !keep_alive) co_return false;
    connection->reader.take_body(0);
    co_return connection->reader.state() == State::kDone;
  }
  const bool read = co_await read_body(connection, admission.body_bytes_max, asked.language);
  // Until the answer is made what was read is held.
  const std::shared_ptr<void> held(
      nullptr, [this, connection](void*) { bodies_ -= std::exchange(connection->body_bytes, 0); });
  if (!read) co_return false;
  asked.body = connection->reader.body();
  const bool keep_alive = asked.head.keep_alive;
  const Language language = asked.language;
  if (!post(connection, *admission.route, std::move(asked))) {
    co_await send(connection, busy(language), false);
    co_return false;
  }
  const bool passed = co_await pass_on(connection, keep_alive);
  connection->reply.reset();
  co_return passed&& keep_alive;
}

// Lets a thread make the answer; false where too many wait already.
bool HttpsDoor::Impl::post(const ConnectionPtr& connection, const Route& route, Asked asked) {
  const auto reply =
      std::make_shared<Reply>([weak_self = weak_from_this(), weak = std::weak_ptr(connection)] {
        const auto self = weak_self.lock();
        if (!self) return;
        asio::post(self->io_, [weak] {
          if (const auto held = weak.lock()) held->woken.cancel();
        });
      });
  const bool stranger = !asked.visitor;
  const std::string whose = stranger ? asked.neighbourhood : asked.visitor->account;
  auto& threads = stranger ? strangers_calls_ : calls_;
  const bool posted =
      threads.post(whose, [this, &route, reply, asked = std::make_shared<Asked>(std::move(asked))] {
        try {
          route.handler(*asked, *reply);
          SITELOG_ASSERT(reply->answered());
        } catch (const ReaderGone&) {
          // Nobody is left to be told.
        } catch (const std::exception& error) {
          config_.on_trouble(asked->head.path + ": " + error.what());
          reply->break_off(broken(asked->language));
        }
      });
  if (posted) connection->reply = reply;
  return posted;
}

// Sends what a thread makes, as it comes.
asio::awaitable<bool> HttpsDoor::Impl::pass_on(ConnectionPtr connection, bool keep_alive) {
  const auto reply = connection->reply;
  bool begun = false, in_chunks = true;
  for (;;) {
    Reply::Part part = reply->take();
    if (part.nothing()) {
      if (!connection->stream.is_open()) co_return false;
      // As long as it takes; the reader's time counts once there is something to read.
      connection->deadline = Clock::time_point::max();
      boost::system::error_code cancelled;
      connection->woken.expires_at(Clock::time_point::max());
      co_await connection->woken.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      continue;
    }
    if (part.whole) co_return co_await send(connection, *part.head, keep_alive);
    std::string bytes;
    if (part.head) {
      begun = true;
      in_chunks = !part.head->written_bytes;
      const std::optional<size_t> size = part.head->written_bytes;
      bytes = head_of(*part.head, size, keep_alive, config_.strict_transport);
    }
    if (!begun || part.broken) co_return false;  // the missing end tells
    if (!part.bytes.empty()) bytes += in_chunks ? chunk(part.bytes) : part.bytes;
    if (part.ended && in_chunks) bytes += chunk({});
    connection->deadline = Clock::now() + limits::kUnreadTime;
    if (!co_await write(connection, bytes)) co_return false;
    if (part.ended) co_return true;
  }
}

// It counts among the account's from here on, and no more among the strangers.
void HttpsDoor::Impl::known_as(const ConnectionPtr& connection, const std::string& account) {
  strangers_.leave(connection->id);
  if (connection->account == account) return;
  forget_account(connection);
  connection->account = account;
  auto& own = of_account_[account];
  own.insert(connection->id);
  if (own.size() <= limits::kConnectionsOfAccountMax) return;
  const ConnectionPtr eldest = connections_.at(*own.begin());
  forget_account(eldest);
  close(eldest);
}

void HttpsDoor::Impl::forget_account(const ConnectionPtr& connection) {
  const auto at = of_account_.find(std::exchange(connection->account, {}));
  if (at == of_account_.end()) return;
  at->second.erase(connection->id);
  if (at->second.empty()) of_account_.erase(at);
}

void HttpsDoor::Impl::close(const ConnectionPtr& connection) {
  connection->stream.close();
  if (connection->reply) connection->reply->close();
  connection->woken.cancel();
}

void HttpsDoor::Impl::gone(const ConnectionPtr& connection) {
  strangers_.leave(connection->id);
  forget_account(connection);
  connections_.erase(connection->id);
  if (stopping_ && connections_.empty()) {
    sweep_.cancel();
    guard_.reset();
  }
}

// Whose time is over goes; and, while others wait for a thread, who keeps one by not reading.
asio::awaitable<void> HttpsDoor::Impl::sweep() {
  while (!stopping_ || !connections_.empty()) {
    boost::system::error_code cancelled;
    sweep_.expires_after(kSweepInterval);
    co_await sweep_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    const auto now = Clock::now();
    const bool wanted = calls_.waiting() > 0;
    const auto all = connections_;  // may change meanwhile
    for (const auto& [id, connection] : all) {
      const bool unread = wanted && connection->reply &&
                          connection->reply->waits() > limits::kUnreadWhileOthersWait;
      const bool over = stopping_ && stop_until_ < now;
      if (connection->deadline < now || unread || over) close(connection);
    }
  }
}

void HttpsDoor::Impl::run() {
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  asio::co_spawn(io_, sweep(), asio::detached);
  io_.run();
  const std::lock_guard lock(mutex_);
  running_ = false;
  ended_.notify_all();
}

void HttpsDoor::Impl::shut() {
  stopping_ = true;
  stop_until_ = Clock::now() + kStopGrace;
  const auto all = connections_;  // may change meanwhile
  for (const auto& [id, connection] : all) {
    // Else it ends with the answer that is under way.
    if (!connection->reply) close(connection);
  }
  if (connections_.empty()) {
    sweep_.cancel();
    guard_.reset();
  }
}

void HttpsDoor::Impl::stop() {
  {
    std::unique_lock lock(mutex_);
    if (std::exchange(stop_asked_, true)) return;
    asio::post(io_, [this] { shut(); });
    ended_.wait(lock, [this] { return !running_; });
  }
  calls_.stop();
  strangers_calls_.stop();
}

HttpsDoor::HttpsDoor(HttpsDoorConfig config) : impl_(std::make_shared<Impl>(std::move(config))) {}
HttpsDoor::~HttpsDoor() {
  stop();
}
void HttpsDoor::take(TlsGuest guest, const std::string& address) {
  impl_->take(std::move(guest), address);
}
void HttpsDoor::run() {
  impl_->run();
}
void HttpsDoor::stop() {
  impl_->stop();
}

}  // namespace sitelog
