#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "sync/session/framing.hpp"
#include "sync/session/session.hpp"
#include "tests/support/wire.hpp"

namespace sitelog::simulation {

// One connection between a site and headquarters: two sessions, and the frames on their way. Who
// gets the next one and what goes wrong with it is the caller's choice at every step.
class Connection {
 public:
  enum End : size_t { kSite = 0, kHeadquarters = 1 };
  // Told of every message that leaves, after the commit that justifies it.
  using Watcher = std::function<void(Engine& from, const Message& message, std::string_view frame)>;

  Connection(Engine& site, Engine& headquarters, Watcher watcher);

  bool waiting(End end) const { return !ends_[end].arriving.empty(); }
  bool idle() const { return !waiting(kSite) && !waiting(kHeadquarters); }
  // The next message arrives, with a fault or without. False: the fault could not be had (nothing
  // to reorder with), and nothing went wrong.
  bool deliver(End end, Fault fault);
  // Lets an end send what its store holds since.
  void push(End end);
  void tick(End end);

  // The link is cut, or an end has crashed: nothing more can be done with this connection.
  bool broken() const { return broken_; }
  // The end that died, to be opened again by the caller.
  Engine* crashed() const { return crashed_; }
  // An end has ended its session.
  bool ended() const;

  Engine& engine(End end) { return *ends_[end].engine; }
  Session& session(End end) { return *ends_[end].session; }
  bool caught_up() const {
    return ends_[kSite].session->caught_up() && ends_[kHeadquarters].session->caught_up();
  }
  size_t arrived() const { return arrived_; }

 private:
  struct Side {
    Engine* engine = nullptr;
    std::unique_ptr<Session> session;
    FrameWriter writer;
    FrameReader reader;
    std::deque<std::string> arriving;
  };
  // Decide, commit, send.
  void transact(End end, const std::function<void(Session&)>& decide, Fault fault = Fault::kNone);
  void take_in(End end, const std::string& frame, Fault fault);
  void crash(End end);

  Side ends_[2];
  Watcher watcher_;
  Engine* crashed_ = nullptr;
  bool broken_ = false;
  size_t arrived_ = 0;
};

}  // namespace sitelog::simulation
