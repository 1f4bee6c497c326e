#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/units.hpp"

// Units that people could take for one another.
namespace sitelog {

// The code meant by what somebody wrote where a unit is laid down: one that is known exactly so, as
// it is; else plainly written (campaign/looks).
BookCode code_taken(std::string_view given, const UnitTree& known);

// Whether a code is, or looks like, that of the common book, which is headquarters' own.
bool looks_like_root(const BookCode& code);

// Which codes are taken, by what they look like. Removed units count: they can come back.
class CodesTaken {
 public:
  explicit CodesTaken(const UnitTree& known);

  // Another one that looks like `code`; null where there is none.
  const BookCode* alike(const BookCode& code) const;
  void add(const BookCode& code);

 private:
  std::map<std::u32string, BookCode> by_looks_;
};

// What to tell of new names that look like another unit's: nobody is kept from them. At most
// `most`.
std::vector<Refusal> names_alike(const UnitTree& known, const std::vector<Unit>& changed,
                                 size_t most);

}  // namespace sitelog
