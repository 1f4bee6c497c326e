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
      queries_.system_record({BookCode(kRootBook), unit_record(code), std::string(kFormUnit)});
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

std::string name_or_code(const std::optional<Unit>& unit, const BookCode& code) {
  return unit && !unit->name.empty() ? unit->name : code;
}

std::string unit_name_in(Store& store, const BookCode& code) {
  return name_or_code(unit_in(store, code), code);
}

}  // namespace sitelog
