#include "engine/known_units.hpp"

#include "campaign/names.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

std::shared_ptr<const UnitTree> tree_for(const Scope& scope, const KnownUnits& units) {
  return scope.everything ? std::make_shared<const UnitTree>() : units.shared();
}

}  // namespace

std::optional<Unit> KnownUnits::unit(const BookCode& code) const {
  const auto record =
      queries_.record_state({BookCode(kRootBook), unit_record(code), std::string(kFormUnit)});
  return record ? unit_from(*record) : std::nullopt;
}

std::string KnownUnits::name(const BookCode& code) const {
  return name_or_code(unit(code), code);
}

std::shared_ptr<const UnitTree> KnownUnits::shared() const {
  if (!tree_) tree_ = engine_.units(queries_);
  return tree_;
}

Result<BookCode> KnownUnits::find(const std::string& given) const {
  // A code needs no look at all names.
  if (unit(given)) return BookCode(given);
  return find_unit(tree(), given);
}

Reach::Reach(const Scope& scope, const KnownUnits& units)
    : scope_(scope), tree_(tree_for(scope, units)) {}

Reach::Reach(const Scope& scope, Engine& engine)
    : scope_(scope),
      tree_(scope.everything
                ? std::make_shared<const UnitTree>()
                : engine.read([&](const Queries& queries) { return engine.units(queries); })) {}

bool Reach::covers(Store& store, const FoundRecord& found) const {
  // A verdict on a grant would be an entry of headquarters' like any that grants.
  if (!is_of_campaigns(found.form)) return false;
  if (scope_.parts.empty()) return covers(found.unit);
  const auto state = store.state(found.unit, found.record, found.form);
  return state && covers(found.unit, state->campaign());
}

std::optional<Within> records_told(const Scope& scope, const UnitTree& tree,
                                   const std::optional<std::vector<BookCode>>& among) {
  if (scope.everything) return among ? Within{{*among}} : Within{};
  const auto all = among.value_or(tree.all_within(""));
  Within out;
  const auto add = [&](const auto& in, RecordsOf records) {
    if (!in.everything) {
      const Scope some{false, in.subtrees, in.units};
      for (const BookCode& code : all) {
        if (lies_in(some, tree, code)) records.units.push_back(code);
      }
      if (records.units.empty()) return;
    } else if (among) {
      records.units = *among;
    }
    out.push_back(std::move(records));
  };
  add(scope, {});
  for (const Scope::Part& part : scope.parts) add(part.in, {{}, part.campaign, part.except});
  if (out.empty()) return std::nullopt;
  return out;
}

std::string name_or_code(const std::optional<Unit>& unit, const BookCode& code) {
  return unit && !unit->name.empty() ? unit->name : code;
}

std::string unit_name_in(Store& store, const BookCode& code) {
  return name_or_code(unit_in(store, code), code);
}

}  // namespace sitelog
