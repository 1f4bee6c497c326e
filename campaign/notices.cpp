#include "campaign/notices.hpp"

namespace sitelog {

std::vector<Refusal> notices(const Definition& definition, const UnitTree& tree) {
  std::vector<Refusal> out;
  const int64_t sum = definition.quota_sum();
  if (definition.printed_total && *definition.printed_total != sum) {
    const int64_t difference = *definition.printed_total - sum;
    out.push_back(
        {Reason::kInvalidValue,
         N_("the printed total is {}, but the quotas of the {} units add up to {}: a "
            "difference of {}"),
         {std::to_string(*definition.printed_total), std::to_string(definition.quotas.size()),
          std::to_string(sum), std::to_string(difference < 0 ? -difference : difference)}});
  }
  if (definition.quotas.empty()) return out;
  size_t with_quota = 0;
  for (const Quota& quota : definition.quotas) {
    if (tree.unit(quota.unit) != nullptr) {
      ++with_quota;
    } else if (tree.size() != 0) {
      out.push_back({Reason::kUnknownUnit,
                     N_("there is a quota of {} for the unit “{}”, which is not known"),
                     {std::to_string(quota.sessions), quota.unit}});
    }
  }
  if (tree.size() == 0) {
    out.push_back({Reason::kUnknownUnit,
                   N_("no units are known yet; the campaign has quotas for {}"),
                   {std::to_string(definition.quotas.size())}});
  } else if (tree.size() > with_quota) {
    out.push_back({Reason::kInvalidValue,
                   N_("{} of {} units have no quota of their own; their events count for the unit "
                      "above them"),
                   {std::to_string(tree.size() - with_quota), std::to_string(tree.size())}});
  }
  return out;
}

}  // namespace sitelog
