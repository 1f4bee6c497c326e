#pragma once

#include <functional>
#include <vector>

#include "campaign/counting_rules.hpp"
#include "campaign/definition.hpp"
#include "sync/ledger/result.hpp"
#include "sync/merge/record_state.hpp"

namespace sitelog {

// What a new version of a campaign changes for those who record, and how many of its records each
// change touches. Told before it is published.
class Differences {
 public:
  // Told with the labels of `language`.
  Differences(const Definition& before, const Definition& after, Language language);

  // Counts one of the campaign's records. Of its reserved fields only the campaign matters, and
  // whether it was sent.
  void look_at(const RecordState& record);

  // Each with the number of records it touches, then what falls out of the counts.
  std::vector<Refusal> told() const;
  // Whether records would fall out of the counts, or what they say would no longer be asked for, or
  // the campaign has another title: then a person must say that this is meant.
  bool weighty() const;

 private:
  using Touches = std::function<bool(const RecordState&)>;
  struct Change {
    Refusal text;  // the number of records is added as its last argument
    Touches touches;
    bool takes_away = false;
    int64_t records = 0;
  };
  void compare(const Form& before, const Form* after);
  void compare(const Form& form, const Field& before, const Field* after);
  void compare_stations(const Form& before, const Form& after);
  void compare_choices(const Form& form, const Field& before, const Field& after);
  // What has the name now that something else beside it had, which is still there.
  template <typename Things, typename KeyOf>
  void compare_labels(const Things& before, const Things& after, KeyOf key_of,
                      const std::function<Touches(const std::string& key)>& touched);
  // A label with the key that it stands for.
  std::string shown(const Label& label, const std::string& key) const;

  const Definition& before_;
  const Definition& after_;
  const Language language_;
  const CountingRules counted_before_, counted_after_;
  std::vector<Change> changes_;
  int64_t fall_out_ = 0;
};

}  // namespace sitelog
