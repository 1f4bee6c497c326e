#include "sync/link/sync_listener.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "sync/link/address.hpp"
#include "sync/link/limits.hpp"
#include "sync/link/listener_server.hpp"

namespace sitelog {

namespace {

using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto kAcceptPause = 200ms;
constexpr size_t kCheckedAtOnce = 1000;
constexpr auto kTrimInterval = 2s;
constexpr size_t kStepsWhenCalm = 64;  // in that time

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

// A connection is an open file: as many as the administrator allows, not as few as is usual.
size_t raise_files_max() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  const rlimit all{files.rlim_max, files.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &all) == 0 ? all.rlim_cur : files.rlim_cur;
}

}  // namespace

const char* name_of(LinkEvent event) {
  switch (event) {
    case LinkEvent::kConnected: return N_("connected");
    case LinkEvent::kDisconnected: return N_("disconnected");
    case LinkEvent::kJoined: return N_("joined");
    case LinkEvent::kJoinRefused: return N_("join_refused");
    case LinkEvent::kNotTls: return N_("not_tls");
    case LinkEvent::kWrongProtocol: return N_("wrong_protocol");
    case LinkEvent::kUnknownCertificate: return N_("unknown_certificate");
    case LinkEvent::kBadFrame: return N_("bad_frame");
    case LinkEvent::kSessionFailed: return N_("session_failed");
    case LinkEvent::kNotTaken: return N_("not_taken");
    case LinkEvent::kTimedOut: return N_("timed_out");
    case LinkEvent::kSlowReader: return N_("slow_reader");
    case LinkEvent::kStoreFailed: return N_("store_failed");
    case LinkEvent::kFull: return N_("full");
    case LinkEvent::kAcceptFailed: return N_("accept_failed");
    case LinkEvent::kFewFiles: return N_("few_files");
  }
  return "unknown";
}

SyncListener::Server::Server(ListenerConfig config, WorkQueue& queue)
    : config_(std::move(config)),
      queue_(queue),
      tls_(config_.key, config_.certificate, config_.authority, config_.web),
      sweep_(io_),
      strangers_({.inside = config_.unproven_max,
                  .inside_of_address = config_.unproven_of_address_max,
                  .waiting = limits::kAtTheDoorMax,
                  .waiting_of_address = limits::kAtTheDoorOfAddressMax,
                  .patience = limits::kUnprovenPatience,
                  .waiting_time = limits::kAtTheDoorTime},
                 [this](uint64_t id) { return connections_.at(id)->channel->silent(); }) {}

Result<std::string> SyncListener::Server::listen(const std::string& host, uint16_t port) {
  files_max_ = raise_files_max();
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
  const size_t files = config_.connections_max + limits::kAtTheDoorMax + config_.other_files;
  if (files_max_ < files) {
    tell(LinkEvent::kFewFiles, nullptr,
         N_("the system allows {} open files, for {} connections {} are needed: raise "
            "LimitNOFILE"),
         {std::to_string(files_max_), std::to_string(config_.connections_max),
          std::to_string(files)});
  }
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
  at_the_door_.clear();
  const auto connections = connections_;  // may change while they end
  for (const auto& [id, connection] : connections) {
    if (connection->link) {
      connection->channel->expire_after(limits::kStopGrace);
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
                                const Refusal& detail) {
  if (!config_.on_event) return;
  std::string told = config_.words(detail);
  if (connection) told = connection->channel->remote() + ": " + told;
  // The other end's words may be in it: a line of the log stays one line.
  for (char& c : told) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  config_.on_event(event, told);
}

// Why the channel ended, once.
void SyncListener::Server::tell_end(const ConnectionPtr& connection) {
  if (std::exchange(connection->end_told, true)) return;
  const FrameChannel& channel = *connection->channel;
  LinkEvent event = event_of(channel.end());
  if (connection->link && connection->link->store_failed()) event = LinkEvent::kStoreFailed;
  tell(event, connection, channel.detail().empty() ? N_("ended") : channel.detail());
}

asio::awaitable<void> SyncListener::Server::accept_all(Door& door) {
  while (!stopping_) {
    error_code error;
    tcp::socket socket =
        co_await door.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (stopping_) break;
    if (error) {
      tell(LinkEvent::kAcceptFailed, nullptr, error.message());
      co_await wait_for(door.pause, kAcceptPause);
    } else {
      arrive(std::move(socket));
    }
  }
}

void SyncListener::Server::arrive(tcp::socket socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return;  // gone already
  if (connections_.size() >= config_.connections_max) return tell_full();
  const std::string address = owner_of(endpoint.address());
  const uint64_t id = ++last_id_;
  const auto arrival = strangers_.arrive(id, address, Clock::now());
  make_room(arrival);
  switch (arrival.where) {
    case Strangers::Where::kInside: return admit(id, address, std::move(socket));
    case Strangers::Where::kAtTheDoor:
      at_the_door_.emplace(id, AtTheDoor{address, std::move(socket)});
      return;
    case Strangers::Where::kTurnedAway: return tell_full();
  }
}

// Turned away: the socket is closed.
void SyncListener::Server::tell_full() {
  if (Clock::now() - full_told_ <= 1s) return;
  full_told_ = Clock::now();
  tell(LinkEvent::kFull, nullptr, N_("{} connections, {} at the door"),
       {std::to_string(connections_.size()), std::to_string(at_the_door_.size())});
}

void SyncListener::Server::make_room(const Strangers::Arrival& arrival) {
  if (!arrival.makes_room) return;
  const auto eldest = connections_.find(*arrival.makes_room);
  SITELOG_ASSERT(eldest != connections_.end());
  eldest->second->channel->close(ChannelEnd::kTimedOut, "made room for others");
}

void SyncListener::Server::let_in() {
  const auto now = Clock::now();
  while (const auto id = strangers_.give_up(now)) at_the_door_.erase(*id);
  while (connections_.size() < config_.connections_max) {
    const auto next = strangers_.let_in(now);
    if (!next) break;
    make_room(next->second);
    auto at = at_the_door_.extract(next->first);
    admit(next->first, std::move(at.mapped().address), std::move(at.mapped().socket));
  }
}

void SyncListener::Server::admit(uint64_t id, std::string address, tcp::socket socket) {
  auto connection = std::make_shared<Connection>();
  connection->id = id;
  connection->address = std::move(address);
  connection->channel =
      std::make_shared<FrameChannel>(std::move(socket), tls_.create(), writer_, config_.patience);
  connections_[id] = connection;
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
  strangers_.leave(connection->id);
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
  if (!stopping_) let_in();
  leave_when_empty();
}

// The next ones to be looked at: all, or where there are thousands an eighth of them.
std::vector<SyncListener::Server::ConnectionPtr> SyncListener::Server::next_to_check() {
  std::vector<ConnectionPtr> out(
      std::min(connections_.size(), std::max(kCheckedAtOnce, connections_.size() / 8)));
  auto at = connections_.upper_bound(last_checked_);
  for (ConnectionPtr& connection : out) {
    if (at == connections_.end()) at = connections_.begin();
    connection = at->second;
    last_checked_ = at->first;
    ++at;
  }
  return out;
}

// Gives the system back what a rush of uploads needed, once that is over.
void SyncListener::Server::trim() {
  const auto now = Clock::now();
  if (now - trim_looked_ < kTrimInterval) return;
  trim_looked_ = now;
  const bool calm = std::exchange(steps_, 0) < kStepsWhenCalm;
  if (calm && rushed_) malloc_trim(0);
  rushed_ = !calm;
}

asio::awaitable<void> SyncListener::Server::sweep() {
  while (!stopping_ || !connections_.empty()) {
    co_await wait_for(sweep_, limits::kSweepInterval);
    trim();
    if (!stopping_) let_in();
    for (const ConnectionPtr& connection : next_to_check()) connection->channel->check();
  }
}

void SyncListener::Server::show_web(WebCertificate web) {
  asio::post(io_, [self = shared_from_this(), web = std::move(web)] { self->tls_.show_web(web); });
}

void SyncListener::Server::disconnect(DeviceId device) {
  asio::post(io_, [self = shared_from_this(), device] {
    self->tls_.forget(device);
    std::set<uint64_t> ids;
    {
      const std::lock_guard lock(self->mutex_);
      if (const auto at = self->devices_.find(device); at != self->devices_.end()) ids = at->second;
    }
    for (const uint64_t id : ids) {
      const ConnectionPtr connection = self->connections_.at(id);
      connection->channel->expire_after(limits::kStopGrace);
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
void SyncListener::show_web(WebCertificate web) {
  server_->show_web(std::move(web));
}

void SyncListener::disconnect(DeviceId device) {
  server_->disconnect(device);
}
std::vector<DeviceId> SyncListener::connected() const {
  return server_->connected();
}

}  // namespace sitelog
