#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/merge/record_state.hpp"

namespace sitelog {

// What became of what was sent to stations of one record, over all that was ever said of it. A pure
// function of the set of its entries. Takes time in proportion to the entries and to what they
// name, up to a logarithm.
class Sendings {
 public:
  // Repetitions do no harm. `history` outlives this.
  explicit Sendings(const std::vector<HistoryEntry>& history);

  // Whether it is past for good: something else that was sent names it as what was before, or a
  // station that spoke of something else knew of it. Who assigns its value once more brings nothing
  // back of what was said of it.
  bool is_past(const Value& sent) const { return past_.contains(sent_name(sent)); }
  // Whether the entry rests on another one of the record that is here. What begins a record sends
  // nothing, as it can't know its own name.
  bool rests_on_another(const EntryName& entry) const;

 private:
  struct Node {
    const Entry* entry = nullptr;
    std::vector<Node*> parents = {};  // that are here
    size_t waits = 0;                 // for so many that have it for a parent
    // What stations spoke of in entries that rest on this one: two different ones tell as much as
    // all of them.
    std::set<std::string> spoken_of = {};
  };
  void look_at(Node& node);

  std::map<EntryName, Node> nodes_;
  std::set<std::string> past_;  // names of what was sent
};

}  // namespace sitelog
