// What people record: a line of JSON for a new record, then one that edits it.
#include <fstream>
#include <sstream>

#include "campaign/json_line.hpp"
#include "campaign/validation.hpp"
#include "sync/merge/document.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

const Date kToday{2020, 8, 1};

struct Place {
  Definition definition;
  std::string form;
};

// Every form of every campaign that comes with Sitelog.
const std::vector<Place>& places() {
  static const std::vector<Place> all = [] {
    std::vector<Place> out;
    for (const char* name : {"thousand-events", "artists-among-workers"}) {
      std::ifstream file(std::string(SITELOG_SOURCE_DIR "/campaign/definitions/") + name + ".toml");
      std::ostringstream text;
      text << file.rdbuf();
      auto parsed = parse_definition(text.str(), name);
      MUST(static_cast<bool>(parsed));
      for (const Form& form : parsed->forms) out.push_back({*parsed, form.key});
    }
    return out;
  }();
  return all;
}

// As engine/record_operations does for a line of a batch.
std::optional<RawInput> raw_input(std::string_view line) {
  const auto parsed = parse_json_line(line);
  if (!parsed) return std::nullopt;
  RawInput out;
  for (const auto& [name, value] : *parsed) out.emplace(std::string(name), value);
  return out;
}

std::optional<Checked> check(const Place& place, std::string_view line,
                             const CheckContext& context) {
  const auto raw = raw_input(line);
  if (!raw) return std::nullopt;
  Checked checked = check_input(place.definition, place.form, *raw, context);
  for (const auto* problems : {&checked.errors, &checked.warnings}) {
    for (const FieldProblem& problem : *problems) {
      MUST(problem.refusal.reason == Reason::kInvalidValue ||
           problem.refusal.reason == Reason::kUnknownField);
      check_refusal(problem.refusal, line.size());
    }
  }
  if (!checked.errors.empty()) return std::nullopt;
  // What would be saved, typed in once more, is the same.
  RawInput again;
  for (const auto& [name, value] : checked.values) again.emplace(name, to_json(value));
  const Checked second = check_input(place.definition, place.form, again, context);
  MUST(second.errors.empty() && second.values == checked.values);
  MUST(second.warnings == checked.warnings);
  return checked;
}

// An author's bytes of it; nothing where it is past a limit.
std::optional<Entry> saved(const RecordState* state, const std::string& form,
                           const Checked& checked) {
  const Entry entry = compose(state, RecordId{}, form, checked.values);
  if (entry.assignments.empty()) return std::nullopt;
  const auto bytes = encode(entry);
  if (!bytes) {
    MUST(bytes.refusal().reason == Reason::kTooLarge);
    return std::nullopt;
  }
  const auto read = decode_entry(as_bytes(*bytes));
  MUST(read && *read == entry);
  return entry;
}

}  // namespace

FUZZ_TARGET(record_lines) {
  if (input.empty()) return;
  const Place& place = places()[input.front() % places().size()];
  const std::string_view lines = as_text(input.subspan(1));
  const size_t end = std::min(lines.find('\n'), lines.size());
  const auto made = check(place, lines.substr(0, end), {kToday, "Mine", nullptr});
  if (!made) return;
  const auto entry = saved(nullptr, place.form, *made);
  if (!entry) return;
  HistoryEntry first;
  first.entry = *entry;
  first.origin.entry.bytes.fill(1);
  const RecordState state = begin_record(first);
  const auto edited =
      check(place, lines.substr(std::min(end + 1, lines.size())), {kToday, "Mine", &state});
  if (edited) saved(&state, place.form, *edited);
}
