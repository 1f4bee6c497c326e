// Units and their policies.
#include <map>
#include <set>

#include "campaign/names.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "engine/status.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

OperationAnswer import_units(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  auto units = parse_units_csv(call.args.text("content"), call.args.text("file"));
  if (!units) return refused_file(units.problems);
  const Author author = author_of(call, *headquarters.engine);
  struct Outcome {
    int64_t added = 0;
    int64_t changed = 0;
    int64_t not_in_file = 0;
  };
  const auto outcome = headquarters.engine->call(
      [&](Store& store, const CampaignCatalogue& catalogue) -> Result<Outcome> {
        Outcome out;
        const BookCode root(kRootBook);
        const std::string form(kFormUnit);
        place_in_order(*units, catalogue.units());
        std::set<BookCode> in_file;
        for (const Unit& unit : *units) in_file.insert(unit.code);
        for (const BookCode& known : catalogue.units().all_within("")) {
          if (!in_file.contains(known)) ++out.not_in_file;
        }
        for (const Unit& unit : *units) {
          const RecordId record = unit_record(unit.code);
          const auto known = store.state(root, record, form);
          const Entry entry = compose(known ? &*known : nullptr, record, form, unit_fields(unit));
          const auto written = store.write(root, entry, author.clock, author.person);
          if (!written) return written.refusal();
          if (*written) ++(known ? out.changed : out.added);
          store.take_on({unit.code});
        }
        return out;
      });
  if (!outcome) return outcome.refusal();
  return json::object{{"units", (*units).size()},
                      {"added", outcome->added},
                      {"changed", outcome->changed},
                      {"not_in_file", outcome->not_in_file}};
}

json::object unit_line(const Unit& unit) {
  return {{"code", unit.code},
          {"name", unit.name},
          {"parent", unit.parent},
          {"kind", unit.kind},
          {"level", unit.level}};
}

OperationAnswer list_units(Headquarters& headquarters, const OperationCall& call) {
  const auto lines = headquarters.engine->call([](Store&, const CampaignCatalogue& catalogue) {
    std::vector<json::object> out;
    const UnitTree& tree = catalogue.units();
    for (const BookCode& code : tree.all_within("")) {
      json::object line = unit_line(*tree.unit(code));
      line["depth"] = tree.ancestors(code).size();
      out.push_back(std::move(line));
    }
    return out;
  });
  for (const auto& line : lines) call.io.line(line);
  return json::object{{"units", lines.size()}};
}

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
  const Author author = author_of(call, *headquarters.engine);
  return headquarters.engine->call(
      [&](Store& store, const CampaignCatalogue& catalogue) -> OperationAnswer {
        const auto unit = unit_named(catalogue, call);
        if (!unit) return unit.refusal();
        if (!lies_in(call.caller.scope, catalogue.units(), *unit)) return not_yours(*unit);
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

OperationAnswer tell_status(Headquarters& headquarters, const OperationCall& call) {
  Engine& engine = *headquarters.engine;
  const auto asked = units_asked(engine, call);
  if (!asked) return asked.refusal();
  const std::set<BookCode> told(asked->begin(), asked->end());
  const auto names = engine.with_catalogue([](const CampaignCatalogue& catalogue) {
    std::map<BookCode, std::string> out;
    for (const BookCode& code : catalogue.units().all_within("")) {
      out[code] = catalogue.units().name(code);
    }
    return out;
  });
  return engine.read([&](const Queries& queries) -> OperationAnswer {
    std::map<BookCode, json::array> devices;
    std::set<std::string> listed;
    queries.list_devices(*asked, [&](json::object line) {
      listed.emplace(line.at("device").as_string());
      const BookCode unit(line.at("unit").as_string());
      devices[unit].emplace_back(std::move(line));
    });
    json::object out{{"device", engine.identity().device().hex()},
                     {"name", engine.identity().name}};
    if (const auto space = engine.folder().folder().space()) {
      out["disk"] = {{"free", space->free},
                     {"total", space->total},
                     {"reserve", limits::disk_reserve(space->total)}};
    }
    const RulesInForce in_force = queries.rules();
    if (auto rules = to_json(in_force)) out["rules"] = std::move(*rules);
    if (in_force.hold < known_rules().newest()) out["newer_rules"] = known_rules().newest();
    json::array units;
    for (BookStatus& book : queries.status(engine.identity().device(), std::nullopt)) {
      const bool common = book.unit == kRootBook;
      if (!common && !told.empty() && !told.contains(book.unit)) continue;
      book.held = book.own;  // what headquarters wrote is with headquarters
      json::object line{{"unit", book.unit}};
      if (const auto name = names.find(book.unit); name != names.end()) line["name"] = name->second;
      for (auto& [key, value] : to_json(book)) line[key] = value;
      if (common) {
        out["common"] = std::move(line);
        continue;
      }
      line["devices"] = std::move(devices[book.unit]);
      units.emplace_back(std::move(line));
    }
    out["units"] = std::move(units);
    if (headquarters.connected) {
      json::array connected;
      for (const DeviceId& device : headquarters.connected()) {
        if (told.empty() || listed.contains(device.hex())) connected.emplace_back(device.hex());
      }
      out["connected"] = std::move(connected);
    }
    return out;
  });
}

Shape status_shape() {
  using namespace shape;
  std::vector<Member> book{{"unit", text()}, sometimes("name", text())};
  for (Member& member : book_status_members()) book.push_back(std::move(member));
  std::vector<Member> unit = book;
  unit.push_back({"devices", list(any())});
  return object(
      {{"device", text()},
       {"name", text()},
       sometimes("disk",
                 object({{"free", integer()}, {"total", integer()}, {"reserve", integer()}})),
       sometimes("rules", rules_shape()),
       sometimes("newer_rules", integer()),
       sometimes("common", object(std::move(book))),
       {"units", list(object(std::move(unit)))},
       sometimes("connected", list(text()))});
}

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
             .answer = object({{"unit", text()}, {"field", text()}, {"policy", text()}}),
             .run = run_by(headquarters, set_policy)});
  table.add({.name = "policy.clear",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("take a unit's policy back, for all fields or for one: what the campaign "
                        "says holds again"),
             .arguments = {argument::unit("unit", N_("the unit's code or name")).needed(),
                           argument::text("field", N_("only for this field")),
                           person_argument(N_("who does it"))},
             .answer = object({{"unit", text()}, {"field", text()}}),
             .run = run_by(headquarters, clear_policy)});
  table.add({.name = "policy.list",
             .help = N_("the units' policies"),
             .arguments = {only_unit_argument()},
             .line = object({{"unit", text()}, {"policies", map(text())}}),
             .run = run_by(headquarters, list_policies)});
}

}  // namespace

void add_unit_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add(
      {.name = "units.import",
       .right = Right::kAdminister,
       .writes = true,
       .help = N_("take units from a CSV file: code,name,parent,kind,level"),
       .arguments = {argument::text("file", N_("what the file is called, for messages")).needed(),
                     argument::text("content", N_("the CSV file"))
                         .between(0, kFileArgumentBytesMax)
                         .holding(Holds::kFile)
                         .needed(),
                     person_argument(N_("who publishes"))},
       .answer = object({{"units", integer()},
                         {"added", integer()},
                         {"changed", integer()},
                         {"not_in_file", integer()}}),
       .run = run_by(headquarters, import_units)});
  table.add({.name = "units.list",
             .help = N_("all units, as a tree"),
             .line = object({{"code", text()},
                             {"name", text()},
                             {"parent", text()},
                             {"kind", text()},
                             {"level", text()},
                             {"depth", integer()}}),
             .answer = object({{"units", integer()}}),
             .run = run_by(headquarters, list_units)});
  add_policy_operations(table, headquarters);
  table.add({.name = "status",
             .help = N_("what is held here, and who was met when"),
             .arguments = {only_unit_argument()},
             .answer = status_shape(),
             .run = run_by(headquarters, tell_status)});
}

}  // namespace sitelog
