#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "campaign/label.hpp"
#include "command/front.hpp"
#include "command/terminal/render_records.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

// What is told of a record beside its verdict, in one word with it. A value.
struct ReviewTold {
  ReviewVerdict verdict = ReviewVerdict::kPending;
  bool waits = false;  // at a station
  bool changed_since = false;
  bool in_conflict = false;
  auto operator<=>(const ReviewTold&) const = default;
};

// A form as lines of campaigns.list tell it, as a sheet of its records.
class RecordSheetMaker {
 public:
  // `campaign`: one line of campaigns.list. Nothing where it has no such form.
  static std::optional<RecordSheetMaker> of(const boost::json::object& campaign,
                                            const std::string& form, Language language);

  // A sheet to be filled in.
  RecordTable empty() const;
  // Lines of records.export, with the columns that say which record a row is.
  RecordTable of_records(const std::vector<boost::json::object>& records) const;
  // The same of one after the other: its columns follow from what all of them say.
  const std::string& title() const { return title_; }
  // Adds what a record says that has no column yet: fields of earlier versions, explanations.
  struct More {
    std::set<std::string, std::less<>> former, explained;
    bool waiting = false;  // one waits at a station
  };
  void take_more(const boost::json::object& record, More& more) const;
  std::vector<RecordColumn> columns(const More& more) const;
  std::string cell(const boost::json::object& record, const RecordColumn& column) const;
  // What record_rows says the same by, of records that are no lines.
  using Words = std::map<std::pair<std::string, std::string>, std::string>;  // of (field, choice)
  const std::vector<RecordColumn>& form_columns() const { return columns_; }
  const Words& words() const { return words_; }
  Language language() const { return language_; }
  // What the review's column says.
  std::string review_word(const ReviewTold& told) const;

 private:
  std::string cell(const std::string& field, const boost::json::value& value) const;
  RecordColumn explanation_column(const std::string& field) const;

  Language language_ = Language::kChinese;
  std::string title_;
  bool by_stations_ = false;  // records are sent to stations
  std::vector<RecordColumn> columns_;
  Words words_;
};

// A line of records.export as a line that record.add_many takes.
boost::json::object exported_line(const boost::json::object& record);

// "template FORM": a sheet to be filled in. "export FORM" below `records`.
void add_template_command(Front& front);
void add_export_command(Front& front, CLI::App* records, const std::string& example,
                        bool with_unit);

}  // namespace sitelog
