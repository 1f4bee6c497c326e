// Entries put by column for the wire, and any bytes in the place of such columns.
#include "sync/ledger/limits.hpp"
#include "sync/session/entry_columns.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

constexpr size_t kBytesMax = 64 * 1024;

// What can be put by column comes back as it was.
void check_there_and_back(const std::vector<std::string>& entries) {
  const auto columns = to_columns(entries);
  if (!columns) return;
  const auto back = from_columns(*columns, limits::kMessageBytesMax);
  MUST(back && *back == entries);
}

}  // namespace

// A byte: 0 and columns as they came, or how many entries follow.
FUZZ_TARGET(columns) {
  Choices choices(input);
  const size_t count = choices.one_of(16);
  if (count > 0) {
    std::vector<std::string> entries;
    for (size_t i = 0; i < count; ++i) entries.push_back(choices.sized());
    return check_there_and_back(entries);
  }
  const auto entries = from_columns(choices.rest(), kBytesMax);
  if (!entries) return;
  size_t bytes = 0;
  for (const std::string& entry : *entries) bytes += entry.size();
  MUST(bytes <= kBytesMax && entries->size() <= limits::kBatchEntriesMax + 1);
  check_there_and_back(*entries);
}
