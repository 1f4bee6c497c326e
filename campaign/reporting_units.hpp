#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"

namespace sitelog {

// The units that have a row of their own in a report, and which row each unit's counts go to. Rows
// are the units with a quota in the chosen subtree and the chosen unit's children (itself where
// there are neither); what is deeper goes to the nearest of them above it. Built for one report.
class ReportingUnits {
 public:
  // Whether the chosen unit's children have rows although it has a quota itself: their counts are
  // part of what is done of it, so not where quotas are compared.
  enum class Children { kAlways, kUnlessQuotaAbove };

  // `chosen` empty: the whole tree, seen from its top unit, or from above where there are several.
  ReportingUnits(const Definition& definition, const UnitTree& tree, const BookCode& chosen,
                 Children children);

  // The row that counts of `unit` go to, in the order of first rows() then newly met units: the
  // chosen unit's own, and units that the tree does not know. Nothing where `unit` is outside the
  // chosen subtree.
  std::optional<size_t> row_of(const BookCode& unit);

  // Units with a quota in the order of the quotas, then the others ascending by code, then those
  // met by `row_of`.
  const std::vector<BookCode>& rows() const { return rows_; }

 private:
  void add(const BookCode& unit);

  const UnitTree& tree_;
  BookCode chosen_;
  std::vector<BookCode> rows_;
  std::map<BookCode, size_t> places_;
};

}  // namespace sitelog
