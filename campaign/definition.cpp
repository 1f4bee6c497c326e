#include "campaign/definition.hpp"

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

}  // namespace sitelog
