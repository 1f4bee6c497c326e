#pragma once

#include <map>
#include <set>
#include <vector>

#include "sync/session/message.hpp"
#include "sync/session/replica.hpp"

namespace sitelog {

// What a session has done so far.
struct SessionCounts {
  uint64_t entries_sent = 0;
  uint64_t entries_received = 0;
  uint64_t batches_acknowledged = 0;  // of those sent
  uint64_t exchanges = 0;             // times this side waited for the other
};

// One sync between two replicas, as a state machine without I/O: messages and the time come in,
// messages go out through `take_outbox`. One end opens and the other answers, which says nothing
// about where either stands. Belongs to one connection; runs on the store's thread, inside the
// store's transaction. Law: decide, commit, send.
class Session {
 public:
  enum class Start { kOpens, kAnswers };

  Session(Start start, Replica& replica, DeviceId own, Peer peer, std::string software);

  // The first move of the end that opens.
  void start(const ClockReading& now);
  void receive(const Message& message, const ClockReading& now);
  // Pings a silent peer; gives it up after limits::kIdleTimeoutMs.
  void tick(const ClockReading& now);
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
  // Streams the peer would not take, or that were refused here, with the reasons; of a
  // book at most limits::kRefusalsKeptMax each. At headquarters the peer's agreement key too.
  std::vector<Refusal> refused() const;
  const SessionCounts& counts() const { return counts_; }
  const Peer& peer() const { return peer_; }
  std::vector<BookCode> books() const;
  bool established() const { return established_; }

 private:
  // What is known of one book of the peer's.
  struct BookSync {
    static constexpr size_t kWords = 8;
    bool vector_known = false;                      // the peer has told what it holds
    VersionVector promised;                         // what it said, not all arrived here yet
    std::map<StreamKey, std::set<Mark>> has;        // it holds these, or they are on the way to it
    std::map<StreamKey, std::vector<Mark>> flying;  // batch ends sent and not acknowledged
    std::set<Tip> locating;                         // asked where the peer's way parts from ours
    std::map<StreamKey, Refusal> blocked;           // the peer would not take these
    std::map<StreamKey, Refusal> refused;           // these were not taken here
    std::vector<Hash> caught_up;                    // with what the peer said to be, at most kWords
    std::optional<Hash> own_caught_up;              // our last word
    VersionVector to_acknowledge;
  };
  // What Hello said of a book, and stood on.
  struct BookSaid {
    Hash digest;
    VersionVector tips;
  };

  void on(const Hello& hello, const ClockReading& now);
  void on(const Welcome& welcome, const ClockReading& now);
  void on(const Refuse& refuse);
  void on(const VectorMessage& vector, const ClockReading& now);
  void on(const Batch& batch);
  void on(const Receipt& receipt);
  void on(const Locate& locate);
  void on(const Located& located);
  void on(const CaughtUp& caught_up);

  BookSync* book(const BookCode& code);
  static void offer_again(BookSync& sync);
  void learn_vector(const BookCode& code, BookSync& sync, const VersionVector& tips, Instant wall);
  void advance(const BookCode& code, BookSync& sync, const Tip& tip, const Mark& end);
  void pump(const BookCode& code, BookSync& sync);
  // From where to send on the way to `tip`; nothing when there is nothing to send or not yet.
  std::optional<Sequence> send_after(const BookCode& code, BookSync& sync, const Tip& tip);
  void acknowledge(const ClockReading& now);
  void say_caught_up();
  bool peer_has(const BookCode& code, const BookSync& sync, const Tip& tip) const;
  bool idle(const BookCode& code, const BookSync& sync) const;
  void send(Message message);
  void fail(Refusal refusal);
  void fail_malformed(const char* what);
  size_t in_flight() const;

  const Start start_;
  Replica& replica_;
  const DeviceId own_;
  const Peer peer_;
  const std::string software_;

  std::map<BookCode, BookSync> books_;
  std::vector<Message> outbox_;
  std::optional<Refusal> failure_;
  std::optional<Refusal> agreement_refused_;
  SessionCounts counts_;
  std::optional<ClockReading> hello_sent_;
  std::map<BookCode, BookSaid> said_in_hello_;
  int64_t last_heard_ms_ = 0;
  int64_t last_ping_ms_ = 0;
  bool awaiting_ = false;
  bool established_ = false;
  bool ended_ = false;
};

}  // namespace sitelog
