#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "campaign/definition.hpp"
#include "sync/ledger/answer.hpp"
#include "sync/merge/record_state.hpp"

namespace sitelog {

// What was typed: a field's name (or either of its labels) → a text as at the command line, or a
// typed JSON value; null or a blank text clears the field. `_explain.FIELD` explains what is
// unusual about a field. No other reserved field may be set.
using RawInput = std::map<std::string, boost::json::value>;

struct CheckContext {
  Date today;
  std::string unit_name;                  // for the banner; empty: any unit's banner will do
  const RecordState* existing = nullptr;  // the record being edited; null: a new record
};

// With errors nothing is saved; warnings do not stop saving.
struct Checked {
  std::string form;                     // its key
  std::map<std::string, Value> values;  // to assign: defaults included for a new record, fields
                                        // emptied in an edit as Cleared, explanations under
                                        // `_explain.FIELD`. The caller adds `_campaign`.
  std::set<std::string> defaulted;      // of these the ones that were not given
  std::vector<FieldProblem> errors;
  std::vector<FieldProblem> warnings;  // of the record as it would stand, explained ones left out
};

// Reasons: kUnknownForm, kUnknownField, kInvalidValue.
// `form`: its key, or a label.
Checked check_input(const Definition& definition, const std::string& form, const RawInput& input,
                    const CheckContext& context);

// Whether what is explained is told of as well.
enum class Explained { kLeftOut, kToo };

// What is unusual about a record as it stands and not explained, and what it lacks or holds that
// could not be given today. Nothing for unknown forms. `values` with explanations under
// `_explain.FIELD`.
std::vector<FieldProblem> unusual(const Definition& definition, const std::string& form,
                                  const std::map<std::string, Value>& values, const Date& today,
                                  const std::string& unit_name,
                                  Explained explained = Explained::kLeftOut);
std::vector<FieldProblem> unusual(const Definition& definition, const RecordState& record,
                                  const Date& today, const std::string& unit_name);

// Whether `unusual` can find something in a record, on whatever day and in whatever unit. That its
// `day` has not come yet is left to who knows what day it is; null: it has none.
bool may_be_unusual(const Definition& definition, const Form& form, const Field* day,
                    const RecordState& record);

}  // namespace sitelog
