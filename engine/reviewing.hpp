#pragma once

#include "engine/authoring.hpp"
#include "engine/chairs.hpp"
#include "engine/record_changes.hpp"

// What is sent to be judged, and what is said of it. Inside a transaction of the store's.
namespace sitelog {

// What somebody says of a record.
struct GivenVerdict {
  ReviewVerdict verdict = ReviewVerdict::kAccepted;
  std::string remark = {};
  std::map<std::string, std::string> field_remarks = {};  // by what people call the fields
  std::string due = {};                                   // YYYY-MM-DD
  // Of what was sent to stations alone: the fields whose explanations are accepted (nothing: all),
  // as which of their stations they speak (a role), for whose empty chair, and why they may.
  std::optional<std::vector<std::string>> accepts = {};
  std::string station = {};
  std::string instead_of = {};
  std::string reason = {};
  bool also_unsent = true;  // of what asks for stations: also what was not sent to them yet
  bool preview = false;     // what would come of it is told, and nothing is written
};

// Why they may not judge what was not sent to stations, as a whole; nothing where they may.
std::optional<Refusal> not_judged_as_a_whole(const CampaignCatalogue& catalogue,
                                             const FoundRecord& found, const RecordState& state,
                                             const Chairs& chairs, bool speaks_of_stations);
// What is told who sits at none of the stations that are asked.
Refusal sits_at_none(const Definition* definition, const FoundRecord& found, const Chairs& chairs,
                     const std::vector<Station>& asked);

// By the station of its chain at which they sit; where they sit at several, by the first that has
// not spoken. What was not sent headquarters alone judges, as a whole. Refuses kNotPermitted whom
// the record was not sent to.
Result<Saved> save_review(Store& store, const CampaignCatalogue& catalogue,
                          const FoundRecord& found, const GivenVerdict& given, const Chairs& chairs,
                          const Author& author);

// Takes back what was said last at the station where they sit (`station`, by its role, names one of
// several), so that the record waits there again. Only whoever gave a verdict takes it back, and
// only while nothing rests on it: refuses kNotPermitted anybody else, kNothingToDecide where
// nothing was said of what was sent, kInvalidValue where another station has judged it since, or it
// was changed or sent again.
Result<Saved> save_taken_back(Store& store, const CampaignCatalogue& catalogue,
                              const FoundRecord& found, const std::string& station,
                              const Chairs& chairs, const Author& author);

// Sends a record, as it is, to the stations that its unit has by `units`. Nothing is written where
// just that was sent and nobody has answered it. Refuses where there are none, where the rules
// don't know of any yet, and what is void or in conflict.
Result<Saved> save_sent(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
                        const UnitTree& units, const Author& author);

// Whether all that became of a record since somebody looked at it is that it was sent just so, and
// nobody has given it back.
bool was_just_sent(const CampaignCatalogue& catalogue, const UnitTree& units,
                   const RecordView& before, const RecordView& now);

// Whether it waits where it would not, were it sent by these units: at a station that its unit
// doesn't ask any more, or though a role that was passed over before that one is asked now.
bool waits_wrongly(const CampaignCatalogue& catalogue, const RecordState& state,
                   const UnitTree& units, const BookCode& unit);

// What is told of a chain that is not the one that the record's unit has by these units; nothing
// where it is.
std::optional<Refusal> asked_otherwise(const CampaignCatalogue& catalogue, const RecordState& state,
                                       const UnitTree& units, const BookCode& unit);

}  // namespace sitelog
