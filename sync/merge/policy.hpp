#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sitelog {

// How a field in conflict chooses what it shows. All candidates are kept whatever the policy.
enum class Policy {
  kLatest,        // the candidate written last, by corrected clock
  kSite,          // the latest of those written at a site
  kHeadquarters,  // the latest of those written by headquarters
  kAsk,           // the last settled value, until a person decides
  kMax,           // the greatest number
  kMin,           // the least number
  kUnion,         // every item of every candidate's list, ascending
  kStricter,      // of what one station said of a record at once; nobody can set it
};

std::string_view name_of(Policy policy);
std::optional<Policy> parse_policy(std::string_view name);  // one that can be set

// `max`, `min` and `union` follow from what a field means, not from who is trusted.
inline bool follows_from_type(Policy policy) {
  return policy >= Policy::kMax && policy <= Policy::kUnion;
}

}  // namespace sitelog
