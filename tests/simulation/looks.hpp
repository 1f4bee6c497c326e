#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/change_as_seen.hpp"
#include "tests/support/test_device.hpp"

// What people see of records, and do about it later.
namespace sitelog::simulation {

// By field, the entries that set what is shown there.
using HeadsByField = std::map<std::string, std::vector<EntryName>>;

// What a verdict is given on: a record's content, and its explanations where the verdict says them
// too.
HeadsByField content_of(const RecordState& state, bool with_explanations);

struct SeenCandidate {
  std::string field, entry, value;  // value as JSON
};

// All that a record comes to for who looks at it.
struct Sight {
  std::string digest;  // as it is said with what is shown
  std::string shown;   // as JSON, without that
  std::set<EntryName> entries;
  HeadsByField heads;  // of all fields
  std::vector<SeenCandidate> candidates;
  std::vector<std::string> conflicts;
  bool voided = false;
};

// Nothing where nothing of the record counts here. Throws Broken where lists and the record itself
// say different digests.
std::optional<Sight> look_at(TestDevice& device, const FoundRecord& record);

// Somebody who looked, and goes by it until they act.
struct Look {
  TestDevice* device = nullptr;
  FoundRecord record;
  Sight sight;
};

// Where what was seen is not what the record is any more: it is another indeed, and what is told of
// the difference is what differs. Throws Broken.
void check_told(const Look& look, const Sight& now, const ChangedAsSeen& outcome,
                const SeenCodes& codes, const std::string& given);

}  // namespace sitelog::simulation
