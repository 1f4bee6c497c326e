#include "engine/unusual_values.hpp"

#include "engine/known_units.hpp"
#include "engine/system.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

void take_values(const json::object& line, const char* member, std::string_view prefix,
                 std::map<std::string, Value>& out) {
  const json::value* values = line.if_contains(member);
  if (values == nullptr) return;
  for (const auto& [name, each] : values->as_object()) {
    auto value = value_from_json(each);
    if (value) out[std::string(prefix) + std::string(name)] = *std::move(value);
  }
}

// What was sent waits somewhere, or somebody has spoken.
void mark_unsent(json::object& line) {
  json::object& review = line.at("review").as_object();
  for (const char* sent : {"sent", "waiting", "by", "changed_since"}) {
    if (review.contains(sent)) return;
  }
  if (review.at("state") == "pending") review["unsent"] = true;
}

}  // namespace

UnusualValues::UnusualValues(Engine& engine)
    : engine_(engine), campaigns_(engine.campaigns()), today_(today()) {}

// A site's records are of one unit, which is read by itself; where there is another, of many.
const std::string& UnusualValues::unit_name(const BookCode& unit) {
  const auto [at, fresh] = unit_names_.try_emplace(unit);
  if (fresh) {
    at->second = engine_.read([&](const Queries& queries) {
      const KnownUnits units(engine_, queries);
      return unit_names_.size() == 1 ? units.name(unit) : units.tree().name(unit);
    });
  }
  return at->second;
}

// By older rules nothing is sent.
bool UnusualValues::by_stations() {
  if (!by_stations_) {
    by_stations_ = engine_.read(
        [](const Queries& queries) { return queries.rules().hold >= kRulesOfStations; });
  }
  return *by_stations_;
}

std::vector<FieldProblem> UnusualValues::found_in(json::object& line, Explained explained) {
  const std::string form(line.at("form").as_string());
  if (!is_of_campaigns(form) || form == kFormRules) return {};
  const json::value* named = line.if_contains("campaign");
  const std::string id(named != nullptr ? named->as_string() : "");
  if (campaigns_->is_withdrawn(id) && campaigns_->known(id)->form(form) != nullptr) {
    line["withdrawn"] = true;
    return {};
  }
  if (line.contains("void")) return {};
  const Definition* campaign = campaigns_->campaign(id);
  if (campaign == nullptr) {
    line["outside"] = "campaign";
    return {};
  }
  if (campaign->form(form) == nullptr) {
    line["outside"] = "form";
    return {};
  }
  if (!campaign->stations_of(*campaign->form(form)).empty() && by_stations()) mark_unsent(line);
  if (line.contains("too_large")) return {};
  std::map<std::string, Value> values;
  take_values(line, "fields", "", values);
  take_values(line, "explanations", kExplainPrefix, values);
  return unusual(*campaign, form, values, today_, unit_name(BookCode(line.at("unit").as_string())),
                 explained);
}

void UnusualValues::mark(json::object& line) {
  json::array fields;
  for (const FieldProblem& problem : found_in(line, Explained::kLeftOut)) {
    const json::value name(problem.field);
    if (fields.empty() || fields.back() != name) fields.push_back(name);
  }
  if (!fields.empty()) line["unexplained"] = std::move(fields);
}

void UnusualValues::mark_with_reasons(json::object& line) {
  mark(line);
  const auto* explanations = line.if_contains("explanations");
  json::array reasons;
  for (const FieldProblem& problem : found_in(line, Explained::kToo)) {
    json::object reason = to_json(problem);
    const auto* explanation =
        explanations != nullptr ? explanations->as_object().if_contains(problem.field) : nullptr;
    if (explanation != nullptr) reason["explanation"] = *explanation;
    reasons.push_back(std::move(reason));
  }
  if (!reasons.empty()) line["unusual"] = std::move(reasons);
}

}  // namespace sitelog
