#pragma once

#include <map>
#include <string>
#include <vector>

#include "campaign/campaign_catalogue.hpp"
#include "campaign/label.hpp"
#include "sync/ledger/answer.hpp"
#include "sync/merge/record_state.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

// What people call what the fields of Sitelog's own in a record name: roles, units, campaigns, and
// the form's fields. What is missing here is called by its key. A value.
struct NamesInRecord {
  std::map<std::string, Label> roles = {}, campaigns = {}, fields = {};
  std::map<BookCode, std::string> units = {};
};
// Of all that the history of a record names, as it is in the transaction under way.
NamesInRecord names_in(Store& store, const CampaignCatalogue& catalogue,
                       const std::vector<HistoryEntry>& history);

// What somebody said in a field that is Sitelog's own, of which the value tells people nothing:
// that a record was sent, judged, voided or moved. In words (kChanged), with who and when. Only for
// fields that tells_by_itself.
bool tells_by_itself(const std::string& field);
Refusal said_in_words(const std::string& field, const Value& value, const Origin& by,
                      const NamesInRecord& names);

}  // namespace sitelog
