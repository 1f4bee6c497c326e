#pragma once

#include <memory>
#include <string>
#include <vector>

#include "campaign/campaign_catalogue.hpp"
#include "engine/caller.hpp"
#include "engine/engine.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

// At which stations somebody sits (campaign/chain): by their roles and by the units as they were
// when this was made, to be taken along into a transaction. The owner of the folder and
// administrators sit at the top, and so does whoever has the role that the record's campaign puts
// there. At any other station sits who has just that role at just that unit, where the record's
// unit lies in reach of it. A value.
class Chairs {
 public:
  Chairs(const Caller& caller, Engine& engine);
  Chairs(const Caller& caller, std::shared_ptr<const UnitTree> units);

  // Whether they speak there of a record of this unit.
  bool at(const Station& station, const CampaignCatalogue& catalogue, const RecordState& state,
          const BookCode& unit) const;
  bool at_top(const CampaignCatalogue& catalogue, const RecordState& state,
              const BookCode& unit) const;
  // text_of each station below the top at which they sit; and whether they may sit at the top of
  // some record.
  std::vector<std::string> own() const;
  bool some_top(const CampaignCatalogue& catalogue) const;
  const UnitTree& units() const { return *units_; }

 private:
  bool owner_ = false;
  std::vector<Role> roles_;  // that may review
  std::shared_ptr<const UnitTree> units_;
};

}  // namespace sitelog
