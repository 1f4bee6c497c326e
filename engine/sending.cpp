// What is sent to stations.
#include <algorithm>
#include <set>

#include "campaign/chain.hpp"
#include "campaign/text.hpp"
#include "engine/authoring_parts.hpp"
#include "engine/own_place.hpp"
#include "engine/reviewing.hpp"
#include "engine/station_words.hpp"
#include "engine/system.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

// The chain that a record's unit has in the campaign that the record says; nothing where its form
// has none there.
std::optional<Chain> chain_now(const CampaignCatalogue& catalogue, const RecordState& state,
                               const UnitTree& units, const BookCode& unit) {
  const Definition* definition = catalogue.known(state.text(kFieldCampaign));
  const Form* form = definition != nullptr ? definition->form(state.form) : nullptr;
  return form != nullptr ? chain_of(*definition, *form, units, unit) : std::nullopt;
}

std::optional<Refusal> refuse_sending(Store& store, const FoundRecord& found,
                                      const RecordState& state) {
  if (store.queries().rules().hold < kRulesOfStations) {
    return Refusal{
        Reason::kNotPermitted,
        N_("stations judge by judging rules {}, which headquarters has not laid down yet "
           "(there: sitelogd rules use {}): until then it judges records by itself, and "
           "nothing needs to be sent"),
        {std::to_string(kRulesOfStations), std::to_string(kRulesOfStations)}};
  }
  if (state.voided()) {
    return Refusal{Reason::kNotPermitted,
                   N_("record {} is void ({}): it can't be sent"),
                   {found.record.hex(), shortened(state.text(kFieldVoid), kReasonToldMax)}};
  }
  return std::nullopt;
}

// Of what is judged; what stations said at once is theirs to decide.
std::vector<FieldProblem> conflicts_of_what_is_sent(const RecordState& state) {
  std::vector<FieldProblem> out;
  for (const auto& [field, conflict] : state.conflicts) {
    if (!is_sent_field(field)) continue;
    out.push_back({field,
                   {Reason::kInvalidValue,
                    N_("this is in conflict: decide it before sending the record (command line: "
                       "conflicts, decide)"),
                    {}}});
  }
  return out;
}

// What it names as sent before: what stands there, whether it counts or not. Where somebody has
// said all of that before, or named it as what was before something else, it is past, and does not
// come back by being said once more: then it comes after that.
Value sending_of(Store& store, const FoundRecord& found, const RecordState& state, Sent sent) {
  const Value* stands = state.shown(kFieldSent);
  if (stands != nullptr) sent.before = sent_name(*stands);
  Value out = sent_value(sent);
  if (!state.fields.contains(kFieldSent)) return out;
  std::set<std::string> known;
  for (const HistoryEntry& item : store.history(found.unit, found.record, found.form)) {
    for (const Assignment& made : item.entry.assignments) {
      if (made.field == kFieldSent) known.insert({sent_name(made.value), sent_before(made.value)});
    }
  }
  while (known.contains(sent_name(out))) {
    sent.before = sent_name(out);
    out = sent_value(sent);
  }
  return out;
}

// Who has which role a site knows as of then; headquarters, and who was never told, as it is: "".
std::string last_synced(Store& store) {
  if (is_headquarters(store)) return {};
  const auto complete = last_complete(store.meta(kLastSync));
  return complete ? local_time(*complete) : std::string();
}

const char* text_of_missing(const std::string& synced) {
  if (synced.empty()) {
    return N_("nobody has the role {} where it would be asked: it goes on to the next station");
  }
  return N_(
      "nobody had the role {0} where it would be asked when this device last synced ({2}): it "
      "goes on to the next station. Should somebody have it by now, status tells so after "
      "the next sync, and what to send again");
}

bool answers_all(const RecordState& state, const Sent& sent, const Chain& chain) {
  const auto verdict = state.review().verdict;
  return state.as_sent->empty() && sent.chain == chain.stations &&
         !state.conflicts.contains(std::string(kFieldSent)) &&
         verdict != ReviewVerdict::kReturned && verdict != ReviewVerdict::kRefused;
}

}  // namespace

Result<Saved> save_sent(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
                        const UnitTree& units, const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  const auto chain = chain_now(catalogue, *state, units, found.unit);
  if (!chain || catalogue.is_withdrawn(state->text(kFieldCampaign))) {
    return Refusal{Reason::kNothingToDecide,
                   N_("records of this form are judged by headquarters alone: record {} is there "
                      "once it is synced, and need not be sent"),
                   {found.record.hex()}};
  }
  if (auto refusal = refuse_sending(store, found, *state)) return *std::move(refusal);
  if (auto problems = conflicts_of_what_is_sent(*state); !problems.empty()) {
    return Saved{.problems = std::move(problems)};
  }
  const auto before = state->sent();
  if (before && answers_all(*state, *before, *chain)) return Saved{.record = found.record};
  const Definition* definition = catalogue.known(state->text(kFieldCampaign));
  std::vector<Refusal> notices;
  const std::string synced = chain->missing.empty() ? "" : last_synced(store);
  for (const std::string& role : chain->missing) {
    notices.push_back({Reason::kInvalidValue,
                       text_of_missing(synced),
                       {called(definition, role, Language::kEnglish),
                        called(definition, role, Language::kChinese), synced}});
  }
  if (before && state->as_sent->empty() && before->chain == chain->stations) {
    notices.push_back({Reason::kInvalidValue,
                       N_("nothing was changed or explained since it was sent before"),
                       {}});
  }
  const Value sent = sending_of(store, found, *state,
                                {heads_to_send(*state), chain->stations, definition->digest, {}});
  auto saved = save_change(store, found, *state, {{std::string(kFieldSent), sent}}, author);
  if (saved) saved->notices = std::move(notices);
  return saved;
}

bool was_just_sent(const CampaignCatalogue& catalogue, const UnitTree& units,
                   const RecordView& before, const RecordView& now) {
  const RecordState was = merge_record(before.history, before.policies);
  const RecordState is = merge_record(now.history, now.policies);
  for (const auto& [field, state] : is.fields) {
    if (!is_sent_field(field)) continue;
    const auto at = was.fields.find(field);
    if (at == was.fields.end() || at->second.heads != state.heads) return false;
  }
  const auto sent = is.sent();
  const auto chain = chain_now(catalogue, is, units, now.unit);
  return sent && chain && answers_all(is, *sent, *chain);
}

bool waits_wrongly(const CampaignCatalogue& catalogue, const RecordState& state,
                   const UnitTree& units, const BookCode& unit) {
  const auto sent = state.sent();
  const auto chain = chain_now(catalogue, state, units, unit);
  const Review review = state.review();
  if (!sent || !chain || !review.station || review.verdict != ReviewVerdict::kPending) return false;
  const std::vector<Station>& now = chain->stations;
  const auto waits = std::find(now.begin(), now.end(), *review.station);
  if (waits == now.end()) return true;
  return std::any_of(now.begin(), waits, [&](const Station& before) {
    return std::none_of(sent->chain.begin(), sent->chain.end(),
                        [&](const Station& asked) { return asked.role == before.role; });
  });
}

std::optional<Refusal> asked_otherwise(const CampaignCatalogue& catalogue, const RecordState& state,
                                       const UnitTree& units, const BookCode& unit) {
  const auto sent = state.sent();
  const auto chain = chain_now(catalogue, state, units, unit);
  if (!sent || !chain || sent->chain == chain->stations) return std::nullopt;
  const Definition* definition = catalogue.known(state.campaign());
  const auto then = chain_in_both(definition, units, sent->chain);
  const auto now =
      chain_in_both(catalogue.known(state.text(kFieldCampaign)), units, chain->stations);
  return Refusal{Reason::kInvalidValue,
                 N_("it was sent to {}; by the units and roles of today it would be {}"),
                 {then[0], now[0], then[1], now[1]}};
}

}  // namespace sitelog
