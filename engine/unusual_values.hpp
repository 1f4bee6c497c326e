#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/validation.hpp"
#include "engine/engine.hpp"

namespace sitelog {

// Marks lines of records with what is unusual about them and not explained (说明缺失), and of those
// that go to stations which were not sent yet ("review" has "unsent"). Campaigns as
// they are when this is made, units as when their first line comes; used beside all writing.
class UnusualValues {
 public:
  explicit UnusualValues(Engine& engine);

  // Adds "unexplained", the names of such fields, where there are any; of a record that is of no
  // campaign here, or of a form that its campaign doesn't have, "outside": "campaign" or "form".
  // Of one whose campaign was withdrawn "withdrawn". What is voided needs no explanation, nor what
  // a withdrawn campaign has.
  void mark(boost::json::object& line);
  // The same, and what is unusual about each field in words as it was told when it was recorded,
  // explained or not: "unusual", a message each, with its "field" and its "explanation".
  void mark_with_reasons(boost::json::object& line);

 private:
  std::vector<FieldProblem> found_in(boost::json::object& line, Explained explained);
  const std::string& unit_name(const BookCode& unit);
  bool by_stations();

  Engine& engine_;
  const std::shared_ptr<const CampaignCatalogue> campaigns_;
  std::map<BookCode, std::string> unit_names_;
  std::optional<bool> by_stations_;
  Date today_;
};

}  // namespace sitelog
