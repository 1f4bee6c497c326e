#include "engine/authoring.hpp"

#include <algorithm>

#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

// The campaign called so; the only one, where none is named.
Result<const Definition*> campaign_of(const CampaignCatalogue& catalogue,
                                      const std::string& given) {
  const auto all = catalogue.campaigns();
  if (all.empty()) {
    return Refusal{Reason::kUnknownCampaign,
                   N_("no campaign is known here yet: they arrive with the first sync"),
                   {}};
  }
  if (!given.empty()) return find_campaign(all, given);
  if (all.size() == 1) return all.front();
  std::vector<std::string> ids;
  for (const Definition* each : all) ids.push_back(each->id);
  return Refusal{Reason::kUnknownCampaign, N_("name the campaign: {}"), {join(ids, ", ")}};
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
Result<std::string> field_name(const Form* form, const std::string& given) {
  if (form == nullptr) return given;
  const auto field = find_field(*form, given);
  return field ? Result<std::string>((*field)->name) : field.refusal();
}

}  // namespace

Result<Saved> save_record(Store& store, const CampaignCatalogue& catalogue, const BookCode& book,
                          const std::string& campaign, const std::string& form,
                          const RawInput& input, const Author& author) {
  const auto definition = campaign_of(catalogue, campaign);
  if (!definition) return definition.refusal();
  const CheckContext context{author.today, catalogue.units().name(book), nullptr};
  Checked checked = check_input(**definition, form, input, context);
  if (!checked.errors.empty()) return Saved{{}, std::nullopt, std::move(checked.errors), {}};
  checked.values[std::string(kFieldCampaign)] = (*definition)->id;
  const Entry entry =
      compose(nullptr, store.new_record_id(author.clock), checked.form, checked.values);
  return save(store, book, entry, author, std::move(checked.warnings));
}

Result<Saved> save_edit(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
                        const RawInput& input, const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  const auto definition = campaign_of(catalogue, state->campaign());
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
  std::string field = field_given;
  if (state && !state->conflicts.contains(field) && !is_reserved_field(field)) {
    const auto named = field_name(form, field_given);
    if (!named) return named.refusal();
    field = *named;
  }
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
    const auto definition = campaign_of(catalogue, state->campaign());
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
    const auto name = field_name(form, field);
    if (!name) return name.refusal();
    if (!named.field_remarks.emplace(*name, remark).second) {
      return Refusal{Reason::kInvalidValue, N_("{} is given twice"), {*name}};
    }
  }
  const Value value = review_value(named, content_digest(*state));
  const Entry entry =
      compose(&*state, found.record, found.form, {{std::string(kFieldReview), value}});
  return save(store, found.unit, entry, author, {});
}

}  // namespace sitelog
