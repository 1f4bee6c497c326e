#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/merge/standing.hpp"
#include "sync/session/message.hpp"

namespace sitelog {

// Who is at the other end, as the link has authenticated it: a device, where it stands, and so the
// books that may be spoken of with it.
struct Peer {
  DeviceId device;
  Standing standing;
};

// What a session needs of the place that keeps the entries. Everything between two messages happens
// in one transaction of the caller; replies leave only after it is durable.
class Replica {
 public:
  virtual ~Replica() = default;

  // Headquarters' device, whose word founds every grant.
  virtual DeviceId authority() const = 0;
  // The books that both this replica and the peer may hold. Refuses a peer without a right.
  virtual Result<std::vector<BookCode>> scope(const Peer& peer) = 0;

  // Why the peer is shown nothing of what is held, though what it brings is taken; nothing: it is.
  virtual std::optional<Refusal> refuse_reading(const Peer& peer) = 0;

  virtual VersionVector vector(const BookCode& book) const = 0;
  // The same as a tree; stands until something is added.
  virtual const TipTree& tip_tree(const BookCode& book) const = 0;
  virtual Hash digest(const BookCode& book) const = 0;
  // How many entries are held of a book: while it stays the same, so does the vector.
  virtual uint64_t count(const BookCode& book) const = 0;
  // The streams that got entries since so many were held, and perhaps others.
  virtual std::vector<StreamKey> grown(const BookCode& book, uint64_t count) const = 0;
  // Of one stream the tips, ascending.
  virtual VersionVector tips(const BookCode& book, const StreamKey& stream) const = 0;

  virtual bool holds(const BookCode& book, const StreamKey& stream, const Mark& mark) const = 0;
  // The way to an entry runs through rows of entries that follow each other, from where it entered
  // each (after `from`) to where it leaves it. Ways that run together do so through the same rows,
  // and what a row is called never changes while the replica is open.
  struct Segment {
    int64_t row = 0;
    Sequence from, to;
  };
  // Calls back for each row on the way to `mark`, from the last to the first, as long as `visit`
  // says to go on. False where the mark is not held here.
  virtual bool climb(const BookCode& book, const StreamKey& stream, const Mark& mark,
                     const std::function<bool(const Segment&)>& visit) const = 0;
  // How far the way to `tip` (held here) runs together with the way to `mark`; nothing when `mark`
  // is not held here.
  std::optional<Sequence> common(const BookCode& book, const Tip& tip, const Mark& mark) const;
  // The entry numbered `number` on the way to `tip`.
  virtual Mark mark_at(const BookCode& book, const Tip& tip, Sequence number) const = 0;
  // Entries on the way to `tip`, newest first, ever wider apart; at most limits::kLocatorMax.
  virtual std::vector<Mark> samples(const BookCode& book, const Tip& tip) const = 0;

  // The next entries after `after` on the way to `tip`, up to a signed head and within a batch's
  // limits. Signs the head where the stream is this device's own.
  virtual Batch read(const BookCode& book, const Tip& tip, Sequence after) = 0;
  // Checks and keeps a batch. Entries already held are skipped. Returns the tip the batch ends at.
  // Refuses kGap (what comes before is not held), kBadSignature, kUnknownDevice …; keeps nothing
  // of a refused batch.
  virtual Result<Tip> append(const Peer& from, const Batch& batch, const ClockReading& now) = 0;

  // A receipt for what the present transaction makes durable. Signed by headquarters only.
  virtual Receipt receipt(const BookCode& book, const VersionVector& tips, Instant wall) = 0;
  // The peer holds these and nothing else: what was thought to be held beyond them is not (it was
  // restored from an older copy).
  virtual void peer_holds(const Peer& peer, const BookCode& book, const VersionVector& tips,
                          Instant wall) = 0;
  // Takes a receipt that the peer brought; says whose word it is, and so who holds what it names.
  // Headquarters' signature makes it headquarters', whoever brings it. Without it, it is the peer's
  // own, and nobody's where the peer is headquarters itself: it counts for nothing.
  enum class Word { kPeers, kAuthoritys, kNobodys };
  virtual Word take_receipt(const Peer& peer, const Receipt& receipt) = 0;
  // Headquarters' newest receipts for this device's streams, as it signed them: for passing on.
  // None that headquarters has since been found not to hold to.
  virtual std::vector<Receipt> receipts(const BookCode& book, const DeviceId& author) = 0;
  // What a peer is told of the time; nothing at headquarters that doubts its own clock.
  virtual std::optional<Instant> time_to_tell(const ClockReading& now) = 0;
  // The peer was reached. At a site, `true_wall` is headquarters' time at `now`; nothing where it
  // doesn't know it.
  virtual void contact(const Peer& peer, const ClockReading& now,
                       std::optional<Instant> true_wall) = 0;

  // At a site: what its grant doesn't say yet of its agreement key.
  virtual std::optional<AgreementClaim> agreement_claim() = 0;
  // At headquarters: writes the peer's agreement key into its grant, where there is one that has
  // never said this key. Refuses what is no key (kMalformed) or not signed by it (kBadSignature).
  virtual Result<> keep_agreement_key(const Peer& peer, const AgreementClaim& claim,
                                      const ClockReading& now) = 0;
};

}  // namespace sitelog
