#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "campaign/definition.hpp"
#include "sync/ledger/value.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

// What the published versions of a campaign asked of one form: so that what an author said is told
// from what a version filled in by itself, or does not ask for any more. A value.
class EarlierVersions {
 public:
  using Values = std::map<std::string, Value>;

  // Of the versions that the common book holds, in the transaction under way.
  EarlierVersions(Store& store, const Definition& now, const std::string& form);

  // Whether it is still of the version that is in force.
  bool is_of(const Definition& now) const { return now.version == version_; }
  // Whether there was another version: else who says the same has the same values.
  bool any() const { return several_; }

  // Without what nobody need have said: whoever says the same has these in common, whatever the
  // versions.
  Values core(const Values& values) const;
  // Whether new values, of which the form itself filled in `defaulted`, say what a record said when
  // it was made: each that was given is there, or is what the form takes for granted; and what else
  // the record has the form took for granted, or does not ask for now.
  bool say_the_same(const Values& now, const std::set<std::string>& defaulted,
                    const Values& recorded) const;

 private:
  bool taken_for_granted(const std::string& field, const Value& value) const;

  int64_t version_ = 0;
  bool several_ = false;
  std::map<std::string, std::vector<Value>> defaults_;  // of each field that is asked for now
};

}  // namespace sitelog
