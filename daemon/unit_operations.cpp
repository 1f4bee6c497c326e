// The units that report.
#include <map>
#include <set>

#include "campaign/limits.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kNoticesMax = 20;

std::shared_ptr<const UnitTree> tree_of(Engine& engine) {
  return engine.read([&](const Queries& queries) { return engine.units(queries); });
}

OperationAnswer import_units(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  Engine& engine = *headquarters.engine;
  const std::lock_guard changing(*headquarters.changing_units);
  const auto tree = tree_of(engine);
  auto units = parse_units_csv(call.args.text("content"), call.args.text("file"), *tree);
  if (!units) return refused_file(units.problems);
  place_in_order(*units, *tree);
  std::set<BookCode> in_file;
  for (const Unit& unit : *units) in_file.insert(unit.code);
  int64_t not_in_file = 0;
  for (const BookCode& known : tree->all_within("")) {
    if (!in_file.contains(known)) ++not_in_file;
  }
  const Author author = author_of(call, engine);
  struct Outcome {
    int64_t added = 0;
    int64_t changed = 0;
  };
  const auto outcome = engine.call([&](Store& store, const CampaignCatalogue&) -> Result<Outcome> {
    Outcome out;
    const BookCode root(kRootBook);
    const std::string form(kFormUnit);
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
                      {"not_in_file", not_in_file}};
}

Refusal told(const SetFree& unit) {
  if (unit.why == SetFree::Why::kAboveItself) {
    return {Reason::kInvalidValue,
            N_("unit {} is above itself by what is written of it, so it is shown at the top: give "
               "it another parent in the table of units and import that"),
            {unit.code}};
  }
  return {Reason::kInvalidValue,
          N_("unit {} has more than {} levels above it, so it is shown at the top: give it a "
             "parent that stands higher in the table of units and import that"),
          {unit.code, std::to_string(limits::kUnitLevelsMax - 1)}};
}

json::object unit_line(const UnitTree& tree, const BookCode& code) {
  const Unit& unit = *tree.unit(code);
  return {{"code", unit.code}, {"name", unit.name},   {"parent", unit.parent},
          {"kind", unit.kind}, {"level", unit.level}, {"depth", tree.depth(code)}};
}

OperationAnswer list_units(Headquarters& headquarters, const OperationCall& call) {
  const auto tree = tree_of(*headquarters.engine);
  const auto codes = tree->all_within("", UnitTree::Removed::kLeftOut);
  for (const BookCode& code : codes) call.io.line(unit_line(*tree, code));
  json::array notices;
  for (const SetFree& unit : tree->set_free()) {
    if (notices.size() == kNoticesMax) break;
    notices.emplace_back(to_json(told(unit)));
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
             .answer = object({{"units", integer()}, {"notices", list(problem_shape())}}),
             .run = run_by(headquarters, list_units)});
}

}  // namespace sitelog
