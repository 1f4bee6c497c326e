#include <algorithm>
#include <boost/json.hpp>

#include "campaign/report.hpp"
#include "campaign/reporting_units.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

const Label kRealSum{"各单位任务实际合计", "The units' quotas add up to"};
const Label kPrintedTotal{"文件所印总计", "Total as printed"};
const Label kDifference{"相差", "Difference"};
const Label kRemoved{"（已撤销）", " (removed)"};
const Label kMet{"达标", "met"};
const Label kNotMet{"未达标", "not met"};
const Label kUnitsMet{"个单位达标", "units met"};

int64_t measured(const Counts& counts, Measure measure) {
  switch (measure) {
    case Measure::kEvents: return counts.events;
    case Measure::kSessions: return counts.sessions;
    case Measure::kParticipants: return counts.participants;
  }
  return 0;
}

using CountsByKind = std::map<std::string, Counts>;

Progress::Row make_row(const Definition& definition, const UnitTree& tree, const BookCode& unit,
                       const CountsByKind& counts) {
  Progress::Row row;
  row.unit = unit;
  row.name = tree.name(unit);
  const Unit* known = tree.unit(unit);
  row.removed = known != nullptr && known->removed;
  row.quota = definition.quota(unit);
  for (const Choice& kind : definition.kinds) row.kinds[kind.key] = 0;
  for (const auto& [kind, count] : counts) {
    if (count.sessions != 0 || row.kinds.contains(kind)) row.kinds[kind] = count.sessions;
    row.actual += count.sessions;
  }
  if (row.quota) {
    row.to_quota = row.actual;
    row.missing = std::max<int64_t>(0, *row.quota - row.actual);
    row.over = std::max<int64_t>(0, row.actual - *row.quota);
  }
  for (const Criterion& criterion : definition.criteria) {
    for (const std::string& kind : criterion.kinds) {
      const auto at = counts.find(kind);
      const int64_t actual = at != counts.end() ? measured(at->second, criterion.measure) : 0;
      row.criteria.push_back({criterion.key, kind, criterion.at_least, actual, 1,
                              actual >= criterion.at_least ? 1 : 0});
    }
  }
  return row;
}

void add_to_total(Progress::Row& total, const Progress::Row& row) {
  if (row.quota) total.quota = total.quota.value_or(0) + *row.quota;
  total.actual += row.actual;
  total.to_quota += row.to_quota;
  total.missing += row.missing;
  total.over += row.over;
  for (const auto& [kind, sessions] : row.kinds) total.kinds[kind] += sessions;
  total.criteria.resize(row.criteria.size());
  for (size_t i = 0; i < row.criteria.size(); ++i) {
    Progress::Met& sum = total.criteria[i];
    const Progress::Met& one = row.criteria[i];
    if (sum.criterion.empty()) sum = {one.criterion, one.kind, 0, 0, 0, 0};
    sum.at_least += one.at_least;
    sum.actual += one.actual;
    sum.units += one.units;
    sum.units_met += one.units_met;
  }
}

json::object row_json(const Progress::Row& row) {
  json::object out{{"quota", nullptr},   {"actual", row.actual},   {"to_quota", row.to_quota},
                   {"percent", nullptr}, {"missing", row.missing}, {"over", row.over}};
  if (row.quota) out["quota"] = *row.quota;
  if (const auto percent = row.percent()) {
    out["percent"] = static_cast<double>(percent->permille) / 10;
  }
  json::object kinds;
  for (const auto& [kind, sessions] : row.kinds) kinds[kind] = sessions;
  out["kinds"] = std::move(kinds);
  json::array criteria;
  for (const Progress::Met& met : row.criteria) {
    criteria.push_back({{"key", met.criterion},
                        {"kind", met.kind},
                        {"at_least", met.at_least},
                        {"actual", met.actual},
                        {"units", met.units},
                        {"units_met", met.units_met},
                        {"met", met.met()}});
  }
  if (!criteria.empty()) out["criteria"] = std::move(criteria);
  return out;
}

std::string words_of(const Progress::Met& met, std::string_view language) {
  return std::to_string(met.actual) + "/" + std::to_string(met.at_least) + " " +
         (met.met() ? kMet : kNotMet).in(language);
}

// Of all units: what one does beyond what is asked makes up for nothing elsewhere.
std::string total_words_of(const Progress::Met& met, std::string_view language) {
  return std::to_string(met.units_met) + "/" + std::to_string(met.units) + " " +
         kUnitsMet.in(language);
}

}  // namespace

std::optional<Percent> Progress::Row::percent() const {
  if (!quota || *quota <= 0) return std::nullopt;
  // Rounded half up; but what is begun is not nothing, and what is not done is not all.
  const int64_t permille = (to_quota * 2000 + *quota) / (*quota * 2);
  if (to_quota < *quota) return Percent{std::clamp<int64_t>(permille, to_quota > 0 ? 1 : 0, 999)};
  return Percent{permille};
}

Progress progress(const Definition& definition, const UnitTree& tree,
                  const std::vector<TallyRow>& tallies, const BookCode& unit) {
  Progress out;
  out.campaign = definition.id;
  out.title = definition.title;
  out.unit = unit;
  out.kinds = definition.kinds;
  out.criteria = definition.criteria;
  out.has_quotas = !definition.quotas.empty();
  out.words = ReportWords(definition);
  if (unit.empty()) out.printed_total = definition.printed_total;

  ReportingUnits units(definition, tree, unit, ReportingUnits::Children::kUnlessQuotaAbove);
  std::map<size_t, CountsByKind> counts;
  for (const TallyRow& tally : tallies) {
    if (tally.campaign != definition.id) continue;
    const auto row = units.row_of(tally.unit);
    if (!row) continue;
    if (!tally.left_out.empty()) {
      out.left_out[tally.left_out] += tally.counts.events;
      continue;
    }
    const bool known = std::any_of(definition.kinds.begin(), definition.kinds.end(),
                                   [&kind = tally.kind](const Choice& c) { return c.key == kind; });
    for (auto at = row; at; at = units.part_of(*at)) {
      counts[*at][known ? tally.kind : std::string(kUnspecified)] += tally.counts;
    }
  }
  for (size_t i = 0; i < units.rows().size(); ++i) {
    out.rows.push_back(make_row(definition, tree, units.rows()[i], counts[i]));
    if (const auto above = units.part_of(i)) {
      out.rows.back().part_of = units.rows()[*above];
    } else {
      add_to_total(out.total, out.rows.back());
    }
  }
  if (out.total.kinds.contains(std::string(kUnspecified))) {
    out.kinds.push_back({std::string(kUnspecified), word_of(definition, "unspecified")});
  }
  const auto& top = tree.children("");
  const BookCode seen_from = unit.empty() && top.size() == 1 ? top.front() : unit;
  out.unit_name = seen_from.empty() ? std::string() : tree.name(seen_from);
  return out;
}

Table Progress::to_table(std::string_view language, const ReportHead& head) const {
  Table table;
  table.title = title.in(language) + words.in(language, "progress");
  table.above = words.above(language, head, unit_name);
  table.header.resize(2);
  table.header[0].push_back({words.in(language, "unit"), 1, 2});
  if (has_quotas) table.header[0].push_back({words.in(language, "quota"), 1, 2});
  table.header[0].push_back({words.in(language, "done"), 1, 2});
  if (has_quotas) {
    for (const char* word : {"percent", "missing", "over"}) {
      table.header[0].push_back({words.in(language, word), 1, 2});
    }
  }
  table.header[0].push_back({words.in(language, "by_kind"), static_cast<int>(kinds.size()), 1});
  for (const Choice& kind : kinds) table.header[1].push_back({kind.label.in(language), 1, 1});
  for (const Criterion& criterion : criteria) {
    table.header[0].push_back(
        {criterion.label.in(language), static_cast<int>(criterion.kinds.size()), 1});
    for (const std::string& key : criterion.kinds) {
      const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                     [&](const Choice& choice) { return choice.key == key; });
      table.header[1].push_back({kind != kinds.end() ? kind->label.in(language) : key, 1, 1});
    }
  }
  const auto add_row = [&](const std::string& name, const Row& row, const auto& met_words) {
    std::vector<Cell> cells{name};
    if (has_quotas) cells.push_back(row.quota ? Cell(*row.quota) : Cell(std::string()));
    cells.emplace_back(row.actual);
    if (has_quotas) {
      const auto percent = row.percent();
      cells.push_back(percent ? Cell(*percent) : Cell(std::string()));
      cells.emplace_back(row.missing);
      cells.emplace_back(row.over);
    }
    for (const Choice& kind : kinds) {
      const auto at = row.kinds.find(kind.key);
      cells.emplace_back(at != row.kinds.end() ? at->second : int64_t{0});
    }
    for (const Met& met : row.criteria) cells.emplace_back(met_words(met, language));
    table.rows.push_back(std::move(cells));
  };
  for (const Row& row : rows) {
    add_row((row.part_of.empty() ? "" : words.in(language, "part")) + row.name +
                (row.removed ? kRemoved.in(language) : std::string()),
            row, words_of);
  }
  if (!rows.empty()) {
    add_row(words.in(language, "total"), total, total_words_of);
    table.total_rows = 1;
  }
  if (const int64_t sum = total.quota.value_or(0); printed_total && *printed_total != sum) {
    table.below.push_back({kPrintedTotal.in(language), std::to_string(*printed_total)});
    table.below.push_back({kRealSum.in(language), std::to_string(sum)});
    table.below.push_back({kDifference.in(language), std::to_string(*printed_total - sum)});
  }
  if (const int64_t without = total.actual - total.to_quota; total.quota && without > 0) {
    table.below.push_back({words.in(language, "without_quota"), std::to_string(without)});
  }
  for (LabelledLine& line : words.below(language, left_out)) table.below.push_back(std::move(line));
  return table;
}

json::object Progress::to_json() const {
  json::array all;
  for (const Row& row : rows) {
    json::object each = row_json(row);
    each["unit"] = row.unit;
    each["name"] = row.name;
    if (!row.part_of.empty()) each["part_of"] = row.part_of;
    if (row.removed) each["removed"] = true;
    all.push_back(std::move(each));
  }
  json::object sum = row_json(total);
  sum["printed_total"] = nullptr;
  if (printed_total) sum["printed_total"] = *printed_total;
  return {{"campaign", campaign},
          {"unit", unit},
          {"rows", std::move(all)},
          {"total", std::move(sum)},
          {"left_out", json::value_from(left_out)}};
}

}  // namespace sitelog
