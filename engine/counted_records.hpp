#pragma once

#include <functional>

#include "campaign/counting_rules.hpp"
#include "engine/engine.hpp"

namespace sitelog {

// The rules that a record is counted by; null: it is counted by none.
using RulesOf = std::function<const CountingRules*(const RecordState&)>;
using CountedSink = std::function<void(const BookCode& unit, const Tally&)>;

struct CountedLooks {
  int64_t looked_at = 0;
  bool all = true;  // of those that the filter means
};

// Tells what each of the records that a filter means adds to counts, as the store's running counts
// are of all; who adds nothing is not told. Looks at `most` of them, below 0 at all, many at each
// of several moments and beside all writing. What the filter says of how many is not asked for, nor
// of texts.
CountedLooks count_each(Engine& engine, RecordFilter filter, const RulesOf& rules,
                        const CountedSink& sink, int64_t most = -1);

}  // namespace sitelog
