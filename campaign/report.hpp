#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/counts.hpp"
#include "campaign/definition.hpp"
#include "campaign/table.hpp"
#include "campaign/units.hpp"

namespace sitelog {

// Who fills in a printed report; blank where it is to be done by hand.
struct ReportHead {
  std::string unit_name;
  std::string person;
  std::string phone;
  std::string date;
};

// Records that are left out, by reason (name_of(LeftOut)).
using LeftOutCounts = std::map<std::string, int64_t>;

// The words of a campaign's tables.
class ReportWords {
 public:
  ReportWords() = default;
  explicit ReportWords(const Definition& definition);

  const std::string& in(std::string_view language, std::string_view name) const;
  std::vector<LabelledLine> above(std::string_view language, const ReportHead& head,
                                  const std::string& unit_name) const;
  std::vector<LabelledLine> below(std::string_view language, const LeftOutCounts& left_out) const;

 private:
  std::map<std::string, Label, std::less<>> all_;
};

// Events by unit × kind × level: the statistics table of the campaign's annex. Nothing is dropped:
// what has no kind or level, or one that the campaign doesn't know, is a cell of its own (未注明),
// which the table, whose columns are the annex's, tells below; units that the tree doesn't know get
// rows; what doesn't count is told by its reason.
struct Statistics {
  struct Row {
    BookCode unit;
    std::string name;
    BookCode part_of;           // the row of which this one's counts are a part; empty: of none
    std::vector<Counts> cells;  // kinds × levels, level by level within a kind
    Counts all;
  };

  std::string campaign;
  Label title;
  BookCode unit;  // empty: all units
  std::string unit_name;
  Vocabulary kinds;   // the last may be kUnspecified
  Vocabulary levels;  // the last may be kUnspecified; one with an empty key: levels don't count
  std::vector<Row> rows;
  Row total;  // of the rows that are part of none
  bool with_participants = true;
  LeftOutCounts left_out;
  ReportWords words;

  Table to_table(std::string_view language, const ReportHead& head = {}) const;
  boost::json::object to_json() const;
};

// Tallies of other campaigns and of units outside `unit` (empty: everything) are left out.
Statistics statistics(const Definition& definition, const UnitTree& tree,
                      const std::vector<TallyRow>& tallies, const BookCode& unit);

// What is done of what was asked for: quotas, and criteria where the campaign has them.
struct Progress {
  struct Met {
    std::string criterion;
    std::string kind;
    int64_t at_least = 0;
    int64_t actual = 0;
    int64_t units = 1;  // of which it is asked
    int64_t units_met = 0;
    bool met() const { return units_met == units; }
  };
  struct Row {
    BookCode unit;
    std::string name;
    bool removed = false;          // the unit was withdrawn
    BookCode part_of;              // the row of which this one's quota is a part; empty: of none
    std::optional<int64_t> quota;  // nothing: none is set
    int64_t actual = 0;            // sessions
    int64_t to_quota = 0;          // of those, what units have that have a quota
    int64_t missing = 0;           // of the total: what its rows miss, as more elsewhere is no help
    int64_t over = 0;
    std::map<std::string, int64_t> kinds;  // kind → sessions; every kind, kUnspecified where not 0
    std::vector<Met> criteria;             // in the total: of all rows together
    // Of the quota, rounded to a tenth; 100 only where all is done, 0 where nothing is. Nothing
    // without a quota. In the total of those that have one.
    std::optional<Percent> percent() const;
  };

  std::string campaign;
  Label title;
  BookCode unit;
  std::string unit_name;
  Vocabulary kinds;  // the last may be kUnspecified
  std::vector<Criterion> criteria;
  bool has_quotas = false;
  std::optional<int64_t> printed_total;  // only where all units are shown
  std::vector<Row> rows;
  Row total;  // of the rows that are part of none, whatever is printed
  LeftOutCounts left_out;
  ReportWords words;

  Table to_table(std::string_view language, const ReportHead& head = {}) const;
  boost::json::object to_json() const;
};

Progress progress(const Definition& definition, const UnitTree& tree,
                  const std::vector<TallyRow>& tallies, const BookCode& unit);

}  // namespace sitelog
