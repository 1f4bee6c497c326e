#include "campaign/reporting_units.hpp"

#include <algorithm>
#include <utility>

namespace sitelog {

std::map<BookCode, BookCode> quota_parts(const Definition& definition, const UnitTree& tree) {
  std::map<BookCode, int64_t> quotas;
  for (const Quota& quota : definition.quotas) quotas.emplace(quota.unit, quota.sessions);
  std::map<BookCode, BookCode> above;
  std::map<BookCode, int64_t> below;  // what is directly below each comes to
  for (const auto& [unit, sessions] : quotas) {
    const auto ancestors = tree.ancestors(unit);
    const auto at = std::find_if(ancestors.begin(), ancestors.end(),
                                 [&](const BookCode& code) { return quotas.contains(code); });
    if (at == ancestors.end()) continue;
    above.emplace(unit, *at);
    below[*at] += sessions;
  }
  std::erase_if(above, [&](const auto& part) { return below[part.second] > quotas[part.second]; });
  return above;
}

int64_t quota_sum(const Definition& definition, const UnitTree& tree) {
  const auto parts = quota_parts(definition, tree);
  int64_t out = 0;
  for (const Quota& quota : definition.quotas) {
    if (!parts.contains(quota.unit)) out += quota.sessions;
  }
  return out;
}

ReportingUnits::ReportingUnits(const Definition& definition, const UnitTree& tree,
                               const BookCode& chosen, Children children)
    : tree_(tree), chosen_(chosen), parts_(quota_parts(definition, tree)) {
  bool below = false;  // quotas of other units than the chosen one
  for (const Quota& quota : definition.quotas) {
    const bool here = tree.unit(quota.unit) != nullptr && tree.within(quota.unit, chosen);
    // Seen from the top, a quota of a unit that isn't known is not hidden.
    if (here || chosen.empty()) add(quota.unit);
    below = below || ((here || chosen.empty()) && quota.unit != chosen);
  }
  const bool counted_above = children == Children::kUnlessQuotaAbove && !chosen.empty() &&
                             definition.quota(chosen).has_value();
  if (!below && !counted_above) {
    if (!chosen.empty()) opened_.insert(chosen);
    for (const BookCode& child : tree.children(chosen)) {
      const std::vector<BookCode>& under = tree.children(child);
      if (!chosen.empty() || under.empty()) {
        add(child);
      } else {
        opened_.insert(child);
        for (const BookCode& each : under) add(each);
      }
    }
  }
  if (rows_.empty() && tree.unit(chosen) != nullptr) add(chosen);
}

void ReportingUnits::add(const BookCode& unit) {
  if (places_.emplace(unit, rows_.size()).second) rows_.push_back(unit);
}

std::optional<size_t> ReportingUnits::row_of(const BookCode& unit) {
  if (!tree_.within(unit, chosen_)) return std::nullopt;
  if (const auto at = places_.find(unit); at != places_.end()) return at->second;
  const Unit* known = tree_.unit(unit);
  // What a removed unit counted stays where it was counted.
  if (known != nullptr && known->removed && opened_.contains(known->parent)) {
    add(unit);
    return places_.at(unit);
  }
  BookCode top = unit, below_top = unit;
  for (const BookCode& above : tree_.ancestors(unit)) {
    if (!tree_.within(above, chosen_)) break;
    if (const auto at = places_.find(above); at != places_.end()) return at->second;
    below_top = std::exchange(top, above);
  }
  add(below_top);
  return places_.at(below_top);
}

std::optional<size_t> ReportingUnits::part_of(size_t row) const {
  const auto part = parts_.find(rows_[row]);
  const auto at = part != parts_.end() ? places_.find(part->second) : places_.end();
  return at != places_.end() ? std::optional(at->second) : std::nullopt;
}

}  // namespace sitelog
