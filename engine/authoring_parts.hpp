#pragma once

// Internal to engine: what all that is written of a record has alike.

#include <map>
#include <string>
#include <vector>

#include "engine/authoring.hpp"

namespace sitelog {

// Sets fields of a record that was there; nothing is written where they say so already.
Result<Saved> save_change(Store& store, const FoundRecord& found, const RecordState& state,
                          const std::map<std::string, Value>& values, const Author& author,
                          std::vector<FieldProblem> warnings = {});
// Notes of a change that stations have to be sent it: of what is void they need not be.
void note_what_was_sent(Result<Saved>& saved, const RecordState& before);
// The record as it is in this transaction. Refuses kUnknownRecord.
Result<RecordState> current(Store& store, const FoundRecord& found);
// The form of a record; null where its campaign is not known here, or has none of that name.
const Form* form_of(const CampaignCatalogue& catalogue, const RecordState& state);
// What a field is called in entries, of what somebody calls it: its name or a label.
Result<std::string> field_name(const Form* form, const std::string& given);
bool is_headquarters(const Store& store);

}  // namespace sitelog
