#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/definition.hpp"
#include "sync/merge/record_state.hpp"
#include "sync/merge/tally.hpp"

namespace sitelog {

// Why a record that may have taken place is left out of the counts.
enum class LeftOut {
  kStatus,  // it doesn't say whether it took place, or says what the campaign doesn't know
  kDate,    // outside the campaign, where the field's warning asks for dates inside it
  kKind,    // a kind or level that the campaign doesn't know
  kLevel,
  kNumber,  // outside the bounds of its field, or below 0
};
inline constexpr std::array kAllLeftOut{LeftOut::kStatus, LeftOut::kDate, LeftOut::kKind,
                                        LeftOut::kLevel, LeftOut::kNumber};
std::string_view name_of(LeftOut why);

// What records of a campaign add to its counts (docs/decisions/0031). A value, worked out of the
// definition once, as every merged record is asked for.
class CountingRules {
 public:
  explicit CountingRules(const Definition& definition);

  // Counts a record of the counted form that is not voided, says that it took place and was not
  // refused; a verdict on what changed since is pending again. Sessions are 1 where missing. What
  // lies outside the campaign is left out, under its reason, until it is explained and headquarters
  // has accepted the explanation; a number that could break the sums also then. What was sent to
  // stations counts as it was sent, whatever is changed meanwhile.
  std::optional<Tally> tally(const RecordState& record) const;

  bool operator==(const CountingRules&) const = default;

 private:
  struct Choices {
    std::string field;  // empty: the campaign has none
    std::vector<std::string> known;
    bool operator==(const Choices&) const = default;
  };
  struct Number {
    std::string field;
    int64_t min = 0, max = 0;
    bool operator==(const Number&) const = default;
  };
  struct DateRule {
    std::string field;
    std::string if_field;
    std::vector<std::string> if_values;
    bool operator==(const DateRule&) const = default;
  };
  class Judge;
  std::optional<Tally> tally_of_shown(const RecordState& record) const;

  std::string campaign_, form_;
  Date from_, to_;
  Choices kind_, level_, status_;
  std::vector<std::string> held_;
  Number sessions_, participants_;
  std::vector<DateRule> dates_;
};

}  // namespace sitelog
