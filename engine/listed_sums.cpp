#include "engine/listed_sums.hpp"

#include <map>

#include "campaign/counts.hpp"
#include "engine/counted_records.hpp"
#include "engine/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Of all campaigns in force, as they are now.
std::map<std::string, CountingRules> rules_in_force(Engine& engine) {
  std::map<std::string, CountingRules> out;
  const auto catalogue = engine.campaigns();
  for (const Definition* each : catalogue->campaigns()) {
    out.emplace(each->id, CountingRules(*each));
  }
  return out;
}

}  // namespace

std::optional<json::object> sums_of(Engine& engine, const AskedRecords& asked) {
  if (asked.wanted.anything() || !asked.filter.text.empty()) return std::nullopt;
  const auto rules = rules_in_force(engine);
  RecordFilter filter = asked.filter;
  filter.after = {};
  Counts counted;
  int64_t left_out = 0;
  const CountedLooks looks = count_each(
      engine, std::move(filter),
      [&](const RecordState& record) {
        const auto at = rules.find(record.campaign());
        return at != rules.end() ? &at->second : nullptr;
      },
      [&](const BookCode& unit, const Tally& tally) {
        const TallyRow row = row_of(unit, tally);
        if (row.left_out.empty()) {
          counted += row.counts;
        } else {
          left_out += row.counts.events;
        }
      },
      limits::kSummedRecordsMax);
  json::object out{{"events", counted.events},
                   {"sessions", counted.sessions},
                   {"participants", counted.participants},
                   {"left_out", left_out},
                   {"looked_at", looks.looked_at}};
  if (!looks.all) out["at_least"] = true;
  return out;
}

Shape sums_shape() {
  using namespace shape;
  return object({{"events", integer()},
                 {"sessions", integer()},
                 {"participants", integer()},
                 {"left_out", integer()},
                 {"looked_at", integer()},
                 sometimes("at_least", flag())});
}

}  // namespace sitelog
