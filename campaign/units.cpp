#include "campaign/units.hpp"

#include <algorithm>
#include <set>

#include "campaign/limits.hpp"
#include "campaign/text.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

bool is_letter_elsewhere(uint32_t point) {
  if (point < 0xC0 || point == kNotUtf8 || point == 0xD7 || point == 0xF7) return false;
  const bool punctuation = (point >= 0x2000 && point <= 0x2BFF) ||
                           (point >= 0x3000 && point <= 0x3004) ||
                           (point >= 0x3008 && point <= 0x3020) || point == 0x3030 ||
                           (point >= 0xFF00 && point <= 0xFF20) || point == 0xFEFF ||
                           (point >= 0xFFE0 && point <= 0xFFFF);
  const bool private_use = (point >= 0xE000 && point <= 0xF8FF) || point >= 0xE0000;
  return !punctuation && !private_use;
}

Value or_cleared(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

RecordId derived(std::string_view domain, std::string_view subject) {
  const Hash hash = Hasher().add(domain).add_sized(subject).finish();
  return *RecordId::from(hash.view().first(RecordId::kSize));
}

}  // namespace

bool is_unit_code(std::string_view code) {
  if (code.empty() || code.size() > limits::kBookCodeBytesMax || code == kRootBook) return false;
  if (code.front() == '.' || code.front() == '-' || code.front() == '_') return false;
  while (!code.empty()) {
    const uint32_t point = take_code_point(code);
    const bool ascii = (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
                       (point >= '0' && point <= '9') || point == '.' || point == '_' ||
                       point == '-';
    if (!ascii && !is_letter_elsewhere(point)) return false;
  }
  return true;
}

UnitTree::UnitTree(std::vector<Unit> units) {
  for (Unit& unit : units) {
    const BookCode code = unit.code;
    units_.try_emplace(code, Placed{std::move(unit)});
  }
  for (auto& [code, placed] : units_) {
    if (!units_.contains(placed.unit.parent)) placed.unit.parent.clear();
    removed_ += placed.unit.removed ? 1 : 0;
  }
  open_cycles();
  place_all();
  sort_children();
}

// Codes ascend, so the first of a cycle to be met leads into it: the least on it is set free, which
// opens it for the others.
void UnitTree::open_cycles() {
  std::set<BookCode> path;
  for (auto& [code, from] : units_) {
    path.clear();
    Placed* at = &from;
    while (!at->sound && path.insert(at->unit.code).second && !at->unit.parent.empty()) {
      at = &units_.at(at->unit.parent);
    }
    if (!at->sound && !at->unit.parent.empty()) {
      Placed* least = at;
      for (Placed* on = &units_.at(at->unit.parent); on != at; on = &units_.at(on->unit.parent)) {
        if (on->unit.code < least->unit.code) least = on;
      }
      free(*least, SetFree::Why::kAboveItself);
    }
    for (const BookCode& each : path) units_.at(each).sound = true;
  }
}

void UnitTree::free(Placed& placed, SetFree::Why why) {
  placed.unit.parent.clear();
  set_free_.push_back({placed.unit.code, why});
}

// Each behind its parent, however long the way up is.
void UnitTree::place_all() {
  for (auto& [code, placed] : units_) placed.sound = false;
  std::vector<Placed*> waiting;
  for (auto& [code, from] : units_) {
    for (Placed* at = &from; !at->sound; at = &units_.at(at->unit.parent)) {
      waiting.push_back(at);
      if (at->unit.parent.empty()) break;
    }
    for (; !waiting.empty(); waiting.pop_back()) place(*waiting.back());
  }
  std::sort(set_free_.begin(), set_free_.end(),
            [](const SetFree& a, const SetFree& b) { return a.code < b.code; });
}

void UnitTree::place(Placed& placed) {
  placed.sound = true;
  if (placed.unit.parent.empty()) return;
  const Placed* above = &units_.at(placed.unit.parent);
  if (above->unit.removed) {
    placed.unit.parent = above->unit.parent;
    if (placed.unit.parent.empty()) return;
    above = &units_.at(placed.unit.parent);
  }
  placed.depth = above->depth + 1;
  if (placed.depth < limits::kUnitLevelsMax) return;
  placed.depth = 0;
  free(placed, SetFree::Why::kTooDeep);
}

void UnitTree::sort_children() {
  for (const auto& [code, placed] : units_) {
    (placed.unit.removed ? removed_children_ : children_)[placed.unit.parent].push_back(code);
  }
  const auto place = [&](const BookCode& code) {
    const int64_t said = units_.at(code).unit.place;
    return said > 0 ? said : INT64_MAX;
  };
  for (auto* all : {&children_, &removed_children_}) {
    for (auto& [parent, below] : *all) {
      std::stable_sort(below.begin(), below.end(),
                       [&](const BookCode& a, const BookCode& b) { return place(a) < place(b); });
    }
  }
}

const Unit* UnitTree::unit(const BookCode& code) const {
  const auto at = units_.find(code);
  return at != units_.end() ? &at->second.unit : nullptr;
}

std::string UnitTree::name(const BookCode& code) const {
  const Unit* known = unit(code);
  return known != nullptr && !known->name.empty() ? known->name : code;
}

const std::vector<BookCode>& UnitTree::children(const BookCode& code) const {
  static const std::vector<BookCode> kNone;
  const auto at = children_.find(code);
  return at != children_.end() ? at->second : kNone;
}

std::vector<BookCode> UnitTree::ancestors(const BookCode& code) const {
  std::vector<BookCode> out;
  for (const Unit* at = unit(code); at != nullptr && !at->parent.empty(); at = unit(at->parent)) {
    out.push_back(at->parent);
  }
  return out;
}

size_t UnitTree::depth(const BookCode& code) const {
  const auto at = units_.find(code);
  return at != units_.end() ? at->second.depth : 0;
}

bool UnitTree::within(const BookCode& code, const BookCode& subtree) const {
  if (subtree.empty() || code == subtree) return true;
  for (const Unit* at = unit(code); at != nullptr && !at->parent.empty(); at = unit(at->parent)) {
    if (at->parent == subtree) return true;
  }
  return false;
}

std::vector<BookCode> UnitTree::all_within(const BookCode& subtree, Removed removed) const {
  std::vector<BookCode> out;
  std::vector<BookCode> waiting;
  const auto await_below = [&](const BookCode& code) {
    const auto gone = removed_children_.find(code);
    if (removed == Removed::kToo && gone != removed_children_.end()) {
      waiting.insert(waiting.end(), gone->second.rbegin(), gone->second.rend());
    }
    const auto& below = children(code);
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
  };
  const Unit* top = unit(subtree);
  if (top != nullptr && (removed == Removed::kToo || !top->removed)) out.push_back(subtree);
  await_below(subtree);
  while (!waiting.empty()) {
    out.push_back(waiting.back());
    waiting.pop_back();
    await_below(out.back());
  }
  return out;
}

std::optional<Misplaced> misplaced(const UnitTree& known, const std::vector<Unit>& changed) {
  std::vector<Unit> all = changed;  // of two with one code the first counts
  for (const BookCode& code : known.all_within("")) all.push_back(*known.unit(code));
  const UnitTree after(all);
  std::map<BookCode, BookCode> said;  // parents
  for (const Unit& unit : all) said.emplace(unit.code, unit.parent);
  std::set<BookCode> among;
  for (const Unit& unit : changed) among.insert(unit.code);
  for (const SetFree& each : after.set_free()) {
    // Which of them is to blame: on a cycle any that stands on it, else the nearest above.
    BookCode at = each.code;
    for (size_t steps = 0; !at.empty() && !among.contains(at) && steps < said.size(); ++steps) {
      const auto above = said.find(at);
      at = above != said.end() ? above->second : BookCode();
    }
    if (among.contains(at)) return Misplaced{at, each.why, each.code};
  }
  return std::nullopt;
}

void place_in_order(std::vector<Unit>& units, const UnitTree& known) {
  constexpr int64_t kApart = 1000;
  const auto known_place = [&](const Unit& unit) {
    const Unit* before = known.unit(unit.code);
    const int64_t place = before != nullptr ? before->place : 0;
    return place > 0 && place <= INT64_MAX / 2 ? place : 0;
  };
  std::vector<int64_t> next(units.size() + 1, 0);  // the first known place from there on
  for (size_t i = units.size(); i-- > 0;) {
    const int64_t place = known_place(units[i]);
    next[i] = place != 0 ? place : next[i + 1];
  }
  int64_t last = 0;
  if (next[0] == 0) {
    for (const BookCode& code : known.all_within("")) {
      last = std::max(last, known_place(*known.unit(code)));
    }
  }
  for (size_t i = 0; i < units.size(); ++i) {
    const int64_t own = known_place(units[i]);
    if (own > last) {
      units[i].place = own;
    } else {
      const int64_t between = last + (next[i + 1] - last) / 2;
      units[i].place = between > last ? between : last + kApart;
    }
    last = units[i].place;
  }
}

std::map<std::string, Value> unit_fields(const Unit& unit) {
  std::map<std::string, Value> out{{"code", Value(unit.code)},
                                   {"name", or_cleared(unit.name)},
                                   {"parent", or_cleared(unit.parent)},
                                   {"kind", or_cleared(unit.kind)},
                                   {"level", or_cleared(unit.level)}};
  if (unit.place > 0) out.emplace("place", unit.place);
  return out;
}

bool Unit::is_filled(const std::string& role, const std::string& campaign) const {
  return !removed && (std::binary_search(filled.begin(), filled.end(), role) ||
                      std::binary_search(filled.begin(), filled.end(), role + "/" + campaign));
}

bool Unit::is_filled_for_some(const std::string& role) const {
  return !removed && std::any_of(filled.begin(), filled.end(), [&role](const std::string& each) {
    return each == role || each.starts_with(role + "/");
  });
}

std::optional<Unit> unit_from(const RecordState& record) {
  if (record.form != kFormUnit) return std::nullopt;
  Unit unit{record.text("code"),   record.text("name"),
            record.text("parent"), record.text("kind"),
            record.text("level"),  std::max<int64_t>(0, record.integer("place")),
            record.voided(),       {}};
  for (const auto& [field, state] : record.fields) {
    const Value* shown = record.shown(field);
    if (!field.starts_with(kFilledPrefix) || shown == nullptr) continue;
    const std::string role = field.substr(kFilledPrefix.size());
    if (const auto* campaigns = shown->list()) {
      for (const std::string& each : *campaigns) unit.filled.push_back(role + "/" + each);
    } else {
      unit.filled.push_back(role);
    }
  }
  std::sort(unit.filled.begin(), unit.filled.end());
  if (!is_unit_code(unit.code) || record.record != unit_record(unit.code)) return std::nullopt;
  return unit;
}

RecordId unit_record(const BookCode& code) {
  return derived("sitelog unit record 1\n", code);
}

RecordId campaign_record(const std::string& campaign) {
  return derived("sitelog campaign record 1\n", campaign);
}

RecordId policy_record(const BookCode& code) {
  return derived("sitelog policy record 1\n", code);
}

}  // namespace sitelog
