#pragma once

#include <vector>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"

namespace sitelog {

// What headquarters should know when it publishes a campaign, though nothing stands in the way:
// a printed total that its rows don't add up to, quotas of unknown units, units without a quota.
std::vector<Refusal> notices(const Definition& definition, const UnitTree& tree);

}  // namespace sitelog
