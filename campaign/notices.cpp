#include "campaign/notices.hpp"

#include <algorithm>

#include "campaign/reporting_units.hpp"

namespace sitelog {

namespace {

bool dates_must_lie_inside(const Definition& definition) {
  const Form* form = definition.form(definition.report.form);
  if (form == nullptr) return false;
  return std::any_of(form->fields.begin(), form->fields.end(), [](const Field& field) {
    return std::any_of(field.warn.begin(), field.warn.end(), [](const WarnRule& rule) {
      return rule.what == WarnRule::What::kOutsideCampaign;
    });
  });
}

}  // namespace

std::vector<Refusal> notices(const Definition& definition, const UnitTree& tree) {
  std::vector<Refusal> out;
  if (!dates_must_lie_inside(definition)) {
    out.push_back({Reason::kInvalidValue,
                   N_("the counted form has no date with the warning outside_campaign: records of "
                      "any date count"),
                   {}});
  }
  for (const Deadline& deadline : definition.deadlines) {
    if (deadline.date >= definition.from && deadline.date <= definition.to) continue;
    out.push_back(
        {Reason::kInvalidValue,
         N_("the deadline {} ({}) is outside the campaign, which lasts from {} to {}"),
         {deadline.key, deadline.date.text(), definition.from.text(), definition.to.text()}});
  }
  const int64_t sum = quota_sum(definition, tree);
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
  for (const auto& [unit, above] : quota_parts(definition, tree)) {
    out.push_back({Reason::kInvalidValue,
                   N_("the quota of {} is part of that of {}, to which it belongs: it adds nothing "
                      "to the total"),
                   {unit, above}});
  }
  size_t with_quota = 0;
  for (const Quota& quota : definition.quotas) {
    const Unit* unit = tree.unit(quota.unit);
    if (unit != nullptr && unit->removed) {
      out.push_back({Reason::kUnknownUnit,
                     N_("there is a quota of {} for the unit “{}”, which was removed"),
                     {std::to_string(quota.sessions), quota.unit}});
    } else if (unit != nullptr) {
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
                   N_("{} of {} units have no quota of their own: what they record counts for the "
                      "nearest unit above them that has one; where none has, it has a row without "
                      "a quota"),
                   {std::to_string(tree.size() - with_quota), std::to_string(tree.size())}});
  }
  return out;
}

}  // namespace sitelog
