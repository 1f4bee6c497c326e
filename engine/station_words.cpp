#include "engine/station_words.hpp"

#include <boost/json.hpp>

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

}  // namespace

std::string called(const Definition* definition, const std::string& role, Language language) {
  const RoleDefinition* known = definition != nullptr ? definition->role(role) : nullptr;
  return known != nullptr ? known->label.in(language) : role;
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

}  // namespace sitelog
