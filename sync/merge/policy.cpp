#include "sync/merge/policy.hpp"

#include <array>
#include <utility>

namespace sitelog {

namespace {
constexpr std::array<std::pair<Policy, std::string_view>, 8> kNames{{
    {Policy::kLatest, "latest"},
    {Policy::kSite, "site"},
    {Policy::kHeadquarters, "headquarters"},
    {Policy::kAsk, "ask"},
    {Policy::kMax, "max"},
    {Policy::kMin, "min"},
    {Policy::kUnion, "union"},
    {Policy::kStricter, "stricter"},
}};
}  // namespace

std::string_view name_of(Policy policy) {
  return kNames[static_cast<size_t>(policy)].second;
}

std::optional<Policy> parse_policy(std::string_view name) {
  for (const auto& [policy, known] : kNames) {
    if (known == name && policy != Policy::kStricter) return policy;
  }
  return std::nullopt;
}

}  // namespace sitelog
