#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

// Records as OData 4.01 has them: a set of entities for each form of each campaign, named
// CAMPAIGN__FORM, "-" as "_". Properties with "_" before them are of every record, the others are
// the form's fields. No I/O.
namespace sitelog {

struct ODataProperty {
  enum class Kind { kText, kInteger, kFlag, kDate, kTime };
  std::string name;
  Kind kind = Kind::kText;
};

struct ODataSet {
  std::string name;
  std::string campaign;
  std::string form;
  std::vector<ODataProperty> properties;
  // The properties that lists are narrowed by; empty where the form has none such.
  std::string kind = {}, level = {}, state = {}, day = {};
  const ODataProperty* property(std::string_view wanted) const;  // null where there is none
};

inline constexpr const char* kODataKey = "_record";

// Of what campaigns.list says. What OData could not name is left out.
std::vector<ODataSet> odata_sets(const std::vector<boost::json::object>& campaigns);
// CSDL, as XML.
std::string odata_metadata(const std::vector<ODataSet>& sets);
// A line of records.list; every property is there, null where the record says nothing.
boost::json::object odata_row(const ODataSet& set, const boost::json::object& line);

}  // namespace sitelog
