#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "campaign/table.hpp"
#include "command/labels.hpp"
#include "sync/ledger/answer.hpp"

namespace sitelog {

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
// One line of quarantine.list as text.
std::string quarantine_text(const boost::json::object& line, const Labels& labels);
// The state of a review in words.
std::string review_text(const boost::json::object& review);
// The same, and at which station it waits.
std::string review_text(const boost::json::object& review, const FormLabels& labels);
// Of a record that goes to stations and was not sent to them yet.
inline constexpr const char* kNotSentYet = N_("not sent for review");
// Of one that was changed since it was sent, or judged: behind what was said of it.
inline constexpr const char* kChangedSince = N_("{}, changed since");
// The command that explains what a record's `warnings` in an answer ask about; empty where there
// are none.
std::string explaining_command(const std::string& program, const boost::json::object& saved);
// Behind a line of campaigns.list: that it is withdrawn, and why; empty where it is in force.
std::string withdrawn_text(const boost::json::object& campaign);

// Tells of records (by their ids) that were given back and wait to be corrected.
std::string returned_text(const std::vector<std::string>& records);
// The first of them, by the last digits of their ids.
std::string first_of(const std::vector<std::string>& records);
// What `status` says of judging rules that hold and are not known here; empty where they are.
std::string rules_text(const boost::json::object& status);
// A policy in words, by its name.
std::string policy_text(const std::string& policy);

}  // namespace sitelog
