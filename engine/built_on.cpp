#include "engine/built_on.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "campaign/text.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace {

bool is_account(KnownBy how) {
  return how == KnownBy::kPassword || how == KnownBy::kToken;
}

std::set<EntryName> names_up_to(const std::vector<HistoryEntry>& history,
                                const std::vector<EntryName>& heads) {
  std::map<EntryName, const HistoryEntry*> by_name;
  for (const HistoryEntry& item : history) by_name.emplace(item.origin.entry, &item);
  std::set<EntryName> out;
  for (std::vector<EntryName> next = heads; !next.empty();) {
    const EntryName name = next.back();
    next.pop_back();
    const auto at = by_name.find(name);
    if (at == by_name.end() || !out.insert(name).second) continue;
    const auto& parents = at->second->entry.parents;
    next.insert(next.end(), parents.begin(), parents.end());
  }
  return out;
}

std::vector<const HistoryEntry*> those(const std::vector<HistoryEntry>& history,
                                       const std::set<EntryName>& names, bool within) {
  std::vector<const HistoryEntry*> out;
  for (const HistoryEntry& item : history) {
    if (names.contains(item.origin.entry) == within) out.push_back(&item);
  }
  return out;
}

}  // namespace

bool is_one_of(const std::vector<EntryName>& heads, const EntryName& name) {
  return std::find(heads.begin(), heads.end(), name) != heads.end();
}

std::vector<std::string> by_whom(const HistoryEntry& item) {
  const std::string& person = item.entry.person.name;
  return {person.empty() ? item.origin.stream.device.hex().substr(0, 8) : shortened(person, 64),
          local_time(item.origin.when.ms)};
}

bool is_same(const Person& a, const Person& b) {
  return a.name == b.name && is_account(a.known_by) == is_account(b.known_by);
}

std::vector<const HistoryEntry*> up_to(const std::vector<HistoryEntry>& history,
                                       const std::vector<EntryName>& heads) {
  return those(history, names_up_to(history, heads), true);
}

std::vector<const HistoryEntry*> made_since(const std::vector<HistoryEntry>& history,
                                            const std::vector<EntryName>& heads) {
  return those(history, names_up_to(history, heads), false);
}

bool stands(const RecordState& state, const Assignment& made, const HistoryEntry& item) {
  const auto now = state.fields.find(made.field);
  if (made.value.is_cleared() || now == state.fields.end()) return false;
  const auto& heads = now->second.heads;
  return std::find(heads.begin(), heads.end(), item.origin.entry) != heads.end();
}

bool done_together(const HistoryEntry& first, const HistoryEntry& second) {
  return second.origin.stream == first.origin.stream &&
         second.origin.number.value == first.origin.number.value + 1 &&
         second.entry.clock == first.entry.clock && second.entry.person == first.entry.person;
}

}  // namespace sitelog
