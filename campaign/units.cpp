#include "campaign/units.hpp"

#include <algorithm>
#include <set>

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

UnitTree::UnitTree(const std::vector<Unit>& units) {
  for (const Unit& unit : units) units_.emplace(unit.code, unit);
  for (auto& [code, unit] : units_) {
    if (!units_.contains(unit.parent)) unit.parent.clear();
  }
  // Codes ascend, so the first of a cycle to be met is its least: it is set free, which opens the
  // cycle for the others.
  std::set<BookCode> sound;
  for (auto& [code, unit] : units_) {
    std::set<BookCode> path;
    BookCode at = code;
    while (!at.empty() && !sound.contains(at) && path.insert(at).second) at = units_.at(at).parent;
    if (!at.empty() && !sound.contains(at)) {
      BookCode least = at;
      for (BookCode on = units_.at(at).parent; on != at; on = units_.at(on).parent) {
        least = std::min(least, on);
      }
      units_.at(least).parent.clear();
    }
    sound.insert(path.begin(), path.end());
  }
  for (const auto& [code, unit] : units_) children_[unit.parent].push_back(code);
  const auto place = [&](const BookCode& code) {
    const int64_t said = units_.at(code).place;
    return said > 0 ? said : INT64_MAX;
  };
  for (auto& [parent, below] : children_) {
    std::stable_sort(below.begin(), below.end(),
                     [&](const BookCode& a, const BookCode& b) { return place(a) < place(b); });
  }
}

const Unit* UnitTree::unit(const BookCode& code) const {
  const auto at = units_.find(code);
  return at != units_.end() ? &at->second : nullptr;
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

bool UnitTree::within(const BookCode& code, const BookCode& subtree) const {
  if (subtree.empty() || code == subtree) return true;
  for (const Unit* at = unit(code); at != nullptr && !at->parent.empty(); at = unit(at->parent)) {
    if (at->parent == subtree) return true;
  }
  return false;
}

std::vector<BookCode> UnitTree::all_within(const BookCode& subtree) const {
  std::vector<BookCode> out;
  if (unit(subtree) != nullptr) out.push_back(subtree);
  std::vector<BookCode> waiting(children(subtree).rbegin(), children(subtree).rend());
  while (!waiting.empty()) {
    out.push_back(waiting.back());
    waiting.pop_back();
    const auto& below = children(out.back());
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
  }
  return out;
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

std::optional<Unit> unit_from(const RecordState& record) {
  if (record.form != kFormUnit || record.voided()) return std::nullopt;
  Unit unit{record.text("code"),   record.text("name"),
            record.text("parent"), record.text("kind"),
            record.text("level"),  std::max<int64_t>(0, record.integer("place"))};
  if (!is_unit_code(unit.code)) return std::nullopt;
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
