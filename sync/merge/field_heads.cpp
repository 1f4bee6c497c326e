#include "sync/merge/field_heads.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace sitelog {

bool written_before(const Origin& a, const Origin& b) {
  return std::tie(a.when, a.hybrid, a.entry) < std::tie(b.when, b.hybrid, b.entry);
}

void FieldHeads::add(const Origin& origin, const Value& value,
                     const std::vector<EntryName>& replaces) {
  const auto [at, fresh] = made_.try_emplace(origin.entry, Made{{origin, value}, {}});
  if (!fresh) return;
  Names& names = at->second.replaces;
  names.assign(replaces.begin(), replaces.end());
  if (names.size() < 2) return;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

void FieldHeads::merge(const FieldHeads& other) {
  made_.insert(other.made_.begin(), other.made_.end());
}

// Every name that some assignment replaces, ascending, with repetitions.
FieldHeads::Names FieldHeads::replaced() const {
  Names out;
  for (const auto& [name, made] : made_) {
    out.insert(out.end(), made.replaces.begin(), made.replaces.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<const Candidate*> FieldHeads::heads() const {
  const Names taken = replaced();
  std::vector<const Candidate*> out;
  auto at = taken.begin();
  for (const auto& [name, made] : made_) {
    while (at != taken.end() && *at < name) ++at;
    if (at == taken.end() || *at != name) out.push_back(&made.candidate);
  }
  return out;
}

bool FieldHeads::in_conflict(const std::vector<const Candidate*>& heads) {
  return std::any_of(heads.begin(), heads.end(),
                     [&](const Candidate* head) { return !(head->value == heads.front()->value); });
}

bool FieldHeads::whole() const {
  auto at = made_.begin();
  for (const EntryName& name : replaced()) {
    while (at != made_.end() && at->first < name) ++at;
    if (at == made_.end() || at->first != name) return false;
  }
  return true;
}

namespace {

// What the heads of a field rest on: the known assignments, each behind all that it replaces, and
// how to get from one to those.
class Ancestry {
 public:
  // `replaced_by(i, visit)` calls visit with the index of each known assignment that i replaces.
  template <class ReplacedBy>
  Ancestry(size_t count, const ReplacedBy& replaced_by) : begin_(count + 1) {
    std::vector<std::vector<uint32_t>> links(count);
    std::vector<uint32_t> waits(count);  // for so many that replace it
    for (size_t i = 0; i < count; ++i) {
      replaced_by(i, [&](size_t other) {
        links[i].push_back(static_cast<uint32_t>(other));
        ++waits[other];
      });
    }
    std::vector<uint32_t> order, place(count);  // from the heads down
    order.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      if (waits[i] == 0) order.push_back(static_cast<uint32_t>(i));
    }
    heads_ = order.size();
    for (size_t next = 0; next < order.size(); ++next) {
      place[order[next]] = static_cast<uint32_t>(next);
      for (const uint32_t other : links[order[next]]) {
        if (--waits[other] == 0) order.push_back(other);
      }
    }
    SITELOG_ASSERT(order.size() == count);  // names are hashes: nothing comes before itself
    for (size_t at = 0; at < count; ++at) {
      for (const uint32_t other : links[order[at]]) below_.push_back(place[other]);
      begin_[at + 1] = below_.size();
    }
    of_ = std::move(order);
    reached_.resize(count);
    replaced_.resize(count);
  }

  // Places from 0 on: whatever is replaced stands behind what replaces it; the heads come first.
  size_t heads() const { return heads_; }
  size_t index_at(size_t place) const { return of_[place]; }

  // Of all that every one of `level` rests on: what nothing else among it replaces. Ascending, as
  // `level`, which has at most 64.
  std::vector<size_t> rested_on(const std::vector<size_t>& level) {
    const uint64_t all = level.size() == 64 ? ~uint64_t{0} : (uint64_t{1} << level.size()) - 1;
    std::vector<size_t> out, touched;
    size_t open_partly = 0;  // reached by some of the level, not yet looked at
    size_t open_first = 0;   // reached by all of it, and replaced by none of those so far
    const auto reach = [&](size_t place, uint64_t by, bool replaced) {
      const uint64_t before = reached_[place];
      const bool was_first = before == all && !replaced_[place];
      if (before == 0) touched.push_back(place);
      reached_[place] = before | by;
      replaced_[place] = replaced_[place] || replaced;
      const bool is_first = reached_[place] == all && !replaced_[place];
      if (before != 0 && before != all) --open_partly;
      if (reached_[place] != all) ++open_partly;
      open_first += size_t{is_first} - size_t{was_first};
    };
    auto next = level.begin();
    for (size_t place = level.front(); place < of_.size(); ++place) {
      const bool starts = next != level.end() && *next == place;
      if (reached_[place] == 0 && !starts) continue;
      const uint64_t by = reached_[place];
      const bool common = by == all;
      if (by != 0 && !common) --open_partly;
      if (common && !replaced_[place]) {
        --open_first;
        out.push_back(place);
      }
      const uint64_t own = starts ? uint64_t{1} << (next++ - level.begin()) : 0;
      for (size_t at = begin_[place]; at < begin_[place + 1]; ++at) {
        reach(below_[at], by | own, common);
      }
      // Whatever else all rest on is replaced by what was found.
      if (next == level.end() && open_partly == 0 && open_first == 0) break;
    }
    for (const size_t place : touched) {
      reached_[place] = 0;
      replaced_[place] = false;
    }
    return out;
  }

 private:
  size_t heads_ = 0;
  std::vector<uint32_t> of_;       // index by place
  std::vector<size_t> begin_;      // of those below each place, in `below_`
  std::vector<uint32_t> below_;    // places
  std::vector<uint64_t> reached_;  // by place: by which of the level
  std::vector<bool> replaced_;     // by one that all of the level rest on
};

// The value on which all present heads last rested: their common ancestors that nothing between
// replaces, if those are equal; else what those in turn rested on.
template <class MadeMap>
std::optional<Value> last_settled(const MadeMap& made) {
  std::vector<typename MadeMap::const_iterator> by_index;
  by_index.reserve(made.size());
  for (auto at = made.begin(); at != made.end(); ++at) by_index.push_back(at);
  Ancestry ancestry(made.size(), [&](size_t i, const auto& visit) {
    auto from = by_index.begin();
    for (const EntryName& name : by_index[i]->second.replaces) {
      from = std::lower_bound(from, by_index.end(), name,
                              [](const auto& at, const EntryName& of) { return at->first < of; });
      if (from == by_index.end()) break;
      if ((*from)->first == name) visit(static_cast<size_t>(from - by_index.begin()));
    }
  });
  const auto value_at = [&](size_t place) -> const Value& {
    return by_index[ancestry.index_at(place)]->second.candidate.value;
  };
  std::vector<size_t> level(ancestry.heads());
  std::iota(level.begin(), level.end(), size_t{0});
  for (size_t count = 0; count <= kSettledLevelsMax; ++count) {
    if (level.empty() || level.size() > kSettledWidthMax) return std::nullopt;
    if (std::all_of(level.begin(), level.end(),
                    [&](size_t place) { return value_at(place) == value_at(level.front()); })) {
      return value_at(level.front());
    }
    level = ancestry.rested_on(level);
  }
  return std::nullopt;
}

// Of those written by headquarters, or by others, or all where it is not given; null: none.
const Candidate* latest(const std::vector<const Candidate*>& among,
                        std::optional<bool> by_authority) {
  const Candidate* best = nullptr;
  for (const Candidate* candidate : among) {
    if (by_authority && candidate->origin.by_authority != *by_authority) continue;
    if (best == nullptr || written_before(best->origin, candidate->origin)) best = candidate;
  }
  return best;
}

}  // namespace

std::optional<Value> FieldHeads::shown(Policy policy) const {
  const auto now = heads();
  if (now.empty()) return std::nullopt;
  if (!in_conflict(now)) return now.front()->value;
  const auto preferring = [&](bool by_authority) {
    const Candidate* preferred = latest(now, by_authority);
    return preferred != nullptr ? preferred->value : latest(now, std::nullopt)->value;
  };
  const auto extreme = [&](bool greatest) -> Value {
    const Candidate* best = nullptr;
    for (const Candidate* candidate : now) {
      if (candidate->value.integer() == nullptr) continue;
      const bool better = best == nullptr || (greatest ? candidate->value > best->value
                                                       : candidate->value < best->value);
      if (better) best = candidate;
    }
    return best != nullptr ? best->value : latest(now, std::nullopt)->value;
  };
  switch (policy) {
    case Policy::kStricter:  // chosen by what else the record says (record_state.cpp)
    case Policy::kLatest: return latest(now, std::nullopt)->value;
    case Policy::kSite: return preferring(false);
    case Policy::kHeadquarters: return preferring(true);
    case Policy::kAsk: return last_settled(made_);
    case Policy::kMax: return extreme(true);
    case Policy::kMin: return extreme(false);
    case Policy::kUnion: {
      std::set<std::string> items;
      bool any = false;
      for (const Candidate* candidate : now) {
        const TextList* list = candidate->value.list();
        if (list == nullptr) continue;
        any = true;
        items.insert(list->begin(), list->end());
      }
      if (!any) return latest(now, std::nullopt)->value;
      return Value(TextList(items.begin(), items.end()));
    }
  }
  return std::nullopt;
}

}  // namespace sitelog
