#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/campaign_catalogue.hpp"
#include "campaign/record_sheet.hpp"
#include "campaign/validation.hpp"
#include "engine/recorded_before.hpp"
#include "engine/system.hpp"
#include "sync/store/queries.hpp"
#include "sync/store/store.hpp"

// What people write: checked against the campaign's form, then saved as one entry of this device.
// All inside a transaction of the store's.
namespace sitelog {

// Who writes, and when.
struct Author {
  Person person;
  ClockReading clock;
  Date today;
  // At headquarters: whether they speak for it, or for a unit whose records they keep.
  bool for_headquarters = true;
};

// What became of an attempt to write. With problems nothing was saved, nor where the same was
// recorded before.
struct Saved {
  RecordId record = {};
  std::optional<Written> written = {};  // nothing where the values were the same already
  std::vector<FieldProblem> problems = {};
  std::vector<FieldProblem> warnings = {};
  std::vector<Refusal> notices = {};  // what else is to be known of it
  // What was changed counts once it is sent to stations again: they were sent, or one of them
  // returned, what it was before.
  enum class SendAgain { kNo, kWasSent, kWasReturned } send_again = SendAgain::kNo;
  std::vector<Assignment> changed = {};  // of a record that was there: what was set
  std::optional<RecordedSame> same = {};
  RawInput explanations = {};       // where the same was recorded before: those that were given
  bool explanation_unused = false;  // NewRecord::explanation explains nothing
  bool would_be_written = false;    // nothing was, as only what would come of it was asked for
};

// What is told where nothing of a record counts here.
Refusal unknown_record(const RecordId& record);

// What a new record is to say.
struct NewRecord {
  std::string campaign;  // may be empty where only one has the form
  std::string form;
  RawInput input;
  std::string explanation;     // of whatever is unusual and not explained by itself; may be empty
  std::string unit_name = {};  // of the book's unit, for its banner; empty: any unit's will do
};

// A new record. `before` is asked whether the same was recorded already; null: nobody asks.
Result<Saved> save_record(Store& store, const CampaignCatalogue& catalogue, const BookCode& book,
                          const NewRecord& record, const Author& author, RecordedBefore* before);

// The same in two steps, for many at once: what a form takes is worked out beside all writing.
struct CheckedRecord {
  Saved outcome;    // with problems it can't be saved
  Checked checked;  // with its campaign
  Hash digest;
};
// Any thread. Refuses what no entry holds.
Result<CheckedRecord> check_record(const Definition& definition, const NewRecord& record,
                                   const Author& author);
// Saves what could be, checked by the campaign as it is now in force. With `write` false what would
// become of it.
Result<Saved> save_checked(Store& store, const Definition& definition, const BookCode& book,
                           const CheckedRecord& record, const Author& author,
                           RecordedBefore* before, bool write = true);
// A copy of the campaign that is meant, likewise.
Result<std::shared_ptr<const Definition>> campaign_as_it_is(const CampaignCatalogue& catalogue,
                                                            const std::string& campaign,
                                                            const std::string& form);
// What a row that names a saved record says otherwise than it: fields, `_explain.` ones included.
// Nothing is written. With problems in what comes back they are why it can't be compared.
struct Compared {
  std::vector<std::string> differing;
  std::vector<FieldProblem> problems;
};
Result<Compared> compare_record(Store& store, const CampaignCatalogue& catalogue,
                                const FoundRecord& found, const RawInput& input,
                                const Author& author);

// The key of the form that is meant, of that campaign or of the only one that has it. Refuses as
// find_campaign_of and find_form do.
Result<std::string> form_meant(const CampaignCatalogue& catalogue, const std::string& campaign,
                               const std::string& form);

// The id of the campaign that is meant, likewise.
Result<std::string> campaign_meant(const CampaignCatalogue& catalogue, const std::string& campaign,
                                   const std::string& form);

// Changes by somebody who has not `seen` what the record is decide no conflict.
Result<Saved> save_edit(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
                        const RawInput& input, const Author& author, bool seen);
// Voids a record with a reason, which is not empty. Refuses kNothingToDecide one that is void for
// another reason. What headquarters voids it refuses as well.
Result<Saved> save_void(Store& store, const FoundRecord& found, const std::string& reason,
                        const Author& author, bool seen);
// Takes a voiding back; nothing is written where there is none. Refuses kNotPermitted who doesn't
// speak for headquarters where it is headquarters' own; what somebody with an account there voided
// for the unit whose records they keep is the unit's to take back.
Result<Saved> save_unvoid(Store& store, const FoundRecord& found, const Author& author, bool seen);

// What a conflict is decided to: one of its candidates, by its entry's name or the first digits of
// it, or a new value.
struct Decision {
  std::optional<std::string> take;
  std::string value;
  // Whether a record of the unit may come to stand in that campaign by whoever decides.
  std::function<bool(const BookCode& unit, const std::string& campaign)> may_move_to;
};
Result<Saved> save_decision(Store& store, const CampaignCatalogue& catalogue,
                            const FoundRecord& found, const std::string& field,
                            const Decision& decision, const Author& author);

// Which of one's changes is taken back.
struct UndoneEntry {
  std::string name = {};  // the entry's, or how it begins; empty: their last change
  std::function<bool(const BookCode& unit, const std::string& campaign)> may_move_to;
};
// Each field that the entry set says again what was shown there before it. Refuses kNotPermitted
// where it is another's, kNothingToDecide where they changed nothing, kInvalidValue what is no
// change of the record, and where the record was sent or judged since, or a field of it changed.
Result<Saved> save_undone(Store& store, const CampaignCatalogue& catalogue,
                          const FoundRecord& found, const UndoneEntry& undone,
                          const Author& author);

}  // namespace sitelog
