#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sitelog {

// Names of the fields and choices of one form of one campaign, in the reader's language.
class FormLabels {
 public:
  std::string field(const std::string& name) const;
  // A role by its key, or several with commas between them, as entries name whoever wrote.
  std::string role(const std::string& key) const;
  std::string roles(const std::string& keys) const;
  // A role, with the unit where it stands: {"role","unit","unit_name"}, or ROLE@UNIT.
  std::string station(const boost::json::object& station) const;
  std::string station(const std::string& text) const;
  // What a review or a station says: its verdict with remarks.
  std::string verdict(const boost::json::object& review) const;
  // What units are called in what was sent and said: `unit_names` of the line or answer shown.
  void learn_units(const boost::json::object& line);
  // A value in words; choices by their label.
  std::string value(const std::string& field, const boost::json::value& value) const;

 private:
  friend class Labels;
  std::vector<std::string> campaign_called_, called_;  // by key and labels
  std::string title_, form_, campaign_;
  bool withdrawn_ = false;
  std::vector<std::string> listed_;  // the fields that a list shows
  std::map<std::string, std::string> fields_;
  std::map<std::pair<std::string, std::string>, std::string> choices_;
  std::map<std::string, std::string> roles_;  // of its campaign
  std::map<std::string, std::string> units_;
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
  // What a form is called that is known by its key alone; the key, where forms are called otherwise
  // by several campaigns.
  std::string form(const std::string& key) const;
  // A role as that campaign calls it, or, where none is named or it isn't known, as all do that
  // have it: each of their words once.
  std::string role(const std::string& key, const std::string& campaign = {}) const;
  // "campaign: form".
  const std::string& title(const FormLabels& form) const { return form.title_; }
  const std::string& campaign(const FormLabels& form) const { return form.campaign_; }
  // The title of the campaign of this id; the id, where it isn't known.
  std::string campaign(const std::string& id) const;
  const std::vector<std::string>& listed(const FormLabels& form) const { return form.listed_; }

 private:
  std::string name_of(const boost::json::object& named) const;
  std::string language_;
  std::map<std::pair<std::string, std::string>, FormLabels> forms_;  // by campaign and form
  std::map<std::string, std::map<std::string, std::string>> roles_;  // by role and campaign
  std::map<std::string, std::string> campaigns_;                     // titles, by id
};

// A name with the code that commands take; a code alone where there is no other name.
std::string named(const std::string& name, const std::string& code);
// What a line with `unit` and, where it has one, `unit_name` is of: the name, or the code.
std::string unit_of(const boost::json::object& line);

// Words one behind the other; a value behind what it is of.
std::string joined(const std::vector<std::string>& words);
std::string labelled(const std::string& label, const std::string& value);

}  // namespace sitelog
