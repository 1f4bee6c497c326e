#include "sync/link/sync_connector.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "sync/link/address.hpp"
#include "sync/link/limits.hpp"
#include "sync/link/session_link.hpp"

namespace sitelog {

namespace {

using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Message ids of what goes wrong on the way, and what is said of it to a device that has nothing
// yet.
constexpr const char* kUnreachable =
    N_("headquarters at {} can't be reached ({}): everything waits here and goes with the next "
       "sync");
constexpr const char* kBroken =
    N_("the connection with headquarters at {} ended early ({}): what arrived is kept, the rest "
       "waits here and goes with the next sync");
constexpr const char* kNotHeadquarters =
    N_("what answered at {} is not this device's headquarters (a sign-in page of the network?): "
       "nothing was sent, everything waits here; check the address, or sign in to the network and "
       "sync again");
constexpr std::pair<const char*, const char*> kOfJoining[] = {
    {kUnreachable, N_("headquarters at {} can't be reached ({}): this device has not joined")},
    {kBroken, N_("the connection with headquarters at {} ended early ({}): this device has not "
                 "joined")},
    {kNotHeadquarters,
     N_("what answered at {} is not the headquarters that made this invitation (a sign-in page of "
        "the network?): this device has not joined; check the address, or sign in to the "
        "network")}};

Result<JoinReply> in_words_of_joining(Result<JoinReply> reply) {
  if (reply) return reply;
  Refusal out = reply.refusal();
  for (const auto& [ours, of_joining] : kOfJoining) {
    if (out.text == ours) out.text = of_joining;
  }
  return out;
}

Refusal unreachable(const std::string& where, const std::string& why) {
  return {Reason::kUnreachable, kUnreachable, {where, why}};
}

Refusal broken(const std::string& where, const std::string& why) {
  return {Reason::kUnreachable, kBroken, {where, why}};
}

Refusal not_headquarters(const std::string& where) {
  return {Reason::kNotHeadquarters, kNotHeadquarters, {where}};
}

// Who stays connected asks a silent headquarters whether it is there; who syncs once need not.
Patience patience_of(const ConnectorConfig& config, bool live) {
  Patience out = config.patience;
  if (live) out.ask_after_ms = limits::kPingIntervalMs;
  return out;
}

// The way from an address to a channel on which the right headquarters has proved itself, and the
// time-outs of all that. On one io_context, run by one blocking call.
class Dialler {
 public:
  Dialler(std::string where, const TlsClient& tls, milliseconds connect_timeout,
          const Patience& patience)
      : where_(std::move(where)),
        tls_(tls),
        connect_timeout_(connect_timeout),
        patience_(patience),
        sweep_(io_),
        connecting_(io_) {}

  // Runs `talk`, which may use `dial`, to its end on this thread.
  void run(asio::awaitable<void> talk, std::stop_token stop, std::function<void()> on_stop) {
    stop_ = stop;
    // What is posted runs on this thread below, or never.
    const std::stop_callback stopped(stop, [this, &on_stop] {
      asio::post(io_, [this, &on_stop] {
        abandon("stopped");
        on_stop();
      });
    });
    std::exception_ptr problem;
    const auto done = [this, &problem](std::exception_ptr thrown) {
      problem = thrown;
      ended_ = true;
      sweep_.cancel();
    };
    asio::co_spawn(io_, std::move(talk), done);
    asio::co_spawn(io_, sweep(), [](std::exception_ptr) {});
    io_.run();
    if (problem) std::rethrow_exception(problem);
  }

  // Every address in turn. A refusal says the most telling of what went wrong.
  asio::awaitable<Result<std::shared_ptr<FrameChannel>>> dial() {
    const auto to = HostPort::parse(where_);
    if (!to) co_return to.refusal();
    if (stop_.stop_requested()) co_return unreachable(where_, "stopped");
    const auto addresses = resolve(to->host, connect_timeout_.count(), stop_);
    if (!addresses) co_return addresses.refusal();
    Refusal refusal = unreachable(where_, "stopped");
    for (const std::string& address : *addresses) {
      if (stop_.stop_requested()) break;
      auto tried = co_await dial_one(address, to->port);
      if (tried) co_return *tried;
      if (refusal.reason != Reason::kNotHeadquarters) refusal = tried.refusal();
    }
    co_return refusal;
  }

  asio::io_context& io() { return io_; }
  FrameChannel* channel() { return channel_.get(); }
  const std::string& where() const { return where_; }

 private:
  asio::awaitable<Result<std::shared_ptr<FrameChannel>>> dial_one(std::string address,
                                                                  uint16_t port) {
    error_code error;
    const auto parsed = asio::ip::make_address(address, error);
    if (error) co_return unreachable(where_, error.message());
    connecting_ = tcp::socket(io_);
    connecting_until_ = Clock::now() + connect_timeout_;
    co_await connecting_.async_connect({parsed, port},
                                       asio::redirect_error(asio::use_awaitable, error));
    const bool in_time = std::exchange(connecting_until_, std::nullopt).has_value();
    if (error || !in_time || stop_.stop_requested()) {
      co_return unreachable(where_, in_time ? error.message() : "no answer in time");
    }
    channel_ =
        std::make_shared<FrameChannel>(std::move(connecting_), tls_.create(), writer_, patience_);
    shaking_ = true;
    const bool shaken = co_await channel_->handshake();
    shaking_ = false;
    if (!shaken) {
      const bool other = channel_->end() == ChannelEnd::kNotTls;
      co_return other ? not_headquarters(where_) : unreachable(where_, channel_->detail());
    }
    if (!tls_.accepts(channel_->tls())) {
      channel_->close(ChannelEnd::kDropped, {});
      co_return not_headquarters(where_);
    }
    co_return channel_;
  }

  // Ends a connecting or a handshake that is under way.
  void abandon(const char* why) {
    error_code ignored;
    if (std::exchange(connecting_until_, std::nullopt)) connecting_.close(ignored);
    if (shaking_) channel_->close(ChannelEnd::kDropped, why);
  }

  asio::awaitable<void> sweep() {
    while (!ended_) {
      co_await wait_for(sweep_, limits::kSweepInterval);
      const auto now = Clock::now();
      if (connecting_until_ && now >= *connecting_until_) abandon("no answer in time");
      if (channel_) channel_->check();
    }
  }

  const std::string where_;
  const TlsClient& tls_;
  const milliseconds connect_timeout_;
  const Patience patience_;
  asio::io_context io_{1};
  asio::steady_timer sweep_;
  tcp::socket connecting_;
  std::optional<Clock::time_point> connecting_until_;
  FrameWriter writer_;
  std::shared_ptr<FrameChannel> channel_;
  std::stop_token stop_;
  bool shaking_ = false;
  bool ended_ = false;
};

}  // namespace

struct SyncConnector::State {
  ConnectorConfig config;
  WorkQueue& queue;
  TlsClient tls;
};

// One sync, once or live.
class SyncConnector::Run : public std::enable_shared_from_this<Run> {
 public:
  Run(State& state, const std::string& where, bool live, std::stop_token stop,
      OnProgress on_progress)
      : state_(state),
        dialler_(std::make_shared<Dialler>(where, state.tls,
                                           milliseconds(state.config.connect_timeout_ms),
                                           patience_of(state.config, live))),
        live_(live),
        stop_(std::move(stop)),
        on_progress_(std::move(on_progress)) {}

  SyncOutcome run() {
    const auto began = Clock::now();
    const uint64_t subscription = state_.queue.subscribe(
        [weak = weak_from_this(), dialler = dialler_](const std::set<BookCode>&) {
          asio::post(dialler->io(), [weak] {
            const auto self = weak.lock();
            if (self && self->link_) self->link_->settle();
          });
        });
    dialler_->run(talk(), stop_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || !self->link_) return;
      self->link_->channel().expire_after(limits::kStopGrace);
      self->link_->finish("stopped");
    });
    state_.queue.unsubscribe(subscription);
    outcome_.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    return std::move(outcome_);
  }

 private:
  asio::awaitable<void> talk() {
    const auto channel = co_await dialler_->dial();
    if (!channel) {
      if (!(live_ && stop_.stop_requested())) outcome_.failure = channel.refusal();
      co_return;
    }
    outcome_.resumed = tls_resumed((*channel)->tls());
    const ConnectorConfig& config = state_.config;
    link_ = std::make_shared<SessionLink>(
        *channel,
        SessionSteps(state_.queue, {.session = {.start = Session::Start::kOpens,
                                                .window = limits::kUnacknowledgedBatchesMax,
                                                .patience = patience_of(config, live_),
                                                .software = config.software},
                                    .own = config.key.device(),
                                    .peer = {config.headquarters, Standing::authority()}}),
        SessionLink::Config{.clock = config.clock,
                            .keeper = dialler_,
                            .received_bytes = std::make_shared<size_t>(0),
                            .queued_bytes_max = limits::kQueuedBytesMax,
                            .on_step = [this](const Step& step) { stepped(step); },
                            .on_back = {}});
    co_await link_->run(true);
    co_await (*channel)->finish();
    conclude(**channel);
    link_.reset();
  }

  void stepped(const Step& step) {
    if (step.established) link_->channel().greeted();
    const SyncProgress now{step.counts.entries_sent, step.counts.entries_received, step.caught_up};
    if (now != progress_ && on_progress_) on_progress_(now);
    progress_ = now;
    if (live_) return;
    // What headquarters says between this and the end is for the next session.
    if (step.caught_up || (step.at_rest && !step.refused.empty())) {
      done_ = true;
      outcome_.caught_up = outcome_.caught_up || step.caught_up;
      link_->finish("done");
    }
  }

  void conclude(FrameChannel& channel) {
    const Step& last = link_->last();
    outcome_.sent = last.counts.entries_sent;
    outcome_.received = last.counts.entries_received;
    outcome_.got_ahead = last.counts.entries_received + last.counts.batches_acknowledged > 0;
    outcome_.exchanges = last.counts.exchanges;
    outcome_.bytes_sent = channel.bytes_sent();
    outcome_.bytes_received = channel.bytes_received();
    outcome_.caught_up = outcome_.caught_up || last.caught_up;
    outcome_.refused = last.refused;
    const bool done = live_ ? stop_.stop_requested() : done_;
    if (link_->store_failed()) {
      outcome_.failure = Refusal{
          Reason::kNotSaved,
          N_("what headquarters sent could not be saved on this device (its disk may be full): "
             "nothing is lost; free some space and sync again"),
          {}};
    } else if (last.failure) {
      outcome_.failure = last.failure;
    } else if (channel.refusal()) {
      outcome_.failure = channel.refusal();
    } else if (!done) {
      outcome_.failure = broken(dialler_->where(), link_->goodbye()         ? *link_->goodbye()
                                                   : stop_.stop_requested() ? "stopped"
                                                                            : channel.detail());
    }
  }

  State& state_;
  const std::shared_ptr<Dialler> dialler_;
  const bool live_;
  const std::stop_token stop_;
  const OnProgress on_progress_;
  std::shared_ptr<SessionLink> link_;
  SyncProgress progress_;
  SyncOutcome outcome_;
  bool done_ = false;  // all that this session was for
};

SyncConnector::SyncConnector(ConnectorConfig config, WorkQueue& queue) {
  TlsClient tls(config.key, config.certificate, config.authority, config.headquarters);
  state_ = std::make_unique<State>(State{std::move(config), queue, std::move(tls)});
}
SyncConnector::~SyncConnector() = default;

SyncOutcome SyncConnector::sync_once(const std::string& headquarters, std::stop_token stop,
                                     OnProgress on_progress) {
  return std::make_shared<Run>(*state_, headquarters, false, std::move(stop),
                               std::move(on_progress))
      ->run();
}

SyncOutcome SyncConnector::run_live(const std::string& headquarters, std::stop_token stop,
                                    OnProgress on_progress) {
  return std::make_shared<Run>(*state_, headquarters, true, std::move(stop), std::move(on_progress))
      ->run();
}

std::string SyncConnector::resumption() const {
  return state_->tls.resumption();
}
void SyncConnector::offer_resumption(BytesView saved) {
  state_->tls.offer_resumption(saved);
}

namespace {

// Whether the answer is what was asked for: a certificate for our key, of that headquarters.
Result<JoinReply> checked(const JoinReply& reply, const HeadquartersId& asked,
                          const SigningKey& key, const Peer& headquarters,
                          const std::string& where) {
  const auto certificate = Certificate::from_der(as_bytes(reply.certificate));
  const auto authority = Certificate::from_der(as_bytes(reply.authority));
  if (!certificate || !authority || !certificate->issued_by(*authority) ||
      headquarters_id(reply.headquarters, authority->fingerprint()) != asked ||
      device_of(reply.headquarters) != headquarters.device) {
    return not_headquarters(where);
  }
  const auto own = peer_of(*certificate);
  if (!own || own->device != key.device() || own->standing != Standing::device(reply.unit)) {
    return Refusal{Reason::kMalformed,
                   N_("headquarters answered with a certificate that is not for this device: tell "
                      "its administrator; nothing was changed here"),
                   {}};
  }
  return reply;
}

asio::awaitable<void> ask_to_join(std::shared_ptr<Dialler> dialler, const InvitationCode& code,
                                  const NewDevice& device, Result<JoinReply>& out) {
  const auto dialled = co_await dialler->dial();
  if (!dialled) {
    out = dialled.refusal();
    co_return;
  }
  FrameChannel& channel = **dialled;
  const std::string secret = code.secret_bytes();
  const auto asked = tls_headquarters(channel.tls());
  if (!asked) {
    channel.close(ChannelEnd::kDropped, {});
    out = not_headquarters(dialler->where());
    co_return;
  }
  channel.send(
      {JoinRequest{.secret = secret,
                   .key = device.key.public_key(),
                   .name = device.name,
                   .proof = device.key.sign(as_bytes(join_proof_message(*asked, secret))),
                   .agreement_key = claim_agreement_key(device.key, device.agreement_key)}});
  const auto received = co_await channel.receive(limits::kMessageBytesMax);
  if (!received) {
    out = channel.refusal() ? *channel.refusal() : broken(dialler->where(), channel.detail());
  } else if (const auto* refuse = std::get_if<Refuse>(&received->messages.front())) {
    out = refuse->refusal;
  } else if (const auto* reply = std::get_if<JoinReply>(&received->messages.front())) {
    const auto shown = tls_leaf(channel.tls());
    const auto peer = shown ? peer_of(*shown) : Result<Peer>(not_headquarters(dialler->where()));
    out = peer ? checked(*reply, *asked, device.key, *peer, dialler->where()) : peer.refusal();
  } else {
    out = not_headquarters(dialler->where());
  }
  co_await channel.finish();
}

}  // namespace

Result<JoinReply> join_headquarters(const std::string& headquarters, const InvitationCode& code,
                                    const NewDevice& device, std::stop_token stop,
                                    int64_t timeout_ms) {
  const TlsClient tls(code.authority);
  const auto dialler = std::make_shared<Dialler>(headquarters, tls, milliseconds(timeout_ms),
                                                 Patience{.greeting_ms = timeout_ms});
  Result<JoinReply> out = unreachable(headquarters, "stopped");
  dialler->run(ask_to_join(dialler, code, device, out), std::move(stop), [&] {
    if (FrameChannel* channel = dialler->channel()) channel->interrupt();
  });
  return in_words_of_joining(std::move(out));
}

}  // namespace sitelog
