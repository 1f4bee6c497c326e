#include "sync/session/vector_exchange.hpp"

#include "sync/ledger/limits.hpp"

namespace sitelog {

void VectorExchange::say() {
  said_.clear();
  say(TipRange{});
}

void VectorExchange::say(const TipRange& range) {
  said_.insert(range);
  TipsInRange own{range, {}, {}};
  if (!hidden_) own = replica_.tip_tree(book_).in(range);
  outbox_.push_back(VectorMessage{book_, std::move(own.tips), range, std::move(own.parts)});
}

Result<> VectorExchange::take(const VectorMessage& said,
                              const std::function<void(const Tip&)>& hear) {
  if (said.range.is_whole()) {
    // Its parts are spoken of anew.
    std::erase_if(said_, [](const TipRange& range) { return !range.is_whole(); });
    waiting_ = {said.range};
    begun_ = true;
  } else if (!said_.contains(said.range)) {
    say(said.range);
  }
  // What nobody waits for was heard already, or only asks for what is here.
  if (waiting_.erase(said.range) == 0) return Done{};
  for (const Tip& tip : said.tips) hear(tip);
  const TipTree& own = replica_.tip_tree(book_);
  for (size_t i = 0; i < said.parts.size(); ++i) {
    const TipRange part = said.range.part(i);
    if (own.digest(part) == said.parts[i]) {
      own.each(part, hear);
      continue;
    }
    if (part.digits.size() > TipRange::kDigitsMax) return malformed_message("a part too small");
    waiting_.insert(part);
    if (!said_.contains(part)) say(part);
  }
  if (said_.size() + waiting_.size() > limits::kRangesMax) {
    return malformed_message("more ranges than a vector has");
  }
  return Done{};
}

}  // namespace sitelog
