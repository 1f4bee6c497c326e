#include "campaign/campaign_catalogue.hpp"

#include <algorithm>

#include "campaign/names.hpp"
#include "campaign/validation.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/sought.hpp"

namespace sitelog {

namespace {

using FieldPolicies = std::map<std::pair<std::string, std::string>, Policy>;

FieldPolicies policies_of(const Definition& definition) {
  FieldPolicies out;
  for (const Form& form : definition.forms) {
    for (const Field& field : form.fields) {
      if (field.policy) out[{form.key, field.name}] = *field.policy;
    }
  }
  return out;
}

bool has_same_choices(const Vocabulary& one, const Vocabulary& other) {
  return std::ranges::equal(one, other, {}, &Choice::key, &Choice::key);
}

// Of all that may_be_unusual looks at; labels and the like change without anything to work out.
bool has_same_rules(const Field& one, const Field& other) {
  return one.name == other.name && one.type == other.type && one.required == other.required &&
         one.vocabulary == other.vocabulary && one.min == other.min && one.max == other.max &&
         one.warn == other.warn;
}

bool has_same_forms(const Definition& one, const Definition& other) {
  const auto same_form = [&](const Form& a, const Form& b) {
    return a.key == b.key && one.stations_of(a).empty() == other.stations_of(b).empty() &&
           std::ranges::equal(a.fields, b.fields, has_same_rules);
  };
  const auto same_vocabulary = [](const auto& a, const auto& b) {
    return a.first == b.first && has_same_choices(a.second, b.second);
  };
  return std::ranges::equal(one.forms, other.forms, same_form) &&
         std::ranges::equal(one.vocabularies, other.vocabularies, same_vocabulary) &&
         has_same_choices(one.kinds, other.kinds) && one.from == other.from && one.to == other.to &&
         one.report == other.report;
}

Consequence consequence(const Definition& before, const Definition& now) {
  if (before.id != now.id || !has_same_forms(before, now) ||
      CountingRules(before) != CountingRules(now)) {
    return Consequence::kTallies;
  }
  return policies_of(before) != policies_of(now) ? Consequence::kPolicies : Consequence::kNone;
}

}  // namespace

Consequence CampaignCatalogue::learn(const RecordState& record) {
  if (record.form != kFormCampaign) return Consequence::kNone;
  std::shared_ptr<const Published>& place = published_[record.record];
  const std::shared_ptr<const Published> before = place;
  auto now = std::make_shared<Published>();
  now->id = record.text("id");
  now->text = record.text("definition");
  now->withdrawn = record.voided();
  const bool as_before = before ? before->withdrawn == now->withdrawn : !now->withdrawn;
  if (before && as_before && before->text == now->text && before->id == now->id) {
    return Consequence::kNone;
  }
  auto parsed = parse_definition(now->text, now->id, UnknownKeys::kIgnore);
  if (parsed && !now->id.empty() && parsed->id != now->id) {
    parsed.problems.push_back(
        {Reason::kInvalidFile, N_("the definition's id is “{}”, not “{}”"), {parsed->id, now->id}});
    parsed.value.reset();
  }
  if (!now->withdrawn) now->problems = std::move(parsed.problems);
  const bool counted = before && before->definition;
  Consequence out = Consequence::kTallies;
  if (!parsed) {
    // Not what was understood before: that would depend on how the records came.
    out = counted ? Consequence::kTallies : Consequence::kNone;
  } else {
    if (as_before && counted) out = consequence(*before->definition, *parsed);
    now->counting.emplace(*parsed);
    now->definition = std::move(*parsed);
    for (const Form& form : now->definition->forms) {
      now->meanings[form.key] = meaning_of(*now->definition, form);
    }
  }
  place = std::move(now);
  ++revision_;
  return out;
}

CampaignCatalogue::Meaning CampaignCatalogue::meaning_of(const Definition& definition,
                                                         const Form& form) {
  const ReportSettings& report = definition.report;
  // The fields that are counted by, and in other forms those that choose from the same.
  const auto vocabulary_of = [&](const std::string& name) -> std::string_view {
    const Form* counted = definition.form(report.form);
    const Field* field = counted != nullptr && !name.empty() ? counted->field(name) : nullptr;
    return field != nullptr ? std::string_view(field->vocabulary) : std::string_view();
  };
  const auto level = vocabulary_of(report.level);
  const auto status = vocabulary_of(report.status);
  Meaning out;
  out.by_stations = !definition.stations_of(form).empty();
  for (const Field& field : form.fields) {
    const std::string_view vocabulary = field.vocabulary;
    const auto is = [&](const Field*& place, bool so) {
      if (place == nullptr && so) place = &field;
    };
    is(out.day, field.type == FieldType::kDate);
    if (vocabulary.empty()) continue;
    is(out.kind, vocabulary == kKindVocabulary);
    is(out.level, vocabulary == level);
    is(out.status, vocabulary == status);
  }
  return out;
}

std::optional<Policy> CampaignCatalogue::default_policy(const std::string& campaign,
                                                        const std::string& form,
                                                        const std::string& field) const {
  const Definition* definition = this->campaign(campaign);
  const Form* known = definition != nullptr ? definition->form(form) : nullptr;
  if (known == nullptr) return std::nullopt;
  for (const Field& each : known->fields) {
    if (each.name == field) return each.policy;
  }
  return std::nullopt;
}

std::optional<Tally> CampaignCatalogue::tally(const RecordState& record) const {
  const std::string id = record.campaign();
  for (const auto& [each, published] : published_) {
    if (published->withdrawn || !published->definition || published->definition->id != id) continue;
    return published->counting->tally(record);
  }
  return std::nullopt;
}

Listing CampaignCatalogue::listing(const RecordState& record) const {
  const auto of_a_campaign = [&](const auto& item) {
    const auto& definition = item.second->definition;
    return definition && definition->form(record.form) != nullptr;
  };
  const bool form_known = !is_of_campaigns(record.form) || record.form == kFormRules ||
                          std::ranges::any_of(published_, of_a_campaign);
  Listing out;
  if (form_known) out.form = record.form;
  const std::string campaign = record.campaign();
  const Published* of = published(campaign);
  if (of == nullptr) {
    out.unusual = is_of_campaigns(record.form);
    return out;
  }
  out.campaign = campaign;
  const auto at = of->meanings.find(record.form);
  if (at == of->meanings.end()) {
    out.unusual = is_of_campaigns(record.form);
    return out;
  }
  const Meaning& meaning = at->second;
  const auto take = [&](const Field* field) {
    return field != nullptr ? record.text(field->name) : std::string();
  };
  out.kind = take(meaning.kind);
  out.level = take(meaning.level);
  out.status = take(meaning.status);
  if (const auto day = parse_date(take(meaning.day))) {
    out.day = day_number(day->year, day->month, day->day);
  }
  out.by_stations = !of->withdrawn && meaning.by_stations;
  out.unusual =
      !of->withdrawn &&
      may_be_unusual(*of->definition, *of->definition->form(record.form), meaning.day, record);
  return out;
}

// In force, else withdrawn; null where it is not known.
const CampaignCatalogue::Published* CampaignCatalogue::published(const std::string& id) const {
  const Published* withdrawn = nullptr;
  for (const auto& [record, each] : published_) {
    if (!each->definition || each->definition->id != id) continue;
    if (!each->withdrawn) return each.get();
    if (withdrawn == nullptr) withdrawn = each.get();
  }
  return withdrawn;
}

const Definition* CampaignCatalogue::find(const std::string& id, bool withdrawn) const {
  for (const auto& [record, published] : published_) {
    if (published->withdrawn != withdrawn || !published->definition) continue;
    if (published->definition->id == id) return &*published->definition;
  }
  return nullptr;
}

const Definition* CampaignCatalogue::campaign(const std::string& id) const {
  return find(id, false);
}

const Definition* CampaignCatalogue::known(const std::string& id) const {
  const Definition* in_force = find(id, false);
  return in_force != nullptr ? in_force : find(id, true);
}

bool CampaignCatalogue::is_withdrawn(const std::string& id) const {
  return find(id, false) == nullptr && find(id, true) != nullptr;
}

std::vector<const Definition*> CampaignCatalogue::all(bool withdrawn) const {
  std::map<std::string, const Definition*> by_id;
  for (const auto& [record, published] : published_) {
    if (published->withdrawn != withdrawn || !published->definition) continue;
    by_id.emplace(published->definition->id, &*published->definition);
  }
  std::vector<const Definition*> out;
  for (const auto& [id, definition] : by_id) out.push_back(definition);
  return out;
}

std::vector<const Definition*> CampaignCatalogue::campaigns() const {
  return all(false);
}

std::vector<const Definition*> CampaignCatalogue::withdrawn() const {
  std::vector<const Definition*> out = all(true);
  std::erase_if(out, [&](const Definition* each) { return find(each->id, false) != nullptr; });
  return out;
}

std::vector<CampaignProblem> CampaignCatalogue::problems() const {
  std::vector<CampaignProblem> out;
  for (const auto& [record, published] : published_) {
    if (!published->problems.empty()) out.push_back({published->id, published->problems});
  }
  return out;
}

std::optional<Refusal> refuse_withdrawn(const CampaignCatalogue& catalogue,
                                        const std::string& given, const std::string& form) {
  const auto has_form = [&](const Definition* each) {
    return form.empty() || static_cast<bool>(find_form(*each, form));
  };
  const auto in_force = catalogue.campaigns();
  const bool met = given.empty() ? std::ranges::any_of(in_force, has_form)
                                 : static_cast<bool>(find_campaign(in_force, given));
  if (met) return std::nullopt;
  for (const Definition* each : catalogue.withdrawn()) {
    if (given.empty() ? !has_form(each) : !find_campaign({each}, given)) continue;
    return Refusal{Reason::kUnknownCampaign, kCampaignIsWithdrawn, {each->title.zh, each->id}};
  }
  return std::nullopt;
}

}  // namespace sitelog
