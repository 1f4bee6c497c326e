#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/authoring.hpp"
#include "engine/record_changes.hpp"
#include "engine/seen.hpp"

// A record is changed as whoever changes it saw it, or not at all.
namespace sitelog {

// Told (kUsage) where it has to be said what was seen, with the record's id.
inline constexpr const char* kNeedsALook = N_(
    "others wrote record {}: look at it first and say what you saw, with the word that lists and "
    "show print, ID@CODE");

// Whether whoever changes a record said what they saw of it.
enum class Looked { kNo, kYes };

// What a record is now, with what the transaction under way wrote, where nobody but this site's
// device ever said what is judged of it: who works there need not look at it anew. Nothing at
// headquarters.
std::optional<Hash> seen_where_all_is_said_here(Store& store, const FoundRecord& found);

using RecordChange =
    std::function<Result<Saved>(Store&, const CampaignCatalogue&, const FoundRecord&, Looked)>;

// What came of a change.
struct ChangedAsSeen {
  Result<Saved> saved;
  // What the record is now: where it was said what was seen, or where nobody but this site's device
  // ever said what it says.
  std::optional<Hash> seen = {};
  std::optional<std::string> void_for = {};   // why the record is void now, shortened
  std::optional<std::string> withdrawn = {};  // the record's campaign, where it is so
  std::optional<RecordView> other = {};       // what it is instead of that: nothing was done
};

// Runs `change` in the transaction under way, where the record is what `seen` (as read_seen gives
// it back) says. Without it headquarters changes no record on which others wrote (kUsage). Refuses
// kUnknownRecord where nothing of the record counts here.
ChangedAsSeen change_as_seen(Store& store, const CampaignCatalogue& catalogue,
                             const SeenCodes& codes, const FoundRecord& found,
                             const std::optional<std::string>& seen, const RecordChange& change);

}  // namespace sitelog
