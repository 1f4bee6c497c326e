#include "engine/authoring.hpp"

#include <algorithm>

#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

std::string known_campaigns(const CampaignCatalogue& catalogue) {
  std::string out;
  for (const Definition* definition : catalogue.campaigns()) {
    if (!out.empty()) out += ", ";
    out += definition->id;
  }
  return out;
}

Result<const Definition*> find_campaign(const CampaignCatalogue& catalogue, const std::string& id) {
  const auto all = catalogue.campaigns();
  if (id.empty() && all.size() == 1) return all.front();
  if (const Definition* found = catalogue.campaign(id)) return found;
  if (all.empty()) {
    return Refusal{Reason::kUnknownCampaign,
                   N_("no campaign is known here yet: they arrive with the first sync"),
                   {}};
  }
  if (id.empty()) {
    return Refusal{
        Reason::kUnknownCampaign, N_("name the campaign: {}"), {known_campaigns(catalogue)}};
  }
  return Refusal{Reason::kUnknownCampaign,
                 N_("there is no campaign {}; known are: {}"),
                 {id, known_campaigns(catalogue)}};
}

Result<Saved> save(Store& store, const BookCode& book, const Entry& entry, const Author& author,
                   std::vector<FieldProblem> warnings) {
  auto written = store.write(book, entry, author.clock, author.person);
  if (!written) return written.refusal();
  return Saved{entry.record, std::move(*written), {}, std::move(warnings)};
}

Result<RecordState> current(Store& store, const FoundRecord& found) {
  auto state = store.state(found.unit, found.record, found.form);
  if (!state) {
    return Refusal{Reason::kUnknownRecord, N_("there is no record {}"), {found.record.hex()}};
  }
  return std::move(*state);
}

// The form of a record; null where its campaign is not known here, or has none of that name.
const Form* form_of(const CampaignCatalogue& catalogue, const RecordState& state) {
  const Definition* definition = catalogue.campaign(state.campaign());
  return definition != nullptr ? definition->form(state.form) : nullptr;
}

// What a field is called in entries, of what somebody calls it: its name or a label.
std::string field_name(const Form* form, const std::string& given) {
  const Field* field = form != nullptr ? form->field(given) : nullptr;
  return field != nullptr ? field->name : given;
}

}  // namespace

Result<Saved> save_record(Store& store, const CampaignCatalogue& catalogue, const BookCode& book,
                          const std::string& campaign, const std::string& form,
                          const RawInput& input, const Author& author) {
  const auto definition = find_campaign(catalogue, campaign);
  if (!definition) return definition.refusal();
  const CheckContext context{author.today, catalogue.units().name(book), nullptr};
  Checked checked = check_input(**definition, form, input, context);
  if (!checked.errors.empty()) return Saved{{}, std::nullopt, std::move(checked.errors), {}};
  checked.values[std::string(kFieldCampaign)] = (*definition)->id;
  const Entry entry = compose(nullptr, store.new_record_id(author.clock), form, checked.values);
  return save(store, book, entry, author, std::move(checked.warnings));
}

Result<Saved> save_edit(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
                        const RawInput& input, const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  const auto definition = find_campaign(catalogue, state->campaign());
  if (!definition) return definition.refusal();
  const CheckContext context{author.today, catalogue.units().name(found.unit), &*state};
  Checked checked = check_input(**definition, found.form, input, context);
  if (!checked.errors.empty()) return Saved{{}, std::nullopt, std::move(checked.errors), {}};
  const Entry entry = compose(&*state, found.record, found.form, checked.values);
  return save(store, found.unit, entry, author, std::move(checked.warnings));
}

Result<Saved> save_void(Store& store, const FoundRecord& found, const std::string& reason,
                        const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  SITELOG_ASSERT(!reason.empty());
  const Entry entry =
      compose(&*state, found.record, found.form, {{std::string(kFieldVoid), Value(reason)}});
  return save(store, found.unit, entry, author, {});
}

Result<Saved> save_unvoid(Store& store, const FoundRecord& found, const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  if (!state->voided()) return Saved{found.record, std::nullopt, {}, {}};
  const Entry entry =
      compose(&*state, found.record, found.form, {{std::string(kFieldVoid), Value()}});
  return save(store, found.unit, entry, author, {});
}

Result<Saved> save_decision(Store& store, const CampaignCatalogue& catalogue,
                            const FoundRecord& found, const std::string& field_given,
                            const Decision& decision, const Author& author) {
  const auto state = store.merged(found.unit, found.record, found.form);
  const Form* form = state ? form_of(catalogue, *state) : nullptr;
  const std::string field = field_name(form, field_given);
  const auto conflict = state ? state->conflicts.find(field) : decltype(state->conflicts.end()){};
  if (!state || conflict == state->conflicts.end()) {
    return Refusal{Reason::kNothingToDecide,
                   N_("field {} of record {} is not in conflict"),
                   {field, found.record.hex()}};
  }
  const auto& candidates = conflict->second.candidates;
  Value value;
  if (decision.take) {
    if (*decision.take < 1 || *decision.take > static_cast<int64_t>(candidates.size())) {
      return Refusal{Reason::kInvalidValue,
                     N_("there are candidates 1 to {}, not {}"),
                     {std::to_string(candidates.size()), std::to_string(*decision.take)}};
    }
    value = candidates[static_cast<size_t>(*decision.take - 1)].value;
  } else if (field == kFieldReview) {
    return Refusal{Reason::kInvalidValue,
                   N_("a review is no value to be typed in: take a candidate, or review the record "
                      "anew"),
                   {}};
  } else if (is_reserved_field(field)) {
    value = decision.value.empty() ? Value() : Value(decision.value);
  } else {
    const auto definition = find_campaign(catalogue, state->campaign());
    if (!definition) return definition.refusal();
    const CheckContext context{author.today, catalogue.units().name(found.unit), &*state};
    Checked checked = check_input(**definition, found.form,
                                  {{field, boost::json::value(decision.value)}}, context);
    if (!checked.errors.empty()) return Saved{{}, std::nullopt, std::move(checked.errors), {}};
    value = checked.values[field];
  }
  const Entry entry = compose(&*state, found.record, found.form, {{field, value}});
  return save(store, found.unit, entry, author, {});
}

Result<Saved> save_review(Store& store, const CampaignCatalogue& catalogue,
                          const FoundRecord& found, const Review& verdict, const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  if (verdict.verdict == ReviewVerdict::kAccepted && !state->conflicts.empty()) {
    std::string fields;
    for (const auto& [field, conflict] : state->conflicts) {
      fields += (fields.empty() ? "" : ", ") + field;
    }
    return Refusal{Reason::kInvalidValue,
                   N_("the record has conflicts in {}: decide them before accepting it"),
                   {fields}};
  }
  const Form* form = form_of(catalogue, *state);
  Review named = verdict;
  named.field_remarks.clear();
  for (const auto& [field, remark] : verdict.field_remarks) {
    if (form != nullptr && form->field(field) == nullptr) {
      return Refusal{Reason::kUnknownField, N_("form {} has no field {}"), {found.form, field}};
    }
    const std::string name = field_name(form, field);
    if (!named.field_remarks.emplace(name, remark).second) {
      return Refusal{Reason::kInvalidValue, N_("{} is given twice"), {name}};
    }
  }
  const Value value = review_value(named, content_digest(*state), explanation_digest(*state));
  const Entry entry =
      compose(&*state, found.record, found.form, {{std::string(kFieldReview), value}});
  // Whoever accepts is told what nobody explained.
  std::vector<FieldProblem> warnings;
  const Definition* definition = catalogue.campaign(state->campaign());
  if (definition != nullptr && verdict.verdict == ReviewVerdict::kAccepted) {
    warnings = unusual(*definition, *state, author.today, catalogue.units().name(found.unit));
  }
  return save(store, found.unit, entry, author, std::move(warnings));
}

}  // namespace sitelog
