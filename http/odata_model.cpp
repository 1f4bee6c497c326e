#include "http/odata_model.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

namespace sitelog {

namespace json = boost::json;

namespace {

using Kind = ODataProperty::Kind;

constexpr size_t kNameLettersMax = 128;  // OData 4.01, CSDL 15.2

std::vector<ODataProperty> of_every_record() {
  return {{kODataKey},
          {"_unit"},
          {"_review"},
          {"_changed_since", Kind::kFlag},
          {"_waiting"},
          {"_void"},
          {"_in_conflict", Kind::kFlag},
          {"_created_by"},
          {"_created_on"},
          {"_created", Kind::kTime},
          {"_changed_by"},
          {"_changed_on"},
          {"_changed", Kind::kTime}};
}

const char* edm_of(Kind kind) {
  switch (kind) {
    case Kind::kText: return "Edm.String";
    case Kind::kInteger: return "Edm.Int64";
    case Kind::kFlag: return "Edm.Boolean";
    case Kind::kDate: return "Edm.Date";
    case Kind::kTime: return "Edm.DateTimeOffset";
  }
  return "Edm.String";
}

Kind kind_of(std::string_view type) {
  if (type == "integer") return Kind::kInteger;
  if (type == "date") return Kind::kDate;
  return type == "flag" ? Kind::kFlag : Kind::kText;
}

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::object& object_in(const json::object& object, std::string_view name) {
  static const json::object none;
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

const json::array& array_in(const json::object& object, std::string_view name) {
  static const json::array none;
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

std::string with_underscores(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

// What OData calls a SimpleIdentifier, of ASCII.
bool is_identifier(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kNameLettersMax && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), fits);
}

// A time of day in UTC, as RFC 3339 writes it; null where there is none that it could write.
json::value time_of(const json::object& stamp) {
  const auto* wall = stamp.if_contains("wall");
  constexpr int64_t kMost = 253'402'300'799'999;  // the end of year 9999
  if (wall == nullptr || !wall->is_int64() || wall->get_int64() < 0 || wall->get_int64() > kMost) {
    return nullptr;
  }
  const auto at = std::chrono::sys_time<std::chrono::milliseconds>(
      std::chrono::milliseconds(wall->get_int64()));
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::string out(32, '\0');
  const int size = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  out.resize(static_cast<size_t>(size));
  return json::value(out);
}

// As the property's type has it; what a record says otherwise, an earlier version of its campaign
// or a liar, is null: it stands in the door's other answers as it is.
json::value value_of(Kind kind, const json::value* value) {
  if (value == nullptr) return nullptr;
  switch (kind) {
    case Kind::kInteger: return value->is_int64() ? *value : json::value(nullptr);
    case Kind::kFlag: return value->is_bool() ? *value : json::value(nullptr);
    case Kind::kDate:
      return value->is_string() && value->get_string().size() == 10 ? *value : json::value(nullptr);
    default: break;
  }
  if (value->is_string()) return *value;
  if (!value->is_array()) {
    return value->is_null() ? json::value(nullptr) : json::value(json::serialize(*value));
  }
  std::string out;
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) continue;
    out += (out.empty() ? "" : "; ") + std::string(item.get_string());
  }
  return json::value(out);
}

}  // namespace

const ODataProperty* ODataSet::property(std::string_view wanted) const {
  const auto at = std::find_if(properties.begin(), properties.end(),
                               [wanted](const ODataProperty& each) { return each.name == wanted; });
  return at != properties.end() ? &*at : nullptr;
}

std::vector<ODataSet> odata_sets(const std::vector<json::object>& campaigns) {
  std::vector<ODataSet> out;
  std::set<std::string> names;
  for (const json::object& campaign : campaigns) {
    for (const auto& item : array_in(campaign, "forms")) {
      const json::object& form = item.as_object();
      ODataSet set;
      set.campaign = text_in(campaign, "campaign");
      set.form = text_in(form, "form");
      set.name = with_underscores(set.campaign) + "__" + with_underscores(set.form);
      if (!is_identifier(set.name) || !names.insert(set.name).second) continue;
      set.properties = of_every_record();
      for (const auto& field : array_in(form, "fields")) {
        const std::string name = text_in(field.as_object(), "name");
        if (!is_identifier(name) || set.property(name) != nullptr) continue;
        set.properties.push_back({name, kind_of(text_in(field.as_object(), "type"))});
        if (set.properties.back().kind == Kind::kDate && set.day.empty()) set.day = name;
      }
      const json::object& counted = object_in(campaign, "report");
      if (text_in(counted, "form") == set.form) {
        set.kind = text_in(counted, "kind");
        set.level = text_in(counted, "level");
        set.state = text_in(counted, "status");
      }
      out.push_back(std::move(set));
    }
  }
  return out;
}

std::string odata_metadata(const std::vector<ODataSet>& sets) {
  // Names are identifiers: nothing in them is markup.
  std::string types, entities;
  for (const ODataSet& set : sets) {
    types += "<EntityType Name=\"" + set.name + "_type\"><Key><PropertyRef Name=\"" + kODataKey +
             "\"/></Key>";
    for (const ODataProperty& property : set.properties) {
      types += "<Property Name=\"" + property.name + "\" Type=\"" + edm_of(property.kind) + "\"";
      if (property.name == kODataKey) types += " Nullable=\"false\"";
      if (property.kind == Kind::kTime) types += " Precision=\"3\"";
      types += "/>";
    }
    types += "</EntityType>";
    entities +=
        "<EntitySet Name=\"" + set.name + "\" EntityType=\"Sitelog." + set.name + "_type\"/>";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
         "<edmx:Edmx Version=\"4.01\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">"
         "<edmx:DataServices><Schema Namespace=\"Sitelog\" "
         "xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">" +
         types + "<EntityContainer Name=\"Records\">" + entities +
         "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>\n";
}

namespace {

// ROLE@UNIT; null where it waits nowhere.
json::value waiting_at(const json::object& review) {
  const json::object& station = object_in(review, "waiting");
  if (station.empty()) return nullptr;
  return json::value(text_in(station, "role") + "@" + text_in(station, "unit"));
}

}  // namespace

json::object odata_row(const ODataSet& set, const json::object& line) {
  const json::object& created = object_in(line, "created");
  const json::object& changed = object_in(line, "changed");
  json::object out{{kODataKey, text_in(line, "record")},
                   {"_unit", text_in(line, "unit")},
                   {"_review", text_in(object_in(line, "review"), "state")},
                   {"_changed_since", object_in(line, "review").contains("changed_since")},
                   {"_waiting", waiting_at(object_in(line, "review"))},
                   {"_void", value_of(Kind::kText, line.if_contains("void"))},
                   {"_in_conflict", !array_in(line, "conflicts").empty()},
                   {"_created_by", text_in(created, "person")},
                   {"_created_on", text_in(created, "device")},
                   {"_created", time_of(created)},
                   {"_changed_by", text_in(changed, "person")},
                   {"_changed_on", text_in(changed, "device")},
                   {"_changed", time_of(changed)}};
  const json::object& fields = object_in(line, "fields");
  for (const ODataProperty& property : set.properties) {
    if (property.name.starts_with('_')) continue;
    out[property.name] = value_of(property.kind, fields.if_contains(property.name));
  }
  return out;
}

}  // namespace sitelog
