#include "engine/authoring.hpp"

#include <algorithm>
#include <limits>

#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "engine/authoring_parts.hpp"
#include "engine/built_on.hpp"
#include "engine/known_units.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

Refusal unknown_record(const RecordId& record) {
  return {Reason::kUnknownRecord, N_("there is no record {}"), {record.hex()}};
}

namespace {

// The campaign called so; where none is named, the one that has the form.
Result<const Definition*> campaign_of(const CampaignCatalogue& catalogue, const std::string& given,
                                      const std::string& form) {
  const auto all = catalogue.campaigns();
  if (auto withdrawn = refuse_withdrawn(catalogue, given, form)) return *std::move(withdrawn);
  if (all.empty()) {
    return Refusal{Reason::kUnknownCampaign, N_("no campaign is published here yet"), {}};
  }
  return find_campaign_of(all, given, form);
}

// The campaign of a record that is there; it may be withdrawn.
Result<const Definition*> campaign_of(const CampaignCatalogue& catalogue,
                                      const RecordState& record) {
  const std::string id = record.campaign();
  if (catalogue.is_withdrawn(id)) return catalogue.known(id);
  return campaign_of(catalogue, id, record.form);
}

Result<Saved> save(Store& store, const BookCode& book, const Entry& entry, const Author& author,
                   std::vector<FieldProblem> warnings) {
  auto written = store.write(book, entry, author.clock, author.person);
  if (!written) return written.refusal();
  return Saved{
      .record = entry.record, .written = std::move(*written), .warnings = std::move(warnings)};
}

// Fields in conflict that setting these would decide, as whoever does it has not seen.
std::vector<FieldProblem> unseen_conflicts(const RecordState& state,
                                           const std::map<std::string, Value>& values, bool seen) {
  std::vector<FieldProblem> out;
  for (const auto& [field, value] : values) {
    if (seen || !state.conflicts.contains(field)) continue;
    out.push_back({field,
                   {Reason::kInvalidValue,
                    N_("this is in conflict: look at the candidates and decide it, or say what you "
                       "saw (ID@CODE)"),
                    {}}});
  }
  return out;
}

bool is_blank(const boost::json::value& given) {
  return given.is_null() || (given.is_string() && trimmed(given.get_string()).empty());
}

// Whether it is what an export shows of a value, in a cell or as JSON.
bool is_shown(const Value& value, const boost::json::value& given) {
  const boost::json::value shown = to_json(value);
  if (shown == given) return true;
  if (!given.is_string()) return false;
  const std::string_view text = trimmed(given.get_string());
  if (shown.is_string()) return trimmed(shown.get_string()) == text;
  if (shown.is_bool()) return text == (shown.get_bool() ? "是" : "否");
  if (!shown.is_array()) return text == boost::json::serialize(shown);
  std::vector<std::string> items;
  for (const auto& item : shown.get_array()) {
    if (item.is_string()) items.emplace_back(item.get_string());
  }
  return text == join(items, "、");
}

}  // namespace

// The same of a record that was there.
Result<Saved> save_change(Store& store, const FoundRecord& found, const RecordState& state,
                          const std::map<std::string, Value>& values, const Author& author,
                          std::vector<FieldProblem> warnings) {
  const Entry entry = compose(&state, found.record, found.form, values);
  auto saved = save(store, found.unit, entry, author, std::move(warnings));
  if (saved && saved->written) saved->changed = entry.assignments;
  return saved;
}

Result<RecordState> current(Store& store, const FoundRecord& found) {
  auto state = store.state(found.unit, found.record, found.form);
  if (!state) return unknown_record(found.record);
  return std::move(*state);
}

const Form* form_of(const CampaignCatalogue& catalogue, const RecordState& state) {
  const Definition* definition = catalogue.known(state.campaign());
  return definition != nullptr ? definition->form(state.form) : nullptr;
}

Result<std::string> field_name(const Form* form, const std::string& given) {
  if (form == nullptr) return given;
  const auto field = find_field(*form, given);
  return field ? Result<std::string>((*field)->name) : field.refusal();
}

void note_what_was_sent(Result<Saved>& saved, const RecordState& before) {
  if (!saved || !before.sent()) return;
  const auto& changed = saved->changed;
  const bool judged = std::any_of(changed.begin(), changed.end(), [](const Assignment& each) {
    return is_sent_field(each.field) && each.field != kFieldVoid;
  });
  if (!judged) return;
  saved->send_again = before.review().verdict == ReviewVerdict::kReturned
                          ? Saved::SendAgain::kWasReturned
                          : Saved::SendAgain::kWasSent;
}

bool is_headquarters(const Store& store) {
  return store.device() == store.authority();
}

namespace {

// Whether an entry holds it; with a name and a time of the greatest length that they can have.
Result<> fits_an_entry(const CheckedRecord& record, const Author& author) {
  Entry entry = compose(nullptr, RecordId(), record.checked.form, record.checked.values);
  entry.clock = author.clock;
  entry.hybrid = {author.clock.wall.ms, std::numeric_limits<uint32_t>::max()};
  entry.person = author.person;
  if (const auto bytes = encode(entry); !bytes) return bytes.refusal();
  return Done{};
}

}  // namespace

Result<CheckedRecord> check_record(const Definition& definition, const NewRecord& record,
                                   const Author& author) {
  const CheckContext context{author.today, record.unit_name, nullptr};
  CheckedRecord out;
  RawInput input = record.input;
  if (!record.explanation.empty()) {
    out.outcome.explanation_unused =
        !explain_all(definition, record.form, input, record.explanation, context);
  }
  out.checked = check_input(definition, record.form, input, context);
  if (!out.checked.errors.empty()) {
    out.outcome.problems = std::move(out.checked.errors);
    return out;
  }
  out.checked.values[std::string(kFieldCampaign)] = definition.id;
  out.outcome.warnings = std::move(out.checked.warnings);
  out.digest = digest_of_content(out.checked.form, out.checked.values);
  if (auto fits = fits_an_entry(out, author); !fits) return fits.refusal();
  return out;
}

Result<Saved> save_checked(Store& store, const Definition& definition, const BookCode& book,
                           const CheckedRecord& record, const Author& author,
                           RecordedBefore* before, bool write) {
  Saved out = record.outcome;
  if (!out.problems.empty()) return out;
  const Checked& checked = record.checked;
  if (before != nullptr) out.same = before->find(store, definition, checked, record.digest);
  if (out.same) {
    for (const auto& [field, value] : checked.values) {
      const bool explains = field.starts_with(kExplainPrefix) && value.text() != nullptr;
      if (explains) out.explanations[field] = *value.text();
    }
    return out;
  }
  if (!write) return out;
  const RecordId id = marked(store.new_record_id(author.clock), record.digest);
  auto written = store.write(book, compose(nullptr, id, checked.form, checked.values), author.clock,
                             author.person);
  if (!written) return written.refusal();
  out.record = id;
  out.written = std::move(*written);
  if (before != nullptr) {
    before->add(record.digest, {out.record, author.clock.wall, author.person.name});
  }
  return out;
}

Result<Saved> save_record(Store& store, const CampaignCatalogue& catalogue, const BookCode& book,
                          const NewRecord& record, const Author& author, RecordedBefore* before) {
  const auto definition = campaign_of(catalogue, record.campaign, record.form);
  if (!definition) return definition.refusal();
  const auto checked = check_record(**definition, record, author);
  if (!checked) return checked.refusal();
  return save_checked(store, **definition, book, *checked, author, before);
}

Result<std::shared_ptr<const Definition>> campaign_as_it_is(const CampaignCatalogue& catalogue,
                                                            const std::string& campaign,
                                                            const std::string& form) {
  const auto definition = campaign_of(catalogue, campaign, form);
  if (!definition) return definition.refusal();
  return std::make_shared<const Definition>(**definition);
}

namespace {

// What an export says of fields that the form does not ask for any more, taken off `input`.
RawInput take_former(const Definition& definition, const RecordState& state, RawInput& input) {
  const Form* form = definition.form(state.form);
  RawInput out;
  std::erase_if(input, [&](const auto& item) {
    const auto& [name, given] = item;
    const bool former = form != nullptr && !is_reserved_field(name) &&
                        (state.fields.contains(name) || is_blank(given)) &&
                        !find_field(*form, name);
    if (former) out.insert(item);
    return former;
  });
  return out;
}

}  // namespace

Result<Compared> compare_record(Store& store, const CampaignCatalogue& catalogue,
                                const FoundRecord& found, const RawInput& input,
                                const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  const auto definition = campaign_of(catalogue, *state);
  if (!definition) return definition.refusal();
  const CheckContext context{author.today, unit_name_in(store, found.unit), &*state};
  RawInput asked = input;
  const auto former = take_former(**definition, *state, asked);
  // What it says already is no question of what may be said now.
  std::erase_if(asked, [&, form = (*definition)->form(found.form)](const auto& given) {
    const auto name = field_name(form, given.first);
    const Value* shown = name ? state->shown(*name) : nullptr;
    return shown != nullptr && !shown->is_cleared() && is_shown(*shown, given.second);
  });
  Checked checked = check_input(**definition, found.form, asked, context);
  Compared out{{}, std::move(checked.errors)};
  for (const auto& [field, given] : former) {
    const Value* shown = state->shown(field);
    if (shown != nullptr ? !is_shown(*shown, given) : !is_blank(given))
      out.differing.push_back(field);
  }
  for (const auto& [field, value] : checked.values) {
    const Value* shown = state->shown(field);
    const bool empty = shown == nullptr || shown->is_cleared();
    if (value.is_cleared() ? !empty : empty || !(*shown == value)) out.differing.push_back(field);
  }
  return out;
}

Result<std::string> form_meant(const CampaignCatalogue& catalogue, const std::string& campaign,
                               const std::string& form) {
  const auto definition = campaign_of(catalogue, campaign, form);
  if (!definition) return definition.refusal();
  const auto known = find_form(**definition, form);
  return known ? Result<std::string>((*known)->key) : known.refusal();
}

Result<std::string> campaign_meant(const CampaignCatalogue& catalogue, const std::string& campaign,
                                   const std::string& form) {
  const auto definition = campaign_of(catalogue, campaign, form);
  return definition ? Result<std::string>((*definition)->id) : definition.refusal();
}

Result<Saved> save_edit(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
                        const RawInput& input, const Author& author, bool seen) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  const auto definition = campaign_of(catalogue, *state);
  if (!definition) return definition.refusal();
  const CheckContext context{author.today, unit_name_in(store, found.unit), &*state};
  Checked checked = check_input(**definition, found.form, input, context);
  if (checked.errors.empty()) checked.errors = unseen_conflicts(*state, checked.values, seen);
  if (!checked.errors.empty()) return Saved{.problems = std::move(checked.errors)};
  auto saved =
      save_change(store, found, *state, checked.values, author, std::move(checked.warnings));
  note_what_was_sent(saved, *state);
  return saved;
}

namespace {

// The field in which headquarters judges the record: its own station's, where that was sent.
std::string verdict_field(const RecordState& state) {
  const auto sent = state.sent();
  return sent ? station_field(sent->chain.back().role) : std::string(kFieldReview);
}

// Whether an entry of headquarters' that voids a record is the word of somebody who keeps its
// unit's records by an account there. Whoever speaks for headquarters is known otherwise, or
// refuses the record together with voiding it, in words that nobody else leaves without a remark.
bool is_units_voice(const HistoryEntry& voiding, const std::vector<HistoryEntry>& history,
                    const RecordState& state) {
  const Person& by = voiding.entry.person;
  if (by.known_by != KnownBy::kPassword && by.known_by != KnownBy::kToken) return false;
  if (!refusals_of_voiding(state).empty()) return false;
  const auto judges = [&](const Assignment& each) {
    return each.field == kFieldReview || each.field.starts_with(kStationPrefix);
  };
  for (const HistoryEntry& item : history) {
    const auto& said = item.entry.assignments;
    if (done_together(voiding, item) && std::any_of(said.begin(), said.end(), judges)) return false;
  }
  const Value* stands = state.shown(verdict_field(state));
  const auto verdict = stands != nullptr ? read_verdict(*stands) : std::nullopt;
  return !verdict || verdict->verdict != ReviewVerdict::kRefused || !verdict->remark.empty() ||
         !verdict->field_remarks.empty();
}

// Headquarters' own word that the record is void, where it stands; nothing where it doesn't.
std::optional<HistoryEntry> voided_by_headquarters(Store& store, const FoundRecord& found,
                                                   const RecordState& state) {
  const auto field = state.fields.find(kFieldVoid);
  if (field == state.fields.end()) return std::nullopt;
  const auto& heads = field->second.heads;
  const auto history = store.history(found.unit, found.record, found.form);
  for (const HistoryEntry& item : history) {
    const bool stands = std::find(heads.begin(), heads.end(), item.origin.entry) != heads.end();
    if (!stands || !item.origin.by_authority) continue;
    for (const Assignment& assignment : item.entry.assignments) {
      const bool voids = assignment.field == kFieldVoid && !assignment.value.is_cleared();
      if (voids && !is_units_voice(item, history, state)) return item;
    }
  }
  return std::nullopt;
}

bool speaks_for_headquarters(const Store& store, const Author& author) {
  return is_headquarters(store) && author.for_headquarters;
}

// A site doesn't take back what headquarters said: of that headquarters would see nothing.
std::optional<Refusal> refuse_undoing(Store& store, const FoundRecord& found,
                                      const RecordState& state, const Author& author) {
  if (speaks_for_headquarters(store, author)) return std::nullopt;
  const auto by = voided_by_headquarters(store, found, state);
  if (!by) return std::nullopt;
  return Refusal{
      Reason::kNotPermitted,
      N_("headquarters declared record {} void (by {}, {}): only headquarters takes "
         "that back; tell them why it should count"),
      {found.record.hex(), by->origin.person, shortened(state.text(kFieldVoid), kReasonToldMax)}};
}

Result<Saved> set_void(Store& store, const FoundRecord& found, const RecordState& state,
                       std::map<std::string, Value> values, const Author& author, bool seen) {
  auto problems = unseen_conflicts(state, values, seen);
  if (!problems.empty()) return Saved{.problems = std::move(problems)};
  return save_change(store, found, state, values, author);
}

// What headquarters declares void it refuses too, in words of its own about just that content: so
// whatever touches it afterwards, also a voiding taken back, shows as changed since, and counts for
// nothing until headquarters says otherwise.
Result<Saved> refuse_what_is_void(Store& store, const FoundRecord& found, Saved voided,
                                  const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  Review refused;
  refused.verdict = ReviewVerdict::kRefused;
  refused.of_voiding = true;
  std::map<std::string, Value> values{{std::string(kFieldReview), review_value(refused, *state)}};
  // What its station said goes with that: taken back, the record waits for it again.
  const std::string own = verdict_field(*state);
  if (state->shown(own) != nullptr) values.try_emplace(own);
  auto saved = save_change(store, found, *state, values, author);
  if (!saved) return saved;
  voided.written = std::move(saved->written);
  std::move(saved->changed.begin(), saved->changed.end(), std::back_inserter(voided.changed));
  return voided;
}

// The one candidate whose entry is called so or begins like this.
Result<Value> candidate_named(const std::vector<Candidate>& candidates, const std::string& given) {
  const Candidate* found = nullptr;
  size_t count = 0;
  std::string all;
  for (const Candidate& candidate : candidates) {
    const std::string entry = candidate.origin.entry.hex();
    all += (all.empty() ? "" : ", ") + entry.substr(0, 8);
    if (!entry.starts_with(lower(given))) continue;
    found = &candidate;
    ++count;
  }
  if (count == 1) return found->value;
  if (count > 1) {
    return Refusal{Reason::kInvalidValue,
                   N_("{} candidates' entries begin like {}: give more of the one you mean"),
                   {std::to_string(count), given}};
  }
  return Refusal{Reason::kInvalidValue,
                 N_("no candidate's entry begins like {}; there are: {}"),
                 {given, all}};
}

}  // namespace

Result<Saved> save_void(Store& store, const FoundRecord& found, const std::string& reason,
                        const Author& author, bool seen) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  SITELOG_ASSERT(!reason.empty());
  const std::string said = state->text(kFieldVoid);
  if (state->voided() && !state->conflicts.contains(std::string(kFieldVoid)) && said != reason) {
    return Refusal{Reason::kNothingToDecide,
                   N_("record {} is void already ({}): nothing was saved"),
                   {found.record.hex(), shortened(said, kReasonToldMax)}};
  }
  const std::map<std::string, Value> values{{std::string(kFieldVoid), Value(reason)}};
  if (!speaks_for_headquarters(store, author))
    return set_void(store, found, *state, values, author, seen);
  auto problems = unseen_conflicts(*state, {{verdict_field(*state), Value()}}, seen);
  if (!problems.empty()) return Saved{.problems = std::move(problems)};
  auto saved = set_void(store, found, *state, values, author, seen);
  if (!saved || !saved->written) return saved;
  return refuse_what_is_void(store, found, *std::move(saved), author);
}

Result<Saved> save_unvoid(Store& store, const FoundRecord& found, const Author& author, bool seen) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  const bool in_conflict = state->conflicts.contains(std::string(kFieldVoid));
  if (!state->voided() && !in_conflict) return Saved{.record = found.record};
  if (auto refusal = refuse_undoing(store, found, *state, author)) return *std::move(refusal);
  std::map<std::string, Value> values{{std::string(kFieldVoid), Value()}};
  // The refusal goes with the voiding that it came with: then it waits to be reviewed.
  const bool theirs =
      speaks_for_headquarters(store, author) && voided_by_headquarters(store, found, *state);
  if (theirs && state->review().verdict == ReviewVerdict::kRefused) {
    values.emplace(verdict_field(*state), Value());
  }
  if (speaks_for_headquarters(store, author)) {
    for (std::string& field : refusals_of_voiding(*state)) {
      values.emplace(std::move(field), Value());
    }
  }
  return set_void(store, found, *state, std::move(values), author, seen);
}

namespace {

std::string text_or_none(const Value& value) {
  return value.text() != nullptr ? *value.text() : std::string();
}

}  // namespace

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
                   {field_given, found.record.hex()}};
  }
  const auto& candidates = conflict->second.candidates;
  Value value;
  if (decision.take) {
    auto taken = candidate_named(candidates, *decision.take);
    if (!taken) return taken.refusal();
    value = *std::move(taken);
    if (field == kFieldCampaign && !decision.may_move_to(found.unit, text_or_none(value))) {
      return Refusal{Reason::kNotPermitted,
                     N_("you have no right in the campaign that the record would come to stand in"),
                     {}};
    }
  } else if (field == kFieldCampaign) {
    return Refusal{
        Reason::kInvalidValue, N_("a campaign is no value to be typed in: take a candidate"), {}};
  } else if (field == kFieldReview || field == kFieldSent || field.starts_with(kStationPrefix)) {
    return Refusal{Reason::kInvalidValue,
                   N_("a review is no value to be typed in: take a candidate, or review the record "
                      "anew"),
                   {}};
  } else if (is_reserved_field(field)) {
    value = decision.value.empty() ? Value() : Value(decision.value);
  } else {
    const auto definition = campaign_of(catalogue, *state);
    if (!definition) return definition.refusal();
    const CheckContext context{author.today, unit_name_in(store, found.unit), &*state};
    Checked checked = check_input(**definition, found.form,
                                  {{field, boost::json::value(decision.value)}}, context);
    if (!checked.errors.empty()) return Saved{.problems = std::move(checked.errors)};
    value = checked.values[field];
  }
  const bool voids = field == kFieldVoid && !value.is_cleared();
  if (field == kFieldVoid && !voids) {
    if (auto refusal = refuse_undoing(store, found, *state, author)) return *std::move(refusal);
  }
  auto saved = save_change(store, found, *state, {{field, value}}, author);
  note_what_was_sent(saved, *state);
  if (!voids || !saved || !saved->written || !speaks_for_headquarters(store, author)) return saved;
  return refuse_what_is_void(store, found, *std::move(saved), author);
}

}  // namespace sitelog
