#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sync/session/framing.hpp"
#include "sync/session/liveness.hpp"
#include "sync/session/session.hpp"
#include "tests/support/wire.hpp"

namespace sitelog::simulation {

// The protocol versions that a program speaks.
struct Versions {
  uint32_t min = kProtocolVersionMin;
  uint32_t max = kProtocolVersionMax;
  bool understood() const { return min <= kProtocolVersionMax && max >= kProtocolVersionMin; }
};

// One connection between a site and headquarters, or a hub: two sessions, and the frames on their
// way. Who gets the next one and what goes wrong with it is the caller's choice at every step.
// Throws StoreError where an end's disk fails; the connection is then of no more use.
class Connection {
 public:
  enum End : size_t { kSite = 0, kUpstream = 1 };
  // Told of every message that leaves, after the commit that justifies it.
  using Watcher = std::function<void(TestDevice& from, TestDevice& to, const Message& message,
                                     std::string_view frame)>;

  Connection(TestDevice& site, TestDevice& upstream, Versions site_speaks, Watcher watcher);

  // Something is on its way to this end, and the way is open.
  bool waiting(End end) const { return !ends_[end].arriving.empty() && !ends_[end].clogged; }
  bool idle() const { return !waiting(kSite) && !waiting(kUpstream); }
  // Nothing is on its way at all.
  bool quiet() const { return ends_[kSite].arriving.empty() && ends_[kUpstream].arriving.empty(); }
  // The next message arrives, with a fault or without. False: the fault could not be had (nothing
  // to reorder with), and nothing went wrong.
  bool deliver(End end, Fault fault);
  // Lets an end send what its store holds since.
  void push(End end);
  // Time has passed: an end may ask whether the other is there, or give it up.
  void tick(End end);

  // What is sent to this end waits from now on, until the way is open again.
  void clog(End end) { ends_[end].clogged = true; }
  void unclog(End end) { ends_[end].clogged = false; }
  bool clogged(End end) const { return ends_[end].clogged; }
  // What is sent to this end from now on never arrives, and nobody tells.
  void partition(End end);
  bool partitioned(End end) const { return ends_[end].partitioned; }

  // The link is cut, or an end has crashed: nothing more can be done with this connection.
  bool broken() const { return broken_; }
  // The end that died, to be opened again by the caller.
  TestDevice* crashed() const { return crashed_; }
  // An end has ended its session.
  bool ended() const;
  // A message never arrived: what it said is not said again before the next connection.
  bool lossy() const { return lossy_; }

  TestDevice& device(End end) { return *ends_[end].device; }
  Session& session(End end) { return *ends_[end].session; }
  bool caught_up() const {
    return ends_[kSite].session->caught_up() && ends_[kUpstream].session->caught_up();
  }
  // An end would not take, or could not send, some stream.
  bool refused() const;
  size_t arrived() const { return arrived_; }
  // Of these, headquarters' receipts that the upstream end passed on.
  size_t passed_on() const { return passed_on_; }

 private:
  struct Side {
    TestDevice* device = nullptr;
    std::unique_ptr<Session> session;
    FrameWriter writer;
    FrameReader reader;
    std::optional<Liveness> liveness;
    std::deque<std::string> arriving;
    bool clogged = false;
    bool partitioned = false;
  };
  // Decide, commit, send.
  void transact(End end, const std::function<void(Session&)>& decide, Fault fault = Fault::kNone);
  void send(End end);
  void send(End end, const Message& message);
  void take_in(End end, const std::string& frame, Fault fault);
  void crash(End end);

  Side ends_[2];
  const Versions site_speaks_;
  Watcher watcher_;
  TestDevice* crashed_ = nullptr;
  bool broken_ = false;
  bool lossy_ = false;
  size_t arrived_ = 0;
  size_t passed_on_ = 0;
};

}  // namespace sitelog::simulation
