#include "sync/merge/field_heads.hpp"

#include <algorithm>
#include <tuple>

namespace sitelog {

bool written_before(const Origin& a, const Origin& b) {
  return std::tie(a.when, a.hybrid, a.entry) < std::tie(b.when, b.hybrid, b.entry);
}

void FieldHeads::add(const Origin& origin, const Value& value,
                     const std::vector<EntryName>& replaces) {
  made_.emplace(origin.entry,
                Made{{origin, value}, std::set<EntryName>(replaces.begin(), replaces.end())});
}

void FieldHeads::merge(const FieldHeads& other) {
  made_.insert(other.made_.begin(), other.made_.end());
}

std::set<EntryName> FieldHeads::unreplaced(const std::set<EntryName>& among) const {
  std::set<EntryName> out = among;
  for (const EntryName& name : among) {
    for (const EntryName& replaced : made_.at(name).replaces) out.erase(replaced);
  }
  return out;
}

// Every known assignment that the named ones replace, directly or through others.
std::set<EntryName> FieldHeads::before(const std::set<EntryName>& names) const {
  std::set<EntryName> out;
  std::vector<EntryName> open(names.begin(), names.end());
  while (!open.empty()) {
    const auto at = made_.find(open.back());
    open.pop_back();
    if (at == made_.end()) continue;
    for (const EntryName& replaced : at->second.replaces) {
      if (made_.contains(replaced) && out.insert(replaced).second) open.push_back(replaced);
    }
  }
  return out;
}

std::vector<Candidate> FieldHeads::heads() const {
  std::set<EntryName> replaced;
  for (const auto& [name, made] : made_)
    replaced.insert(made.replaces.begin(), made.replaces.end());
  std::vector<Candidate> out;
  for (const auto& [name, made] : made_) {
    if (!replaced.contains(name)) out.push_back(made.candidate);
  }
  return out;
}

bool FieldHeads::all_equal(const std::set<EntryName>& names) const {
  return std::all_of(names.begin(), names.end(), [&](const EntryName& name) {
    return made_.at(name).candidate.value == made_.at(*names.begin()).candidate.value;
  });
}

bool FieldHeads::in_conflict() const {
  const auto now = heads();
  return std::any_of(now.begin(), now.end(),
                     [&](const Candidate& head) { return !(head.value == now.front().value); });
}

bool FieldHeads::whole() const {
  return std::all_of(made_.begin(), made_.end(), [&](const auto& named) {
    const auto& replaces = named.second.replaces;
    return std::all_of(replaces.begin(), replaces.end(),
                       [&](const EntryName& name) { return made_.contains(name); });
  });
}

// The value on which all present heads last rested: their common ancestors that nothing between
// replaces, if those are equal; else what those in turn rested on.
std::optional<Value> FieldHeads::last_settled() const {
  std::set<EntryName> level;
  for (const Candidate& head : heads()) level.insert(head.origin.entry);
  while (!level.empty() && !all_equal(level)) {
    std::set<EntryName> common;
    bool first = true;
    for (const EntryName& name : level) {
      std::set<EntryName> ancestors = before({name});
      if (first) {
        common = std::move(ancestors);
        first = false;
      } else {
        std::erase_if(common, [&](const EntryName& other) { return !ancestors.contains(other); });
      }
    }
    level = unreplaced(common);
  }
  if (level.empty()) return std::nullopt;
  return made_.at(*level.begin()).candidate.value;
}

const Candidate* FieldHeads::latest(const std::vector<Candidate>& among,
                                    std::optional<bool> by_authority) const {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : among) {
    if (by_authority && candidate.origin.by_authority != *by_authority) continue;
    if (best == nullptr || written_before(best->origin, candidate.origin)) best = &candidate;
  }
  return best;
}

std::optional<Value> FieldHeads::shown(Policy policy) const {
  const auto now = heads();
  if (now.empty()) return std::nullopt;
  if (!in_conflict()) return now.front().value;
  const auto preferring = [&](bool by_authority) {
    const Candidate* preferred = latest(now, by_authority);
    return preferred != nullptr ? preferred->value : latest(now, std::nullopt)->value;
  };
  const auto extreme = [&](bool greatest) -> Value {
    const Candidate* best = nullptr;
    for (const Candidate& candidate : now) {
      if (candidate.value.integer() == nullptr) continue;
      const bool better = best == nullptr || (greatest ? candidate.value > best->value
                                                       : candidate.value < best->value);
      if (better) best = &candidate;
    }
    return best != nullptr ? best->value : latest(now, std::nullopt)->value;
  };
  switch (policy) {
    case Policy::kLatest: return latest(now, std::nullopt)->value;
    case Policy::kSite: return preferring(false);
    case Policy::kHeadquarters: return preferring(true);
    case Policy::kAsk: return last_settled();
    case Policy::kMax: return extreme(true);
    case Policy::kMin: return extreme(false);
    case Policy::kUnion: {
      std::set<std::string> items;
      bool any = false;
      for (const Candidate& candidate : now) {
        const TextList* list = candidate.value.list();
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
