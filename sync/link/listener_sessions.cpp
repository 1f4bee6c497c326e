// What a connection at headquarters' port is for: a device's sessions, joining, and what is new for
// those who listen.
#include <boost/asio/post.hpp>

#include "sync/ledger/limits.hpp"
#include "sync/link/invitation.hpp"
#include "sync/link/limits.hpp"
#include "sync/link/listener_server.hpp"

namespace sitelog {

namespace {

using namespace std::chrono_literals;

// Joinings share one account of the store's time: who asks is nobody yet.
const DeviceId kStrangers{};
constexpr size_t kSettlesMax = 64;  // at once: news of one book may concern thousands of devices

}  // namespace

asio::awaitable<void> SyncListener::Server::serve(ConnectionPtr connection) {
  const bool shaken = co_await connection->channel->handshake();
  if (!shaken) {
    tell_end(connection);
  } else if (const std::string protocol = tls_protocol(connection->channel->tls());
             protocol == kAlpnSync) {
    connection->channel->distrust(limits::kHelloFrameBytesMax);
    co_await serve_sync(connection);
  } else if (protocol == kAlpnJoin) {
    connection->channel->distrust(limits::kJoinFrameBytesMax);
    co_await serve_join(connection);
  } else if (config_.on_web) {
    if (auto guest = connection->channel->hand_over()) {
      config_.on_web(*std::move(guest), connection->address);
    }
  } else {
    tell(LinkEvent::kWrongProtocol, connection, N_("no protocol was asked for"));
    co_await connection->channel->finish();
  }
}

asio::awaitable<void> SyncListener::Server::serve_sync(ConnectionPtr connection) {
  const auto peer = tls_peer(connection->channel->tls(), config_.authority);
  if (!peer || peer->standing.is_authority()) {
    const Refusal refusal =
        peer ? Refusal{Reason::kUnknownDevice,
                       N_("headquarters' own certificate can't be used by a site"),
                       {}}
             : peer.refusal();
    tell(LinkEvent::kUnknownCertificate, connection, refusal);
    strangers_.answered(connection->id);
    connection->channel->send({Refuse{refusal, {}, {}}});
    co_await connection->channel->finish();
    co_return;
  }
  if (stopping_) co_return;
  tls_.remember(connection->channel->tls(), peer->device);
  prove(connection, *peer);
  tell(LinkEvent::kConnected, connection, peer->device.hex());
  co_await connection->link->run(false);
  if (const auto& failure = connection->link->last().failure) {
    tell(LinkEvent::kSessionFailed, connection, *failure);
  }
  if (const auto& refused = connection->link->last().refused; !refused.empty()) {
    tell(LinkEvent::kNotTaken, connection, refused.front());
  }
  tell_end(connection);
  co_await connection->channel->finish();
}

// From here on it is a device's connection.
void SyncListener::Server::prove(const ConnectionPtr& connection, const Peer& peer) {
  strangers_.leave(connection->id);
  connection->device = peer.device;
  SessionLink::Config config{.clock = config_.clock,
                             .keeper = shared_from_this(),
                             .received_bytes = received_bytes_,
                             .queued_bytes_max = config_.queued_bytes_max,
                             .on_step =
                                 [this, connection = std::weak_ptr(connection)](const Step& step) {
                                   if (const auto held = connection.lock()) stepped(held, step);
                                 },
                             .on_back =
                                 [this, connection = std::weak_ptr(connection)] {
                                   const auto held = connection.lock();
                                   if (held && std::exchange(held->settling, false)) {
                                     --settling_;
                                     settle_some();
                                   }
                                 }};
  connection->link = std::make_shared<SessionLink>(
      connection->channel,
      SessionSteps(queue_, {.session = {.start = Session::Start::kAnswers,
                                        .window = limits::kUnacknowledgedBatchesMax,
                                        .patience = config_.patience,
                                        .software = config_.software},
                            .own = config_.key.device(),
                            .peer = peer}),
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
  let_in();
}

void SyncListener::Server::stepped(const ConnectionPtr& connection, const Step& step) {
  ++steps_;
  if (step.established) connection->channel->greeted();
  if (connection->books == step.books || !connections_.contains(connection->id)) return;
  for (const BookCode& book : step.books) holders_[book].insert(connection->id);
  connection->books = step.books;  // a session's books only ever grow
}

asio::awaitable<void> SyncListener::Server::serve_join(ConnectionPtr connection) {
  FrameChannel& channel = *connection->channel;
  const auto received = co_await channel.receive(limits::kJoinFrameBytesMax);
  const auto* request = received ? std::get_if<JoinRequest>(&received->messages.front()) : nullptr;
  if (request == nullptr || received->messages.size() > 1) {
    if (received) {
      tell(LinkEvent::kBadFrame, connection, N_("no request to join"));
    } else {
      tell_end(connection);
    }
    strangers_.answered(connection->id);
    if (channel.refusal()) channel.send({Refuse{*channel.refusal(), {}, {}}});
    co_await channel.finish();
    co_return;
  }
  Result<JoinReply> reply =
      Refusal{Reason::kUnreachable,
              N_("too many devices ask to join at once: try again in a minute with the same code"),
              {}};
  bool decided = false;
  if (auto place = co_await place_to_join(connection)) {
    channel.expire_after(std::chrono::milliseconds(config_.patience.greeting_ms));
    reply = co_await decide_join(connection, *request);
    decided = true;
    place.reset();
  }
  if (!channel.open()) {
    tell_end(connection);
    co_return;
  }
  if (reply) {
    tell(LinkEvent::kJoined, connection, device_of(request->key).hex());
    channel.send({*reply});
  } else {
    tell(LinkEvent::kJoinRefused, connection, reply.refusal());
    strangers_.answered(connection->id);
    // Nobody else is kept waiting by that.
    asio::steady_timer timer(io_);
    if (decided) co_await wait_for(timer, std::chrono::milliseconds(config_.failed_join_delay_ms));
    channel.send({Refuse{reply.refusal(), {}, {}}});
  }
  co_await channel.finish();
}

bool SyncListener::Server::joins_full(const std::string& address) const {
  const auto of_address = joins_of_.find(address);
  return joins_ >= limits::kJoinsMax ||
         (of_address != joins_of_.end() && of_address->second >= limits::kJoinsOfAddressMax);
}

// A place among those that are decided, kept as long as it is held; null where too many wait.
asio::awaitable<std::shared_ptr<void>> SyncListener::Server::place_to_join(
    ConnectionPtr connection) {
  const std::string address = connection->address;
  if (joins_full(address)) {
    const auto waiting = joins_waiting_of_.find(address);
    if (joins_waiting_ >= limits::kJoinsWaitingMax ||
        (waiting != joins_waiting_of_.end() &&
         waiting->second >= limits::kJoinsWaitingOfAddressMax)) {
      co_return nullptr;
    }
    ++joins_waiting_;
    ++joins_waiting_of_[address];
    asio::steady_timer timer(io_);
    while (joins_full(address) && connection->channel->open()) {
      co_await wait_for(timer, limits::kRoomPause);
    }
    --joins_waiting_;
    if (--joins_waiting_of_.at(address) == 0) joins_waiting_of_.erase(address);
    if (!connection->channel->open()) co_return nullptr;
  }
  ++joins_;
  ++joins_of_[address];
  co_return std::shared_ptr<void>(this, [this, address](void*) {
    --joins_;
    if (--joins_of_.at(address) == 0) joins_of_.erase(address);
  });
}

asio::awaitable<Result<JoinReply>> SyncListener::Server::decide_join(ConnectionPtr connection,
                                                                     JoinRequest request) {
  const HeadquartersId own =
      headquarters_id(config_.key.public_key(), config_.authority.fingerprint());
  if (!verify_signature(request.key, as_bytes(join_proof_message(own, request.secret)),
                        request.proof)) {
    co_return Refusal{Reason::kBadSignature,
                      N_("the device did not prove to this headquarters that it holds its key: "
                         "install the Sitelog that headquarters hands out, and join again with "
                         "the same code"),
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
      queue_, kStrangers, 0,
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
    tell(LinkEvent::kStoreFailed, connection, N_("a device's joining could not be saved"));
    co_return Refusal{Reason::kUnreachable,
                      N_("headquarters could not save the joining just now: try again in a few "
                         "minutes with the same code"),
                      {}};
  }
  co_return *decision->reply;
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

}  // namespace sitelog
