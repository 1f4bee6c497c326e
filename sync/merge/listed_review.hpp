#pragma once

#include <string_view>

#include "sync/merge/record_state.hpp"

// By which review a record is listed: its verdict, and apart from the others where the content was
// changed since. A pending one is on no content.
namespace sitelog {

// Goes up with each change of what `listed_as` says: what an earlier build listed is listed anew.
inline constexpr unsigned kListedBy = 4;

inline constexpr std::string_view kChangedSince = " changed";  // behind the verdict's name

inline std::string_view listed_as(const Review& review) {
  if (!review.changed()) return name_of(review.verdict);
  switch (review.verdict) {
    case ReviewVerdict::kPending: break;
    case ReviewVerdict::kReturned: return "returned changed";
    case ReviewVerdict::kAccepted: return "accepted changed";
    case ReviewVerdict::kRefused: return "refused changed";
  }
  return name_of(ReviewVerdict::kPending);
}

}  // namespace sitelog
