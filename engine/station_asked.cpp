#include "engine/station_asked.hpp"

#include <algorithm>

#include "campaign/chain.hpp"
#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "engine/station_words.hpp"

namespace sitelog {

namespace {

constexpr std::string_view kMine = "mine";
constexpr std::string_view kMineZh = "本级";
constexpr size_t kStationsToldMax = 20;
constexpr size_t kGivenShown = 64;  // characters

bool is_one_of(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// What stands before the @ and behind it; nothing behind where there is none. Chinese keyboards
// type a wide one.
struct Parts {
  std::string_view role;
  std::optional<std::string_view> unit;
};
Parts parts_of(std::string_view given) {
  for (const std::string_view at : {"@", "＠"}) {
    const size_t found = given.find(at);
    if (found == given.npos) continue;
    return {given.substr(0, found), trimmed(given.substr(found + at.size()))};
  }
  return {given, std::nullopt};
}

// Who asks for a station, of one role.
class OfRole {
 public:
  OfRole(const std::vector<const Definition*>& campaigns, const UnitTree& units, std::string role,
         std::string_view given)
      : campaigns_(campaigns),
        units_(units),
        role_(std::move(role)),
        given_(shortened(given, kGivenShown)) {
    for (const Definition* each : campaigns) {
      if (definition_ == nullptr && each->role(role_) != nullptr) definition_ = each;
    }
  }

  Result<StationAsked> at(std::string_view unit) const {
    const bool stands_at_units = is_one_of(roles_at_units(campaigns_), role_);
    if (unit.empty() || !stands_at_units) {
      if (!is_one_of(top_roles(campaigns_), role_) || !unit.empty()) return none();
      return StationAsked{.at = {text_of({role_, {}})}};
    }
    const auto code = find_unit(units_, unit);
    if (!code) return code.refusal().reason == Reason::kUnknownUnit ? none() : code.refusal();
    StationAsked out{.at = {text_of({role_, *code})}};
    // What was sent there before may wait there still.
    if (!units_.unit(*code)->is_filled_for_some(role_)) out.empty = none();
    return out;
  }

 private:
  // The stations of this role that there are.
  std::vector<Station> all() const {
    std::vector<Station> out;
    if (is_one_of(top_roles(campaigns_), role_)) out.push_back({role_, {}});
    if (!is_one_of(roles_at_units(campaigns_), role_)) return out;
    for (const BookCode& code : units_.all_within("")) {
      if (units_.unit(code)->is_filled_for_some(role_)) out.push_back({role_, code});
    }
    return out;
  }

  Refusal none() const {
    auto stations = all();
    if (stations.empty()) {
      return {Reason::kInvalidValue,
              N_("there is no station “{}”: nobody has the role {} at any unit"),
              {given_, called(definition_, role_, Language::kEnglish),
               called(definition_, role_, Language::kChinese)}};
    }
    const bool more = stations.size() > kStationsToldMax;
    if (more) stations.resize(kStationsToldMax);
    const auto words = in_both(definition_, units_, stations);
    std::vector<std::string> args{given_};
    for (const Language language : {Language::kEnglish, Language::kChinese}) {
      std::vector<std::string> told;
      const size_t from = language == Language::kEnglish ? 0 : stations.size();
      for (size_t i = 0; i < stations.size(); ++i) {
        const std::string typed = stations[i].is_top() ? role_ : text_of(stations[i]);
        told.push_back(typed + " " + words[from + i]);
      }
      if (more) told.emplace_back("…");
      args.push_back(join(told, between_items(language)));
    }
    return {Reason::kInvalidValue, N_("there is no station “{}”; there are: {}"), std::move(args)};
  }

  const std::vector<const Definition*>& campaigns_;
  const UnitTree& units_;
  const std::string role_, given_;
  const Definition* definition_ = nullptr;
};

}  // namespace

Result<StationAsked> read_station(const CampaignCatalogue& catalogue,
                                  const std::vector<const Definition*>& campaigns,
                                  const std::string& given, const Chairs& chairs) {
  if (given == kMine || given == kMineZh) {
    StationAsked out{.at = chairs.own()};
    if (chairs.some_top(catalogue)) {
      for (const std::string& role : top_roles(campaigns)) out.at.push_back(text_of({role, {}}));
    }
    if (!out.at.empty()) return out;
    return Refusal{Reason::kInvalidValue, N_("you sit at no station"), {}};
  }
  const Parts parts = parts_of(given);
  auto role = find_station_role(campaigns, parts.role);
  // What waits for a role that a newer version of its campaign left out is found by its key.
  if (!role) {
    const std::string key(parts.role);
    if (!parts.unit) return StationAsked{.role = key, .empty = role.refusal()};
    const auto code = find_unit(chairs.units(), *parts.unit);
    if (!code) return role.refusal();
    return StationAsked{.at = {text_of({key, *code})}, .empty = role.refusal()};
  }
  if (!parts.unit) return StationAsked{.role = *std::move(role)};
  return OfRole(campaigns, chairs.units(), *std::move(role), given).at(*parts.unit);
}

}  // namespace sitelog
