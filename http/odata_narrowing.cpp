#include "http/odata_narrowing.hpp"

#include <chrono>

#include "campaign/calendar.hpp"
#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

using Comparison = ODataFilter::Comparison;
using Term = ODataFilter::Term;

// A word that an argument takes.
bool is_word(const Term& term) {
  const auto* text = term.literal.if_string();
  return term.comparison == Comparison::kEqual && text != nullptr && !text->empty() &&
         text->size() <= limits::kPersonBytesMax;
}

// The day before that of a time in UTC: wherever this computer is, it began there by then.
std::string day_before(std::string_view time) {
  const auto date = parse_date(time.substr(0, 10));
  if (!date) return {};
  using namespace std::chrono;
  const sys_days day =
      year(date->year) / static_cast<unsigned>(date->month) / static_cast<unsigned>(date->day);
  const year_month_day before(day - days(1));
  return Date{static_cast<int>(before.year()),
              static_cast<int>(static_cast<unsigned>(before.month())),
              static_cast<int>(static_cast<unsigned>(before.day()))}
      .text();
}

void narrow_text(const ODataSet& set, const Term& term, json::object& out) {
  const std::string& name = term.property;
  const auto say = [&](const char* argument) {
    if (is_word(term)) out.emplace(argument, term.literal);
  };
  if (name == "_unit") say("unit");
  if (name == "_created_by" || name == "_changed_by") say("by");
  if (name == "_created_on" || name == "_changed_on") say("device");
  if (name == set.kind) say("kind");
  if (name == set.level) say("level");
  // “void” there asks for what was declared so.
  const bool special = term.literal == json::value("void") || term.literal == json::value("作废");
  if (name == set.state && !special) say("state");
  if (name == "_review" && is_word(term)) {
    for (const char* known : {"pending", "returned", "accepted", "refused"}) {
      if (term.literal == json::value(known)) out.emplace("review", known);
    }
  }
}

void narrow_date(const ODataSet& set, const Term& term, json::object& out) {
  if (set.day.empty() || term.property != set.day || !term.literal.is_string()) return;
  const bool from = term.comparison == Comparison::kEqual ||
                    term.comparison == Comparison::kAtLeast ||
                    term.comparison == Comparison::kGreater;
  const bool to = term.comparison == Comparison::kEqual || term.comparison == Comparison::kAtMost ||
                  term.comparison == Comparison::kLess;
  if (from) out.emplace("from", term.literal);
  if (to) out.emplace("to", term.literal);
}

}  // namespace

json::object odata_narrowing(const ODataSet& set, const ODataFilter& filter) {
  json::object out;
  for (const Term& term : filter.needed()) {
    narrow_text(set, term, out);
    narrow_date(set, term, out);
    const bool later =
        term.comparison == Comparison::kAtLeast || term.comparison == Comparison::kGreater;
    if (term.property == "_changed" && later && term.literal.is_string()) {
      const std::string day = day_before(std::string_view(term.literal.get_string()));
      if (!day.empty()) out.emplace("changed_since", day);
    }
    const bool equal = term.comparison == Comparison::kEqual;
    if (term.property == "_in_conflict" && equal && term.literal == json::value(true)) {
      out.emplace("conflicts", true);
    }
    if (term.property == "_void" && term.comparison == Comparison::kUnequal &&
        term.literal.is_null()) {
      out["state"] = "void";
    }
  }
  return out;
}

}  // namespace sitelog
