#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sync/merge/record_state.hpp"
#include "sync/merge/tally.hpp"

namespace sitelog {

// What must be worked out again because headquarters laid down something new.
enum class Consequence {
  kNone,
  kPolicies,  // which value a field in conflict shows
  kTallies,   // what records add to the counts
};

// What a record is listed under, and what its campaign makes of what it says: which of its texts is
// its kind, its level and whether it took place, and its day (day_number; 0: none).
struct Listing {
  std::string form, campaign;
  std::string kind = {}, level = {}, status = {};
  uint32_t day = 0;
  bool by_stations = false;  // its campaign has records of this form sent to stations
  bool unusual = false;      // something may be unusual and unexplained, today or on another day
  bool operator==(const Listing&) const = default;
};

// What campaigns define: told of every merged campaign record, asked while merging.
// Implemented by campaign/; one a store, on the store's thread.
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // Called with the merged state of each campaign record, at opening and at each change. What else
  // it is told of is not its matter.
  virtual Consequence learn(const RecordState& record) = 0;
  // The campaign's policy for a field; nothing where it sets none.
  virtual std::optional<Policy> default_policy(const std::string& campaign, const std::string& form,
                                               const std::string& field) const = 0;
  // What `record` adds to the counts; nothing where it doesn't count. Called by helpers too, for
  // several records at once, while nothing is learned.
  virtual std::optional<Tally> tally(const RecordState& record) const = 0;
  // By what `record` is listed: by its own form and campaign where headquarters has laid them down,
  // else by none, so that lists are no more than what is laid down, whatever devices write. A
  // change of it is a consequence of what is learned (kTallies). Called as `tally` is.
  virtual Listing listing(const RecordState& record) const {
    return {record.form, record.campaign()};
  }
  // Goes up with each change of what `tally` and `listing` say of the same records and campaigns:
  // what an earlier build kept of it is then worked out again.
  virtual uint64_t counting() const { return 1; }
};

}  // namespace sitelog
