#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "campaign/table.hpp"
#include "sync/ledger/answer.hpp"

namespace sitelog {

// Names of fields, kinds and choices in the reader's language, from the lines of campaigns.list.
class Labels {
 public:
  explicit Labels(std::string language) : language_(std::move(language)) {}
  void learn(const boost::json::object& campaign);
  std::string field(const std::string& name) const;
  // A value in words; choices by their label.
  std::string value(const std::string& field, const boost::json::value& value) const;

 private:
  std::string of(const boost::json::object& named) const;
  std::string language_;
  std::map<std::string, std::string> fields_;
  std::map<std::pair<std::string, std::string>, std::string> choices_;
};

// Lines of records.list as a table.
Table records_table(const std::vector<boost::json::object>& records, const Labels& labels,
                    bool with_unit);
// One line of record.show as text: its fields, conflicts, review, what is where, its history.
std::string record_text(const boost::json::object& record, const Labels& labels);
// Fields that were set, each "label: value".
std::vector<std::string> fields_text(const boost::json::object& fields, const Labels& labels);
// What has changed of a record, its fields and values in the reader's words.
DetailedRefusal in_words(DetailedRefusal refusal, const Labels& labels);
// One line of conflicts.list as text, each candidate by its entry as `decide --take` takes it.
std::string conflict_text(const boost::json::object& conflict, const Labels& labels);
// The state of a review in words.
std::string review_text(const boost::json::object& review);
// Tells of records (by their ids) that were given back and wait to be corrected.
std::string returned_text(const std::vector<std::string>& records);
// What `status` says of judging rules that hold and are not known here; empty where they are.
std::string rules_text(const boost::json::object& status);
// A policy in words, by its name.
std::string policy_text(const std::string& policy);

}  // namespace sitelog
