#pragma once

#include <functional>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/table_reader.hpp"

namespace sitelog {

// Told of each table when it has been read, so that unknown keys are treated alike everywhere.
using EndOfTable = std::function<void(TableReader&)>;

// Reads the [[form]] tables under `root`. `definition` has its kinds, vocabularies and banner
// already. Internal to campaign/.
std::vector<Form> read_forms(TableReader& root, const Definition& definition, ProblemList& problems,
                             const EndOfTable& end);

}  // namespace sitelog
