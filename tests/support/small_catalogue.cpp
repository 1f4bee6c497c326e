#include "tests/support/small_catalogue.hpp"

#include "sync/merge/forms.hpp"

namespace sitelog {

Consequence SmallCatalogue::learn(const RecordState& record) {
  if (record.form != kFormCampaign) return Consequence::kNone;
  Campaign learned{record.text("id"), record.text("counts"), {}};
  for (const auto& [field, state] : record.fields) {
    if (!field.starts_with("policy.")) continue;
    if (const auto policy = parse_policy(record.text(field))) {
      learned.policies.emplace(field.substr(7), *policy);
    }
  }
  Campaign& known = campaigns_[record.record];
  const bool counts_otherwise = known.id != learned.id || known.counts != learned.counts;
  const bool shows_otherwise = known.policies != learned.policies;
  known = std::move(learned);
  if (counts_otherwise) return Consequence::kTallies;
  return shows_otherwise ? Consequence::kPolicies : Consequence::kNone;
}

const SmallCatalogue::Campaign* SmallCatalogue::campaign(const std::string& id) const {
  for (const auto& [record, campaign] : campaigns_) {
    if (!id.empty() && campaign.id == id) return &campaign;
  }
  return nullptr;
}

std::optional<Policy> SmallCatalogue::default_policy(const std::string& campaign,
                                                     const std::string&,
                                                     const std::string& field) const {
  const Campaign* known = this->campaign(campaign);
  if (known == nullptr) return std::nullopt;
  const auto at = known->policies.find(field);
  return at != known->policies.end() ? std::optional(at->second) : std::nullopt;
}

Listing SmallCatalogue::listing(const RecordState& record) const {
  Listing out;
  out.form = record.form;
  if (campaign(record.campaign()) != nullptr) out.campaign = record.campaign();
  out.kind = record.text("kind");
  out.level = record.text("level");
  out.status = record.text("status");
  out.day = static_cast<uint32_t>(record.integer("day"));
  out.by_stations = record.form == "event" && campaign(record.campaign()) != nullptr;
  out.unusual = record.text("unusual") == "yes";
  return out;
}

std::optional<Tally> SmallCatalogue::tally(const RecordState& record) const {
  const Campaign* known = campaign(record.campaign());
  if (record.form != "event" || known == nullptr || record.voided()) return std::nullopt;
  const RecordState counted = state_as_sent(record);
  const std::string kind = counted.text("kind");
  if (known->counts != "*" && known->counts != kind) return std::nullopt;
  return Tally{{record.campaign(),
                std::string(name_of(record.review().verdict)),
                {kind, counted.text("level")}},
               {{"events", 1},
                {"sessions", counted.integer("sessions")},
                {"participants", counted.integer("participants")}}};
}

}  // namespace sitelog
