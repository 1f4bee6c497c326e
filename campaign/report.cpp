#include "campaign/report.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "campaign/report_labels.hpp"
#include "campaign/reporting_units.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

const Label kUnspecifiedLabel{"未注明", "Not stated"};
const Label kSessionsLabel{"场次", "Sessions"};
const Label kParticipantsLabel{"参加人数", "Participants"};

// Where `key` stands among `choices`; their number, meaning "not stated", where it doesn't.
size_t place_of(const Vocabulary& choices, const std::string& key) {
  const auto at = std::find_if(choices.begin(), choices.end(),
                               [&](const Choice& choice) { return choice.key == key; });
  return static_cast<size_t>(at - choices.begin());
}

Vocabulary levels_of(const Definition& definition) {
  const Form* form = definition.form(definition.report.form);
  const Field* field = form != nullptr && !definition.report.level.empty()
                           ? form->field(definition.report.level)
                           : nullptr;
  const Vocabulary* levels = field != nullptr ? definition.vocabulary(field->vocabulary) : nullptr;
  return levels != nullptr ? *levels : Vocabulary{};
}

// Cells with a place for "not stated" after the known kinds and levels.
using Grid = std::vector<std::vector<Counts>>;

json::object counts_json(const Counts& counts) {
  return {{"events", counts.events},
          {"sessions", counts.sessions},
          {"participants", counts.participants}};
}

}  // namespace

namespace report_words {

const std::string& unspecified(std::string_view language) {
  return kUnspecifiedLabel.in(language);
}

std::vector<LabelledLine> above(std::string_view language, const ReportHead& head,
                                const std::string& unit_name) {
  const std::string& unit = head.unit_name.empty() ? unit_name : head.unit_name;
  return {{Label{"填报单位（盖章）", "Reporting unit (stamp)"}.in(language), unit},
          {Label{"填报人", "Filled in by"}.in(language), head.person},
          {Label{"联系电话", "Telephone"}.in(language), head.phone},
          {Label{"填报时间", "Date"}.in(language), head.date}};
}

std::vector<LabelledLine> below(std::string_view language) {
  return {{Label{"分管领导签字", "Signature of the leader in charge"}.in(language), ""}};
}

}  // namespace report_words

Statistics statistics(const Definition& definition, const UnitTree& tree,
                      const std::vector<TallyRow>& tallies, const BookCode& unit) {
  Statistics out;
  out.campaign = definition.id;
  out.title = definition.title;
  out.unit = unit;
  out.kinds = definition.kinds;
  out.levels = levels_of(definition);
  const bool by_level = !out.levels.empty();
  if (!by_level) out.levels.push_back({"", kTotal});

  ReportingUnits units(definition, tree, unit, ReportingUnits::Children::kAlways);
  std::vector<Grid> grids;
  bool odd_kind = false, odd_level = false;
  for (const TallyRow& tally : tallies) {
    if (tally.campaign != definition.id) continue;
    const auto row = units.row_of(tally.unit);
    if (!row) continue;
    const size_t kind = place_of(out.kinds, tally.kind);
    const size_t level = by_level ? place_of(out.levels, tally.level) : 0;
    grids.resize(std::max(grids.size(), *row + 1));
    Grid& grid = grids[*row];
    if (grid.empty()) {
      grid.assign(out.kinds.size() + 1, std::vector<Counts>(out.levels.size() + 1));
    }
    grid[kind][level] += tally.counts;
    odd_kind = odd_kind || (kind == out.kinds.size() && tally.counts != Counts{});
    odd_level = odd_level || (level == out.levels.size() && tally.counts != Counts{});
  }
  const Choice odd{std::string(kUnspecified), kUnspecifiedLabel};
  if (odd_kind) out.kinds.push_back(odd);
  if (odd_level) out.levels.push_back(odd);

  const size_t cells = out.kinds.size() * out.levels.size();
  out.total.cells.resize(cells);
  grids.resize(units.rows().size());
  for (size_t i = 0; i < units.rows().size(); ++i) {
    const BookCode& code = units.rows()[i];
    Statistics::Row row{code, tree.name(code), std::vector<Counts>(cells), {}};
    for (size_t cell = 0; cell < cells && !grids[i].empty(); ++cell) {
      row.cells[cell] = grids[i][cell / out.levels.size()][cell % out.levels.size()];
      row.all += row.cells[cell];
      out.total.cells[cell] += row.cells[cell];
    }
    out.total.all += row.all;
    out.rows.push_back(std::move(row));
  }
  const auto& top = tree.children("");
  const BookCode seen_from = unit.empty() && top.size() == 1 ? top.front() : unit;
  out.unit_name = seen_from.empty() ? std::string() : tree.name(seen_from);
  return out;
}

Table Statistics::to_table(std::string_view language, const ReportHead& head) const {
  const bool by_level = !levels.front().key.empty();
  const int wide = static_cast<int>(levels.size());
  Table table;
  table.title = language == "zh" ? title.zh + "情况统计表" : title.en + ": statistics";
  table.above = report_words::above(language, head, unit_name);
  table.below = report_words::below(language);
  table.header.resize(by_level ? 3 : 2);
  table.header[0].push_back({kUnit.in(language), 1, by_level ? 3 : 2});
  for (const Choice& kind : kinds) {
    table.header[0].push_back({kind.label.in(language), 2 * wide, 1});
    for (const Label& what : {kSessionsLabel, kParticipantsLabel}) {
      table.header[1].push_back({what.in(language), wide, 1});
      if (!by_level) continue;
      for (const Choice& level : levels)
        table.header[2].push_back({level.label.in(language), 1, 1});
    }
  }
  const auto add_row = [&](const std::string& name, const Row& row) {
    std::vector<Cell> cells{name};
    for (size_t kind = 0; kind < kinds.size(); ++kind) {
      const auto first = row.cells.begin() + static_cast<std::ptrdiff_t>(kind * levels.size());
      const auto last = first + wide;
      for (auto cell = first; cell != last; ++cell) cells.emplace_back(cell->sessions);
      for (auto cell = first; cell != last; ++cell) cells.emplace_back(cell->participants);
    }
    table.rows.push_back(std::move(cells));
  };
  for (const Row& row : rows) add_row(row.name, row);
  add_row(kTotal.in(language), total);
  table.total_rows = 1;
  return table;
}

json::object Statistics::to_json() const {
  const auto row_json = [&](const Row& row) {
    json::array cells;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      json::object cell{{"kind", kinds[i / levels.size()].key},
                        {"level", levels[i % levels.size()].key}};
      for (const auto& [name, number] : counts_json(row.cells[i])) cell[name] = number;
      cells.push_back(std::move(cell));
    }
    json::object out = counts_json(row.all);
    out["cells"] = std::move(cells);
    return out;
  };
  json::array all;
  for (const Row& row : rows) {
    json::object each = row_json(row);
    each["unit"] = row.unit;
    each["name"] = row.name;
    all.push_back(std::move(each));
  }
  return {
      {"campaign", campaign}, {"unit", unit}, {"rows", std::move(all)}, {"total", row_json(total)}};
}

}  // namespace sitelog
