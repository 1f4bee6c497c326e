#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"

namespace sitelog {

// Which units' quotas are part of another's: unit → the nearest unit above it with a quota, where
// that quota is no less than those directly below it together. One that is less can't hold them: it
// is the unit's own task beside theirs, as a city's federation has.
std::map<BookCode, BookCode> quota_parts(const Definition& definition, const UnitTree& tree);
// What all quotas come to, those that are part of another left out.
int64_t quota_sum(const Definition& definition, const UnitTree& tree);

// The units that have a row of their own in a report, and which row each unit's counts go to. Rows
// are the units with a quota in the chosen subtree; where there are none but perhaps the chosen
// unit itself, also its children (the unit where there are neither); of those that are removed what
// counts were met by `row_of`. What is deeper goes to the nearest of them above it. So where a
// unit's counts go doesn't depend on which others there are. Built for one report.
class ReportingUnits {
 public:
  // Whether the chosen unit's children have rows although it has a quota itself: their counts are
  // part of what is done of it, so not where quotas are compared.
  enum class Children { kAlways, kUnlessQuotaAbove };

  // `chosen` empty: the whole tree, seen from above: its top units, or their children.
  ReportingUnits(const Definition& definition, const UnitTree& tree, const BookCode& chosen,
                 Children children);

  // The row that counts of `unit` go to. Where none above it has one: that of the unit it belongs
  // to directly below the topmost one of the chosen subtree, whose row would read as everybody's;
  // or its own where it is topmost or the tree doesn't know it. Nothing outside the subtree.
  std::optional<size_t> row_of(const BookCode& unit);
  // The row of which a row's counts are a part.
  std::optional<size_t> part_of(size_t row) const;

  // Units with a quota in the order of the quotas, then the others in the tree's, then those met by
  // `row_of`.
  const std::vector<BookCode>& rows() const { return rows_; }

 private:
  void add(const BookCode& unit);

  const UnitTree& tree_;
  BookCode chosen_;
  std::vector<BookCode> rows_;
  std::map<BookCode, size_t> places_;
  std::map<BookCode, BookCode> parts_;
  std::set<BookCode> opened_;  // units whose children have rows of their own
};

}  // namespace sitelog
