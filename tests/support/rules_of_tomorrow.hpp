#pragma once

#include "sync/merge/judging_rules.hpp"

namespace sitelog {

// What a program of today knows, for tests: rules 1, and rules 2 to 4 with limits that are met
// soon.
inline constexpr ChainShare kSmallShare{5, 4000, 256};
const KnownRules& rules_of_today();

// And one of tomorrow: rules 5 as well, by which a device's entry also counts for nothing where it
// sets a title that ends in 7.
const KnownRules& rules_of_tomorrow();

}  // namespace sitelog
