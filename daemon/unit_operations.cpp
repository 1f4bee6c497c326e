// The units that report.
#include <map>
#include <set>

#include "campaign/limits.hpp"
#include "campaign/unit_looks.hpp"
#include "daemon/headquarters.hpp"
#include "engine/call_in_parts.hpp"
#include "engine/operation_parts.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::shared_ptr<const UnitTree> tree_of(Engine& engine) {
  return engine.read([&](const Queries& queries) { return engine.units(queries); });
}

// Parents that the table doesn't have, and that were there before it: a new unit alone is enough.
void tell_parents(const UnitTree& tree, const std::vector<Unit>& units,
                  const std::set<BookCode>& in_file, json::array& notices) {
  std::map<BookCode, int64_t> below;
  for (const Unit& unit : units) {
    if (!unit.parent.empty() && !in_file.contains(unit.parent)) ++below[unit.parent];
  }
  for (const auto& [parent, count] : below) {
    if (notices.size() >= limits::kUnitNoticesMax) return;
    notices.emplace_back(notice_json(Refusal{
        Reason::kInvalidValue,
        N_("{} units of the table belong to {} ({}), which it does not have and which is known "
           "here: it stays as it is"),
        {std::to_string(count), parent, tree.name(parent)}}));
  }
}

Refusal stays_removed(const Unit& unit) {
  return {Reason::kUnknownUnit,
          N_("unit {} ({}) was removed and stays so, whatever the table says of it: sitelogd units "
             "add {} adds it again"),
          {unit.code, unit.name, unit.code}};
}

// What a table of units comes to beside the units that are known.
struct ReadTable {
  std::vector<Unit> units;  // in the order in which they are to be written
  size_t in_file = 0;
  int64_t not_in_file = 0;
  int64_t removed = 0;
  json::array notices = {};
};

Answer<ReadTable> read_table(const OperationCall& call, const UnitTree& tree) {
  auto units = parse_units_csv(call.args.text("content"), call.args.text("file"), tree);
  if (!units) return refused_file(units.problems);
  ReadTable out{.units = *std::move(units)};
  out.in_file = out.units.size();
  std::set<BookCode> codes;
  for (const Unit& unit : out.units) codes.insert(unit.code);
  for (const BookCode& known : tree.all_within("", UnitTree::Removed::kLeftOut)) {
    if (!codes.contains(known)) ++out.not_in_file;
  }
  // Who removed a unit did so on purpose; a table that still has it says nothing of that.
  out.removed = static_cast<int64_t>(std::erase_if(out.units, [&](const Unit& unit) {
    const Unit* known = tree.unit(unit.code);
    if (known == nullptr || !known->removed) return false;
    if (out.notices.size() < limits::kUnitNoticesMax) {
      out.notices.emplace_back(notice_json(stays_removed(*known)));
    }
    return true;
  }));
  tell_parents(tree, out.units, codes, out.notices);
  for (const Refusal& notice : names_alike(tree, out.units, limits::kUnitNoticesMax)) {
    out.notices.emplace_back(notice_json(notice));
  }
  place_in_order(out.units, tree);
  return out;
}

struct Outcome {
  int64_t added = 0;
  int64_t changed = 0;
};

// The entry that says of a unit what the table does; without assignments where that is so already.
Entry entry_of(const std::optional<RecordState>& known, const Unit& unit) {
  return compose(known ? &*known : nullptr, unit_record(unit.code), std::string(kFormUnit),
                 unit_fields(unit));
}

Result<Outcome> write_units(Engine& engine, const OperationCall& call,
                            const std::vector<Unit>& units) {
  const Author author = author_of(call, engine);
  Outcome out;
  // Whoever looks meanwhile may see some at the top, whose parents are still to come.
  const auto done = call_in_parts(engine, units.size(), [&](Store& store, size_t i) -> Result<> {
    const Unit& unit = units[i];
    const BookCode root(kRootBook);
    const auto known = store.state(root, unit_record(unit.code), std::string(kFormUnit));
    const auto written = store.write(root, entry_of(known, unit), author.clock, author.person);
    if (!written) return written.refusal();
    if (*written) ++(known ? out.changed : out.added);
    store.take_on({unit.code});
    return Done{};
  });
  return done ? Result<Outcome>(out) : done.refusal();
}

std::string told_text(const Value* value) {
  if (value == nullptr) return {};
  if (const auto* number = value->integer()) return std::to_string(*number);
  return value->text() != nullptr ? *value->text() : std::string();
}

// What would be written, a unit a line, as far as limits::kPreviewLinesMax; and how many lines that
// leaves out.
std::pair<Outcome, int64_t> preview_units(Engine& engine, const OperationCall& call,
                                          const std::vector<Unit>& units) {
  Outcome out;
  int64_t told = 0;
  engine.read([&](const Queries& queries) {
    for (const Unit& unit : units) {
      const auto known = queries.record_state(
          {BookCode(kRootBook), unit_record(unit.code), std::string(kFormUnit)});
      const Entry entry = entry_of(known, unit);
      if (entry.assignments.empty()) continue;
      ++(known ? out.changed : out.added);
      if (told == limits::kPreviewLinesMax) continue;
      ++told;
      json::array changes;
      for (const Assignment& made : entry.assignments) {
        changes.emplace_back(
            json::object{{"field", made.field},
                         {"from", told_text(known ? known->shown(made.field) : nullptr)},
                         {"to", told_text(&made.value)}});
      }
      call.io.line({{"code", unit.code},
                    {"name", unit.name},
                    {"added", !known},
                    {"changes", std::move(changes)}});
    }
    return true;
  });
  return {out, out.added + out.changed - told};
}

OperationAnswer import_units(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  Engine& engine = *headquarters.engine;
  const std::lock_guard changing(*headquarters.changing_units);
  auto table = read_table(call, *tree_of(engine));
  if (!table) return table.refusal();
  json::object out{{"units", table->in_file},
                   {"removed", table->removed},
                   {"not_in_file", table->not_in_file},
                   {"notices", std::move(table->notices)}};
  Outcome outcome;
  if (call.args.flag("preview")) {
    const auto [would, untold] = preview_units(engine, call, table->units);
    outcome = would;
    out["preview"] = true;
    out["untold"] = untold;
  } else {
    const auto written = write_units(engine, call, table->units);
    if (!written) return written.refusal();
    outcome = *written;
  }
  out["added"] = outcome.added;
  out["changed"] = outcome.changed;
  return out;
}

Refusal told(const SetFree& unit) {
  if (unit.why == SetFree::Why::kAboveItself) {
    return {Reason::kInvalidValue,
            N_("unit {} is above itself by what is written of it, so it is shown at the top: give "
               "it another parent (sitelogd units change {} --parent CODE)"),
            {unit.code, unit.code}};
  }
  return {Reason::kInvalidValue,
          N_("unit {} has more than {} levels above it, so it is shown at the top: give it a "
             "parent that stands higher (sitelogd units change {} --parent CODE)"),
          {unit.code, std::to_string(limits::kUnitLevelsMax - 1), unit.code}};
}

json::object unit_line(const UnitTree& tree, const BookCode& code) {
  const Unit& unit = *tree.unit(code);
  json::object out{{"code", unit.code}, {"name", unit.name},   {"parent", unit.parent},
                   {"kind", unit.kind}, {"level", unit.level}, {"depth", tree.depth(code)}};
  if (unit.removed) out["removed"] = true;
  const auto& filled = tree.unit(code)->filled;
  if (!filled.empty()) out["filled"] = json::array(filled.begin(), filled.end());
  return out;
}

OperationAnswer list_units(Headquarters& headquarters, const OperationCall& call) {
  const auto tree = tree_of(*headquarters.engine);
  const auto removed =
      call.args.flag("removed") ? UnitTree::Removed::kToo : UnitTree::Removed::kLeftOut;
  const auto codes = tree->all_within("", removed);
  for (const BookCode& code : codes) {
    json::object line = unit_line(*tree, code);
    if (line.contains("removed")) {
      line["reason"] = headquarters.engine->read(
          [&](const Queries& queries) { return why_void(queries, unit_record(code), kFormUnit); });
    }
    call.io.line(line);
  }
  json::array notices;
  for (const SetFree& unit : tree->set_free()) {
    if (notices.size() == limits::kUnitNoticesMax) break;
    notices.emplace_back(notice_json(told(unit)));
  }
  return json::object{{"units", codes.size()}, {"notices", std::move(notices)}};
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
                     argument::flag("preview", N_("tell what would be added and changed, and write "
                                                  "nothing")),
                     person_argument(N_("who publishes"))},
       .line = object(
           {{"code", text()},
            {"name", text()},
            {"added", flag()},
            {"changes", list(object({{"field", text()}, {"from", text()}, {"to", text()}}))}}),
       .answer = object({{"units", integer()},
                         {"added", integer()},
                         {"changed", integer()},
                         {"removed", integer()},
                         {"not_in_file", integer()},
                         sometimes("preview", flag()),
                         sometimes("untold", integer()),
                         {"notices", list(problem_shape())}}),
       .run = run_by(headquarters, import_units)});
  table.add({.name = "units.list",
             .help = N_("all units, as a tree"),
             .arguments = {argument::flag("removed", N_("those that were removed too"))},
             .line = object({{"code", text()},
                             {"name", text()},
                             {"parent", text()},
                             {"kind", text()},
                             {"level", text()},
                             {"depth", integer()},
                             sometimes("filled", list(text())),
                             sometimes("removed", flag()),
                             sometimes("reason", text())}),
             .answer = object({{"units", integer()}, {"notices", list(problem_shape())}}),
             .run = run_by(headquarters, list_units)});
}

}  // namespace sitelog
