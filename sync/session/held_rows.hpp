#pragma once

#include <map>
#include <utility>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/session/replica.hpp"

namespace sitelog {

// How far of each row of a book (Replica::Segment) the peer holds it. What is noted of a row stands
// for all before it on the way. Sixteen bytes a row once `settle` was called: a session beside
// thousands of streams remembers nearly all of them.
class HeldRows {
 public:
  // The peer holds the way to `mark`; false where that is not held here.
  bool note(const Replica& replica, const BookCode& book, const StreamKey& stream,
            const Mark& mark);
  // How far it holds the way to `tip` (held here), by what is noted; 0: nothing is.
  Sequence on_the_way(const Replica& replica, const BookCode& book, const Tip& tip) const;
  // Nothing is known of a stream any more.
  void forget(const Replica& replica, const BookCode& book, const StreamKey& stream);
  void clear();
  void settle();

 private:
  Sequence at(int64_t row) const;

  std::vector<std::pair<int64_t, Sequence>> settled_;  // ascending
  std::map<int64_t, Sequence> since_;                  // in their place
};

}  // namespace sitelog
