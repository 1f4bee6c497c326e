#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/label.hpp"
#include "campaign/units.hpp"
#include "sync/ledger/known_by.hpp"

namespace sitelog {

// What an operation takes to be done.
enum class Right {
  kRead,        // see records, conflicts, counts
  kRecord,      // make and change records, decide conflicts
  kReview,      // say what headquarters thinks of a record
  kComment,     // say a word about a record: who may make and change records, or review them
  kAdminister,  // units, campaigns, policies, devices
  kMaintain,    // the data folder itself: sync, verify, copies
};
const char* name_of(Right right);

// Some of the units.
struct Units {
  bool everything = false;
  std::vector<BookCode> subtrees = {};  // each of these and all below it
  std::vector<BookCode> units = {};     // each of these alone
};

// What a caller may see and change: units with the records of whichever campaign and all else that
// is theirs; and of further units the records of some campaigns.
struct Scope {
  bool everything = false;
  std::vector<BookCode> subtrees;
  std::vector<BookCode> units = {};
  struct Part {
    Units in;
    std::string campaign = {};             // whose records; empty: any's, and what is of none
    std::vector<std::string> except = {};  // but those of these
  };
  std::vector<Part> parts = {};
};

// A role as somebody has it: what it may do, and where.
struct Role {
  std::string name;
  std::vector<Right> may;
  Scope scope;
};
// The two that the code knows; every other is a campaign's (engine/roles).
inline constexpr const char* kAdministrator = "administrator";  // all but the folder itself
inline constexpr const char* kViewer = "viewer";                // reads
Role administrator_of(Scope scope);
Role viewer_of(Scope scope);

// Who asks, made by the door: no argument of an operation can change it. A value.
struct Caller {
  std::string name;  // account or device; empty: whoever sits at the folder
  KnownBy known_by = KnownBy::kDeviceKey;
  std::vector<Role> roles = {};
  // Of the operation that is asked for: what it takes, and where the roles that may do it hold. Set
  // by the dispatcher.
  std::optional<Right> acts_by = {};
  Scope scope = {};
  Language language = Language::kChinese;
  std::string program = {};  // that asks: sitelog, sitelogd; empty: it did not say
  std::string from = {};     // the address it asks from; empty: this machine
  // At a site: in whose name is written, where who is at the device is known (client/people_here).
  std::optional<Person> speaks = {};
  bool signed_in() const { return known_by == KnownBy::kPassword; }
};

// The one unit that it is of, with or without what lies below; nothing where it is of more, or of
// some campaigns' records there.
std::optional<BookCode> only_place(const Scope& scope);

// Who can open the files needs no account: every right, every unit.
Caller owner_of_folder(Language language, const std::string& program);

bool has_right(const Caller& caller, Right right);
// Where the caller has it. Two roles at two places do not add up: who reads here and reviews there
// reviews nothing here.
Scope scope_of(const Caller& caller, Right right);
// The roles by which the caller has it, as entries name them; those that hold for anything of one
// unit.
std::string roles_with(const Caller& caller, Right right);
std::string roles_with(const Caller& caller, Right right, const UnitTree& units,
                       const BookCode& unit);
// What holds of the records of this campaign: no parts.
Scope for_campaign(const Scope& scope, const std::string& campaign);

// The one place that decides what is told to the caller: of a unit as a whole, as its devices and
// policies are; a record of a campaign there (`campaign` may be empty: of none that is known); any
// record there at all.
bool lies_in(const Scope& scope, const UnitTree& units, const BookCode& unit);
bool lies_in(const Scope& scope, const UnitTree& units, const BookCode& unit,
             const std::string& campaign);
bool touches(const Scope& scope, const UnitTree& units, const BookCode& unit);

}  // namespace sitelog
