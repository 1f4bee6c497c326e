#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/session/session.hpp"
#include "sync/session/work_queue.hpp"

namespace sitelog {

// Posts a Work of which `back` is told the end exactly once, whatever becomes of it: run and
// durable, rolled back, refused by a closed queue, or dropped by one that closed later. `back` is
// called on any thread, this one included, and has to hand over to its own.
void post_work(WorkQueue& queue, const DeviceId& account, size_t bytes,
               std::function<void(Replica&)> run, std::function<void(bool durable)> back);

// What a session is to do in one Work.
struct StepInput {
  bool start = false;             // the first move of the end that opens
  std::vector<Message> messages;  // in order of arrival
  size_t bytes = 0;               // of the messages, unpacked
};

// What came of it, copied on the store's thread for the I/O thread.
struct Step {
  bool durable = false;  // nothing else below counts where it is not
  std::vector<Message> outbox;
  std::vector<BookCode> books;
  bool established = false;
  bool ended = false;
  std::optional<Refusal> failure;
  SessionCounts counts;
  std::vector<Refusal> refused;
  bool waits = false;  // for the other end
  // Of the end that opened only: the other's is not asked, as the digests cost something.
  bool caught_up = false;
  bool at_rest = false;
};

// A session kept on the store's thread, with what its driver needs to move it. Created by the first
// Work, as only that knows the replica. Belongs to one connection's I/O thread.
class SessionSteps {
 public:
  struct Config {
    SessionConfig session;
    DeviceId own;
    Peer peer;
  };

  SessionSteps(WorkQueue& queue, Config config);
  // One Work: `input`, then settle. One at a time: not again before `back` was called (see
  // post_work for when and where).
  void post(StepInput input, const ClockReading& now, std::function<void(Step)> back);

 private:
  struct State;
  WorkQueue& queue_;
  std::shared_ptr<State> state_;
};

}  // namespace sitelog
