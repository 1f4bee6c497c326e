#include "client/people_here.hpp"

#include <algorithm>

#include "campaign/text.hpp"
#include "engine/operation_parts.hpp"
#include "engine/people.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr std::string_view kPeopleRows = "people.";
constexpr std::string_view kAddPerson = "people.add";
constexpr std::string_view kRemovePerson = "people.remove";
// Who lead a unit are few.
constexpr size_t kLeadersLookedAt = 100;

DetailedRefusal of_person(Refusal why) {
  return DetailedRefusal(why, {{kPersonArgument, why}});
}

Refusal show_a_pin(const std::string& name) {
  return {Reason::kInvalidValue,
          N_("nothing is written in the name of {} without their PIN, or not any more: say who is "
             "at this device (sitelog people here {})"),
          {name, name}};
}

Refusal not_here(const std::string& name) {
  return {
      Reason::kInvalidValue,
      N_("the unit wants the name of one of its people, and {} is none: pick one (sitelog people "
         "list), or add them first (sitelog people add)"),
      {shortened(name, 64)}};
}

Refusal nobody_here() {
  return {Reason::kUsage,
          N_("the unit wants to know who records: say who is at this device (sitelog people here "
             "NAME)"),
          {}};
}

}  // namespace

struct PeopleHere::Found {
  RecordId record;
  UnitPerson person;
  std::string since;  // when PINs of theirs began to hold; not asked where nobody has any
  NamesAsked asked;
  bool has_pin = false;
};

Result<std::unique_ptr<PeopleHere>> PeopleHere::open(Engine& engine) {
  std::unique_ptr<PeopleHere> out(new PeopleHere(engine));
  auto pins = Pins::open(engine.folder());
  if (!pins) return pins.refusal();
  out->pins_ = *std::move(pins);
  return out;
}

std::map<RecordId, std::string> PeopleHere::since_of(const std::vector<RecordId>& people) {
  const BookCode unit = engine_.identity().unit();
  return engine_.call([&](Store& store, const CampaignCatalogue&) {
    std::map<RecordId, std::string> out;
    for (const RecordId& person : people) {
      const auto state = store.state(unit, person, std::string(kFormPerson));
      out.emplace(person, state ? pins_since(*state) : std::string());
    }
    return out;
  });
}

std::optional<PeopleHere::Found> PeopleHere::find(const std::string& name) {
  const BookCode unit = engine_.identity().unit();
  Found out{person_record(name), {}, {}, {}};
  const bool there = engine_.read([&](const Queries& queries) {
    out.asked = names_asked(queries, unit);
    const auto person = find_person(queries, unit, name);
    if (person) out.person = *person;
    return person && !person->removed;
  });
  if (!there) return std::nullopt;
  // Of everybody who has one, whoever is asked for: what is seen now may be kept aside later.
  if (auto people = pins_->people(); !people.empty()) {
    people.push_back(out.record);
    const auto since = since_of(people);
    pins_->drop_others(since);
    out.since = since.at(out.record);
  }
  out.has_pin = pins_->has(out.record, out.since);
  return out;
}

Result<Person> PeopleHere::as_here(const Found& found, const std::optional<Pins::Here>& here) {
  const bool by_pin = here && here->by_pin && here->person == found.record && found.has_pin;
  if (!by_pin && (found.has_pin || found.asked == NamesAsked::kPin)) {
    return show_a_pin(found.person.name);
  }
  if (by_pin) pins_->note_use(read_clock().wall.ms);
  return Person(found.person.name, found.person.role, by_pin ? KnownBy::kPin : KnownBy::kFolder);
}

Answer<std::optional<Person>> PeopleHere::speaker(const OperationCall& call) {
  using Spoken = std::optional<Person>;
  if (call.caller.known_by != KnownBy::kFolder) return Spoken();
  const auto here = pins_->here(read_clock().wall.ms);
  const std::string& named = call.args.text(kPersonArgument);
  const auto found =
      named.empty() && !here ? std::nullopt : find(named.empty() ? here->name : named);
  if (found) {
    auto person = as_here(*found, here);
    if (!person) return of_person(person.refusal());
    return Spoken(*std::move(person));
  }
  const bool free = engine_.read([&](const Queries& queries) {
    return names_asked(queries, engine_.identity().unit()) == NamesAsked::kFree;
  });
  if (free) return Spoken();
  if (!named.empty()) return of_person(not_here(named));
  return of_person(here ? not_here(here->name) : nobody_here());
}

std::optional<Person> PeopleHere::known_speaker() {
  const auto here = pins_->here(read_clock().wall.ms);
  const auto found = here ? find(here->name) : std::nullopt;
  const auto person = found ? as_here(*found, here) : Result<Person>(nobody_here());
  return person ? std::optional(*person) : std::nullopt;
}

std::optional<Refusal> PeopleHere::refuse_without_pin(const std::optional<Person>& speaker) {
  const bool shown = speaker && speaker->known_by == KnownBy::kPin;
  if (shown || !pins_->any()) return std::nullopt;
  const bool asked = engine_.read([&](const Queries& queries) {
    return names_asked(queries, engine_.identity().unit()) == NamesAsked::kPin;
  });
  if (!asked) return std::nullopt;
  return Refusal{Reason::kInvalidValue,
                 N_("the unit wants a PIN: who its people are, and whether that stays so, is said "
                    "by one of them with theirs (first: sitelog people here NAME)"),
                 {}};
}

// Whether somebody leads the unit who can be asked to show their PIN.
bool PeopleHere::is_guarded() {
  const BookCode unit = engine_.identity().unit();
  NamesAsked asked = NamesAsked::kFree;
  const auto leaders = engine_.read([&](const Queries& queries) {
    asked = names_asked(queries, unit);
    return leaders_of(queries, unit, kLeadersLookedAt);
  });
  if (asked == NamesAsked::kPin || leaders.empty()) return !leaders.empty();
  const auto since = since_of(leaders);
  return std::ranges::any_of(
      leaders, [&](const RecordId& leader) { return pins_->has(leader, since.at(leader)); });
}

std::optional<Refusal> PeopleHere::refuse_without_leader(const std::string& operation,
                                                         const OperationCall& call,
                                                         const std::optional<Person>& speaker) {
  const bool shown = speaker && speaker->known_by == KnownBy::kPin;
  const bool adds = operation == kAddPerson;
  const bool removes = operation == kRemovePerson;
  const auto target =
      adds || removes ? find(std::string(trimmed(call.args.text("name")))) : std::nullopt;
  const auto own = shown ? find(speaker->name) : std::nullopt;
  // Somebody new, who leads nothing, is added by anybody; and everybody takes themselves away.
  if (adds && !target && !call.args.flag("leads")) return std::nullopt;
  if (removes && target && own && own->record == target->record) return std::nullopt;
  if (own && own->person.leads) return std::nullopt;
  if (!is_guarded()) return std::nullopt;
  return Refusal{
      Reason::kNotPermitted,
      N_("the unit has somebody who leads it: they say who else does, what its people are and what "
         "is asked of who records, with their PIN (sitelog people here NAME), or headquarters does "
         "(sitelogd people)"),
      {}};
}

Result<PeopleHere::Found> PeopleHere::named(const OperationCall& call, const char* argument) {
  const std::string& name = call.args.text(argument);
  auto found = find(name);
  if (!found) return no_such_person(name);
  return *std::move(found);
}

// The argument "pin".
Result<> PeopleHere::check_pin(const Found& found, const OperationCall& call) {
  const auto pin = call.args.given_text("pin");
  if (!pin) {
    return Refusal{Reason::kUsage, N_("give the PIN of {}"), {found.person.name}};
  }
  return pins_->check(found.record, found.since, *pin, read_clock().wall.ms);
}

OperationAnswer PeopleHere::come(const OperationCall& call) {
  if (call.args.flag("nobody")) {
    pins_->leave();
    return json::object{};
  }
  const auto found = named(call, "name");
  if (!found) return found.refusal();
  if (found->asked == NamesAsked::kPin && !found->has_pin) {
    return Refusal{Reason::kInvalidValue,
                   N_("the unit wants a PIN and {} has none at this device: set one first (sitelog "
                      "people set-pin {})"),
                   {found->person.name, found->person.name}};
  }
  if (found->has_pin || call.args.has("pin")) {
    if (const auto right = check_pin(*found, call); !right) return right.refusal();
  }
  pins_->come({found->record, found->person.name, found->has_pin, read_clock().wall.ms});
  json::object out{{"name", found->person.name}, {"by_pin", found->has_pin}};
  if (!found->person.role.empty()) out["role"] = found->person.role;
  return out;
}

OperationAnswer PeopleHere::set_pin(const OperationCall& call) {
  const auto found = named(call, "name");
  if (!found) return found.refusal();
  const std::string& pin = call.args.text("new");
  if (const auto fit = Pins::fit(pin); !fit) return fit.refusal();
  if (found->has_pin) {
    if (const auto right = check_pin(*found, call); !right) return right.refusal();
  }
  pins_->set(found->record, since_of({found->record}).at(found->record), pin);
  pins_->come({found->record, found->person.name, true, read_clock().wall.ms});
  return json::object{{"name", found->person.name}};
}

OperationAnswer PeopleHere::remove_pin(const OperationCall& call) {
  const auto found = named(call, "name");
  if (!found) return found.refusal();
  if (const auto right = check_pin(*found, call); !right) return right.refusal();
  pins_->forget(found->record);
  return json::object{{"name", found->person.name}};
}

// By somebody who leads the unit, with their own PIN.
OperationAnswer PeopleHere::forget_pin(const OperationCall& call) {
  const auto found = named(call, "name");
  if (!found) return found.refusal();
  const auto leader = named(call, "leader");
  if (!leader) return leader.refusal();
  if (!leader->person.leads || leader->record == found->record) {
    return Refusal{
        Reason::kNotPermitted,
        N_("a forgotten PIN is taken away by somebody else who leads the unit, with their "
           "own PIN, or by headquarters (sitelogd people forget-pin)"),
        {}};
  }
  if (const auto right = check_pin(*leader, call); !right) return right.refusal();
  pins_->forget(found->record);
  return json::object{{"name", found->person.name}};
}

void PeopleHere::tell(const Queries& queries, json::object& status) const {
  status["names"] = name_of(names_asked(queries, engine_.identity().unit()));
  const auto here = pins_->here(read_clock().wall.ms);
  if (here) status["here"] = json::object{{"name", here->name}, {"by_pin", here->by_pin}};
}

std::vector<Member> here_members() {
  using namespace shape;
  return {{"names", text()}, sometimes("here", object({{"name", text()}, {"by_pin", flag()}}))};
}

namespace {

Argument pin_argument(const char* name, const char* help) {
  return argument::text(name, help).between(1, int64_t{limits::kPasswordBytesMax});
}

void add_rows(OperationTable& table, PeopleHere* people) {
  using namespace shape;
  const auto by = [people](OperationAnswer (PeopleHere::*handler)(const OperationCall&)) {
    return run_by(people, [handler](PeopleHere& of, const OperationCall& call) {
      return (of.*handler)(call);
    });
  };
  const Shape answer = object({{"name", text()}});
  table.add({.name = "people.here",
             .writes = true,
             .help = N_("say who is at this device: what is written from now on is in their name"),
             .arguments = {argument::text("name", N_("the person's name"))
                               .between(1, limits::kPersonBytesMax),
                           pin_argument("pin", N_("their PIN, where they have one here")),
                           argument::flag("nobody", N_("nobody is at this device"))},
             .one_of = {{"name", "nobody"}},
             .answer = object({sometimes("name", text()), sometimes("by_pin", flag()),
                               sometimes("role", text())}),
             .run = by(&PeopleHere::come)});
  table.add({.name = "people.set_pin",
             .writes = true,
             .help = N_("set somebody's PIN at this device, or change it"),
             .arguments = {person_name_argument(),
                           pin_argument("pin", N_("the PIN so far, where there is one")),
                           pin_argument("new", N_("the new PIN")).needed()},
             .answer = answer,
             .run = by(&PeopleHere::set_pin)});
  table.add({.name = "people.remove_pin",
             .writes = true,
             .help = N_("take somebody's PIN at this device away, with the PIN"),
             .arguments = {person_name_argument(), pin_argument("pin", N_("the PIN so far"))},
             .answer = answer,
             .run = by(&PeopleHere::remove_pin)});
  table.add({.name = "people.forget_pin",
             .writes = true,
             .help = N_("take a forgotten PIN at this device away, by whom leads the unit"),
             .arguments = {person_name_argument(),
                           argument::text("leader", N_("who leads the unit"))
                               .between(1, limits::kPersonBytesMax)
                               .needed(),
                           pin_argument("pin", N_("the PIN of who leads the unit"))},
             .answer = answer,
             .run = by(&PeopleHere::forget_pin)});
}

}  // namespace

void add_people_here(OperationTable& table, PeopleHere* people) {
  add_rows(table, people);
  if (people == nullptr) return;
  table.wrap([people](const Operation& row, Operation::Run run) -> Operation::Run {
    const bool of_people = row.name.starts_with(kPeopleRows);
    if (!row.writes || row.argument(kPersonArgument) == nullptr) return run;
    return [people, of_people, name = row.name,
            run = std::move(run)](const OperationCall& call) -> OperationAnswer {
      Caller within = call.caller;
      // Who the people are can be said by whoever is here, so that there can be a first one.
      if (of_people && call.args.text(kPersonArgument).empty()) {
        within.speaks = people->known_speaker();
        if (auto refusal = people->refuse_without_pin(within.speaks)) return *std::move(refusal);
      } else {
        auto spoken = people->speaker(call);
        if (!spoken) return spoken.refusal();
        within.speaks = *std::move(spoken);
      }
      if (of_people) {
        auto refusal = people->refuse_without_leader(name, call, within.speaks);
        if (refusal) return *std::move(refusal);
      }
      return run({within, call.args, call.io});
    };
  });
}

}  // namespace sitelog
