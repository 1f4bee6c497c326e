// The people of a unit: who they are, told, added, removed; and what is asked of who writes.
#include <algorithm>

#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "engine/list_cursor.hpp"
#include "engine/operation_parts.hpp"
#include "engine/people.hpp"
#include "engine/record_filter.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kPersonShown = 64;
constexpr int64_t kPeoplePage = 1000;
// One page looks at no more, also where most of them were removed: then it is short, with what is
// next.
constexpr int64_t kLookedMax = 5000;

json::object person_json(const BookCode& unit, const UnitPerson& person) {
  json::object out{{"unit", unit}, {"name", person.name}};
  if (!person.role.empty()) out["role"] = person.role;
  if (person.leads) out["leads"] = true;
  if (person.removed) out["removed"] = true;
  if (person.in_conflict) out["in_conflict"] = true;
  return out;
}

// The key of the role that is called so among those of the campaigns in force.
Result<std::string> role_named(const CampaignCatalogue& catalogue, const std::string& given) {
  if (given.empty()) return given;
  std::vector<Named> names;
  for (const Definition* definition : catalogue.campaigns()) {
    for (const RoleDefinition& role : definition->roles) {
      names.push_back({role.key, role.label.zh, role.label.en});
    }
  }
  const auto at = meant(given, names);
  if (!at) return at.refusal();
  if (*at) return std::string(names[**at].key);
  return not_among(names, Reason::kInvalidValue, N_("there is no role {}; there are: {}"), given);
}

Result<bool> write_fields(Store& store, const FoundRecord& found, const RecordState* state,
                          PersonFields fields, const Author& author) {
  // What was never said needs no clearing.
  std::erase_if(fields, [state](const auto& field) {
    return field.second.is_cleared() && (state == nullptr || !state->shown(field.first));
  });
  const Entry entry = compose(state, found.record, found.form, fields);
  if (entry.assignments.empty()) return false;
  const auto written = store.write(found.unit, entry, author.clock, author.person);
  if (!written) return written.refusal();
  return true;
}

OperationAnswer told_of(Store& store, const FoundRecord& found, bool written) {
  const auto now = store.state(found.unit, found.record, found.form);
  const auto person = now ? person_from(*now) : std::nullopt;
  SITELOG_ASSERT(person);
  json::object out = person_json(found.unit, *person);
  if (!written) out["unchanged"] = true;
  return out;
}

OperationAnswer add_person(Engine& engine, const OperationCall& call) {
  const auto unit = unit_of_people(engine, call);
  if (!unit) return unit.refusal();
  const std::string name(trimmed(call.args.text("name")));
  if (const auto fit = check_name(name); !fit) return fit.refusal();
  const Author author = author_of(call, engine);
  const FoundRecord found{*unit, person_record(name), std::string(kFormPerson)};
  return engine.call([&](Store& store, const CampaignCatalogue& catalogue) -> OperationAnswer {
    const auto role = role_named(catalogue, call.args.text("role"));
    if (!role) return role.refusal();
    const auto state = store.state(found.unit, found.record, found.form);
    const auto known = state ? person_from(*state) : std::nullopt;
    const bool there = known && !known->removed;
    PersonFields fields{{"name", Value(there ? known->name : name)}, {"removed", Value()}};
    if (!there || call.args.has("role")) fields["role"] = role->empty() ? Value() : Value(*role);
    if (!there || call.args.has("leads")) {
      fields["leads"] = call.args.flag("leads") ? Value(true) : Value();
    }
    // Of what is in conflict what stands is said again, which settles it.
    for (const char* field : {"role", "leads"}) {
      if (state && state->conflicts.contains(field) && !fields.contains(field)) {
        const Value* shown = state->shown(field);
        fields[field] = shown != nullptr ? *shown : Value();
      }
    }
    const auto written =
        write_fields(store, found, state ? &*state : nullptr, std::move(fields), author);
    if (!written) return written.refusal();
    return told_of(store, found, *written);
  });
}

OperationAnswer remove_person(Engine& engine, const OperationCall& call) {
  return change_person(engine, call, {{"removed", Value(true)}});
}

OperationAnswer list_people(Engine& engine, const OperationCall& call) {
  const auto units = units_asked(engine, call);
  if (!units) return units.refusal();
  const ListCursors cursors(engine.identity().key, "people.list", call, {"unit", "removed"});
  const auto place = cursors.given();
  if (!place) return place.refusal();
  const int64_t most = call.args.integer("limit").value_or(INT64_MAX);
  const bool removed_too = call.args.flag("removed");
  RecordFilter filter;
  filter.units = *units;
  filter.form = std::string(kFormPerson);
  filter.of_the_system = true;
  filter.limit = kPeoplePage;
  if (*place) filter.after = (*place)->at;
  int64_t told = 0, looked = 0;
  const auto page_is_full = [&] {
    return told >= most || (call.args.has("limit") && looked >= kLookedMax);
  };
  json::object out{{"people", 0}};
  for (bool more = most > 0; more;) {
    std::vector<json::object> page;
    more = engine.read([&](const Queries& queries) {
      std::vector<ListedRecord> found;
      const bool follow =
          queries.list_placed(filter, std::nullopt, [&](const RecordPlace& at, json::object line) {
            found.push_back({at, std::move(line)});
          });
      for (const auto& [at, line] : found) {
        if (page_is_full()) return true;
        filter.after = at;
        ++looked;
        const BookCode unit(line.at("unit").as_string());
        const auto record = queries.record_state({unit, at.record, filter.form});
        auto person = record ? person_from(*record) : std::nullopt;
        if (!person || (person->removed && !removed_too)) continue;
        person->in_conflict = !line.at("conflicts").as_array().empty();
        page.push_back(person_json(unit, *person));
        ++told;
      }
      return follow;
    });
    for (const json::object& line : page) call.io.line(line);
    if (page_is_full() && more) {
      ListPlace end;
      end.at = filter.after;
      out["next"] = cursors.after(end);
      break;
    }
  }
  out["people"] = told;
  const BookCode& own = engine.identity().unit();
  if (!own.empty() || units->size() == 1) {
    const BookCode& unit = own.empty() ? units->front() : own;
    out["names"] =
        name_of(engine.read([&](const Queries& queries) { return names_asked(queries, unit); }));
  }
  return out;
}

OperationAnswer ask_for_names(Engine& engine, const OperationCall& call) {
  const auto unit = unit_of_people(engine, call);
  if (!unit) return unit.refusal();
  const std::string& asked = call.args.text("names");
  const Author author = author_of(call, engine);
  const FoundRecord found{*unit, people_record(), std::string(kFormPeople)};
  return engine.call([&](Store& store, const CampaignCatalogue&) -> OperationAnswer {
    const auto state = store.state(found.unit, found.record, found.form);
    const bool free = asked == name_of(NamesAsked::kFree);
    const auto written = write_fields(store, found, state ? &*state : nullptr,
                                      {{"names", free ? Value() : Value(asked)}}, author);
    if (!written) return written.refusal();
    json::object out{{"unit", found.unit}, {"names", asked}};
    if (!*written) out["unchanged"] = true;
    return out;
  });
}

}  // namespace

Refusal no_such_person(const std::string& name) {
  return {Reason::kInvalidValue,
          N_("{} is not among the unit's people (people list shows them)"),
          {shortened(name, kPersonShown)}};
}

Result<BookCode> unit_of_people(Engine& engine, const OperationCall& call) {
  const BookCode own = engine.identity().unit();
  if (!own.empty() && (call.args.text("unit").empty() || call.args.text("unit") == own)) return own;
  return engine.read([&](const Queries& queries) -> Result<BookCode> {
    const KnownUnits units(engine, queries);
    const auto unit = unit_named(units, call);
    if (!unit) return unit.refusal();
    if (!own.empty() && *unit != own) {
      return Refusal{Reason::kWrongUnit,
                     N_("here are the people of unit {} alone: headquarters knows those of {}"),
                     {own, *unit}};
    }
    if (unit->empty())
      return Refusal{Reason::kUsage, N_("name the unit whose people are meant"), {}};
    if (!Reach(call.caller.scope, units).covers(*unit)) return unknown_unit(call);
    return *unit;
  });
}

OperationAnswer change_person(Engine& engine, const OperationCall& call,
                              const PersonFields& fields) {
  const auto unit = unit_of_people(engine, call);
  if (!unit) return unit.refusal();
  const std::string name(trimmed(call.args.text("name")));
  const Author author = author_of(call, engine);
  const FoundRecord found{*unit, person_record(name), std::string(kFormPerson)};
  return engine.call([&](Store& store, const CampaignCatalogue&) -> OperationAnswer {
    const auto state = store.state(found.unit, found.record, found.form);
    const auto known = state ? person_from(*state) : std::nullopt;
    if (!known || known->removed) return no_such_person(name);
    const auto written = write_fields(store, found, &*state, fields, author);
    if (!written) return written.refusal();
    return told_of(store, found, *written);
  });
}

Argument people_unit_argument() {
  return argument::unit("unit", N_("the unit whose people are meant; a site knows its own alone"));
}

Argument person_name_argument() {
  return argument::text("name", N_("the person's name"))
      .between(1, limits::kPersonBytesMax)
      .needed();
}

std::vector<Member> person_members() {
  using namespace shape;
  return {{"unit", text()},
          sometimes("unit_name", text()),
          {"name", text()},
          sometimes("role", text()),
          sometimes("leads", flag()),
          sometimes("removed", flag()),
          sometimes("in_conflict", flag())};
}

void add_people_operations(OperationTable& table, Engine* engine) {
  using namespace shape;
  std::vector<Member> changed = person_members();
  changed.push_back(sometimes("unchanged", flag()));
  table.add({.name = "people.list",
             .help = N_("the people of units, by whose names is recorded there"),
             .audited = true,
             .arguments = {only_unit_argument(),
                           argument::flag("removed", N_("those that were removed too")),
                           page_limit_argument(), cursor_argument()},
             .line = object(person_members()),
             .answer = object({{"people", integer()}, sometimes("names", text()), next_member()}),
             .run = run_by(engine, list_people)});
  table.add(
      {.name = "people.add",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("add somebody to a unit's people, or say their role"),
       .arguments = {person_name_argument(), people_unit_argument(),
                     argument::text("role", N_("their role, by the key or name that a published "
                                               "campaign has for it; blank for none"))
                         .between(0, limits::kNameBytesMax),
                     argument::flag("leads", N_("they lead the unit: may have others' PINs "
                                                "forgotten")),
                     person_argument(N_("who does it"))},
       .answer = object(changed),
       .run = run_by(engine, add_person)});
  table.add(
      {.name = "people.remove",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("take somebody from a unit's people; what was recorded in their name stands"),
       .arguments = {person_name_argument(), people_unit_argument(),
                     person_argument(N_("who does it"))},
       .answer = object(std::move(changed)),
       .run = run_by(engine, remove_person)});
  table.add(
      {.name = "people.names",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("what a unit's devices ask of who records: any name (free), the name of one "
                  "of its people (picked), or that with a PIN (pin)"),
       .arguments = {argument::choice("names", {"free", "picked", "pin"}, N_("free, picked or pin"))
                         .needed(),
                     people_unit_argument(), person_argument(N_("who does it"))},
       .answer = object({{"unit", text()},
                         sometimes("unit_name", text()),
                         {"names", text()},
                         sometimes("unchanged", flag())}),
       .run = run_by(engine, ask_for_names)});
}

}  // namespace sitelog
