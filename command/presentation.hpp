#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "campaign/table.hpp"
#include "sync/ledger/answer.hpp"

namespace sitelog {

// Names of the fields and choices of one form of one campaign, in the reader's language.
class FormLabels {
 public:
  std::string field(const std::string& name) const;
  // A value in words; choices by their label.
  std::string value(const std::string& field, const boost::json::value& value) const;

 private:
  friend class Labels;
  std::vector<std::string> campaign_called_, called_;  // by key and labels
  std::string title_;
  bool withdrawn_ = false;
  std::vector<std::string> listed_;  // the fields that a list shows
  std::map<std::string, std::string> fields_;
  std::map<std::pair<std::string, std::string>, std::string> choices_;
};

// Those of every form of every campaign, from the lines of campaigns.list. What two forms call
// alike is not the same for that.
class Labels {
 public:
  explicit Labels(std::string language) : language_(std::move(language)) {}
  void learn(const boost::json::object& campaign);
  // Of a line that names its campaign and form. Without labels where they are not known.
  const FormLabels& of(const boost::json::object& line) const;
  // The labels on which all forms agree that have them, or all of those that are called `form` in
  // `campaign`, by key or label; empty: any that is in force.
  FormLabels agreed(const std::string& campaign = {}, const std::string& form = {}) const;
  // "campaign: form".
  const std::string& title(const FormLabels& form) const { return form.title_; }
  const std::vector<std::string>& listed(const FormLabels& form) const { return form.listed_; }

 private:
  std::string name_of(const boost::json::object& named) const;
  std::string language_;
  std::map<std::pair<std::string, std::string>, FormLabels> forms_;  // by campaign and form
};

// Lines of records.list as tables, one a form of a campaign, in the order they come. With a title
// where there are several.
std::vector<Table> records_tables(const std::vector<boost::json::object>& records,
                                  const Labels& labels, bool with_unit);
// One line of record.show as text: its fields, conflicts, review, what is where, its history.
std::string record_text(const boost::json::object& record, const Labels& labels);
// Fields that were set, each "label: value".
std::vector<std::string> fields_text(const boost::json::object& fields, const FormLabels& labels);
// What is wrong with fields of a record, or has changed of it, in the reader's words.
DetailedRefusal in_words(DetailedRefusal refusal, const FormLabels& labels);
// One line of conflicts.list as text, each candidate by its entry as `decide --take` takes it.
std::string conflict_text(const boost::json::object& conflict, const Labels& labels);
// The state of a review in words.
std::string review_text(const boost::json::object& review);
// Tells of records (by their ids) that were given back and wait to be corrected.
// The command that explains what a record's `warnings` in an answer ask about; empty where there
// are none.
std::string explaining_command(const std::string& program, const boost::json::object& saved);
std::string returned_text(const std::vector<std::string>& records);
// What `status` says of judging rules that hold and are not known here; empty where they are.
std::string rules_text(const boost::json::object& status);
// A policy in words, by its name.
std::string policy_text(const std::string& policy);

}  // namespace sitelog
