#include "sync/merge/sendings.hpp"

#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

void note(std::set<std::string>& spoken_of, const std::string& name) {
  if (spoken_of.size() < 2) spoken_of.insert(name);
}

}  // namespace

Sendings::Sendings(const std::vector<HistoryEntry>& history) {
  for (const HistoryEntry& item : history) nodes_[item.origin.entry].entry = &item.entry;
  for (auto& [name, node] : nodes_) {
    const std::set<EntryName> named(node.entry->parents.begin(), node.entry->parents.end());
    for (const EntryName& parent : named) {
      const auto at = nodes_.find(parent);
      if (at == nodes_.end()) continue;
      node.parents.push_back(&at->second);
      ++at->second.waits;
    }
  }
  // Whatever rests on an entry is looked at before it.
  std::vector<Node*> ready;
  ready.reserve(nodes_.size());
  for (auto& [name, node] : nodes_) {
    if (node.waits == 0) ready.push_back(&node);
  }
  for (size_t next = 0; next < ready.size(); ++next) {
    look_at(*ready[next]);
    for (Node* parent : ready[next]->parents) {
      if (--parent->waits == 0) ready.push_back(parent);
    }
  }
}

// Notes what is past by this entry or by those that rest on it, and tells its parents.
void Sendings::look_at(Node& node) {
  std::set<std::string> spoken_of = node.spoken_of;
  for (const Assignment& made : node.entry->assignments) {
    if (made.field == kFieldSent) {
      const std::string name = sent_name(made.value);
      if (auto before = sent_before(made.value); !before.empty()) past_.insert(std::move(before));
      for (const std::string& other : node.spoken_of) {
        if (other != name) past_.insert(name);
      }
    } else if (made.field.starts_with(kStationPrefix)) {
      const auto verdict = read_verdict(made.value);
      if (verdict && !verdict->of.empty()) note(spoken_of, verdict->of);
    }
  }
  for (Node* parent : node.parents) {
    for (const std::string& name : spoken_of) note(parent->spoken_of, name);
  }
}

bool Sendings::rests_on_another(const EntryName& entry) const {
  const auto at = nodes_.find(entry);
  return at != nodes_.end() && !at->second.parents.empty();
}

}  // namespace sitelog
