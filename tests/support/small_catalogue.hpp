#pragma once

#include <map>
#include <optional>
#include <string>

#include "sync/merge/catalogue.hpp"

namespace sitelog {

// A catalogue of few maps. A campaign record has the fields `id`, `counts` (a kind of event, or
// "*") and `policy.FIELD`; an event of a campaign that counts its kind adds one event with its
// `sessions` and `participants`.
class SmallCatalogue final : public Catalogue {
 public:
  Consequence learn(const RecordState& record) override;
  std::optional<Policy> default_policy(const std::string& campaign, const std::string& form,
                                       const std::string& field) const override;
  std::optional<Tally> tally(const RecordState& record) const override;
  // Forms as they are, campaigns that are known; kind, level, status, day (a number) and unusual
  // ("yes") as the fields that are called so.
  Listing listing(const RecordState& record) const override;

 private:
  struct Campaign {
    std::string id;
    std::string counts;
    std::map<std::string, Policy> policies;
  };
  // Of several with one id, the one of the least record id.
  const Campaign* campaign(const std::string& id) const;

  std::map<RecordId, Campaign> campaigns_;
};

}  // namespace sitelog
