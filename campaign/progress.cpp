#include <algorithm>
#include <boost/json.hpp>

#include "campaign/report.hpp"
#include "campaign/report_labels.hpp"
#include "campaign/reporting_units.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

const Label kQuota{"任务场次", "Quota"};
const Label kActual{"已完成场次", "Done"};
const Label kPercent{"完成率", "Percent"};
const Label kMissing{"尚差场次", "Missing"};
const Label kOver{"超额场次", "Over"};
const Label kByKind{"分类场次", "Sessions by kind"};
const Label kRealSum{"各单位任务实际合计", "The units' quotas add up to"};
const Label kPrintedTotal{"文件所印总计", "Total as printed"};
const Label kDifference{"相差", "Difference"};
const Label kMet{"达标", "met"};
const Label kNotMet{"未达标", "not met"};

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
  row.quota = definition.quota(unit);
  for (const Choice& kind : definition.kinds) row.kinds[kind.key] = 0;
  for (const auto& [kind, count] : counts) {
    if (count.sessions != 0 || row.kinds.contains(kind)) row.kinds[kind] = count.sessions;
    row.actual += count.sessions;
  }
  if (row.quota) {
    row.missing = std::max<int64_t>(0, *row.quota - row.actual);
    row.over = std::max<int64_t>(0, row.actual - *row.quota);
  }
  for (const Criterion& criterion : definition.criteria) {
    for (const std::string& kind : criterion.kinds) {
      const auto at = counts.find(kind);
      const int64_t actual = at != counts.end() ? measured(at->second, criterion.measure) : 0;
      row.criteria.push_back({criterion.key, kind, criterion.at_least, actual});
    }
  }
  return row;
}

void add_to_total(Progress::Row& total, const Progress::Row& row) {
  if (row.quota) total.quota = total.quota.value_or(0) + *row.quota;
  total.actual += row.actual;
  total.missing += row.missing;
  total.over += row.over;
  for (const auto& [kind, sessions] : row.kinds) total.kinds[kind] += sessions;
  total.criteria.resize(row.criteria.size());
  for (size_t i = 0; i < row.criteria.size(); ++i) {
    total.criteria[i].criterion = row.criteria[i].criterion;
    total.criteria[i].kind = row.criteria[i].kind;
    total.criteria[i].at_least += row.criteria[i].at_least;
    total.criteria[i].actual += row.criteria[i].actual;
  }
}

json::object row_json(const Progress::Row& row) {
  json::object out{{"quota", nullptr},
                   {"actual", row.actual},
                   {"percent", nullptr},
                   {"missing", row.missing},
                   {"over", row.over}};
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
                        {"met", met.met()}});
  }
  if (!criteria.empty()) out["criteria"] = std::move(criteria);
  return out;
}

std::string word_of(const Progress::Met& met, std::string_view language) {
  return std::to_string(met.actual) + "/" + std::to_string(met.at_least) + " " +
         (met.met() ? kMet : kNotMet).in(language);
}

}  // namespace

std::optional<Percent> Progress::Row::percent() const {
  if (!quota || *quota <= 0) return std::nullopt;
  return Percent{actual * 1000 / *quota};
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
  if (unit.empty()) out.printed_total = definition.printed_total;

  ReportingUnits units(definition, tree, unit, ReportingUnits::Children::kUnlessQuotaAbove);
  std::map<size_t, CountsByKind> counts;
  for (const TallyRow& tally : tallies) {
    if (tally.campaign != definition.id) continue;
    const auto row = units.row_of(tally.unit);
    if (!row) continue;
    const bool known = std::any_of(definition.kinds.begin(), definition.kinds.end(),
                                   [&kind = tally.kind](const Choice& c) { return c.key == kind; });
    counts[*row][known ? tally.kind : std::string(kUnspecified)] += tally.counts;
  }
  for (size_t i = 0; i < units.rows().size(); ++i) {
    out.rows.push_back(make_row(definition, tree, units.rows()[i], counts[i]));
    add_to_total(out.total, out.rows.back());
  }
  if (out.total.kinds.contains(std::string(kUnspecified))) {
    out.kinds.push_back({std::string(kUnspecified),
                         {report_words::unspecified("zh"), report_words::unspecified("en")}});
  }
  const auto& top = tree.children("");
  const BookCode seen_from = unit.empty() && top.size() == 1 ? top.front() : unit;
  out.unit_name = seen_from.empty() ? std::string() : tree.name(seen_from);
  return out;
}

Table Progress::to_table(std::string_view language, const ReportHead& head) const {
  Table table;
  table.title = language == "zh" ? title.zh + "任务完成情况表" : title.en + ": progress";
  table.above = report_words::above(language, head, unit_name);
  table.header.resize(2);
  table.header[0].push_back({kUnit.in(language), 1, 2});
  if (has_quotas) table.header[0].push_back({kQuota.in(language), 1, 2});
  table.header[0].push_back({kActual.in(language), 1, 2});
  if (has_quotas) {
    for (const Label& label : {kPercent, kMissing, kOver}) {
      table.header[0].push_back({label.in(language), 1, 2});
    }
  }
  table.header[0].push_back({kByKind.in(language), static_cast<int>(kinds.size()), 1});
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
  const auto add_row = [&](const std::string& name, const Row& row) {
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
    for (const Met& met : row.criteria) cells.emplace_back(word_of(met, language));
    table.rows.push_back(std::move(cells));
  };
  for (const Row& row : rows) add_row(row.name, row);
  if (!rows.empty()) {
    add_row(kTotal.in(language), total);
    table.total_rows = 1;
  }
  if (const int64_t sum = total.quota.value_or(0); printed_total && *printed_total != sum) {
    table.below.push_back({kPrintedTotal.in(language), std::to_string(*printed_total)});
    table.below.push_back({kRealSum.in(language), std::to_string(sum)});
    table.below.push_back({kDifference.in(language), std::to_string(*printed_total - sum)});
  }
  for (LabelledLine& line : report_words::below(language)) table.below.push_back(std::move(line));
  return table;
}

json::object Progress::to_json() const {
  json::array all;
  for (const Row& row : rows) {
    json::object each = row_json(row);
    each["unit"] = row.unit;
    each["name"] = row.name;
    all.push_back(std::move(each));
  }
  json::object sum = row_json(total);
  sum["printed_total"] = nullptr;
  if (printed_total) sum["printed_total"] = *printed_total;
  return {
      {"campaign", campaign}, {"unit", unit}, {"rows", std::move(all)}, {"total", std::move(sum)}};
}

}  // namespace sitelog
