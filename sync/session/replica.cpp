#include "sync/session/replica.hpp"

#include <algorithm>
#include <map>

namespace sitelog {

std::optional<Sequence> Replica::common(const BookCode& book, const Tip& tip,
                                        const Mark& mark) const {
  std::map<int64_t, Sequence> ours;
  const bool held = climb(book, tip.stream, mark_of(tip), [&](const Segment& segment) {
    ours[segment.row] = segment.to;
    return true;
  });
  Sequence out;
  const bool known = climb(book, tip.stream, mark, [&](const Segment& segment) {
    const auto at = ours.find(segment.row);
    if (at == ours.end()) return true;
    out = std::min(at->second, segment.to);
    return false;
  });
  return held && known ? std::optional(out) : std::nullopt;
}

}  // namespace sitelog
