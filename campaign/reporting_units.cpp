#include "campaign/reporting_units.hpp"

namespace sitelog {

ReportingUnits::ReportingUnits(const Definition& definition, const UnitTree& tree,
                               const BookCode& chosen, Children children)
    : tree_(tree), chosen_(chosen) {
  for (const Quota& quota : definition.quotas) {
    const bool here = tree.unit(quota.unit) != nullptr && tree.within(quota.unit, chosen);
    // Seen from the top, a quota of a unit that isn't known is not hidden.
    if (here || chosen.empty()) add(quota.unit);
  }
  const std::vector<BookCode>& top = tree.children("");
  const BookCode from = chosen.empty() && top.size() == 1 ? top.front() : chosen;
  const bool counted_above = children == Children::kUnlessQuotaAbove && !chosen.empty() &&
                             definition.quota(chosen).has_value();
  if (!counted_above) {
    for (const BookCode& child : tree.children(from)) add(child);
  }
  if (rows_.empty() && tree.unit(from) != nullptr) add(from);
}

void ReportingUnits::add(const BookCode& unit) {
  if (places_.emplace(unit, rows_.size()).second) rows_.push_back(unit);
}

std::optional<size_t> ReportingUnits::row_of(const BookCode& unit) {
  if (!tree_.within(unit, chosen_)) return std::nullopt;
  if (const auto at = places_.find(unit); at != places_.end()) return at->second;
  for (const BookCode& above : tree_.ancestors(unit)) {
    if (!tree_.within(above, chosen_)) break;
    if (const auto at = places_.find(above); at != places_.end()) return at->second;
  }
  add(unit);
  return places_.at(unit);
}

}  // namespace sitelog
