#pragma once

#include <memory>
#include <optional>
#include <string>

#include "campaign/units.hpp"
#include "engine/caller.hpp"
#include "engine/engine.hpp"

namespace sitelog {

// The units as one reader's moment has them. A single unit is read by itself; the whole tree, which
// may be of a province, only where it is asked for. On the reader's thread; not longer than its
// queries.
class KnownUnits {
 public:
  KnownUnits(Engine& engine, const Queries& queries) : engine_(engine), queries_(queries) {}

  std::optional<Unit> unit(const BookCode& code) const;
  // The unit's name; the code itself where it is not known.
  std::string name(const BookCode& code) const;
  const UnitTree& tree() const { return *shared(); }
  std::shared_ptr<const UnitTree> shared() const;
  // The code of the one that is called so, by code or name (campaign/names).
  Result<BookCode> find(const std::string& given) const;

 private:
  Engine& engine_;
  const Queries& queries_;
  mutable std::shared_ptr<const UnitTree> tree_;
};

// The records that a scope tells of; nothing where there are none. Where `among` is given only of
// these units.
std::optional<Within> records_told(const Scope& scope, const UnitTree& tree,
                                   const std::optional<std::vector<BookCode>>& among);

// What lies in a caller's scope, by the tree as it was when this was made; to be taken along into
// a transaction. Reads the tree only where the scope needs one. A value.
class Reach {
 public:
  Reach(const Scope& scope, const KnownUnits& units);
  Reach(const Scope& scope, Engine& engine);

  bool covers(const BookCode& unit) const { return lies_in(scope_, *tree_, unit); }
  bool covers(const BookCode& unit, const std::string& campaign) const {
    return lies_in(scope_, *tree_, unit, campaign);
  }
  bool touches(const BookCode& unit) const { return sitelog::touches(scope_, *tree_, unit); }
  // The record as the store has it now; never one that is no campaign's.
  bool covers(Store& store, const FoundRecord& found) const;

 private:
  Scope scope_;
  std::shared_ptr<const UnitTree> tree_;
};

// A unit's name; the code itself where it is not known.
std::string name_or_code(const std::optional<Unit>& unit, const BookCode& code);
// As the store has it now.
std::string unit_name_in(Store& store, const BookCode& code);

}  // namespace sitelog
