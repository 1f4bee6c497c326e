#include "sync/session/held_rows.hpp"

#include <algorithm>

namespace sitelog {

Sequence HeldRows::at(int64_t row) const {
  if (const auto found = since_.find(row); found != since_.end()) return found->second;
  const auto found = std::lower_bound(settled_.begin(), settled_.end(), std::pair(row, Sequence{}));
  return found != settled_.end() && found->first == row ? found->second : Sequence{};
}

bool HeldRows::note(const Replica& replica, const BookCode& book, const StreamKey& stream,
                    const Mark& mark) {
  return replica.climb(book, stream, mark, [&](const Replica::Segment& segment) {
    if (at(segment.row) >= segment.to) return false;  // and so all before it
    since_[segment.row] = segment.to;
    return true;
  });
}

Sequence HeldRows::on_the_way(const Replica& replica, const BookCode& book, const Tip& tip) const {
  Sequence out;
  replica.climb(book, tip.stream, mark_of(tip), [&](const Replica::Segment& segment) {
    out = std::min(at(segment.row), segment.to);
    return out.value == 0;
  });
  return out;
}

void HeldRows::forget(const Replica& replica, const BookCode& book, const StreamKey& stream) {
  for (const Tip& tip : replica.tips(book, stream)) {
    replica.climb(book, stream, mark_of(tip), [&](const Replica::Segment& segment) {
      if (at(segment.row).value == 0) return false;
      since_[segment.row] = {};
      return true;
    });
  }
}

void HeldRows::clear() {
  settled_.clear();
  since_.clear();
}

void HeldRows::settle() {
  for (const auto& [row, to] : settled_) since_.try_emplace(row, to);
  settled_.assign(since_.begin(), since_.end());
  since_.clear();
}

}  // namespace sitelog
