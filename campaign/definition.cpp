#include "campaign/definition.hpp"

#include "sync/merge/stations.hpp"

namespace sitelog {

std::string_view name_of(FieldType type) {
  switch (type) {
    case FieldType::kText: return "text";
    case FieldType::kLongText: return "long_text";
    case FieldType::kInteger: return "integer";
    case FieldType::kDate: return "date";
    case FieldType::kChoice: return "choice";
    case FieldType::kList: return "list";
    case FieldType::kPhone: return "phone";
    case FieldType::kFlag: return "flag";
  }
  return "text";
}

std::string_view name_of(Measure measure) {
  switch (measure) {
    case Measure::kEvents: return "events";
    case Measure::kSessions: return "sessions";
    case Measure::kParticipants: return "participants";
  }
  return "events";
}

const Field* Form::field(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const Form* Definition::form(std::string_view key) const {
  for (const Form& form : forms) {
    if (form.key == key) return &form;
  }
  return nullptr;
}

const Vocabulary* Definition::vocabulary(std::string_view name) const {
  if (name == kKindVocabulary) return &kinds;
  const auto at = vocabularies.find(std::string(name));
  return at != vocabularies.end() ? &at->second : nullptr;
}

std::optional<int64_t> Definition::quota(const BookCode& unit) const {
  for (const Quota& quota : quotas) {
    if (quota.unit == unit) return quota.sessions;
  }
  return std::nullopt;
}

std::string_view name_of(Stands stands) {
  switch (stands) {
    case Stands::kNotSaid: return "";
    case Stands::kUnit: return "unit";
    case Stands::kAbove: return "above";
    case Stands::kTop: return "top";
  }
  return "";
}

const RoleDefinition* Definition::role(std::string_view key) const {
  for (const RoleDefinition& role : roles) {
    if (role.key == key) return &role;
  }
  return nullptr;
}

std::vector<const RoleDefinition*> Definition::stations_of(const Form& form) const {
  std::vector<const RoleDefinition*> out;
  for (const std::string& key : form.stations ? *form.stations : stations) {
    const RoleDefinition* station = role(key);
    const bool known = station != nullptr && station->stands != Stands::kNotSaid;
    const bool twice = std::find(out.begin(), out.end(), station) != out.end();
    const bool behind_the_top = !out.empty() && out.back()->stands == Stands::kTop;
    if (!known || twice || behind_the_top) return {};
    out.push_back(station);
  }
  if (out.empty() || out.back()->stands != Stands::kTop || out.size() > kChainMax) return {};
  return out;
}

}  // namespace sitelog
