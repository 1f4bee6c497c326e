#include "engine/record_names.hpp"

#include "campaign/text.hpp"
#include "campaign/units.hpp"
#include "engine/known_units.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

Refusal unknown_record(const std::string& name) {
  return {Reason::kUnknownRecord, N_("there is no record {}"), {shortened(name, 64)}};
}

// What tells a record from others to a person: the first texts that lists show of its form, or
// that it has at all.
std::string told(const json::object& line, const Form* form) {
  constexpr size_t kTextsToldMax = 2;
  const json::object& fields = line.at("fields").as_object();
  std::vector<std::string> out;
  const auto tell = [&](std::string_view name) {
    const auto* value = fields.if_contains(name);
    if (value == nullptr || !value->is_string() || out.size() == kTextsToldMax) return;
    out.push_back(shortened(value->get_string(), 40));
  };
  for (const std::string& name : form != nullptr ? form->list : std::vector<std::string>{}) {
    tell(name);
  }
  for (auto field = fields.begin(); out.empty() && field != fields.end(); ++field) {
    tell(field->key());
  }
  return out.empty() ? "–" : join(out, " · ");
}

DetailedRefusal several(Engine& engine, const Queries& queries, const std::string& name,
                        const std::vector<FoundRecord>& found) {
  std::vector<FieldProblem> problems;
  const auto told_of = [&](const FoundRecord& record) {
    const json::object line = queries.record(record);
    const auto* campaign = line.if_contains("campaign");
    return engine.with_catalogue([&](const CampaignCatalogue& catalogue) {
      const Definition* definition =
          campaign != nullptr ? catalogue.known(std::string(campaign->as_string())) : nullptr;
      return told(line, definition != nullptr ? definition->form(record.form) : nullptr);
    });
  };
  const KnownUnits units(engine, queries);
  for (const FoundRecord& record : found) {
    if (problems.size() == kRecordsToldMax) break;
    const std::string title = told_of(record);
    const std::string form = shortened(record.form, 40);
    if (const auto written = written_name(record)) {
      problems.push_back({*written,
                          {Reason::kUnknownRecord,
                           N_("unit {}, form {}: {}"),
                           {units.name(record.unit), form, title}}});
    } else {
      problems.push_back(
          {record.record.hex(),
           {Reason::kUnknownRecord,
            N_("unit {}, form “{}”, which no campaign has and which can't be named: {}"),
            {units.name(record.unit), form, title}}});
    }
  }
  const bool more = found.size() > kRecordsToldMax;
  return DetailedRefusal(
      {Reason::kUnknownRecord,
       more ? N_("more than {1} records are called {0}: give more of the id, "
                 "or name the record as UNIT/FORM/ID")
            : N_("{1} records are called {0}: name the one that is meant as UNIT/FORM/ID"),
       {shortened(name, 64), std::to_string(problems.size())}},
      std::move(problems));
}

}  // namespace

RecordName parse_record_name(std::string_view text) {
  const size_t last = text.rfind('/');
  if (last == text.npos) return {{}, {}, std::string(text)};
  const size_t first = text.find('/');
  RecordName out{BookCode(text.substr(0, first)), {}, std::string(text.substr(last + 1))};
  if (first < last) out.form = text.substr(first + 1, last - first - 1);
  return out;
}

std::optional<std::string> written_name(const FoundRecord& record) {
  // A form is what a device says it is: only plain words are put where people copy from.
  if (!is_unit_code(record.form) || !is_unit_code(record.unit)) return std::nullopt;
  return record.unit + "/" + record.form + "/" + record.record.hex();
}

Answer<FoundRecord> find_record(Engine& engine, const Queries& queries, const Caller& caller,
                                const std::string& name) {
  RecordName named = parse_record_name(name);
  const KnownUnits known(engine, queries);
  if (!named.unit.empty()) {
    // A book may be of a unit that is not known.
    const auto unit = known.find(named.unit);
    if (unit) named.unit = *unit;
    if (!unit && unit.refusal().reason != Reason::kUnknownUnit) return unit.refusal();
  }
  std::optional<std::vector<BookCode>> among;
  if (!named.unit.empty()) among = {named.unit};
  // A book of a unit that isn't known is told to whom all is.
  auto within = caller.scope.everything ? records_told(caller.scope, UnitTree(), among)
                                        : records_told(caller.scope, known.tree(), among);
  if (!within) return unknown_record(name);
  const auto found = queries.find_records(
      {.form = std::move(named.form), .id = std::move(named.id), .within = *std::move(within)},
      kRecordsToldMax + 1);
  if (found.empty()) return unknown_record(name);
  if (found.size() > 1) return several(engine, queries, name, found);
  return found.front();
}

}  // namespace sitelog
