#pragma once

#include <string_view>

#include "sync/ledger/crypto.hpp"

namespace sitelog {

// Over `domain` and, of each field for which `is_part` holds, its name, the number of its heads and
// their names. `fields` ascends by name; `names_of` gives the names, ascending, of what stands
// beside one.
template <class Fields, class NamesOf>
Hash heads_digest(const Fields& fields, std::string_view domain, bool (*is_part)(std::string_view),
                  const NamesOf& names_of) {
  Hasher hasher;
  hasher.add(domain);
  for (const auto& [field, value] : fields) {
    if (!is_part(field)) continue;
    const auto& names = names_of(value);
    hasher.add_sized(field).add_number(names.size());
    for (const auto& name : names) hasher.add(name.view());
  }
  return hasher.finish();
}

}  // namespace sitelog
