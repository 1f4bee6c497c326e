#pragma once

#include <algorithm>
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
  BookCode parent;       // empty: at the top
  std::string kind;      // federation, enterprise, mine … as the file says
  std::string level;     // city, county, district, grassroots
  int64_t place = 0;     // among all, as they were given; 0: not said, behind all others
  bool removed = false;  // withdrawn by headquarters: what is recorded stays, nothing new begins
  // Roles that somebody has here, ascending: "ROLE", or "ROLE/CAMPAIGN" where it is for that one's
  // records alone. Headquarters says so of those that judge records.
  std::vector<std::string> filled = {};
  bool is_filled(const std::string& role, const std::string& campaign) const;
  bool is_filled_for_some(const std::string& role) const;
  bool operator==(const Unit&) const = default;
};

// Of the field of a unit's record that says that a role is filled: this and the role's key. It
// holds true, or the campaigns for whose records it is.
inline constexpr std::string_view kFilledPrefix = "filled.";

// 1 to 64 bytes: ASCII letters and digits, `.` `_` `-` (not first), letters of other scripts; not
// the root book's code.
bool is_unit_code(std::string_view code);

// Why a unit stands at the top although it says a parent that is known.
struct SetFree {
  enum class Why { kAboveItself, kTooDeep };
  BookCode code;
  Why why;
};

// All units and who belongs to whom. Made of any units, in time linear in them: one whose parent is
// not known stands at the top; so do the least code of a cycle and one that would stand deeper than
// kUnitLevelsMax, so neither concurrent changes nor anybody's table break the tree, and who climbs
// in it climbs few steps. Removed units are known, with nothing below them: what belonged to one
// belongs to the next above it. Of units with one code the first counts. A value.
class UnitTree {
 public:
  UnitTree() = default;
  explicit UnitTree(std::vector<Unit> units);

  const Unit* unit(const BookCode& code) const;  // null where not known; removed ones too
  // The unit's name; the code itself where it is not known.
  std::string name(const BookCode& code) const;
  // Those that are not removed, in the order they were given; by code where none is said.
  // `children("")` are those at the top.
  const std::vector<BookCode>& children(const BookCode& code) const;
  // From the parent upwards.
  std::vector<BookCode> ancestors(const BookCode& code) const;
  // How many units are above it; 0 where it is not known.
  size_t depth(const BookCode& code) const;
  // True when `code` is `subtree` or below it. Everything is within "".
  bool within(const BookCode& code, const BookCode& subtree) const;
  // `subtree` and all below it, parents first. "" gives every unit.
  enum class Removed { kLeftOut, kToo };
  std::vector<BookCode> all_within(const BookCode& subtree, Removed removed = Removed::kToo) const;
  size_t size() const { return units_.size() - removed_; }  // without those that are removed
  const std::vector<SetFree>& set_free() const { return set_free_; }  // ascending by code

 private:
  struct Placed {
    Unit unit;         // the parent as it holds: known, not removed, in no cycle, not too deep
    size_t depth = 0;  // units above it
    bool sound = false;
  };
  void open_cycles();
  void place_all();
  void place(Placed& placed);
  void free(Placed& placed, SetFree::Why why);
  void sort_children();

  std::map<BookCode, Placed> units_;
  std::map<BookCode, std::vector<BookCode>> children_;          // not removed
  std::map<BookCode, std::vector<BookCode>> removed_children_;  // removed
  std::vector<SetFree> set_free_;
  size_t removed_ = 0;
};

// The first of `changed` that can't be put where it says beside what is known, or that moves what
// is below it too deep; nothing where all can.
struct Misplaced {
  BookCode code;  // of `changed`
  SetFree::Why why;
  BookCode deepest;  // what would be too deep
};
std::optional<Misplaced> misplaced(const UnitTree& known, const std::vector<Unit>& changed);

// Reads code,name,parent,kind,level (RFC 4180; a byte-order mark and CRLF are accepted; columns in
// any order, found by their English or Chinese heading; only code and name are needed). Reports
// every problem with its line: bad or repeated codes, missing names, unknown parents, cycles, new
// codes that look like others, what would stand too deep beside the units that are known.
Parsed<std::vector<Unit>> parse_units_csv(std::string_view csv, const std::string& file,
                                          const UnitTree& known = {});

// Gives units their places in the order they stand here. Those that are known keep theirs where
// that order is theirs already, so that one that is put between others changes none of them; where
// none is known, all go behind those that are.
void place_in_order(std::vector<Unit>& units, const UnitTree& known);

// The fields of a unit's record (form `unit`), but for which roles are filled; a field without
// content is cleared.
std::map<std::string, Value> unit_fields(const Unit& unit);
// The inverse; nothing where the record has no valid code, or is not the one of that code. A voided
// one is a removed unit.
std::optional<Unit> unit_from(const RecordState& record);

// Records that headquarters writes once for each subject have ids that follow from the subject.
RecordId unit_record(const BookCode& code);
RecordId campaign_record(const std::string& campaign);
RecordId policy_record(const BookCode& code);

}  // namespace sitelog
