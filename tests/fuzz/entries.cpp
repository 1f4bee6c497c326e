// The bytes of one entry, as some author wrote them.
#include "sync/ledger/entry.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/document.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(entries) {
  const auto entry = decode_entry(input);
  const uint64_t assignments = count_assignments(input);
  if (!entry) {
    check_refusal(entry.refusal(), input.size());
    MUST(entry.refusal().reason == Reason::kMalformed ||
         entry.refusal().reason == Reason::kTooLarge);
    return;
  }
  MUST(assignments == entry->assignments.size());
  MUST(entry->assignments.size() <= limits::kAssignmentsMax && !entry->assignments.empty());
  // A name may be referred to by any number of indexes; an author of this version writes each once.
  const auto again = encode(*entry);
  if (again) {
    const auto second = decode_entry(as_bytes(*again));
    MUST(second && *second == *entry);
  } else {
    MUST(again.refusal().reason == Reason::kTooLarge);
  }
  for (const Assignment& assignment : entry->assignments) {
    const Value& value = assignment.value;
    MUST(value == value && (value <=> value) == 0);
    const std::string text = boost::json::serialize(to_json(value));
    const auto read = value_from_json(boost::json::parse(text));
    MUST(read && *read == value);
  }
}
