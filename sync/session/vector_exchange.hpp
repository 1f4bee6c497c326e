#pragma once

#include <functional>
#include <set>
#include <vector>

#include "sync/session/message.hpp"
#include "sync/session/replica.hpp"

namespace sitelog {

// How two replicas learn what the other holds of a book without saying more of it than they must.
// Each says its whole vector: the tips where they are few, else the digests of its parts. Of a part
// that differs each says what it has there, the same way. To say what one has of a part is to ask
// for the other's: whoever hears of one that it has not said itself says it.
class VectorExchange {
 public:
  // The book and the replica outlive this.
  VectorExchange(const BookCode& book, const Replica& replica, std::vector<Message>& outbox)
      : book_(book), replica_(replica), outbox_(outbox) {}

  // Says the whole, and once more each part that is asked for.
  void say();
  // From now on what is said of anything is that nothing is held, which asks for all the other has.
  void hide(bool hidden) { hidden_ = hidden; }
  // The greeting did.
  void note_said() { said_.insert(TipRange{}); }

  // Takes what the peer says of its vector, and asks for what is to be known beyond. Calls `hear`
  // for each tip that the peer turns out to hold, of each range once since it began. Refuses
  // (kMalformed) more ranges than any vector has.
  Result<> take(const VectorMessage& said, const std::function<void(const Tip&)>& hear);
  // Whether this is waited for; of the whole, whether it was never said.
  bool waits_for(const TipRange& range) const {
    return range.is_whole() ? !begun_ : waiting_.contains(range);
  }
  // The whole is known since the peer last began to say it.
  bool complete() const { return begun_ && waiting_.empty(); }

 private:
  void say(const TipRange& range);

  const BookCode& book_;
  const Replica& replica_;
  std::vector<Message>& outbox_;

  std::set<TipRange> said_;     // by this side, since either said its whole
  std::set<TipRange> waiting_;  // by the peer, until it has
  bool begun_ = false;
  bool hidden_ = false;
};

}  // namespace sitelog
