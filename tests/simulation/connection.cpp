#include "tests/simulation/connection.hpp"

#include "sync/ledger/limits.hpp"
#include "tests/simulation/dice.hpp"

namespace sitelog::simulation {

Connection::Connection(TestDevice& site, TestDevice& upstream, Versions site_speaks,
                       Watcher watcher)
    : site_speaks_(site_speaks), watcher_(std::move(watcher)) {
  ends_[kSite].device = &site;
  ends_[kUpstream].device = &upstream;
  SessionConfig opens{.start = Session::Start::kOpens, .software = "test"};
  opens.patience.ask_after_ms = limits::kPingIntervalMs;
  const SessionConfig answers{.start = Session::Start::kAnswers, .software = "test"};
  ends_[kSite].session =
      std::make_unique<Session>(opens, site.store(), site.id(), upstream.as_peer());
  ends_[kUpstream].session =
      std::make_unique<Session>(answers, upstream.store(), upstream.id(), site.as_peer());
  ends_[kSite].liveness.emplace(opens.patience, site.now().monotonic_ms);
  ends_[kUpstream].liveness.emplace(answers.patience, upstream.now().monotonic_ms);
  transact(kSite, [&](Session& session) { session.start(site.now()); });
}

bool Connection::ended() const {
  return ends_[kSite].session->ended() || ends_[kUpstream].session->ended();
}

bool Connection::refused() const {
  return !ends_[kSite].session->refused().empty() || !ends_[kUpstream].session->refused().empty();
}

void Connection::partition(End end) {
  ends_[end].partitioned = true;
  ends_[end].arriving.clear();
  lossy_ = true;
}

void Connection::crash(End end) {
  broken_ = true;
  crashed_ = ends_[end].device;
}

void Connection::transact(End end, const std::function<void(Session&)>& decide, Fault fault) {
  Side& here = ends_[end];
  TestDevice& device = *here.device;
  device.store().begin();
  decide(*here.session);
  here.session->settle(device.now());
  if (fault == Fault::kCrashBeforeCommit) return crash(end);
  device.store().commit();
  if (fault == Fault::kCrashBeforeSend) return crash(end);
  send(end);
}

void Connection::send(End end) {
  Side& here = ends_[end];
  for (Message& message : here.session->take_outbox()) {
    if (auto* hello = std::get_if<Hello>(&message)) {
      hello->version_min = site_speaks_.min;
      hello->version_max = site_speaks_.max;
    }
    send(end, message);
  }
  if (here.session->established()) here.liveness->greeted();
}

void Connection::send(End end, const Message& message) {
  Side& here = ends_[end];
  Side& there = ends_[1 - end];
  std::string frame = here.writer.frame(message);
  watcher_(*here.device, *there.device, message, frame);
  here.liveness->sent(here.device->now().monotonic_ms);
  if (!there.partitioned) there.arriving.push_back(std::move(frame));
}

void Connection::take_in(End end, const std::string& frame, Fault fault) {
  Side& here = ends_[end];
  here.reader.add(as_bytes(frame));
  const auto message = here.reader.next();
  if (!message || !*message) throw Broken("a frame did not arrive as it was sent");
  ++arrived_;
  here.liveness->received(here.device->now().monotonic_ms);
  const auto* receipt = std::get_if<Receipt>(&**message);
  const bool from_hub = !ends_[kUpstream].device->is_headquarters();
  if (receipt != nullptr && from_hub && !receipt->signature.is_zero()) ++passed_on_;
  transact(
      end, [&](Session& session) { session.receive(**message, here.device->now()); }, fault);
}

bool Connection::deliver(End end, Fault fault) {
  auto& arriving = ends_[end].arriving;
  const bool alone = arriving.size() < 2;
  if (alone && (fault == Fault::kReorder || fault == Fault::kDelay)) fault = Fault::kNone;
  const bool had = fault != Fault::kNone;
  if (fault == Fault::kCut) {
    broken_ = true;
    return true;
  }
  if (fault == Fault::kReorder) std::swap(arriving[0], arriving[1]);
  if (fault == Fault::kDelay) {
    arriving.push_back(std::move(arriving.front()));
    arriving.pop_front();
  }
  const std::string frame = std::move(arriving.front());
  arriving.pop_front();
  if (fault == Fault::kDrop) {
    lossy_ = true;
    return true;
  }
  take_in(end, frame, fault);
  if (fault == Fault::kDuplicate) arriving.push_front(frame);
  return had;
}

void Connection::push(End end) {
  transact(end, [](Session&) {});
}

void Connection::tick(End end) {
  const int64_t now_ms = ends_[end].device->now().monotonic_ms;
  switch (ends_[end].liveness->judge(now_ms, false)) {
    case Liveness::Verdict::kWait: return;
    case Liveness::Verdict::kAsk: return send(end, Ping{now_ms});
    case Liveness::Verdict::kLate:
    case Liveness::Verdict::kSilent:
    case Liveness::Verdict::kNoAnswer:
    case Liveness::Verdict::kStalled: broken_ = true;
  }
}

}  // namespace sitelog::simulation
