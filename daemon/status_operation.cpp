// What is held at headquarters, book by book.
#include <map>
#include <set>

#include "campaign/chain.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "engine/status.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// The roles that judge records, in the campaigns in force as this reader sees them: nobody waits
// for the store's thread here. And those that may have judged some, before a campaign was published
// anew without them: what waits for one waits for nobody.
struct StationRoles {
  std::vector<std::string> at_units, at_top;
  std::set<std::string> former;
};
StationRoles station_roles(const Queries& queries, std::set<std::string> given) {
  RecordFilter filter;
  filter.form = kFormCampaign;
  filter.of_the_system = true;
  std::vector<Definition> definitions;
  queries.list_records(filter, std::nullopt, [&](const json::object& line) {
    const auto* text = line.at("fields").as_object().if_contains("definition");
    if (line.contains("void") || text == nullptr || !text->is_string()) return;
    auto parsed = parse_definition(text->get_string(), "", UnknownKeys::kIgnore);
    if (parsed) definitions.push_back(*std::move(parsed.value));
  });
  std::vector<const Definition*> campaigns;
  for (const Definition& each : definitions) {
    campaigns.push_back(&each);
    for (const RoleDefinition& role : each.roles) given.insert(role.key);
  }
  StationRoles out{roles_at_units(campaigns), top_roles(campaigns), std::move(given)};
  for (const auto* judging : {&out.at_units, &out.at_top}) {
    for (const std::string& role : *judging) out.former.erase(role);
  }
  return out;
}

// That accounts were given.
std::set<std::string> roles_given(Headquarters& headquarters) {
  std::set<std::string> out;
  for (const Account& account : headquarters.accounts->book().all()) {
    for (const RoleGrant& each : account.roles) out.insert(each.role);
  }
  return out;
}

// How many records wait at which station, of these units. What waits where nobody sits any more, or
// never did, or where the record's unit was moved away from, is told by its role alone.
json::array waiting(const Queries& queries, const UnitTree& units,
                    const std::vector<BookCode>& asked, const StationRoles& roles) {
  json::array out;
  const auto count = [&](const std::string& role, const std::string& station,
                         const std::vector<BookCode>& of) {
    RecordFilter filter;
    filter.units = of;
    if (station.empty()) {
      filter.waits_for = role;
    } else {
      filter.waits_at = {station};
    }
    return queries.count_records(filter);
  };
  const std::set<BookCode> told(asked.begin(), asked.end());
  // Of the unit and those below it.
  const auto count_below = [&](const std::string& role, const BookCode& code) {
    const std::string station = text_of({role, code});
    if (count(role, station, asked) == 0) return int64_t{0};
    auto below = units.all_within(code);
    std::erase_if(below,
                  [&](const BookCode& each) { return !told.empty() && !told.contains(each); });
    return below.empty() ? int64_t{0} : count(role, station, below);
  };
  const auto tell = [&](const std::string& role, const BookCode& unit, int64_t records,
                        bool empty) {
    if (records == 0) return;
    json::object line{{"role", role}, {"unit", unit}, {"records", records}};
    if (!unit.empty()) line["unit_name"] = units.name(unit);
    if (empty) line["empty"] = true;
    out.emplace_back(std::move(line));
  };
  for (const std::string& role : roles.at_units) {
    int64_t left = count(role, {}, asked);
    for (const BookCode& code : left > 0 ? units.all_within("") : std::vector<BookCode>{}) {
      if (left == 0) break;
      if (!units.unit(code)->is_filled_for_some(role)) continue;
      const int64_t here = count_below(role, code);
      tell(role, code, here, false);
      left -= here;
    }
    tell(role, {}, left, true);
  }
  for (const std::string& role : roles.at_top) tell(role, {}, count(role, {}, asked), false);
  for (const std::string& role : roles.former) tell(role, {}, count(role, {}, asked), true);
  return out;
}

OperationAnswer tell_status(Headquarters& headquarters, const OperationCall& call) {
  Engine& engine = *headquarters.engine;
  const auto asked = units_asked(engine, call);
  if (!asked) return asked.refusal();
  const std::set<BookCode> told(asked->begin(), asked->end());
  const std::set<std::string> given = roles_given(headquarters);
  return engine.read([&](const Queries& queries) -> OperationAnswer {
    const auto tree = engine.units(queries);
    std::map<BookCode, json::array> devices;
    std::set<std::string> listed;
    queries.list_devices(*asked, [&](json::object line) {
      listed.emplace(line.at("device").as_string());
      const BookCode unit(line.at("unit").as_string());
      devices[unit].emplace_back(std::move(line));
    });
    // A province's is of many small parts, which come and go together.
    const auto memory = json::make_shared_resource<json::monotonic_resource>();
    json::object out(
        {{"device", engine.identity().device().hex()}, {"name", engine.identity().name}}, memory);
    if (const auto space = engine.folder().folder().space()) {
      out["disk"] = {{"free", space->free},
                     {"total", space->total},
                     {"reserve", limits::disk_reserve(space->total)}};
    }
    if (auto clock = doubted_clock(queries)) out["clock"] = std::move(*clock);
    const RulesInForce in_force = queries.rules();
    if (auto rules = to_json(in_force)) out["rules"] = std::move(*rules);
    if (in_force.hold < known_rules().newest()) out["newer_rules"] = known_rules().newest();
    json::array units(memory);
    for (BookStatus& book : queries.status(engine.identity().device(), std::nullopt)) {
      if (is_staff_book(book.unit)) continue;
      const bool common = book.unit == kRootBook;
      if (!common && !told.empty() && !told.contains(book.unit)) continue;
      book.held = book.own;  // what headquarters wrote is with headquarters
      json::object line({{"unit", book.unit}}, memory);
      if (const Unit* unit = tree->unit(book.unit)) {
        line["name"] = tree->name(book.unit);
        if (unit->removed) line["removed"] = true;
      }
      for (auto& part : to_json(book, memory)) line.emplace(part.key(), std::move(part.value()));
      if (common) {
        out["common"] = std::move(line);
        continue;
      }
      line["devices"] = std::move(devices[book.unit]);
      units.emplace_back(std::move(line));
    }
    out["units"] = std::move(units);
    if (const auto roles = station_roles(queries, given); !roles.at_top.empty()) {
      out["waiting"] = waiting(queries, *tree, *asked, roles);
    }
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
  std::vector<Member> book{
      {"unit", text()}, sometimes("name", text()), sometimes("removed", flag())};
  for (Member& member : book_status_members()) book.push_back(std::move(member));
  std::vector<Member> unit = book;
  unit.push_back({"devices", list(any())});
  return object(
      {{"device", text()},
       {"name", text()},
       sometimes("disk",
                 object({{"free", integer()}, {"total", integer()}, {"reserve", integer()}})),
       sometimes("clock", doubted_clock_shape()),
       sometimes("rules", rules_shape()),
       sometimes("newer_rules", integer()),
       sometimes("common", object(std::move(book))),
       {"units", list(object(std::move(unit)))},
       sometimes("waiting", list(object({{"role", text()},
                                         sometimes("unit_name", text()),
                                         {"unit", text()},
                                         {"records", integer()},
                                         sometimes("empty", flag())}))),
       sometimes("connected", list(text()))});
}

}  // namespace

void add_status_operation(OperationTable& table, Headquarters* headquarters) {
  table.add({.name = "status",
             .help = N_("what is held here, and who was met when"),
             .arguments = {only_unit_argument()},
             .answer = status_shape(),
             .run = run_by(headquarters, tell_status)});
}

}  // namespace sitelog
