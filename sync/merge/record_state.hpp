#pragma once

#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/merge/field_heads.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

// One entry of a record that the judge lets pass, with where it comes from.
struct HistoryEntry {
  Origin origin;
  Entry entry;
};

// The policy of each field in one book. Implemented by BookSettings.
class Policies {
 public:
  virtual ~Policies() = default;
  virtual Policy policy(const std::string& form, const std::string& campaign,
                        const std::string& field) const = 0;
  // Whether what is sent to stations, and what these say of it, counts: by older judging rules a
  // device could have said it for them.
  virtual bool heeds_stations() const { return true; }
};

struct FieldState {
  std::optional<Value> shown;  // nothing: `ask` waits and nothing was settled before
  boost::container::small_vector<EntryName, 1> heads;  // ascending; nearly always one
  bool operator==(const FieldState&) const = default;
};

struct Conflict {
  std::string field;
  Policy policy = Policy::kLatest;
  std::optional<Value> shown;
  std::vector<Candidate> candidates;  // ascending by entry name
  bool operator==(const Conflict&) const = default;
};

// Who wrote an entry, and when by their own clock.
struct Stamp {
  EntryName entry;
  DeviceId device;
  std::string person;
  int64_t wall_ms = 0;
  HybridTime hybrid;
  bool operator==(const Stamp&) const = default;
};

// What was said of a record. The verdict holds for the content and the explanations that it was
// given on: `stale` says the site has changed those since (corrected, after a return). Of what was
// sent to stations it is what their verdicts come to; it holds for what was sent, and `unsent` says
// that the record is another by now.
struct Review {
  ReviewVerdict verdict = ReviewVerdict::kPending;
  bool stale = false;
  std::string remark;
  std::map<std::string, std::string> field_remarks;
  std::string due;               // YYYY-MM-DD, or empty
  bool of_explanations = false;  // it says which explanations it was given on
  bool unsent = false;
  bool of_voiding = false;              // a refusal that came with declaring the record void
  std::optional<Station> station = {};  // whose verdict it is; of a pending one: where it waits
  // The fields whose explanations were accepted; nothing: all of them.
  std::optional<std::vector<std::string>> accepts = {};
  bool changed() const { return verdict != ReviewVerdict::kPending && (stale || unsent); }
  bool operator==(const Review&) const = default;
};

// What a station said of what is sent now; without a verdict it has not spoken.
struct StationSaid {
  Station station;
  std::optional<StationVerdict> said;
  std::optional<Station> by = {};  // who acted in its place
};

// The record as it was sent, where it is another now: of each field with other heads what it was.
// Cleared is what was empty, not there, or is not here any more.
using AsSent = std::map<std::string, Value>;

// A record as merged: a pure function of the set of its entries and of the policies.
struct RecordState {
  RecordId record;
  std::string form;
  Stamp created;  // the first of the entries that have no parents and replace nothing
  Stamp changed;  // the last entry, by hybrid clock
  boost::container::flat_map<std::string, FieldState, std::less<>> fields;
  std::vector<EntryName> tips;                // newest entries; more than one: parallel changes
  std::map<std::string, Conflict> conflicts;  // by field
  bool whole = true;                          // nothing refers to an entry that is not here yet
  std::optional<AsSent> as_sent;              // where it was sent to stations, and these count

  bool operator==(const RecordState&) const = default;

  const Value* shown(std::string_view field) const;  // null: not set, cleared or undecided
  std::string text(std::string_view field) const;    // empty where it is not a text
  int64_t integer(std::string_view field) const;     // 0 where it is not a number
  // The campaign that it stands in: of what was sent the one under which it was sent, until it is
  // sent again.
  std::string campaign() const;
  const Value* campaign_value() const;  // null: none
  bool voided() const { return shown("_void") != nullptr; }
  Review review() const;
  // What was sent last, where that counts; nothing: it is reviewed as a whole, by `_review`.
  std::optional<Sent> sent() const;
  std::string sent_name() const;  // empty where nothing was
  // What each station of its chain says of that.
  std::vector<StationSaid> stations() const;
};

// The record with the content and the explanations that were sent: what is counted.
RecordState state_as_sent(const RecordState& state);
// What a site would send of it now.
HeadsByField heads_to_send(const RecordState& state);

// Digest over the heads of a record's content (all but the reserved fields): what a review is given
// on, and a sign-off signs.
Hash content_digest(const RecordState& state);

// The same over the heads of its explanations.
Hash explanation_digest(const RecordState& state);

// The same over the heads of its campaign.
Hash campaign_digest(const RecordState& state);

// Where headquarters' refusal stands that came with declaring the record void: `_review`, or none.
// It outlives what is sent later, until the top speaks of that or takes the refusal back.
std::vector<std::string> refusals_of_voiding(const RecordState& state);

// The value of the field `_review`, given on `state`.
Value review_value(const Review& review, const RecordState& state);
// As older builds wrote it.
Value review_value(const Review& review, const Hash& content,
                   const std::optional<Hash>& explanations = std::nullopt);

// Merges all entries of one record. `history` may come in any order and repeat entries; it must
// not be empty.
RecordState merge_record(const std::vector<HistoryEntry>& history, const Policies& policies);

// Adds an entry without the history where that is possible: it follows everything known, no
// conflict stands, and neither it nor the record has to do with stations. Where it returns true,
// `state` equals the merge of all entries; where false, `state` is unchanged and the caller merges
// anew.
bool extend(RecordState& state, const HistoryEntry& added);
// Whether it sends something to stations, or says something for one.
bool concerns_stations(const Entry& entry);
RecordState begin_record(HistoryEntry first);

// The assignments that set `values` on top of `state`: what an author's next entry of this record
// says. Fields whose settled value is already that one are left out.
Entry compose(const RecordState* state, const RecordId& record, const std::string& form,
              const std::map<std::string, Value>& values);

// An entry refers to limits::kSeenMax earlier ones at most. What is to refer to more is said in
// several: takes from `entry` one that goes before it, which sets the same and refers to as many of
// them as it can. Nothing where it refers to no more. Once that is written, `go_on_from` has
// `entry` replace it.
std::optional<Entry> take_predecessor(Entry& entry);
void go_on_from(Entry& entry, const EntryName& predecessor);

}  // namespace sitelog
