#pragma once

#include <map>
#include <optional>
#include <set>
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
// replaces. A value; order of arrival and repetition never show.
class FieldHeads {
 public:
  // Adds an assignment. Idempotent.
  void add(const Origin& origin, const Value& value, const std::vector<EntryName>& replaces);
  // Adds everything `other` holds: commutative, associative, idempotent.
  void merge(const FieldHeads& other);

  // Ascending by entry name.
  std::vector<Candidate> heads() const;
  // More than one head and not all of them equal.
  bool in_conflict() const;
  // The value shown under `policy`; nothing while `ask` waits and no value was ever settled.
  std::optional<Value> shown(Policy policy) const;
  // True when every assignment that is replaced is known too.
  bool whole() const;

  bool operator==(const FieldHeads&) const = default;

 private:
  struct Made {
    Candidate candidate;
    std::set<EntryName> replaces;
    bool operator==(const Made&) const = default;
  };
  std::set<EntryName> before(const std::set<EntryName>& names) const;
  std::set<EntryName> unreplaced(const std::set<EntryName>& among) const;
  bool all_equal(const std::set<EntryName>& names) const;
  std::optional<Value> last_settled() const;
  const Candidate* latest(const std::vector<Candidate>& among,
                          std::optional<bool> by_authority) const;

  std::map<EntryName, Made> made_;
};

}  // namespace sitelog
