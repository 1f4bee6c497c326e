#include "campaign/unit_looks.hpp"

#include "campaign/looks.hpp"
#include "campaign/text.hpp"

namespace sitelog {

BookCode code_taken(std::string_view given, const UnitTree& known) {
  if (known.unit(BookCode(given)) != nullptr) return BookCode(given);
  return plainly(trimmed(given));
}

bool looks_like_root(const BookCode& code) {
  return looks_of(code) == looks_of(kRootBook);
}

CodesTaken::CodesTaken(const UnitTree& known) {
  for (const BookCode& code : known.all_within("")) add(code);
}

const BookCode* CodesTaken::alike(const BookCode& code) const {
  const auto at = by_looks_.find(looks_of(code));
  return at != by_looks_.end() && at->second != code ? &at->second : nullptr;
}

void CodesTaken::add(const BookCode& code) {
  by_looks_.emplace(looks_of(code), code);
}

std::vector<Refusal> names_alike(const UnitTree& known, const std::vector<Unit>& changed,
                                 size_t most) {
  std::map<BookCode, const Unit*> units;  // as they are to be
  for (const BookCode& code : known.all_within("", UnitTree::Removed::kLeftOut)) {
    units[code] = known.unit(code);
  }
  for (const Unit& unit : changed) units[unit.code] = &unit;
  std::multimap<std::u32string, const Unit*> by_looks;
  for (const auto& [code, unit] : units) by_looks.emplace(looks_of(unit->name), unit);
  std::vector<Refusal> out;
  for (const Unit& unit : changed) {
    const Unit* before = known.unit(unit.code);
    if (before != nullptr && !before->removed && before->name == unit.name) continue;
    const auto [begin, end] = by_looks.equal_range(looks_of(unit.name));
    for (auto at = begin; at != end; ++at) {
      if (at->second->code == unit.code) continue;
      if (out.size() == most) return out;
      out.push_back({Reason::kInvalidValue,
                     N_("the name “{}” of unit {} looks like that of unit {}, “{}”: who is asked "
                        "for it by name has to give the code"),
                     {shortened(unit.name, 64), unit.code, at->second->code,
                      shortened(at->second->name, 64)}});
      break;
    }
  }
  return out;
}

}  // namespace sitelog
