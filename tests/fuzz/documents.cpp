// A merged record as the store keeps it: JSON, a NUL, the heads blob.
#include "sync/merge/document.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

std::optional<RecordState> read(std::string_view document, std::string_view heads) {
  try {
    return from_stored(RecordId{}, "event", document, heads);
  } catch (const DamagedDocument& damaged) {
    MUST(damaged.what()[0] != '\0');
    return std::nullopt;
  }
}

}  // namespace

FUZZ_TARGET(documents) {
  const std::string_view all = as_text(input);
  const size_t end = std::min(all.find('\0'), all.size());
  const auto state = read(all.substr(0, end), all.substr(std::min(end + 1, all.size())));
  if (!state) return;
  // What can be read can be kept, and is then read as the same.
  const StoredRecord stored = to_stored(*state, "u1");
  MUST(stored.conflicts.size() == state->conflicts.size());
  const auto again = read(stored.state, stored.heads);
  MUST(again && *again == *state);
  const StoredRecord second = to_stored(*again, "u1");
  MUST(second.state == stored.state && second.heads == stored.heads);
  const Review review = state->review();
  MUST(review.field_remarks.size() <= all.size());
  MUST(content_digest(*state) == content_digest(*again));
  // A person can go on from it.
  const Entry next = compose(&*state, state->record, state->form, {{"title", Value("next")}});
  MUST(next.parents == state->tips && next.assignments.size() <= 1);
}
