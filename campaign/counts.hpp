#pragma once

#include <cstdint>
#include <string>

#include "sync/ledger/ids.hpp"
#include "sync/merge/tally.hpp"

// What reports count, and what it is called where counts are kept: axes kind, level and, of what is
// left out only, why; measures events, sessions and participants.
namespace sitelog {

struct Counts {
  int64_t events = 0;  // records counted
  int64_t sessions = 0;
  int64_t participants = 0;

  Counts& operator+=(const Counts& other);
  bool operator==(const Counts&) const = default;
};

// Counts of one unit's records that are alike. What is summed: several rows of one unit are fine.
struct TallyRow {
  BookCode unit;
  std::string campaign;
  std::string kind;
  std::string level;
  std::string review;
  Counts counts;
  std::string left_out = {};  // why these do not count (counting_rules.hpp); empty: they do
};

// As counts are kept, and back.
Tally tally_of(const TallyRow& row);
TallyRow row_of(const BookCode& unit, const Tally& tally);

}  // namespace sitelog
