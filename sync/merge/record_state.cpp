#include "sync/merge/record_state.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <tuple>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/heads_digest.hpp"
#include "sync/merge/sendings.hpp"

namespace sitelog {

namespace {

Stamp stamp_of(const HistoryEntry& item) {
  return {item.origin.entry, item.origin.stream.device, item.origin.person,
          item.origin.clock.wall.ms, item.origin.hybrid};
}

bool before(const Stamp& a, const Stamp& b) {
  return std::tie(a.hybrid, a.entry) < std::tie(b.hybrid, b.entry);
}

// The record's own entries as one more field: an entry replaces its parents.
struct Lineage {
  std::set<EntryName> known, referred;
  void add(const EntryName& name, const std::vector<EntryName>& parents) {
    known.insert(name);
    referred.insert(parents.begin(), parents.end());
  }
  std::vector<EntryName> tips() const {
    std::vector<EntryName> out;
    std::set_difference(known.begin(), known.end(), referred.begin(), referred.end(),
                        std::back_inserter(out));
    return out;
  }
  bool whole() const {
    return std::includes(known.begin(), known.end(), referred.begin(), referred.end());
  }
};

// What begins a record has no parents, and replaces nothing; where nothing does, what comes
// closest.
int distance_from_beginning(const Entry& entry) {
  if (!entry.parents.empty()) return 2;
  return std::any_of(entry.assignments.begin(), entry.assignments.end(),
                     [](const Assignment& made) { return !made.replaces.empty(); })
             ? 1
             : 0;
}

bool same_names(std::vector<EntryName> names, std::span<const EntryName> ascending) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return std::equal(names.begin(), names.end(), ascending.begin(), ascending.end());
}

void fill_field(RecordState& state, const std::string& field, const FieldHeads& heads,
                const Policies& policies, const std::string& campaign) {
  FieldState& out = state.fields[field];
  const auto candidates = heads.heads();
  for (const Candidate* candidate : candidates) out.heads.push_back(candidate->origin.entry);
  if (!FieldHeads::in_conflict(candidates)) {
    out.shown = candidates.front()->value;
    return;
  }
  // What policies and anchors are learned from can't rest on them in turn.
  const Policy policy = is_reserved_field(field) || is_system_form(state.form)
                            ? Policy::kLatest
                            : policies.policy(state.form, campaign, field);
  out.shown = heads.shown(policy);
  Conflict& conflict = state.conflicts[field];
  conflict = {field, policy, out.shown, {}};
  conflict.candidates.reserve(candidates.size());
  for (const Candidate* candidate : candidates) conflict.candidates.push_back(*candidate);
}

Hash digest_of_heads(const RecordState& state, std::string_view domain,
                     bool (*is_part)(std::string_view field)) {
  return heads_digest(
      state.fields, domain, is_part,
      [](const FieldState& field) -> const auto& { return field.heads; });
}

using FieldHistories = std::map<std::string, FieldHeads>;

// What a field was set to by these, the least name's where they say several things. Nothing where
// one of them is not here or did not set it.
std::optional<Value> value_at(const FieldHistories& fields, const std::string& field,
                              const std::vector<EntryName>& names) {
  const auto at = fields.find(field);
  if (at == fields.end()) return std::nullopt;
  std::optional<Value> out;
  for (const EntryName& name : names) {
    const Candidate* made = at->second.made_by(name);
    if (made == nullptr) return std::nullopt;
    if (!out) out = made->value;
  }
  return out;
}

// Of several that were sent at once the latest one that is not past.
void show_latest_sent(RecordState& state, const Sendings& sendings) {
  const auto at = state.conflicts.find(std::string(kFieldSent));
  if (at == state.conflicts.end()) return;
  const Candidate* best = nullptr;
  for (const Candidate& each : at->second.candidates) {
    if (sendings.is_past(each.value)) continue;
    if (best == nullptr || written_before(best->origin, each.origin)) best = &each;
  }
  if (best == nullptr) return;
  at->second.shown = best->value;
  state.fields[at->first].shown = best->value;
}

// What its latest `_sent` spoke of, as far as that is another by now. Nothing where it has none
// that counts: what begins a record sends nothing; what is past does not come back; what leaves out
// the campaign that the record has would take it out of it; and as long as an entry that is named
// is not here, what was sent is not known, so that nobody accepts what would show another value
// once that came.
std::optional<AsSent> as_sent(const RecordState& state, const FieldHistories& fields,
                              const Sendings& sendings) {
  const auto& [shown, heads] = state.fields.find(kFieldSent)->second;
  if (!shown || std::none_of(heads.begin(), heads.end(), [&](const EntryName& head) {
        return sendings.rests_on_another(head);
      })) {
    return std::nullopt;
  }
  const auto sent = read_sent(*shown);
  if (!sent || sendings.is_past(*shown)) return std::nullopt;
  const bool says_campaign = sent->heads.contains(kFieldCampaign);
  if (state.fields.contains(kFieldCampaign) && !says_campaign) return std::nullopt;
  AsSent out;
  for (const auto& [field, names] : sent->heads) {
    auto value = value_at(fields, field, names);
    if (!value) return std::nullopt;
    const auto now = state.fields.find(field);
    const bool same =
        now != state.fields.end() &&
        std::equal(names.begin(), names.end(), now->second.heads.begin(), now->second.heads.end());
    if (!same) out.emplace(field, *std::move(value));
  }
  for (const auto& [field, now] : state.fields) {
    if (is_sent_field(field) && !sent->heads.contains(field)) out.emplace(field, Value());
  }
  // Declared void and taken back since then: nothing is another for that.
  const auto voided = out.find(std::string(kFieldVoid));
  if (voided != out.end() && voided->second.is_cleared() && !state.voided()) out.erase(voided);
  return out;
}

// Of several verdicts that one station gave at once: of what is sent now rather than of what was,
// then the stricter.
void show_stricter(RecordState& state) {
  const std::string sent = state.sent_name();
  for (auto& [field, conflict] : state.conflicts) {
    if (!field.starts_with(kStationPrefix)) continue;
    const Candidate* best = nullptr;
    for (const Candidate& each : conflict.candidates) {
      if (best == nullptr || counts_before(each.value, best->value, sent) ||
          (counts_alike(each.value, best->value, sent) &&
           written_before(best->origin, each.origin))) {
        best = &each;
      }
    }
    conflict.policy = Policy::kStricter;
    conflict.shown = best->value;
    state.fields[field].shown = best->value;
  }
}

}  // namespace

const Value* RecordState::shown(std::string_view field) const {
  const auto at = fields.find(field);
  if (at == fields.end() || !at->second.shown || at->second.shown->is_cleared()) return nullptr;
  return &*at->second.shown;
}

std::string RecordState::text(std::string_view field) const {
  const Value* value = shown(field);
  return value != nullptr && value->text() != nullptr ? *value->text() : std::string();
}

int64_t RecordState::integer(std::string_view field) const {
  const Value* value = shown(field);
  return value != nullptr && value->integer() != nullptr ? *value->integer() : 0;
}

const Value* RecordState::campaign_value() const {
  if (as_sent) {
    const auto at = as_sent->find(std::string(kFieldCampaign));
    if (at != as_sent->end()) return at->second.is_cleared() ? nullptr : &at->second;
  }
  return shown(kFieldCampaign);
}

std::string RecordState::campaign() const {
  const Value* value = campaign_value();
  return value != nullptr && value->text() != nullptr ? *value->text() : std::string();
}

Hash content_digest(const RecordState& state) {
  return digest_of_heads(state, kContentDomain, is_content_field);
}

Hash explanation_digest(const RecordState& state) {
  return digest_of_heads(state, kExplanationsDomain, is_explanation_field);
}

Hash campaign_digest(const RecordState& state) {
  return digest_of_heads(state, kCampaignDomain, is_campaign_field);
}

RecordState merge_record(const std::vector<HistoryEntry>& history, const Policies& policies) {
  SITELOG_ASSERT(!history.empty());
  RecordState state;
  state.record = history.front().entry.record;
  state.form = history.front().entry.form;
  Lineage lineage;
  FieldHistories fields;
  std::optional<Stamp> changed;
  std::optional<std::pair<int, Stamp>> created;
  for (const HistoryEntry& item : history) {
    const Stamp stamp = stamp_of(item);
    lineage.add(item.origin.entry, item.entry.parents);
    const int distance = distance_from_beginning(item.entry);
    if (!created || distance < created->first ||
        (distance == created->first && before(stamp, created->second))) {
      created = {distance, stamp};
    }
    if (!changed || before(*changed, stamp)) changed = stamp;
    Origin origin = item.origin;
    if (is_system_form(state.form)) origin.when = origin.clock.wall;
    for (const Assignment& assignment : item.entry.assignments) {
      fields[assignment.field].add(origin, assignment.value, assignment.replaces);
    }
  }
  state.created = created->second;
  state.changed = *changed;
  state.tips = lineage.tips();
  state.whole = lineage.whole();
  std::string campaign;
  if (const auto at = fields.find(std::string(kFieldCampaign)); at != fields.end()) {
    const auto shown = at->second.shown(Policy::kLatest);
    if (shown && shown->text() != nullptr) campaign = *shown->text();
  }
  for (const auto& [field, heads] : fields) {
    state.whole = state.whole && heads.whole();
    fill_field(state, field, heads, policies, campaign);
  }
  if (policies.heeds_stations()) {
    if (state.fields.contains(kFieldSent)) {
      const Sendings sendings(history);
      show_latest_sent(state, sendings);
      state.as_sent = as_sent(state, fields, sendings);
    }
    show_stricter(state);
  }
  return state;
}

RecordState begin_record(HistoryEntry first) {
  RecordState state;
  state.created = state.changed = stamp_of(first);
  state.record = first.entry.record;
  state.form = std::move(first.entry.form);
  state.tips = {first.origin.entry};
  state.whole = first.entry.parents.empty();
  state.fields.reserve(first.entry.assignments.size());
  for (Assignment& assignment : first.entry.assignments) {
    state.whole = state.whole && assignment.replaces.empty();
    // Authors write them in order.
    FieldState& field =
        state.fields.try_emplace(state.fields.end(), std::move(assignment.field))->second;
    field.shown = std::move(assignment.value);
    field.heads.assign(1, first.origin.entry);
  }
  return state;
}

bool concerns_stations(const Entry& entry) {
  return std::any_of(entry.assignments.begin(), entry.assignments.end(),
                     [](const Assignment& made) {
                       return made.field == kFieldSent || made.field.starts_with(kStationPrefix);
                     });
}

bool extend(RecordState& state, const HistoryEntry& added) {
  if (!state.whole || !state.conflicts.empty()) return false;
  // What was sent is found among all that was ever said.
  if (state.as_sent || concerns_stations(added.entry)) return false;
  if (!same_names(added.entry.parents, state.tips)) return false;
  for (const Assignment& assignment : added.entry.assignments) {
    const auto at = state.fields.find(assignment.field);
    const bool follows = at == state.fields.end()
                             ? assignment.replaces.empty()
                             : same_names(assignment.replaces, at->second.heads);
    if (!follows) return false;
  }
  for (const Assignment& assignment : added.entry.assignments) {
    state.fields[assignment.field] = {assignment.value, {added.origin.entry}};
  }
  state.tips = {added.origin.entry};
  const Stamp stamp = stamp_of(added);
  if (before(state.changed, stamp)) state.changed = stamp;
  return true;
}

Entry compose(const RecordState* state, const RecordId& record, const std::string& form,
              const std::map<std::string, Value>& values) {
  Entry entry;
  entry.record = record;
  entry.form = form;
  if (state != nullptr) entry.parents = state->tips;
  for (const auto& [field, value] : values) {
    Assignment assignment{field, value, {}};
    if (state != nullptr) {
      const auto at = state->fields.find(field);
      if (at != state->fields.end()) {
        const bool settled = !state->conflicts.contains(field);
        if (settled && at->second.shown && *at->second.shown == value) continue;
        assignment.replaces.assign(at->second.heads.begin(), at->second.heads.end());
      }
    }
    entry.assignments.push_back(std::move(assignment));
  }
  return entry;
}

std::optional<Entry> take_predecessor(Entry& entry) {
  std::set<EntryName> named(entry.parents.begin(), entry.parents.end());
  for (const auto& made : entry.assignments)
    named.insert(made.replaces.begin(), made.replaces.end());
  if (named.size() <= limits::kSeenMax) return std::nullopt;
  std::set<EntryName> taken;
  if (!entry.parents.empty()) taken.insert(entry.parents.front());  // it doesn't begin the record
  for (auto at = named.begin(); taken.size() < limits::kSeenMax; ++at) taken.insert(*at);
  const auto move_named = [&](std::vector<EntryName>& from) {
    const auto rest = std::stable_partition(
        from.begin(), from.end(), [&](const EntryName& name) { return taken.contains(name); });
    std::vector<EntryName> out(from.begin(), rest);
    from.erase(from.begin(), rest);
    return out;
  };
  Entry out = entry;
  out.parents = move_named(entry.parents);
  for (size_t i = 0; i < entry.assignments.size(); ++i) {
    out.assignments[i].replaces = move_named(entry.assignments[i].replaces);
  }
  return out;
}

void go_on_from(Entry& entry, const EntryName& predecessor) {
  entry.parents.push_back(predecessor);
  for (auto& made : entry.assignments) made.replaces.push_back(predecessor);
}

}  // namespace sitelog
