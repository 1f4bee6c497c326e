#include "engine/station_words.hpp"

#include "campaign/text.hpp"

namespace sitelog {

namespace {

constexpr Language kBoth[] = {Language::kEnglish, Language::kChinese};

}  // namespace

std::string called(const Definition* definition, const std::string& role, Language language) {
  const RoleDefinition* known = definition != nullptr ? definition->role(role) : nullptr;
  return known != nullptr ? known->label.in(language) : role;
}

std::string called(const Definition* definition, const Station& station, Language language) {
  const std::string role = called(definition, station.role, language);
  if (station.is_top()) return role;
  const std::string unit(station.unit);
  return language == Language::kChinese ? role + "（" + unit + "）" : role + " (" + unit + ")";
}

std::vector<std::string> in_both(const Definition* definition,
                                 const std::vector<Station>& stations) {
  std::vector<std::string> out;
  for (const Language language : kBoth) {
    for (const Station& each : stations) out.push_back(called(definition, each, language));
  }
  return out;
}

std::vector<std::string> chain_in_both(const Definition* definition,
                                       const std::vector<Station>& chain) {
  std::vector<std::string> out;
  for (const Language language : kBoth) {
    std::vector<std::string> stations;
    for (const Station& each : chain) stations.push_back(called(definition, each, language));
    out.push_back(join(stations, " → "));
  }
  return out;
}

}  // namespace sitelog
