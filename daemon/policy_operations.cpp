// The units' policies.
#include "campaign/names.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// What a person may choose for a unit: the others follow from the fields' types.
std::vector<std::string> policy_names() {
  std::vector<std::string> out;
  for (int i = 0; i <= static_cast<int>(Policy::kUnion); ++i) {
    const auto policy = static_cast<Policy>(i);
    if (!follows_from_type(policy)) out.emplace_back(name_of(policy));
  }
  return out;
}

// Writes what holds for a field of a unit, "*" for all; nothing (Cleared) where the fields' own
// policies are to hold again.
OperationAnswer write_policy(Headquarters& headquarters, const OperationCall& call,
                             const Value& policy) {
  const std::string given = call.args.has("field") ? call.args.text("field") : "*";
  Engine& engine = *headquarters.engine;
  const Author author = author_of(call, engine);
  const auto unit = engine.read([&](const Queries& queries) -> Result<BookCode> {
    const KnownUnits units(engine, queries);
    auto named = unit_named(units, call);
    if (named && !Reach(call.caller.scope, units).covers(*named)) return unknown_unit(call);
    return named;
  });
  if (!unit) return unit.refusal();
  return engine.call([&](Store& store, const CampaignCatalogue& catalogue) -> OperationAnswer {
    const RecordId record = policy_record(*unit);
    const std::string form(kFormPolicy);
    const auto known = store.state(*unit, record, form);
    // What was set once can be cleared, whatever the campaigns' fields are called by now.
    std::string field = given;
    if (given != "*" && (!known || known->shown(given) == nullptr)) {
      const auto named = find_field(catalogue.campaigns(), given);
      if (!named) return named.refusal();
      field = *named;
    }
    if (policy.is_cleared() && (!known || known->shown(field) == nullptr)) {
      return Refusal{Reason::kNothingToDecide,
                     N_("no policy is set for {} of unit {}"),
                     {field == "*" ? std::string(N_("all fields")) : field, *unit}};
    }
    const Entry entry = compose(known ? &*known : nullptr, record, form, {{field, policy}});
    const auto written = store.write(*unit, entry, author.clock, author.person);
    if (!written) return written.refusal();
    json::object out{{"unit", *unit}, {"field", field}};
    if (!policy.is_cleared()) out["policy"] = *policy.text();
    return out;
  });
}

OperationAnswer set_policy(Headquarters& headquarters, const OperationCall& call) {
  return write_policy(headquarters, call, Value(call.args.text("policy")));
}

OperationAnswer clear_policy(Headquarters& headquarters, const OperationCall& call) {
  return write_policy(headquarters, call, Value());
}

OperationAnswer list_policies(Headquarters& headquarters, const OperationCall& call) {
  const auto units = units_asked(*headquarters.engine, call);
  if (!units) return units.refusal();
  RecordFilter filter;
  filter.units = *units;
  filter.form = std::string(kFormPolicy);
  filter.of_the_system = true;
  std::vector<json::object> lines;
  headquarters.engine->read([&](const Queries& queries) {
    queries.list_records(filter, std::nullopt, [&](json::object line) {
      lines.push_back({{"unit", line["unit"]}, {"policies", line["fields"]}});
    });
    return Done{};
  });
  for (const json::object& line : lines) call.io.line(line);
  return json::object{};
}

}  // namespace

void add_policy_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add({.name = "policy.set",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("set a unit's policy, for all fields or for one"),
             .arguments = {argument::unit("unit", N_("the unit's code or name")).needed(),
                           argument::text("field", N_("only for this field")),
                           argument::choice("policy", policy_names(),
                                            N_("latest (the latest change), site (the site's), "
                                               "headquarters (headquarters') or ask (the last "
                                               "settled value until a person decides)"))
                               .needed(),
                           person_argument(N_("who does it"))},
             .answer = object({{"unit", text()},
                               sometimes("unit_name", text()),
                               {"field", text()},
                               {"policy", text()}}),
             .run = run_by(headquarters, set_policy)});
  table.add(
      {.name = "policy.clear",
       .right = Right::kAdminister,
       .writes = true,
       .help = N_("take a unit's policy back, for all fields or for one: what the campaign "
                  "says holds again"),
       .arguments = {argument::unit("unit", N_("the unit's code or name")).needed(),
                     argument::text("field", N_("only for this field")),
                     person_argument(N_("who does it"))},
       .answer = object({{"unit", text()}, sometimes("unit_name", text()), {"field", text()}}),
       .run = run_by(headquarters, clear_policy)});
  table.add({.name = "policy.list",
             .help = N_("the units' policies"),
             .arguments = {only_unit_argument()},
             .line = object(
                 {{"unit", text()}, sometimes("unit_name", text()), {"policies", map(text())}}),
             .run = run_by(headquarters, list_policies)});
}

}  // namespace sitelog
