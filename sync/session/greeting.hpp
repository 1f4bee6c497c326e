#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/session/message.hpp"
#include "sync/session/replica.hpp"

namespace sitelog {

// What both ends know of one book once they have greeted each other.
struct GreetedBook {
  BookCode book;
  std::optional<VectorMessage> peer_holds;  // nothing: it has yet to say
  std::optional<Hash> equal;                // both said that they hold just this
};

// The first word of each end, Hello and Welcome: which version is spoken, who speaks, and of which
// books. Says what it refuses and why; remembers what its own Hello stood on. No more than one
// greeting each; lives as long as its session.
class Greeting {
 public:
  Greeting(Replica& replica, DeviceId own, const Peer& peer, std::string software);

  // The end that opens: its word. Refuses (kRevoked, kWrongUnit) where the two share no book.
  Result<Hello> open(const ClockReading& now);

  struct Answer {
    Welcome welcome;
    std::vector<GreetedBook> books;
    bool hidden = false;  // the other end is shown nothing
  };
  // The end that answers: notes the contact, keeps the other's agreement key. Refuses
  // kUnknownDevice (Hello names another than the link has shown), kVersion (with what to install)
  // and whom the replica does.
  Result<Answer> answer(const Hello& hello, const ClockReading& now);

  // The end that opened: what came of it. Refuses kNotHeadquarters, kVersion, kWrongUnit,
  // kMalformed: words that can't be true.
  Result<std::vector<GreetedBook>> conclude(const Welcome& welcome);
  // What the time was at the other end when `welcome` came, half a round trip after it was written;
  // nothing where it did not say.
  std::optional<Instant> true_wall(const Welcome& welcome, const ClockReading& now) const;

  bool waits_for_welcome() const { return opened_at_ && !greeted_; }
  bool greeted() const { return greeted_; }
  // Why the agreement key in Hello was not kept.
  const std::optional<Refusal>& agreement_refused() const { return agreement_refused_; }

 private:
  // What Hello said of a book, and stood on.
  struct Said {
    Hash digest;
    VersionVector tips;
  };
  std::optional<Refusal> refuse_books(const Welcome& welcome) const;

  Replica& replica_;
  const DeviceId own_;
  const Peer peer_;
  const std::string software_;
  std::optional<ClockReading> opened_at_;
  std::map<BookCode, Said> said_;
  std::optional<Refusal> agreement_refused_;
  bool greeted_ = false;
};

}  // namespace sitelog
