#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/merge/record_state.hpp"

namespace sitelog {

// What a line of records.list says of a record, but for what tells where it comes from: for tables,
// which have a row for each of a million. A value.
struct ShownRecord {
  BookCode unit;
  RecordId record;
  // Both ascending by their names; nothing in them is cleared.
  std::vector<std::pair<std::string, Value>> fields;
  std::vector<std::pair<std::string, Value>> explanations;  // by field
  ReviewVerdict review = ReviewVerdict::kPending;
  bool changed_since = false;  // it was sent, or the verdict was given
  bool in_conflict = false;
  std::string waits_at;  // a station: ROLE, or ROLE@UNIT below the top; empty: at none
  bool voided = false;
  std::string why_void;
  std::string person;  // who made it
};

}  // namespace sitelog
