#include "tests/simulation/looks.hpp"

#include <boost/json.hpp>

#include "sync/merge/forms.hpp"
#include "tests/simulation/dice.hpp"

namespace sitelog::simulation {

namespace {

namespace json = boost::json;

constexpr size_t kSearchMax = 1000;  // merged entries

void require(bool holds, const FoundRecord& record, const std::string& what) {
  if (!holds) throw Broken("record " + record.record.hex() + " of " + record.unit + ": " + what);
}

std::string seen_in(const json::object& line) {
  return std::string(line.at("seen").as_string());
}

}  // namespace

HeadsByField content_of(const RecordState& state, bool with_explanations) {
  HeadsByField out;
  for (const auto& [field, value] : state.fields) {
    const bool content = !is_reserved_field(field) || field == kFieldVoid;
    const bool explanation = field.starts_with(kExplainPrefix);
    if (content || (explanation && with_explanations)) {
      out[field].assign(value.heads.begin(), value.heads.end());
    }
  }
  return out;
}

std::optional<Sight> look_at(TestDevice& device, const FoundRecord& record) {
  Store& store = device.store();
  const auto state = store.state(record.unit, record.record, record.form);
  if (!state) return std::nullopt;
  Sight out;
  json::object line =
      store.queries().show_record(record, device_of(device.headquarters()), std::nullopt);
  out.digest = seen_in(line);
  require(seen_in(store.queries().record(record)) == out.digest, record,
          "a list says another digest than the record");
  for (const auto& conflict : line.at("conflicts").as_array()) {
    const std::string field(conflict.at("field").as_string());
    out.conflicts.push_back(field);
    for (const auto& candidate : conflict.at("candidates").as_array()) {
      out.candidates.push_back({field, std::string(candidate.at("entry").as_string()),
                                json::serialize(candidate.at("value"))});
    }
  }
  // How an entry came here is no part of what it says.
  for (const char* apart : {"seen", "entries", "history"}) line.erase(apart);
  out.shown = json::serialize(line);
  for (const HistoryEntry& item : store.history(record.unit, record.record, record.form)) {
    out.entries.insert(item.origin.entry);
  }
  for (const auto& [field, value] : state->fields) {
    out.heads[field].assign(value.heads.begin(), value.heads.end());
  }
  out.voided = state->voided();
  return out;
}

void check_told(const Look& look, const Sight& now, const ChangedAsSeen& outcome,
                const SeenCodes& codes, const std::string& given) {
  require(now.shown != look.sight.shown || now.entries != look.sight.entries, look.record,
          "it is what was seen, and was refused as something else");
  const auto before = view_seen(
      *outcome.other, [&](const Hash& seen) { return codes.names(given, seen); }, kSearchMax);
  if (!before) return;
  std::set<std::string> differ, told;
  for (const auto& [field, heads] : now.heads) {
    const auto at = look.sight.heads.find(field);
    if (at == look.sight.heads.end() || at->second != heads) differ.insert(field);
  }
  for (const FieldProblem& change : changes_between(*before, *outcome.other)) {
    told.insert(change.field);
  }
  require(told == differ, look.record, "what is told to have changed is not what has changed");
}

}  // namespace sitelog::simulation
