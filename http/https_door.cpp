// Which connections there are, and when they end.
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/event_feed.hpp"
#include "http/https_door_impl.hpp"
#include "http/page_files.hpp"

namespace sitelog {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kSweepInterval = 250ms;
constexpr size_t kSweepsToLookAtRights = 4;
constexpr size_t kSweepsToFreeAThread = 4;
constexpr auto kStopGrace = 5s;

std::string remote_of(asio::ip::tcp::socket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

// Of a stream without an end nothing is read: what comes all the same is the other end's goodbye.
bool is_silent(asio::ip::tcp::socket& socket) {
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

HttpsDoor::Impl::Connection::Connection(asio::io_context& io, TlsGuest guest)
    : stream(io, std::move(guest)), woken(io), from(remote_of(stream.socket())) {}

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
  add_second_factor_routes(router_, config_.parts);
  add_odata_routes(router_, config_.parts);
  add_event_route(router_, config_.parts.events);
  add_looking_route(router_, config_.parts);
  add_description_route(router_, config_.parts);
  add_export_route(router_, config_.parts);
  add_file_of_table_routes(router_, config_.parts);
  add_setup_page(router_);
  if (config_.review_page) add_page_files(router_, kReviewPage, config_.review_page);
  add_home_page(router_, config_.parts.headquarters, config_.review_page ? kReviewPage : "");
}

void HttpsDoor::Impl::take(TlsGuest guest, const std::string& address) {
  asio::post(io_, [this, guest = std::make_shared<TlsGuest>(std::move(guest)), address] {
    admit(std::move(*guest), address);
  });
}

void HttpsDoor::Impl::admit(TlsGuest guest, const std::string& address) {
  if (stopping_ || (connections_.size() >= limits::kWebConnectionsMax && !make_room())) return;
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

// The eldest of whoever has the most goes, one that is asked nothing before one that is.
bool HttpsDoor::Impl::make_room() {
  const auto most = std::max_element(
      of_account_.begin(), of_account_.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  if (most == of_account_.end()) return false;
  const auto& own = most->second;
  const auto idle = std::find_if(own.begin(), own.end(),
                                 [this](uint64_t id) { return !connections_.at(id)->visitor; });
  const ConnectionPtr goes = connections_.at(idle != own.end() ? *idle : *own.begin());
  forget_account(goes);
  close(goes);
  return true;
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

// Of what goes on after its request was admitted: a body that comes, an answer that is under way.
void HttpsDoor::Impl::close_ended(const ConnectionPtr& connection) {
  if (!connection->visitor || (connection->body == 0 && !connection->streaming)) return;
  if (config_.parts.accounts.is_in(*connection->visitor, connection->session)) return;
  close(connection);
}

// Where somebody has waited for a thread for too long, the one whose maker has waited for its
// reader for longest loses theirs, of whoever has the most such: nobody keeps threads by reading
// slowly, from however many accounts.
void HttpsDoor::Impl::free_a_thread(const CallThreads& threads) {
  if (threads.kept_waiting() <= limits::kUnreadWhileOthersWait) return;
  std::map<std::string, std::pair<size_t, ConnectionPtr>> slow;
  for (const auto& [id, connection] : connections_) {
    if (!connection->reply || connection->threads != &threads) continue;
    const auto waited = connection->reply->waited();
    if (waited <= limits::kUnreadWhileOthersWait) continue;
    auto& [number, slowest] = slow[connection->account];
    ++number;
    if (!slowest || waited > slowest->reply->waited()) slowest = connection;
  }
  const auto most = std::max_element(slow.begin(), slow.end(), [](const auto& a, const auto& b) {
    return a.second.first < b.second.first;
  });
  if (most != slow.end()) close(most->second.second);
}

// Whose time is over goes; who may not stay any more; and, while others wait for a thread, who
// keeps one by not reading.
asio::awaitable<void> HttpsDoor::Impl::sweep() {
  for (size_t turn = 0; !stopping_ || !connections_.empty(); ++turn) {
    boost::system::error_code cancelled;
    sweep_.expires_after(kSweepInterval);
    co_await sweep_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    const auto now = Clock::now();
    const auto all = connections_;  // may change meanwhile
    for (const auto& [id, connection] : all) {
      const bool unread = connection->reply && connection->threads->waiting() > 0 &&
                          connection->reply->waits() > limits::kUnreadWhileOthersWait;
      const bool over = stopping_ && stop_until_ < now;
      const bool left = connection->reply && connection->reply->kept() &&
                        connection->stream.is_open() && !is_silent(connection->stream.socket());
      if (connection->deadline < now || unread || over || left) close(connection);
      if (turn % kSweepsToLookAtRights == 0) close_ended(connection);
    }
    if (turn % kSweepsToFreeAThread != 0) continue;
    for (const auto* each : {&calls_, &writing_, &large_, &downloads_}) free_a_thread(*each);
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
  for (auto* each : {&calls_, &writing_, &large_, &downloads_, &strangers_calls_}) each->stop();
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
