#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/names_in_record.hpp"
#include "sync/ledger/answer.hpp"
#include "sync/merge/document.hpp"

// What became of a record since somebody looked at it.
namespace sitelog {

// The policies that a record can be merged by, whichever of its entries are there: a copy, so that
// it can be asked on any thread.
class PoliciesOfRecord final : public Policies {
 public:
  PoliciesOfRecord(const Policies& from, const std::vector<HistoryEntry>& history);
  Policy policy(const std::string& form, const std::string& campaign,
                const std::string& field) const override;
  bool heeds_stations() const override { return heeds_stations_; }

 private:
  bool heeds_stations_;
  std::map<std::pair<std::string, std::string>, Policy> by_field_;  // by campaign and field
};

// All entries of a record that count, at least one, and what they are merged by. A value.
struct RecordView {
  BookCode unit;
  std::vector<HistoryEntry> history;
  PoliciesOfRecord policies;
  NamesInRecord names = {};  // for changes_between alone

  Hash seen() const { return seen_digest(unit, history, policies); }
};

// The entries without those that came since, of all that can have come: of each stream the last
// ones. Nothing where none of the states so reached, of those that `work_max` merged entries allow
// to try, is the one that `was_seen` knows.
std::optional<RecordView> view_seen(const RecordView& now,
                                    const std::function<bool(const Hash&)>& was_seen,
                                    size_t work_max = 50'000);

// Each field that is not as it was: kChanged, from what to what, by whom, values as JSON; of fields
// of Sitelog's own what was said in them since, each in words (engine/names_in_record).
std::vector<FieldProblem> changes_between(const RecordView& before, const RecordView& now);

}  // namespace sitelog
