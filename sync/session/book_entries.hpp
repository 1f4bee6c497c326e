#pragma once

#include <map>
#include <optional>
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

// The entries of one book, brought to the peer and taken from it, until both hold the same: which
// of its streams the peer holds how far, what is under way, what either would not take. Messages go
// to the session's outbox. Lives as long as its session, inside the same transactions.
class BookEntries {
 public:
  using Outbox = std::vector<Message>;

  // All but the book outlive this.
  BookEntries(BookCode book, Replica& replica, const Peer& peer, Outbox& outbox,
              SessionCounts& counts);

  // The peer's whole vector: forgets what was assumed before, so that a peer that lost something in
  // between is served again.
  void learn(const VersionVector& tips, Instant wall);
  // Both ends said that they hold just this.
  void agree(const Hash& digest);
  // Tells the peer what is held here.
  void say_vector();

  void take(const Batch& batch);
  void take(const Refuse& refuse);
  void take(const Locate& locate);
  void take_word(const Hash& digest);
  // Refuse what ends the session: headquarters' receipt without its signature, an answer that names
  // no sample.
  Result<> take(const Receipt& receipt);
  Result<> take(const Located& located);

  // Receipts for what was taken in this transaction.
  void acknowledge(Instant wall);
  // What the peer doesn't hold, as long as no more than `window` batches are under way.
  void send_missing(size_t window);
  // What headquarters signed for the peer's own entries: it reaches the peer by way of whoever
  // carried them.
  void pass_on_receipts();
  // The digest, where nothing is under way any more and it was not said yet.
  std::optional<Hash> word();

  size_t in_flight() const;  // batches
  // Nothing is under way, though the two sides may differ by what was refused.
  bool at_rest() const;
  // The peer said so, of the same digest.
  bool caught_up() const;
  // Streams the peer would not take, or that were refused here, with the reasons.
  void add_refused(std::vector<Refusal>& to) const;

 private:
  static constexpr size_t kWords = 8;

  void offer_again();
  void advance(const Tip& tip, const Mark& end);
  // From where to send on the way to `tip`; nothing when there is nothing to send or not yet.
  std::optional<Sequence> send_after(const Tip& tip);
  bool send_next(const Tip& tip, Sequence after);
  bool peer_has(const Tip& tip) const;
  bool idle() const;

  const BookCode book_;
  Replica& replica_;
  const Peer& peer_;
  Outbox& outbox_;
  SessionCounts& counts_;

  bool vector_known_ = false;                      // the peer has told what it holds
  VersionVector promised_;                         // what it said, not all arrived here yet
  std::map<StreamKey, std::set<Mark>> has_;        // it holds these, or they are on the way to it
  std::map<StreamKey, std::vector<Mark>> flying_;  // batch ends sent and not acknowledged
  std::set<Tip> locating_;                         // asked where the peer's way parts from ours
  std::map<StreamKey, Refusal> blocked_;           // the peer would not take these
  std::map<StreamKey, Refusal> refused_;           // these were not taken here
  std::vector<Hash> words_;                        // what the peer said to be, at most kWords
  std::optional<Hash> own_word_;                   // our last
  VersionVector to_acknowledge_;
  std::set<Signature> passed_on_;  // headquarters' receipts, of those last to be passed on
};

}  // namespace sitelog
