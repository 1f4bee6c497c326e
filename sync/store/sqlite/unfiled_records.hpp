#pragma once

// Internal to store: records that are found by something else than what is filed of them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/merge/sought.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// So many wait at most, but for what a commit that was taken back had filed. Who looks for records
// looks at each of them; filing them writes some twenty pages, whether they are few or many.
inline constexpr size_t kUnfiledMax = 256;
// A commit that changes more files them at once.
inline constexpr size_t kUnfiledAtOnceMax = 32;

struct UnfiledRecord {
  int64_t record_id = 0;
  int64_t book_id = 0;
  std::optional<Sought> filed;  // what stands in traits and columns
  std::optional<Sought> now;    // nothing: it is to be found by nothing
};

// Day and last change, four bytes each, then eight for each trait: least first in all.
std::string packed(const Sought& sought);
// Nothing where it is not what `packed` makes.
std::optional<Sought> unpacked_sought(std::string_view packed);

// With first <= record_id < end, ascending. Throws StoreError where one does not read back.
std::vector<UnfiledRecord> read_unfiled(Database& database, int64_t first, int64_t end);

}  // namespace sitelog
