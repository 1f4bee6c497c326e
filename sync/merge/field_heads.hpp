#pragma once

#include <boost/container/small_vector.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/entry.hpp"
#include "sync/ledger/stream.hpp"
#include "sync/merge/policy.hpp"

namespace sitelog {

// Where an assignment comes from and when it was made.
struct Origin {
  EntryName entry;
  StreamKey stream;
  Sequence number;
  bool by_authority = false;  // its author is headquarters
  ClockReading clock;
  HybridTime hybrid;
  Instant when;  // the wall clock, corrected where the device's true time in that boot is known
  std::string person;

  bool operator==(const Origin&) const = default;
};

// True when `a` counts as written before `b`. Total: ties fall to the hybrid clock, then the name.
bool written_before(const Origin& a, const Origin& b);

struct Candidate {
  Origin origin;
  Value value;
  bool operator==(const Candidate&) const = default;
};

// Everything ever assigned to one field of one record. Its heads are the assignments that no other
// replaces. A value; order of arrival and repetition never show. Everything here takes time in
// proportion to the assignments and to what they replace, up to a logarithm.
class FieldHeads {
 public:
  // Adds an assignment. Idempotent.
  void add(const Origin& origin, const Value& value, const std::vector<EntryName>& replaces);
  // Adds everything `other` holds: commutative, associative, idempotent.
  void merge(const FieldHeads& other);

  // Ascending by entry name. They live as long as this, unchanged.
  std::vector<const Candidate*> heads() const;
  // What that entry assigned, replaced or not; null where it is not here.
  const Candidate* made_by(const EntryName& entry) const {
    const auto at = made_.find(entry);
    return at != made_.end() ? &at->second.candidate : nullptr;
  }
  // More than one head and not all of them equal.
  bool in_conflict() const { return in_conflict(heads()); }
  static bool in_conflict(const std::vector<const Candidate*>& heads);
  // The value shown under `policy`; nothing while `ask` waits and no value was ever settled.
  std::optional<Value> shown(Policy policy) const;
  // True when every assignment that is replaced is known too.
  bool whole() const;

  bool operator==(const FieldHeads&) const = default;

 private:
  using Names = boost::container::small_vector<EntryName, 1>;  // ascending
  struct Made {
    Candidate candidate;
    Names replaces;
    bool operator==(const Made&) const = default;
  };
  Names replaced() const;

  std::map<EntryName, Made> made_;
};

// How far back `ask` looks for what was last settled: over so many decisions that were each taken
// in parallel, and over so many at once. People come nowhere near; it bounds what a liar can cost.
inline constexpr size_t kSettledLevelsMax = 64;
inline constexpr size_t kSettledWidthMax = 64;

}  // namespace sitelog
