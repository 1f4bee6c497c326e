// A sheet of units, as CSV.
#include "campaign/units.hpp"

#include <set>

#include "sync/merge/forms.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

std::string quoted(const std::string& cell) {
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string csv_of(const std::vector<Unit>& units) {
  std::string out = "\xef\xbb\xbf单位代码,名称,上级,类型,级别\r\n";
  for (const Unit& unit : units) {
    out += quoted(unit.code) + "," + quoted(unit.name) + "," + quoted(unit.parent) + "," +
           quoted(unit.kind) + "," + quoted(unit.level) + "\r\n";
  }
  return out;
}

RecordState record_of(const Unit& unit) {
  RecordState out;
  out.record = unit_record(unit.code);
  out.form = kFormUnit;
  for (auto& [field, value] : unit_fields(unit)) out.fields[field] = {value, {}};
  return out;
}

}  // namespace

FUZZ_TARGET(units) {
  const auto units = parse_units_csv(as_text(input), "units.csv");
  MUST(static_cast<bool>(units) == units.problems.empty());
  for (const Refusal& problem : units.problems) {
    MUST(problem.reason == Reason::kInvalidFile);
    check_refusal(problem, input.size());
  }
  if (!units) return;
  const auto again = parse_units_csv(csv_of(*units), "units.csv");
  MUST(again && *again == *units);
  const UnitTree tree(*units);
  MUST(tree.size() == units->size());
  std::set<BookCode> codes;
  for (const Unit& unit : *units) {
    MUST(is_unit_code(unit.code) && codes.insert(unit.code).second);
    MUST(tree.unit(unit.code) != nullptr && *tree.unit(unit.code) == unit);
    const auto above = tree.ancestors(unit.code);
    MUST(above.size() < units->size());
    MUST(above.empty() == unit.parent.empty());
    MUST(tree.within(unit.code, unit.parent));
    const auto from_record = unit_from(record_of(unit));
    MUST(from_record && *from_record == unit);
  }
  MUST(tree.all_within("").size() == units->size());
}
