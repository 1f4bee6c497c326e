#include "tests/support/wire.hpp"

#include <stdexcept>

namespace sitelog {

const char* name_of(Fault fault) {
  switch (fault) {
    case Fault::kNone: return "none";
    case Fault::kDrop: return "drop";
    case Fault::kDuplicate: return "duplicate";
    case Fault::kReorder: return "reorder";
    case Fault::kDelay: return "delay";
    case Fault::kCut: return "cut";
    case Fault::kCrashBeforeCommit: return "crash before commit";
    case Fault::kCrashBeforeSend: return "crash before send";
  }
  return "?";
}

Wire::Wire(TestDevice& site, TestDevice& headquarters, std::optional<BookCode> certified) {
  ends_[0].device = &site;
  ends_[1].device = &headquarters;
  Peer peer = site.as_peer();
  if (certified) peer.standing = Standing::device(*certified);
  ends_[0].session =
      std::make_unique<Session>(SessionConfig{.start = Session::Start::kOpens, .software = "test"},
                                site.store(), site.id(), headquarters.as_peer());
  ends_[1].session = std::make_unique<Session>(
      SessionConfig{.start = Session::Start::kAnswers, .software = "test"}, headquarters.store(),
      headquarters.id(), peer);
  transact(0, [&](Session& session) { session.start(site.now()); });
}

void Wire::drop_connection() {
  broken_ = true;
  for (End& end : ends_) {
    end.session.reset();
    end.arriving.clear();
  }
}

void Wire::transact(size_t end, const std::function<void(Session&)>& decide, Fault fault) {
  End& here = ends_[end];
  TestDevice& device = *here.device;
  device.store().begin();
  decide(*here.session);
  here.session->settle(device.now());
  if (fault == Fault::kCrashBeforeCommit) {
    device.store().rollback();
    drop_connection();
    device.reopen();
    return;
  }
  device.store().commit();
  if (fault == Fault::kCrashBeforeSend) {
    drop_connection();
    device.reopen();
    return;
  }
  for (const Message& message : here.session->take_outbox()) {
    std::string frame = here.writer.frame(message);
    bytes_ += frame.size();
    ends_[1 - end].arriving.push_back(std::move(frame));
  }
}

void Wire::deliver(size_t end, const std::string& frame, Fault fault) {
  End& here = ends_[end];
  here.reader.add(as_bytes(frame));
  auto message = here.reader.next();
  if (!message || !*message) throw std::runtime_error("a frame did not arrive as it was sent");
  transact(
      end, [&](Session& session) { session.receive(**message, here.device->now()); }, fault);
}

bool Wire::step() {
  if (broken_) return false;
  size_t end = turn_;
  if (ends_[end].arriving.empty()) end = 1 - end;
  auto& arriving = ends_[end].arriving;
  if (arriving.empty()) return false;
  turn_ = 1 - end;
  const Fault fault = fault_ != Fault::kNone && arrived_ == fault_at_ ? fault_ : Fault::kNone;
  ++arrived_;
  if (fault == Fault::kCut) {
    drop_connection();
    return false;
  }
  std::string frame = std::move(arriving.front());
  arriving.pop_front();
  if (fault == Fault::kDrop) return true;
  if (fault == Fault::kReorder && !arriving.empty()) std::swap(frame, arriving.front());
  if (fault == Fault::kDelay) {
    while (!arriving.empty()) {
      const std::string earlier = std::move(arriving.front());
      arriving.pop_front();
      deliver(end, earlier, Fault::kNone);
    }
  }
  deliver(end, frame, fault);
  if (fault == Fault::kDuplicate) deliver(end, frame, Fault::kNone);
  if (watch) watch();
  return true;
}

void Wire::run(size_t limit) {
  for (size_t i = 0; i < limit && step(); ++i) {
  }
}

void Wire::push(bool from_site) {
  if (!broken_) transact(from_site ? 0 : 1, [](Session&) {});
}

size_t sync(TestDevice& site, TestDevice& headquarters) {
  Wire wire(site, headquarters);
  wire.run();
  if (wire.caught_up()) return wire.messages();
  std::string why = "the sync did not catch up";
  for (Session* session : {&wire.site(), &wire.headquarters()}) {
    if (session->failure()) why += "; " + describe(*session->failure());
    for (const Refusal& refusal : session->refused()) why += "; " + describe(refusal);
  }
  throw std::runtime_error(why);
}

}  // namespace sitelog
