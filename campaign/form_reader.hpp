#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/table_reader.hpp"

namespace sitelog {

// Told of each table when it has been read, so that unknown keys are treated alike everywhere.
using EndOfTable = std::function<void(TableReader&)>;

// Fields, by form, of which it is told that they are of no type there is: what else is said of them
// can't be judged.
using UntypedFields = std::set<std::pair<std::string, std::string>>;

// Reads the [[form]] tables under `root`. `definition` has its kinds, vocabularies and banner
// already. Internal to campaign/.
std::vector<Form> read_forms(TableReader& root, const Definition& definition, ProblemList& problems,
                             const EndOfTable& end, UntypedFields& untyped);

}  // namespace sitelog
