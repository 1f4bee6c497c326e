#include "engine/earlier_versions.hpp"

#include <algorithm>

#include "campaign/units.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

// Explanations and reviews say nothing of the event.
bool is_content(const std::string& field) {
  return !is_reserved_field(field) || field == kFieldCampaign;
}

}  // namespace

EarlierVersions::EarlierVersions(Store& store, const Definition& now, const std::string& form)
    : version_(now.version) {
  const Form* asked = now.form(form);
  SITELOG_ASSERT(asked != nullptr);
  for (const Field& field : asked->fields) {
    auto& defaults = defaults_[field.name];
    if (field.default_value) defaults.push_back(*field.default_value);
  }
  std::set<std::string> texts;
  const auto history =
      store.history(BookCode(kRootBook), campaign_record(now.id), std::string(kFormCampaign));
  for (const HistoryEntry& item : history) {
    for (const Assignment& assignment : item.entry.assignments) {
      const std::string* text =
          assignment.field == "definition" ? assignment.value.text() : nullptr;
      if (text == nullptr || !texts.insert(*text).second) continue;
      const auto parsed = parse_definition(*text, now.id, UnknownKeys::kIgnore);
      const Form* then = parsed ? parsed->form(form) : nullptr;
      if (then == nullptr) continue;
      for (const Field& field : then->fields) {
        const auto at = defaults_.find(field.name);
        if (at != defaults_.end() && field.default_value)
          at->second.push_back(*field.default_value);
      }
    }
  }
  several_ = texts.size() > 1;
}

bool EarlierVersions::taken_for_granted(const std::string& field, const Value& value) const {
  if (field == kFieldCampaign) return false;
  const auto at = defaults_.find(field);
  return at == defaults_.end() || std::ranges::find(at->second, value) != at->second.end();
}

EarlierVersions::Values EarlierVersions::core(const Values& values) const {
  Values out;
  for (const auto& [field, value] : values) {
    if (is_content(field) && !value.is_cleared() && !taken_for_granted(field, value)) {
      out.emplace(field, value);
    }
  }
  return out;
}

bool EarlierVersions::say_the_same(const Values& now, const std::set<std::string>& defaulted,
                                   const Values& recorded) const {
  for (const auto& [field, value] : now) {
    if (!is_content(field)) continue;
    const auto then = recorded.find(field);
    if (then == recorded.end() ? taken_for_granted(field, value) : then->second == value) continue;
    if (then == recorded.end() || !defaulted.contains(field)) return false;
    if (!taken_for_granted(field, then->second)) return false;
  }
  return std::ranges::all_of(recorded, [&](const auto& item) {
    const auto& [field, value] = item;
    return !is_content(field) || value.is_cleared() || now.contains(field) ||
           taken_for_granted(field, value);
  });
}

}  // namespace sitelog
