#pragma once

#include <string>
#include <vector>

#include "campaign/label.hpp"
#include "campaign/units.hpp"

namespace sitelog {

// What an operation takes to be done.
enum class Right {
  kRead,        // see records, conflicts, counts
  kRecord,      // make and change records, decide conflicts
  kReview,      // say what headquarters thinks of a record
  kAdminister,  // units, campaigns, policies, devices
  kMaintain,    // the data folder itself: sync, verify, copies
};
const char* name_of(Right right);

// How a door knows who asks.
enum class KnownBy {
  kFolder,  // may open the data folder's files: its owner
  kPassword,
  kDeviceKey,
};

// The units whose records a caller may see and change.
struct Scope {
  bool everything = false;
  std::vector<BookCode> subtrees;  // each of these and all below it
};

// Who asks, made by the door: no argument of an operation can change it. A value.
struct Caller {
  std::string name;  // account or device; empty: whoever sits at the folder
  KnownBy known_by = KnownBy::kDeviceKey;
  std::vector<std::string> roles;  // "administrator", "viewer"
  Scope scope;
  Language language = Language::kChinese;
  std::string program;  // that asks: sitelog, sitelogd; empty: it did not say
};

// Who can open the files needs no account: every right, every unit.
Caller owner_of_folder(Language language, const std::string& program);

bool has_right(const Caller& caller, Right right);
// The one place that decides whether the records of `unit` may be told to the caller at all.
bool lies_in(const Scope& scope, const UnitTree& units, const BookCode& unit);

}  // namespace sitelog
