#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sync/session/held_rows.hpp"
#include "sync/session/message.hpp"
#include "sync/session/replica.hpp"
#include "sync/session/vector_exchange.hpp"

namespace sitelog {

// What a session has done so far.
struct SessionCounts {
  uint64_t entries_sent = 0;
  uint64_t entries_received = 0;
  uint64_t batches_acknowledged = 0;  // of those sent
  uint64_t exchanges = 0;             // times this side waited for the other
  // What this side waited for and got: ranges of vectors, entries, acknowledgements, refusals …
  uint64_t answers = 0;
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

  // What the peer says of its vector. Its whole forgets what was assumed before, so that a peer
  // that lost something in between is served again. Refuses (kMalformed) what no vector is like.
  Result<> learn(const VectorMessage& said, Instant wall);
  // Both ends said that they hold just this.
  void agree(const Hash& digest);
  // Tells the peer what is held here.
  void say_vector() { exchange_.say(); }
  // The greeting told it.
  void note_vector_said() { exchange_.note_said(); }

  void take(const Batch& batch, const ClockReading& now);
  // Why nothing more can be taken for now, of whatever stream: the session has to end.
  const std::optional<Refusal>& no_room() const { return no_room_; }
  void take(const Refuse& refuse);
  void take(const Locate& locate);
  void take_word(const Hash& digest);
  // The peer is shown nothing: neither entries nor what there are. Until it is shown all again, as
  // what it brought may have been what that rests on.
  void hide();
  void show();
  // All that the peer said it holds was taken, or refused.
  bool has_taken_all();

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
  // Asked and not answered; one answer tells of all tips of a stream, mostly.
  static constexpr size_t kLocatingMax = 16;
  // Of what the peer holds and is not here, remembered until it comes. A session whose peer holds
  // more comes to rest before it has all; the next one goes on.
  static constexpr size_t kPromisesMax = 65'536;

  // What the peer holds of a stream and was not held here when it said so.
  struct Unknown {
    Sequence furthest;
    bool parts_known = false;  // whence the two ways part, of one way here at least
  };

  void answered();
  void begin_anew();
  void conclude(Instant wall);
  bool still_promised(const StreamKey& stream, std::set<Mark>& marks);
  void look();
  void offer_again();
  // The peer holds the way to `mark`, or will; false where that is not held here.
  bool note_held(const StreamKey& stream, const Mark& mark);
  // How far the peer holds the way to `tip`; nothing where that can't be told.
  std::optional<Sequence> peer_holds(const Tip& tip) const;
  bool peer_has(const Tip& tip) const { return peer_holds(tip) == tip.number; }
  // From where to send on the way to `tip`; nothing when there is nothing to send or not yet.
  std::optional<Sequence> send_after(const Tip& tip);
  bool send_next(const Tip& tip, Sequence after);
  VersionVector in_order(const StreamKey& stream) const;
  bool send_stream(const StreamKey& stream, size_t window);
  void locate(const Tip& tip);
  bool idle() const;

  const BookCode book_;
  Replica& replica_;
  const Peer& peer_;
  Outbox& outbox_;
  SessionCounts& counts_;

  // Since the peer last began to tell what it holds, and the most there ever were: who begins anew
  // all the time gets no further than who tells once.
  uint64_t answers_ = 0, most_answers_ = 0;
  size_t refusals_ = 0;        // that were counted as answers
  bool hidden_ = false;        // from the peer
  bool vector_known_ = false;  // the peer has told what it holds
  VectorExchange exchange_;
  VersionVector heard_;  // of what is held here, until it has told all
  size_t promises_ = 0;
  HeldRows held_;  // by the peer, or on the way to it
  std::map<StreamKey, Unknown> unknown_;
  std::map<StreamKey, std::set<Mark>> promised_;   // it holds these, and they are not here yet
  std::map<StreamKey, std::vector<Mark>> flying_;  // batch ends sent and not acknowledged
  std::set<Tip> locating_;                         // asked where the peer's way parts from ours
  std::map<StreamKey, Refusal> blocked_;           // the peer would not take these
  std::map<StreamKey, Refusal> refused_;           // these were not taken here
  std::optional<Refusal> no_room_;                 // nothing is, for now
  std::vector<Hash> words_;                        // what the peer said to be, at most kWords
  std::optional<Hash> own_word_;                   // our last
  VersionVector to_acknowledge_;
  std::set<Signature> passed_on_;  // headquarters' receipts, of those last to be passed on
  // What was worked out so far: streams of which the peer may lack something, with the tips on the
  // way to which that is (nothing: any), and how many entries were held here then.
  std::map<StreamKey, std::optional<VersionVector>> open_;
  bool worked_out_ = false;  // of those nothing can be sent before something changes
  uint64_t looked_at_ = 0;
};

}  // namespace sitelog
