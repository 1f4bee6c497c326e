#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/campaign_catalogue.hpp"
#include "campaign/validation.hpp"
#include "engine/system.hpp"
#include "sync/store/queries.hpp"
#include "sync/store/store.hpp"

// What people write: checked against the campaign's form, then saved as one entry of this device.
// All inside a transaction of the store's.
namespace sitelog {

// Who writes, and when.
struct Author {
  std::string person;
  ClockReading clock;
  Date today;
};

// What became of an attempt to write. With problems nothing was saved.
struct Saved {
  RecordId record;
  std::optional<Written> written;  // nothing where the values were the same already
  std::vector<FieldProblem> problems;
  std::vector<FieldProblem> warnings;
  std::vector<Assignment> changed = {};  // of a record that was there: what was set
};

// A new record. `campaign` may be empty where there is only one.
Result<Saved> save_record(Store& store, const CampaignCatalogue& catalogue, const BookCode& book,
                          const std::string& campaign, const std::string& form,
                          const RawInput& input, const Author& author);
// Changes by somebody who has not `seen` what the record is decide no conflict.
Result<Saved> save_edit(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
                        const RawInput& input, const Author& author, bool seen);
// Voids a record with a reason, which is not empty.
Result<Saved> save_void(Store& store, const FoundRecord& found, const std::string& reason,
                        const Author& author, bool seen);
// Takes a voiding back; nothing is written where there is none.
Result<Saved> save_unvoid(Store& store, const FoundRecord& found, const Author& author, bool seen);

// What a conflict is decided to: one of its candidates, by its entry's name or the first digits of
// it, or a new value.
struct Decision {
  std::optional<std::string> take;
  std::string value;
};
Result<Saved> save_decision(Store& store, const CampaignCatalogue& catalogue,
                            const FoundRecord& found, const std::string& field,
                            const Decision& decision, const Author& author);

Result<Saved> save_review(Store& store, const CampaignCatalogue& catalogue,
                          const FoundRecord& found, const Review& verdict, const Author& author);

}  // namespace sitelog
