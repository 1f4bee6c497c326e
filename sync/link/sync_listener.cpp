#include "sync/link/sync_listener.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "sync/link/address.hpp"
#include "sync/link/invitation.hpp"
#include "sync/link/session_link.hpp"

namespace sitelog {

namespace {

using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
using Clock = FrameChannel::Clock;

constexpr auto kSweepInterval = 250ms;
constexpr auto kAcceptPause = 200ms;
constexpr auto kRoomPause = 50ms;
constexpr auto kPatience = 5s;      // after which an unproven connection may have to make room
constexpr auto kTickGrace = 10s;    // for a session to end itself
constexpr auto kStopGrace = 2s;     // for what is queued yet
constexpr size_t kJoinsMax = 8;     // at once
constexpr size_t kSettlesMax = 64;  // at once: news of one book may concern thousands of devices
constexpr size_t kSecretBytesMax = 64;

LinkEvent event_of(ChannelEnd end) {
  switch (end) {
    case ChannelEnd::kNotTls: return LinkEvent::kNotTls;
    case ChannelEnd::kFrame: return LinkEvent::kBadFrame;
    case ChannelEnd::kTimedOut: return LinkEvent::kTimedOut;
    case ChannelEnd::kStalled: return LinkEvent::kSlowReader;
    case ChannelEnd::kOpen:
    case ChannelEnd::kClosed:
    case ChannelEnd::kDropped: break;
  }
  return LinkEvent::kDisconnected;
}

}  // namespace

const char* name_of(LinkEvent event) {
  switch (event) {
    case LinkEvent::kConnected: return "connected";
    case LinkEvent::kDisconnected: return "disconnected";
    case LinkEvent::kJoined: return "joined";
    case LinkEvent::kJoinRefused: return "join_refused";
    case LinkEvent::kNotTls: return "not_tls";
    case LinkEvent::kWrongProtocol: return "wrong_protocol";
    case LinkEvent::kUnknownCertificate: return "unknown_certificate";
    case LinkEvent::kBadFrame: return "bad_frame";
    case LinkEvent::kSessionFailed: return "session_failed";
    case LinkEvent::kTimedOut: return "timed_out";
    case LinkEvent::kSlowReader: return "slow_reader";
    case LinkEvent::kStoreFailed: return "store_failed";
    case LinkEvent::kFull: return "full";
    case LinkEvent::kAcceptFailed: return "accept_failed";
  }
  return "unknown";
}

// Everything below runs on the I/O thread, but what is said to be for others, which goes through
// `mutex_` or is posted to `io_`.
class SyncListener::Server : public std::enable_shared_from_this<Server> {
 public:
  Server(ListenerConfig config, WorkQueue& queue)
      : config_(std::move(config)),
        queue_(queue),
        tls_(config_.key, config_.certificate, config_.authority),
        sweep_(io_) {}

  Result<std::string> listen(const std::string& host, uint16_t port);
  void run();
  void stop();                       // any thread
  void disconnect(DeviceId device);  // any thread
  std::vector<DeviceId> connected() const;

 private:
  struct Connection {
    uint64_t id = 0;
    std::shared_ptr<FrameChannel> channel;
    Clock::time_point accepted = Clock::now();
    std::shared_ptr<SessionLink> link;  // once the device is known
    DeviceId device;
    std::vector<BookCode> books;
    bool settling = false;
    bool end_told = false;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Door {
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };

  asio::awaitable<void> accept_all(Door& door);
  bool make_room();
  void admit(tcp::socket socket);
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<void> serve_sync(ConnectionPtr connection);
  asio::awaitable<void> serve_join(ConnectionPtr connection);
  asio::awaitable<Result<JoinReply>> decide_join(ConnectionPtr connection, JoinRequest request);
  void prove(const ConnectionPtr& connection, const Peer& peer);
  void stepped(const ConnectionPtr& connection, const Step& step);
  void gone(const ConnectionPtr& connection);
  asio::awaitable<void> sweep();
  void books_changed(const std::set<BookCode>& books);  // the store's thread
  void settle_changed();
  void settle_some();
  void shut();
  void leave_when_empty();
  void tell(LinkEvent event, const ConnectionPtr& connection, const std::string& detail);
  void tell_end(const ConnectionPtr& connection);

  const ListenerConfig config_;
  WorkQueue& queue_;
  asio::io_context io_{1};
  TlsServer tls_;
  FrameWriter writer_;
  std::deque<Door> doors_;
  asio::steady_timer sweep_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  uint64_t subscription_ = 0;
  bool stopping_ = false;

  uint64_t last_id_ = 0;
  std::map<uint64_t, ConnectionPtr> connections_;
  std::set<uint64_t> unproven_;  // the eldest first
  std::map<BookCode, std::set<uint64_t>> holders_;
  std::deque<uint64_t> to_settle_;
  size_t settling_ = 0;
  size_t joins_ = 0;
  Clock::time_point full_told_{};

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool running_ = false;
  bool stop_asked_ = false;
  std::set<BookCode> changed_;
  std::map<DeviceId, std::set<uint64_t>> devices_;
};

Result<std::string> SyncListener::Server::listen(const std::string& host, uint16_t port) {
  error_code error;
  tcp::resolver resolver(io_);
  const auto found =
      resolver.resolve(host, std::to_string(port),
                       tcp::resolver::passive | tcp::resolver::address_configured, error);
  const auto refuse = [&] {
    return Refusal{Reason::kUsage,
                   N_("can't listen on {} ({}): choose an address of this machine and a port that "
                      "no other program uses"),
                   {HostPort{host, port}.to_text(), error.message()}};
  };
  if (error || found.empty()) return refuse();
  const tcp::endpoint endpoint = found.begin()->endpoint();
  Door door{tcp::acceptor(io_), asio::steady_timer(io_)};
  door.acceptor.open(endpoint.protocol(), error);
  if (!error) door.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    door.acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) door.acceptor.bind(endpoint, error);
  if (!error) door.acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return refuse();
  const auto bound = door.acceptor.local_endpoint(error);
  doors_.push_back(std::move(door));
  return HostPort{bound.address().to_string(), bound.port()}.to_text();
}

void SyncListener::Server::run() {
  {
    const std::lock_guard lock(mutex_);
    if (stop_asked_) return;
    running_ = true;
  }
  guard_.emplace(io_.get_executor());
  subscription_ = queue_.subscribe([weak = weak_from_this()](const std::set<BookCode>& books) {
    if (const auto self = weak.lock()) self->books_changed(books);
  });
  for (Door& door : doors_) asio::co_spawn(io_, accept_all(door), asio::detached);
  asio::co_spawn(io_, sweep(), asio::detached);
  // Also where something throws its way out: nobody may wait in vain.
  const std::shared_ptr<void> ended(nullptr, [this](void*) {
    const std::lock_guard lock(mutex_);
    running_ = false;
    ended_.notify_all();
  });
  io_.run();
}

void SyncListener::Server::stop() {
  std::unique_lock lock(mutex_);
  stop_asked_ = true;
  if (!running_) return;
  asio::post(io_, [self = shared_from_this()] { self->shut(); });
  ended_.wait(lock, [&] { return !running_; });
}

void SyncListener::Server::shut() {
  if (std::exchange(stopping_, true)) return;
  queue_.unsubscribe(subscription_);
  for (Door& door : doors_) {
    error_code ignored;
    door.acceptor.close(ignored);
    door.pause.cancel();
  }
  const auto connections = connections_;  // may change while they end
  for (const auto& [id, connection] : connections) {
    if (connection->link) {
      connection->channel->expire_at(Clock::now() + kStopGrace);
      connection->link->finish("headquarters is stopping");
    } else {
      connection->channel->interrupt();
      connection->channel->close(ChannelEnd::kDropped, "headquarters is stopping");
    }
  }
  leave_when_empty();
}

void SyncListener::Server::leave_when_empty() {
  if (!stopping_ || !connections_.empty()) return;
  sweep_.cancel();
  guard_.reset();
}

void SyncListener::Server::tell(LinkEvent event, const ConnectionPtr& connection,
                                const std::string& detail) {
  if (!config_.on_event) return;
  config_.on_event(event, connection ? connection->channel->remote() + ": " + detail : detail);
}

// Why the channel ended, once.
void SyncListener::Server::tell_end(const ConnectionPtr& connection) {
  if (std::exchange(connection->end_told, true)) return;
  const FrameChannel& channel = *connection->channel;
  LinkEvent event = event_of(channel.end());
  if (connection->link && connection->link->store_failed()) event = LinkEvent::kStoreFailed;
  tell(event, connection, channel.detail().empty() ? "ended" : channel.detail());
}

asio::awaitable<void> SyncListener::Server::accept_all(Door& door) {
  while (!stopping_) {
    if (!make_room()) {
      co_await wait_for(door.pause, kRoomPause);
      continue;
    }
    error_code error;
    tcp::socket socket =
        co_await door.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (stopping_) break;
    if (error) {
      tell(LinkEvent::kAcceptFailed, nullptr, error.message());
      co_await wait_for(door.pause, kAcceptPause);
    } else {
      admit(std::move(socket));
    }
  }
}

// Whether one more may be accepted. The unproven who took their time make room; else the others
// wait in the system's queue.
bool SyncListener::Server::make_room() {
  if (unproven_.size() < config_.unproven_max) return true;
  const auto eldest = connections_.find(*unproven_.begin());
  SITELOG_ASSERT(eldest != connections_.end());
  if (Clock::now() - eldest->second->accepted <= kPatience) return false;
  unproven_.erase(unproven_.begin());
  eldest->second->channel->close(ChannelEnd::kTimedOut, "made room for others");
  return true;
}

void SyncListener::Server::admit(tcp::socket socket) {
  if (connections_.size() >= config_.connections_max) {
    if (Clock::now() - full_told_ > 1s) {
      full_told_ = Clock::now();
      tell(LinkEvent::kFull, nullptr, std::to_string(connections_.size()) + " connections");
    }
    return;  // closes the socket
  }
  auto connection = std::make_shared<Connection>();
  connection->id = ++last_id_;
  connection->channel =
      std::make_shared<FrameChannel>(std::move(socket), tls_.create(), writer_,
                                     std::chrono::milliseconds(config_.stalled_timeout_ms));
  connection->channel->expire_at(Clock::now() +
                                 std::chrono::milliseconds(config_.handshake_timeout_ms));
  connections_[connection->id] = connection;
  unproven_.insert(connection->id);
  asio::co_spawn(io_, serve(connection),
                 [self = shared_from_this(), connection](std::exception_ptr problem) {
                   try {
                     if (problem) std::rethrow_exception(problem);
                   } catch (const std::exception& exception) {
                     self->tell(LinkEvent::kSessionFailed, connection, exception.what());
                   }
                   connection->channel->close(ChannelEnd::kDropped, {});
                   self->gone(connection);
                 });
}

void SyncListener::Server::gone(const ConnectionPtr& connection) {
  connections_.erase(connection->id);
  unproven_.erase(connection->id);
  for (const BookCode& book : connection->books) {
    const auto at = holders_.find(book);
    at->second.erase(connection->id);
    if (at->second.empty()) holders_.erase(at);
  }
  if (connection->settling) --settling_;
  if (connection->link) {
    const std::lock_guard lock(mutex_);
    const auto at = devices_.find(connection->device);
    if (at != devices_.end()) {
      at->second.erase(connection->id);
      if (at->second.empty()) devices_.erase(at);
    }
  }
  settle_some();
  leave_when_empty();
}

asio::awaitable<void> SyncListener::Server::serve(ConnectionPtr connection) {
  const bool shaken = co_await connection->channel->handshake(true);
  if (!shaken) {
    tell_end(connection);
  } else if (const std::string protocol = tls_protocol(connection->channel->tls());
             protocol == kAlpnSync) {
    co_await serve_sync(connection);
  } else if (protocol == kAlpnJoin) {
    co_await serve_join(connection);
  } else {
    tell(LinkEvent::kWrongProtocol, connection, "no protocol was asked for");
    co_await connection->channel->finish();
  }
}

asio::awaitable<void> SyncListener::Server::serve_sync(ConnectionPtr connection) {
  const auto peer = tls_peer(connection->channel->tls(), config_.authority);
  if (!peer || peer->headquarters) {
    const Refusal refusal =
        peer ? Refusal{Reason::kUnknownDevice,
                       N_("headquarters' own certificate can't be used by a site"),
                       {}}
             : peer.refusal();
    tell(LinkEvent::kUnknownCertificate, connection, describe(refusal));
    connection->channel->send({Refuse{refusal, {}, {}}});
    co_await connection->channel->finish();
    co_return;
  }
  if (stopping_) co_return;
  prove(connection, *peer);
  tell(LinkEvent::kConnected, connection,
       peer->device.hex() + (tls_resumed(connection->channel->tls()) ? " (resumed)" : ""));
  co_await connection->link->run(false);
  if (const auto& failure = connection->link->last().failure) {
    tell(LinkEvent::kSessionFailed, connection, describe(*failure));
  }
  tell_end(connection);
  co_await connection->channel->finish();
}

// From here on it is a device's connection.
void SyncListener::Server::prove(const ConnectionPtr& connection, const Peer& peer) {
  unproven_.erase(connection->id);
  connection->device = peer.device;
  SessionLink::Config config{config_.clock, shared_from_this(), config_.queued_bytes_max,
                             [this, connection = std::weak_ptr(connection)](const Step& step) {
                               if (const auto held = connection.lock()) stepped(held, step);
                             },
                             [this, connection = std::weak_ptr(connection)] {
                               const auto held = connection.lock();
                               if (held && std::exchange(held->settling, false)) {
                                 --settling_;
                                 settle_some();
                               }
                             }};
  connection->link = std::make_shared<SessionLink>(
      connection->channel,
      SessionSteps(queue_,
                   {Session::Side::kHeadquarters, config_.key.device(), peer, config_.software}),
      std::move(config));
  std::optional<uint64_t> replaced;
  {
    const std::lock_guard lock(mutex_);
    auto& of_device = devices_[peer.device];
    of_device.insert(connection->id);
    if (of_device.size() > config_.connections_per_device_max) {
      replaced = *of_device.begin();
      of_device.erase(of_device.begin());
    }
  }
  if (replaced) connections_.at(*replaced)->link->finish("replaced by a newer connection");
}

void SyncListener::Server::stepped(const ConnectionPtr& connection, const Step& step) {
  if (step.established) connection->channel->expire_at(std::nullopt);
  if (connection->books == step.books || !connections_.contains(connection->id)) return;
  for (const BookCode& book : step.books) holders_[book].insert(connection->id);
  connection->books = step.books;  // a session's books only ever grow
}

asio::awaitable<void> SyncListener::Server::serve_join(ConnectionPtr connection) {
  FrameChannel& channel = *connection->channel;
  const auto messages = co_await channel.receive();
  const auto* request = messages ? std::get_if<JoinRequest>(&messages->front()) : nullptr;
  if (request == nullptr || messages->size() > 1 || request->secret.size() > kSecretBytesMax) {
    if (messages) {
      tell(LinkEvent::kBadFrame, connection, "no request to join");
    } else {
      tell_end(connection);
    }
    if (channel.refusal()) channel.send({Refuse{*channel.refusal(), {}, {}}});
    co_await channel.finish();
    co_return;
  }
  asio::steady_timer timer(io_);
  while (joins_ >= kJoinsMax && channel.open()) co_await wait_for(timer, kRoomPause);
  if (!channel.open()) {
    tell_end(connection);
    co_return;
  }
  ++joins_;
  const std::shared_ptr<void> place(nullptr, [this](void*) { --joins_; });
  channel.expire_at(Clock::now() + std::chrono::milliseconds(config_.handshake_timeout_ms));
  const auto reply = co_await decide_join(connection, *request);
  if (reply) {
    tell(LinkEvent::kJoined, connection, device_of(request->key).hex());
    channel.send({*reply});
  } else {
    tell(LinkEvent::kJoinRefused, connection, describe(reply.refusal()));
    co_await wait_for(timer, std::chrono::milliseconds(config_.failed_join_delay_ms));
    channel.send({Refuse{reply.refusal(), {}, {}}});
  }
  co_await channel.finish();
}

asio::awaitable<Result<JoinReply>> SyncListener::Server::decide_join(ConnectionPtr connection,
                                                                     JoinRequest request) {
  if (!verify_signature(request.key, as_bytes(join_proof_message(request.secret)), request.proof)) {
    co_return Refusal{Reason::kBadSignature,
                      N_("the device did not prove that it holds its key: try to join again"),
                      {}};
  }
  struct Decision {
    explicit Decision(asio::io_context& io) : arrived(io) {}
    asio::steady_timer arrived;
    bool back = false;
    bool durable = false;
    std::optional<Result<JoinReply>> reply;
  };
  const auto decision = std::make_shared<Decision>(io_);
  post_work(
      queue_,
      [self = shared_from_this(), decision, request = std::move(request)](Replica& replica) {
        decision->reply = self->config_.join(replica, request);
      },
      [self = shared_from_this(), decision](bool durable) {
        asio::post(self->io_, [decision, durable] {
          decision->back = true;
          decision->durable = durable;
          decision->arrived.cancel();
        });
      });
  while (!decision->back) co_await wait_event(decision->arrived);
  if (!decision->durable || !decision->reply) {
    tell(LinkEvent::kStoreFailed, connection, "a device's joining could not be saved");
    co_return Refusal{Reason::kUnreachable,
                      N_("headquarters could not save the joining just now: try again in a few "
                         "minutes with the same code"),
                      {}};
  }
  co_return *decision->reply;
}

asio::awaitable<void> SyncListener::Server::sweep() {
  const auto idle = std::chrono::milliseconds(config_.idle_timeout_ms);
  while (!stopping_ || !connections_.empty()) {
    co_await wait_for(sweep_, kSweepInterval);
    const auto now = Clock::now();
    const auto connections = connections_;  // may change while they are closed
    for (const auto& [id, connection] : connections) {
      connection->channel->check(now);
      if (!connection->link || !connection->link->established()) continue;
      const auto silent = now - connection->channel->moved();
      if (silent > idle + kTickGrace) {
        connection->channel->close(ChannelEnd::kTimedOut, "silent");
      } else if (silent > idle) {
        connection->link->tick();
      }
    }
  }
}

void SyncListener::Server::books_changed(const std::set<BookCode>& books) {
  const std::lock_guard lock(mutex_);
  const bool posted = !changed_.empty();
  changed_.insert(books.begin(), books.end());
  if (posted || changed_.empty()) return;
  asio::post(io_, [self = shared_from_this()] { self->settle_changed(); });
}

void SyncListener::Server::settle_changed() {
  std::set<BookCode> changed;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_);
  }
  std::set<uint64_t> concerned;
  for (const BookCode& book : changed) {
    if (const auto at = holders_.find(book); at != holders_.end()) {
      concerned.insert(at->second.begin(), at->second.end());
    }
  }
  for (const uint64_t id : to_settle_) concerned.erase(id);
  to_settle_.insert(to_settle_.end(), concerned.begin(), concerned.end());
  settle_some();
}

void SyncListener::Server::settle_some() {
  while (settling_ < kSettlesMax && !to_settle_.empty() && !stopping_) {
    const auto at = connections_.find(to_settle_.front());
    to_settle_.pop_front();
    if (at == connections_.end()) continue;
    const ConnectionPtr connection = at->second;
    connection->link->settle();
    if (connection->link->working() && !std::exchange(connection->settling, true)) ++settling_;
  }
}

void SyncListener::Server::disconnect(DeviceId device) {
  asio::post(io_, [self = shared_from_this(), device] {
    std::set<uint64_t> ids;
    {
      const std::lock_guard lock(self->mutex_);
      if (const auto at = self->devices_.find(device); at != self->devices_.end()) ids = at->second;
    }
    for (const uint64_t id : ids) {
      const ConnectionPtr connection = self->connections_.at(id);
      connection->channel->expire_at(Clock::now() + kStopGrace);
      connection->link->finish("headquarters ended the connection");
    }
  });
}

std::vector<DeviceId> SyncListener::Server::connected() const {
  const std::lock_guard lock(mutex_);
  std::vector<DeviceId> out;
  for (const auto& [device, ids] : devices_) out.push_back(device);
  return out;
}

SyncListener::SyncListener(ListenerConfig config, WorkQueue& queue)
    : server_(std::make_shared<Server>(std::move(config), queue)) {}
SyncListener::~SyncListener() {
  stop();
}
Result<std::string> SyncListener::listen(const std::string& host, uint16_t port) {
  return server_->listen(host, port);
}
void SyncListener::run() {
  server_->run();
}
void SyncListener::stop() {
  server_->stop();
}
void SyncListener::disconnect(DeviceId device) {
  server_->disconnect(device);
}
std::vector<DeviceId> SyncListener::connected() const {
  return server_->connected();
}

}  // namespace sitelog
