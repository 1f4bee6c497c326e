#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/session/framing.hpp"
#include "sync/session/session.hpp"
#include "tests/support/test_device.hpp"

namespace sitelog {

// What goes wrong when the n-th message of a connection arrives.
enum class Fault {
  kNone,
  kDrop,               // it never arrives
  kDuplicate,          // it arrives twice
  kReorder,            // the message behind it arrives first
  kDelay,              // it arrives after all that is on its way
  kCut,                // the connection breaks in front of it
  kCrashBeforeCommit,  // the receiver dies with its transaction open
  kCrashBeforeSend,    // the receiver dies after the commit, with its replies unsent
};
inline constexpr Fault kAllFaults[] = {
    Fault::kDrop, Fault::kDuplicate,         Fault::kReorder,        Fault::kDelay,
    Fault::kCut,  Fault::kCrashBeforeCommit, Fault::kCrashBeforeSend};
const char* name_of(Fault fault);

// One connection between a site and headquarters: two sessions whose messages are framed, carried
// and taken in one by one, each in a transaction of its own. One fault can be planned.
class Wire {
 public:
  // `certified`: the unit in the site's certificate; the site's own where not given.
  Wire(TestDevice& site, TestDevice& headquarters, std::optional<BookCode> certified = {});

  void plan(Fault fault, size_t at_message) {
    fault_ = fault;
    fault_at_ = at_message;
  }
  // Called after each message has been taken in.
  std::function<void()> watch;

  // Carries messages until none is on its way, or `limit` have arrived.
  void run(size_t limit = 100'000);
  // The next message arrives; false when there is none.
  bool step();
  // Lets a side send what its store holds since: what a live push does.
  void push(bool from_site);

  bool broken() const { return broken_; }
  Session& site() { return *ends_[0].session; }
  Session& headquarters() { return *ends_[1].session; }
  bool caught_up() { return !broken_ && site().caught_up() && headquarters().caught_up(); }
  size_t messages() const { return arrived_; }
  size_t bytes() const { return bytes_; }

 private:
  struct End {
    TestDevice* device = nullptr;
    std::unique_ptr<Session> session;
    FrameWriter writer;
    FrameReader reader;
    std::deque<std::string> arriving;
  };
  // Decide, commit, send.
  void transact(size_t end, const std::function<void(Session&)>& decide,
                Fault fault = Fault::kNone);
  void deliver(size_t end, const std::string& frame, Fault fault);
  void drop_connection();

  End ends_[2];
  Fault fault_ = Fault::kNone;
  size_t fault_at_ = 0;
  size_t arrived_ = 0;
  size_t bytes_ = 0;
  size_t turn_ = 1;
  bool broken_ = false;
};

// A whole sync in good order. Returns the number of messages; throws where it doesn't catch up.
size_t sync(TestDevice& site, TestDevice& headquarters);

}  // namespace sitelog
