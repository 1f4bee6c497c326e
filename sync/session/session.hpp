#pragma once

#include <map>
#include <vector>

#include "sync/session/book_entries.hpp"
#include "sync/session/greeting.hpp"
#include "sync/session/message.hpp"
#include "sync/session/replica.hpp"
#include "sync/session/session_config.hpp"

namespace sitelog {

// One sync between two replicas, as a state machine without I/O: messages and the time come in,
// messages go out through `take_outbox`. Its parts are the greeting and the entries of each book;
// silence is judged where the messages are carried (Liveness). Belongs to one connection; runs on
// the store's thread, inside the store's transaction. Law: decide, commit, send.
class Session {
 public:
  using Start = SessionConfig::Start;

  // `replica` outlives this.
  Session(SessionConfig config, Replica& replica, DeviceId own, Peer peer);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The first move; none where the other end opens.
  void start(const ClockReading& now);
  void receive(const Message& message, const ClockReading& now);
  // Ends the session in good order.
  void finish(const std::string& reason);

  // Queues what can now be sent: replies, and whatever the replica holds that the peer doesn't.
  // Call before commit, after `receive` and whenever the replica holds more than before.
  void settle(const ClockReading& now);
  // What is to be sent, once the transaction is durable.
  std::vector<Message> take_outbox();

  // Both sides hold the same, and everything sent was acknowledged.
  bool caught_up() const;
  bool ended() const { return ended_; }
  // Why the session ended, if not in good order.
  const std::optional<Refusal>& failure() const { return failure_; }
  // Nothing is under way, though the two sides may differ by what was refused.
  bool at_rest() const;
  // The peer owes something: what it holds, an answer, what it promised, its word. How often it
  // gave some of that, `counts` tells.
  bool waits() const;
  // Streams the peer would not take, or that were refused here, with the reasons; of a
  // book at most limits::kRefusalsKeptMax each. At headquarters the peer's agreement key too.
  std::vector<Refusal> refused() const;
  const SessionCounts& counts() const { return counts_; }
  const Peer& peer() const { return peer_; }
  std::vector<BookCode> books() const;
  bool established() const { return established_; }

 private:
  void on(const Hello& hello, const ClockReading& now);
  void on(const Welcome& welcome, const ClockReading& now);
  void on(const Refuse& refuse);
  void on(const VectorMessage& vector, const ClockReading& now);
  void on(const Batch& batch, const ClockReading& now);
  void on(const Receipt& receipt);
  void on(const Locate& locate);
  void on(const Located& located);
  void on(const CaughtUp& caught_up);

  void establish(const std::vector<GreetedBook>& books, Instant wall);
  BookEntries& take_up(const BookCode& book);
  BookEntries* book(const BookCode& code);
  void fail(Refusal refusal);
  void fail_out_of_order();
  void fail_wrong_unit(const BookCode& book);
  void say_caught_up();
  bool show_or_hide(std::optional<Refusal> refusal);

  const SessionConfig config_;
  Replica& replica_;
  const DeviceId own_;
  const Peer peer_;

  Greeting greeting_;
  std::map<BookCode, BookEntries> books_;
  std::vector<Message> outbox_;
  std::optional<Refusal> failure_;
  SessionCounts counts_;
  bool hidden_ = false;  // from the peer, which may not read
  bool awaiting_ = false;
  bool established_ = false;
  bool ended_ = false;
};

}  // namespace sitelog
