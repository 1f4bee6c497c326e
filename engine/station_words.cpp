#include "engine/station_words.hpp"

#include <boost/json.hpp>
#include <set>

#include "campaign/text.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr Language kBoth[] = {Language::kEnglish, Language::kChinese};

std::string called_there(const Definition* definition, const UnitTree& units,
                         const Station& station, Language language) {
  const std::string role = called(definition, station.role, language);
  if (station.is_top()) return role;
  const std::string unit = units.name(station.unit);
  return language == Language::kChinese ? role + "（" + unit + "）" : role + " (" + unit + ")";
}

void name_station(const NameOfUnit& name_of_unit, json::value& told) {
  json::object* station = told.if_object();
  if (station == nullptr) return;
  const auto* unit = station->if_contains("unit");
  if (unit != nullptr && unit->is_string() && !unit->get_string().empty()) {
    const BookCode code(unit->get_string());
    if (auto name = name_of_unit(code); name != code) (*station)["unit_name"] = std::move(name);
  }
  for (const char* other : {"by", "for"}) {
    if (auto* of_it = station->if_contains(other)) name_station(name_of_unit, *of_it);
  }
}

// The units of what was sent (its chain) or of a verdict; of nothing else a value is an object.
void collect_units(const json::value& told, std::set<std::string>& out) {
  if (const auto* list = told.if_array()) {
    for (const auto& item : *list) collect_units(item, out);
    return;
  }
  const auto* object = told.if_object();
  if (object == nullptr) return;
  const auto add_station = [&out](const json::value& text) {
    const auto station = text.is_string() ? parse_station(text.get_string()) : std::nullopt;
    if (station && !station->is_top()) out.insert(station->unit);
  };
  if (const auto* chain = object->if_contains("chain"); chain != nullptr && chain->is_array()) {
    for (const auto& each : chain->get_array()) add_station(each);
  }
  if (object->contains("verdict")) {
    if (const auto* chair = object->if_contains("for")) add_station(*chair);
    const auto* unit = object->if_contains("unit");
    if (unit != nullptr && unit->is_string() && !unit->get_string().empty()) {
      out.emplace(unit->get_string());
    }
  }
  for (const auto& [name, value] : *object) collect_units(value, out);
}

}  // namespace

std::string called(const Definition* definition, const std::string& role, Language language) {
  const RoleDefinition* known = definition != nullptr ? definition->role(role) : nullptr;
  return known != nullptr ? known->label.in(language) : role;
}

bool is_called(const Definition* definition, const std::string& role, const std::string& given) {
  return given == role || given == called(definition, role, Language::kChinese) ||
         given == called(definition, role, Language::kEnglish);
}

std::vector<std::string> in_both(const Definition* definition, const UnitTree& units,
                                 const std::vector<Station>& stations) {
  std::vector<std::string> out;
  for (const Language language : kBoth) {
    for (const Station& each : stations)
      out.push_back(called_there(definition, units, each, language));
  }
  return out;
}

std::vector<std::string> chain_in_both(const Definition* definition, const UnitTree& units,
                                       const std::vector<Station>& chain) {
  std::vector<std::string> out;
  for (const Language language : kBoth) {
    std::vector<std::string> stations;
    for (const Station& each : chain)
      stations.push_back(called_there(definition, units, each, language));
    out.push_back(join(stations, " → "));
  }
  return out;
}

void name_stations(const NameOfUnit& name_of_unit, json::object& line) {
  if (auto* review = line.if_contains("review"); review != nullptr && review->is_object()) {
    for (const char* member : {"waiting", "by"}) {
      if (auto* station = review->get_object().if_contains(member))
        name_station(name_of_unit, *station);
    }
    if (auto* stations = review->get_object().if_contains("stations")) {
      for (auto& each : stations->as_array()) name_station(name_of_unit, each);
    }
  }
  if (auto* would_ask = line.if_contains("would_ask")) {
    for (auto& each : would_ask->as_array()) name_station(name_of_unit, each);
  }
}

void name_units_said(const NameOfUnit& name_of_unit, json::object& line) {
  std::set<std::string> units;
  for (const char* member :
       {"fields", "as_sent", "entries", "history", "conflicts", "candidates"}) {
    if (const auto* told = line.if_contains(member)) collect_units(*told, units);
  }
  json::object names;
  for (const std::string& code : units) {
    if (auto name = name_of_unit(BookCode(code)); name != code) names[code] = std::move(name);
  }
  if (!names.empty()) line["unit_names"] = std::move(names);
}

}  // namespace sitelog
