#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/campaign_catalogue.hpp"
#include "engine/chairs.hpp"

namespace sitelog {

// The stations that somebody means who asks what waits there.
struct StationAsked {
  std::string role = {};              // wherever it stands; empty: at these
  std::vector<std::string> at = {};   // text_of each
  std::optional<Refusal> empty = {};  // told where nothing waits: nobody sits there either, or
                                      // no campaign in force has such a role
};

// By “mine” (“本级”): where whoever asks sits; by a role's key or label; or by that and a unit's
// code or name, ROLE@UNIT. Refuses kInvalidValue what is no station, and tells those that there
// are; a name that several have; “mine” of who sits nowhere.
Result<StationAsked> read_station(const CampaignCatalogue& catalogue,
                                  const std::vector<const Definition*>& campaigns,
                                  const std::string& given, const Chairs& chairs);

}  // namespace sitelog
