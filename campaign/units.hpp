#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/problems.hpp"
#include "sync/merge/record_state.hpp"

namespace sitelog {

// An organisation that reports. Its code names its book.
struct Unit {
  BookCode code;
  std::string name;
  BookCode parent;    // empty: at the top
  std::string kind;   // federation, enterprise, mine … as the file says
  std::string level;  // city, county, district, grassroots
  int64_t place = 0;  // among all, as they were given; 0: not said, behind all others
  bool operator==(const Unit&) const = default;
};

// 1 to 64 bytes: ASCII letters and digits, `.` `_` `-` (not first), letters of other scripts; not
// the root book's code.
bool is_unit_code(std::string_view code);

// Reads code,name,parent,kind,level (RFC 4180; a byte-order mark and CRLF are accepted; columns in
// any order, found by their English or Chinese heading; only code and name are needed). Reports
// every problem with its line: bad or repeated codes, missing names, unknown parents, cycles.
Parsed<std::vector<Unit>> parse_units_csv(std::string_view csv, const std::string& file);

// All units and who belongs to whom. Made of any units: one whose parent is not known stands at
// the top, and so does the least code of a cycle, so concurrent changes never break the tree.
// Of units with one code the first counts.
class UnitTree {
 public:
  UnitTree() = default;
  explicit UnitTree(const std::vector<Unit>& units);

  const Unit* unit(const BookCode& code) const;  // null where not known
  // The unit's name; the code itself where it is not known.
  std::string name(const BookCode& code) const;
  // In the order they were given; by code where none is said. `children("")` are those at the top.
  const std::vector<BookCode>& children(const BookCode& code) const;
  // From the parent upwards.
  std::vector<BookCode> ancestors(const BookCode& code) const;
  // True when `code` is `subtree` or below it. Everything is within "".
  bool within(const BookCode& code, const BookCode& subtree) const;
  // `subtree` and all below it, parents first. "" gives every unit.
  std::vector<BookCode> all_within(const BookCode& subtree) const;
  size_t size() const { return units_.size(); }

 private:
  std::map<BookCode, Unit> units_;  // parents as they hold: known, without cycles
  std::map<BookCode, std::vector<BookCode>> children_;
};

// Gives units their places in the order they stand here. Those that are known keep theirs where
// that order is theirs already, so that one that is put between others changes none of them; where
// none is known, all go behind those that are.
void place_in_order(std::vector<Unit>& units, const UnitTree& known);

// The fields of a unit's record (form `unit`); a field without content is cleared.
std::map<std::string, Value> unit_fields(const Unit& unit);
// The inverse; nothing where the record has no valid code or is voided.
std::optional<Unit> unit_from(const RecordState& record);

// Records that headquarters writes once for each subject have ids that follow from the subject.
RecordId unit_record(const BookCode& code);
RecordId campaign_record(const std::string& campaign);
RecordId policy_record(const BookCode& code);

}  // namespace sitelog
