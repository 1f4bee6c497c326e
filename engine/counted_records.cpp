#include "engine/counted_records.hpp"

#include <algorithm>

namespace sitelog {

namespace {

// So many records are looked at in one moment.
constexpr int64_t kLookedAtOnce = 10'000;

}  // namespace

CountedLooks count_each(Engine& engine, RecordFilter filter, const RulesOf& rules,
                        const CountedSink& sink, int64_t most) {
  CountedLooks out;
  for (std::optional<RecordPlace> next = RecordPlace{}; next;) {
    if (most >= 0 && out.looked_at >= most) {
      out.all = false;
      break;
    }
    filter.after = *next;
    filter.limit = most < 0 ? kLookedAtOnce : std::min(kLookedAtOnce, most - out.looked_at);
    next = engine.read([&](const Queries& queries) {
      return queries.each_state(filter, [&](const BookCode& unit, const RecordState& record) {
        ++out.looked_at;
        const CountingRules* of = rules(record);
        if (of == nullptr) return;
        if (const auto tally = of->tally(record)) sink(unit, *tally);
      });
    });
  }
  return out;
}

}  // namespace sitelog
