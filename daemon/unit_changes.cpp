// One unit by itself: added, changed, removed. Removing voids the unit's record, so it is data like
// all else, merges, and can be taken back.
#include <algorithm>

#include "campaign/limits.hpp"
#include "campaign/text.hpp"
#include "campaign/unit_looks.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kToldMax = 5;  // children in a refusal

// The units as they are while nobody else changes them.
struct Before {
  std::shared_ptr<const UnitTree> tree;
  Result<BookCode> parent;  // empty: none is given
};

Before look(Engine& engine, const OperationCall& call) {
  return engine.read([&](const Queries& queries) -> Before {
    const KnownUnits units(engine, queries);
    const std::string& given = call.args.text("parent");
    auto parent = given.empty() ? Result<BookCode>(BookCode()) : units.find(given);
    if (parent && !parent->empty() && is_removed(units, *parent)) {
      parent = removed_unit(units.name(*parent));
    }
    return {units.shared(), std::move(parent)};
  });
}

std::optional<Refusal> fault_of_texts(const OperationCall& call) {
  for (const char* name : {"name", "kind", "level"}) {
    if (!call.args.has(name)) continue;
    const size_t length = length_of(call.args.text(name));
    if (length > limits::kUnitNameLengthMax) {
      return Refusal{Reason::kTooLarge,
                     N_("{} is too long: {} characters, at most {}"),
                     {name, std::to_string(length), std::to_string(limits::kUnitNameLengthMax)}};
    }
  }
  if (call.args.has("name") && is_blank(call.args.text("name"))) {
    return Refusal{Reason::kInvalidValue, N_("a unit needs a name by which people know it"), {}};
  }
  return std::nullopt;
}

std::optional<Refusal> fault_of_place(const UnitTree& tree, const Unit& unit) {
  const auto found = misplaced(tree, {unit});
  if (!found) return std::nullopt;
  if (found->why == SetFree::Why::kAboveItself) {
    return Refusal{Reason::kInvalidValue,
                   N_("unit {} can't belong to {}, which belongs to it: give that one another "
                      "parent first"),
                   {unit.code, unit.parent}};
  }
  return Refusal{Reason::kInvalidValue,
                 N_("unit {} would have more than {} levels above it: choose a parent that stands "
                    "higher"),
                 {found->deepest, std::to_string(limits::kUnitLevelsMax - 1)}};
}

// What the arguments say, by field; the parent as it was found.
std::map<std::string, Value> given_fields(const OperationCall& call, const BookCode& parent) {
  std::map<std::string, Value> out;
  for (const char* name : {"name", "kind", "level"}) {
    if (!call.args.has(name)) continue;
    const std::string text(trimmed(call.args.text(name)));
    out.emplace(name, text.empty() ? Value() : Value(text));
  }
  if (!parent.empty()) out.emplace("parent", Value(parent));
  return out;
}

// As it is to be, from what it was.
Unit with_fields(Unit unit, const std::map<std::string, Value>& fields) {
  for (const auto& [name, value] : fields) {
    const std::string text = value.is_cleared() ? std::string() : *value.text();
    if (name == "name") unit.name = text;
    if (name == "kind") unit.kind = text;
    if (name == "level") unit.level = text;
    if (name == "parent") unit.parent = text;
  }
  unit.removed = false;
  return unit;
}

// True where something was written.
Result<bool> write_unit(Engine& engine, const OperationCall& call, const BookCode& code,
                        const std::map<std::string, Value>& fields) {
  const Author author = author_of(call, engine);
  return engine.call([&](Store& store, const CampaignCatalogue&) -> Result<bool> {
    const BookCode root(kRootBook);
    const std::string form(kFormUnit);
    const auto known = store.state(root, unit_record(code), form);
    const Entry entry = compose(known ? &*known : nullptr, unit_record(code), form, fields);
    const auto written = store.write(root, entry, author.clock, author.person);
    if (!written) return written.refusal();
    store.take_on({code});
    return written->has_value();
  });
}

json::array notices_of(const UnitTree& tree, const Unit& unit) {
  json::array out;
  for (const Refusal& notice : names_alike(tree, {unit}, limits::kUnitNoticesMax)) {
    out.emplace_back(notice_json(notice));
  }
  return out;
}

Refusal like_root(const BookCode& code) {
  return {Reason::kInvalidValue,
          N_("“{}” can't be a unit's code: “{}” is the common book, which is headquarters' own and "
             "has no unit; a unit at the top is added without --parent, with another code"),
          {shortened(code, 64), std::string(kRootBook)}};
}

OperationAnswer add_unit(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  if (auto fault = fault_of_texts(call)) return *std::move(fault);
  Engine& engine = *headquarters.engine;
  const std::lock_guard changing(*headquarters.changing_units);
  const Before before = look(engine, call);
  if (!before.parent) return before.parent.refusal();
  const UnitTree& tree = *before.tree;
  const BookCode code = code_taken(call.args.text("unit"), tree);
  const Unit* known = tree.unit(code);
  if (known == nullptr && looks_like_root(code)) return like_root(code);
  if (known != nullptr && !known->removed) {
    return Refusal{Reason::kInvalidValue,
                   N_("unit {} is there already ({}): to change it, sitelogd units change {}"),
                   {code, known->name, code}};
  }
  if (!is_unit_code(code)) {
    return Refusal{Reason::kInvalidValue,
                   N_("“{}” can't be a unit's code: 1 to 64 bytes, letters, digits and . _ - "
                      "inside, not “{}”"),
                   {shortened(code, 64), std::string(kRootBook)}};
  }
  const CodesTaken taken(tree);
  const BookCode* alike = taken.alike(code);
  if (known == nullptr && alike != nullptr) {
    return Refusal{Reason::kInvalidValue,
                   N_("the code {} looks like {} ({}): to change that one, sitelogd units change; "
                      "else choose a code that can be told apart from it"),
                   {code, *alike, tree.name(*alike)}};
  }
  if (known == nullptr && !call.args.has("name")) {
    return Refusal{Reason::kUsage, N_("a unit needs a name by which people know it"), {}};
  }
  auto fields = given_fields(call, *before.parent);
  std::vector<Unit> units{
      with_fields(known != nullptr ? *known : Unit{code, {}, {}, {}, {}}, fields)};
  if (auto fault = fault_of_place(tree, units.front())) return *std::move(fault);
  if (known == nullptr) {
    place_in_order(units, tree);
    fields = unit_fields(units.front());
  } else {
    fields.emplace(kFieldVoid, Value());
  }
  const auto written = write_unit(engine, call, code, fields);
  if (!written) return written.refusal();
  return json::object{{"unit", code},
                      {"name", units.front().name},
                      {"parent", units.front().parent},
                      {"again", known != nullptr},
                      {"notices", notices_of(tree, units.front())}};
}

// The unit that is to be changed, as it is.
Result<Unit> unit_to_change(Engine& engine, const OperationCall& call) {
  return engine.read([&](const Queries& queries) -> Result<Unit> {
    const KnownUnits units(engine, queries);
    const auto code = unit_named(units, call);
    if (!code) return code.refusal();
    const Unit unit = *units.tree().unit(*code);
    if (!unit.removed) return unit;
    return Refusal{Reason::kUnknownUnit,
                   N_("unit {} ({}) was removed: sitelogd units add {} adds it again"),
                   {unit.code, unit.name, unit.code}};
  });
}

OperationAnswer change_unit(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  if (auto fault = fault_of_texts(call)) return *std::move(fault);
  Engine& engine = *headquarters.engine;
  const std::lock_guard changing(*headquarters.changing_units);
  const auto unit = unit_to_change(engine, call);
  if (!unit) return unit.refusal();
  const Before before = look(engine, call);
  if (!before.parent) return before.parent.refusal();
  auto fields = given_fields(call, *before.parent);
  const bool top = call.args.flag("top");
  if (top && fields.contains("parent")) {
    return Refusal{Reason::kUsage, N_("a unit has a parent or stands at the top: give one"), {}};
  }
  if (top) fields.emplace("parent", Value());
  if (fields.empty()) {
    return Refusal{Reason::kUsage,
                   N_("say what is to change: --name, --parent, --top, --kind or --level"),
                   {}};
  }
  const Unit changed = with_fields(*unit, fields);
  if (auto fault = fault_of_place(*before.tree, changed)) return *std::move(fault);
  const auto written = write_unit(engine, call, unit->code, fields);
  if (!written) return written.refusal();
  return json::object{{"unit", changed.code},
                      {"name", changed.name},
                      {"parent", changed.parent},
                      {"changed", *written},
                      {"notices", notices_of(*before.tree, changed)}};
}

// What still goes on in a unit.
struct GoingOn {
  std::vector<BookCode> children;
  int64_t devices = 0;
  int64_t invitations = 0;

  bool anything() const { return !children.empty() || devices > 0 || invitations > 0; }
};

DetailedRefusal still_going_on(const Unit& unit, const GoingOn& what, const UnitTree& tree) {
  std::vector<FieldProblem> problems;
  const auto add = [&](const char* text, std::vector<std::string> args) {
    problems.push_back({"", {Reason::kInvalidValue, text, std::move(args)}});
  };
  if (!what.children.empty()) {
    std::vector<std::string> told;
    for (const BookCode& code : what.children) {
      if (told.size() == kToldMax) break;
      told.push_back(code + " " + tree.name(code));
    }
    if (what.children.size() > kToldMax) told.emplace_back("…");
    add(N_("{} units belong to it ({}): give them another parent (sitelogd units change), or "
           "remove them first"),
        {std::to_string(what.children.size()), join(told, ", ")});
  }
  if (what.devices > 0) {
    add(N_("{} devices write in its book (sitelogd devices list --unit {}): shut them out first "
           "(sitelogd devices revoke)"),
        {std::to_string(what.devices), unit.code});
  }
  if (what.invitations > 0) {
    add(N_("{} invitations to it can still be used: they let nobody in once it is removed"),
        {std::to_string(what.invitations)});
  }
  return DetailedRefusal(
      {Reason::kInvalidValue,
       N_("unit {} ({}) was not removed, as something goes on there; if it is to go all the same "
          "(command line: --anyway), its units belong to the one above it, and its devices go on"),
       {unit.code, unit.name}},
      std::move(problems));
}

OperationAnswer remove_unit(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  Engine& engine = *headquarters.engine;
  const std::lock_guard changing(*headquarters.changing_units);
  const auto unit = unit_to_change(engine, call);
  if (!unit) return unit.refusal();
  const auto tree = engine.read([&](const Queries& queries) { return engine.units(queries); });
  const Author author = author_of(call, engine);
  std::string reason(trimmed(call.args.text("reason")));
  if (reason.empty()) reason = "-";
  return engine.call([&](Store& store, const CampaignCatalogue&) -> OperationAnswer {
    GoingOn what{tree->children(unit->code), 0,
                 store.invitations().open(unit->code, author.clock.wall)};
    for (const auto& [device, grant] : store.settings(unit->code).grants()) {
      if (!grant.revoked && device != store.authority()) ++what.devices;
    }
    if (what.anything() && !call.args.flag("anyway")) return still_going_on(*unit, what, *tree);
    const BookCode root(kRootBook);
    const std::string form(kFormUnit);
    const auto known = store.state(root, unit_record(unit->code), form);
    const Entry entry = compose(known ? &*known : nullptr, unit_record(unit->code), form,
                                {{std::string(kFieldVoid), Value(reason)}});
    const auto written = store.write(root, entry, author.clock, author.person);
    if (!written) return written.refusal();
    return json::object{{"unit", unit->code},
                        {"name", unit->name},
                        {"children", what.children.size()},
                        {"devices", what.devices},
                        {"invitations", what.invitations}};
  });
}

std::vector<Argument> described_by(Argument unit, Argument name) {
  return {std::move(unit),
          std::move(name),
          argument::unit("parent", N_("the unit that it belongs to, by code or name")),
          argument::text("kind", N_("what it is: federation, enterprise, mine …")),
          argument::text("level", N_("its level: city, county, district, grassroots …")),
          person_argument(N_("who does it"))};
}

}  // namespace

void add_unit_changes(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  const Shape notices = list(problem_shape());
  table.add({.name = "units.add",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("add a unit, or one that was removed again, with what it was"),
             .arguments = described_by(
                 argument::text("unit", N_("the new unit's code")).needed(),
                 argument::text("name", N_("what it is called; of one that was removed what it "
                                           "was called, where not given"))),
             .answer = object({{"unit", text()},
                               {"name", text()},
                               {"parent", text()},
                               {"again", flag()},
                               {"notices", notices}}),
             .run = run_by(headquarters, add_unit)});
  std::vector<Argument> changes =
      described_by(argument::unit("unit", N_("the unit's code or name")).needed(),
                   argument::text("name", N_("what it is to be called")));
  changes.push_back(argument::flag("top", N_("let it belong to no other unit")));
  table.add({.name = "units.change",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("give a unit another name, parent, kind or level"),
             .arguments = std::move(changes),
             .answer = object({{"unit", text()},
                               {"name", text()},
                               {"parent", text()},
                               {"changed", flag()},
                               {"notices", notices}}),
             .run = run_by(headquarters, change_unit)});
  table.add({.name = "units.remove",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("withdraw a unit: what is recorded stays, nothing new begins in it"),
             .arguments = {argument::unit("unit", N_("the unit's code or name")).needed(),
                           argument::text("reason", N_("why")),
                           argument::flag("anyway", N_("also where units belong to it, or devices "
                                                       "or invitations are there")),
                           person_argument(N_("who does it"))},
             .answer = object({{"unit", text()},
                               {"name", text()},
                               {"children", integer()},
                               {"devices", integer()},
                               {"invitations", integer()}}),
             .run = run_by(headquarters, remove_unit)});
}

}  // namespace sitelog
