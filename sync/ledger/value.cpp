#include "sync/ledger/value.hpp"

#include <algorithm>

namespace sitelog {

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (a.held.index() != b.held.index()) return a.held.index() <=> b.held.index();
  if (const auto* x = a.text()) return x->compare(*b.text()) <=> 0;
  if (const auto* x = a.integer()) return *x <=> *b.integer();
  if (const auto* x = a.flag()) return *x <=> *b.flag();
  if (const auto* x = a.list()) {
    return std::lexicographical_compare_three_way(x->begin(), x->end(), b.list()->begin(),
                                                  b.list()->end());
  }
  if (const auto* x = a.structure()) {
    return std::lexicographical_compare_three_way(
        x->begin(), x->end(), b.structure()->begin(), b.structure()->end(),
        [](const auto& p, const auto& q) {
          const std::strong_ordering by_name = p.first.compare(q.first) <=> 0;
          return by_name != 0 ? by_name : p.second <=> q.second;
        });
  }
  return std::strong_ordering::equal;
}

bool operator==(const Value& a, const Value& b) {
  return (a <=> b) == 0;
}

}  // namespace sitelog
