#include "campaign/report.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "campaign/reporting_units.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

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

Statistics statistics(const Definition& definition, const UnitTree& tree,
                      const std::vector<TallyRow>& tallies, const BookCode& unit) {
  Statistics out;
  out.campaign = definition.id;
  out.title = definition.title;
  out.unit = unit;
  out.kinds = definition.kinds;
  out.levels = levels_of(definition);
  out.words = ReportWords(definition);
  out.with_participants = !definition.report.participants.empty();
  const bool by_level = !out.levels.empty();
  if (!by_level) out.levels.push_back({"", word_of(definition, "total")});

  ReportingUnits units(definition, tree, unit, ReportingUnits::Children::kAlways);
  std::vector<Grid> grids;
  bool odd_kind = false, odd_level = false;
  for (const TallyRow& tally : tallies) {
    if (tally.campaign != definition.id) continue;
    const auto row = units.row_of(tally.unit);
    if (!row) continue;
    if (!tally.left_out.empty()) {
      out.left_out[tally.left_out] += tally.counts.events;
      continue;
    }
    const size_t kind = place_of(out.kinds, tally.kind);
    const size_t level = by_level ? place_of(out.levels, tally.level) : 0;
    for (auto at = row; at; at = units.part_of(*at)) {
      grids.resize(std::max(grids.size(), *at + 1));
      Grid& grid = grids[*at];
      if (grid.empty()) {
        grid.assign(out.kinds.size() + 1, std::vector<Counts>(out.levels.size() + 1));
      }
      grid[kind][level] += tally.counts;
    }
    odd_kind = odd_kind || (kind == out.kinds.size() && tally.counts != Counts{});
    odd_level = odd_level || (level == out.levels.size() && tally.counts != Counts{});
  }
  const Choice odd{std::string(kUnspecified), word_of(definition, "unspecified")};
  if (odd_kind) out.kinds.push_back(odd);
  if (odd_level) out.levels.push_back(odd);

  const size_t cells = out.kinds.size() * out.levels.size();
  out.total.cells.resize(cells);
  grids.resize(units.rows().size());
  for (size_t i = 0; i < units.rows().size(); ++i) {
    const BookCode& code = units.rows()[i];
    const auto above = units.part_of(i);
    Statistics::Row row{code,
                        tree.name(code),
                        above ? units.rows()[*above] : BookCode(),
                        std::vector<Counts>(cells),
                        {}};
    for (size_t cell = 0; cell < cells && !grids[i].empty(); ++cell) {
      row.cells[cell] = grids[i][cell / out.levels.size()][cell % out.levels.size()];
      row.all += row.cells[cell];
      if (!above) out.total.cells[cell] += row.cells[cell];
    }
    if (!above) out.total.all += row.all;
    out.rows.push_back(std::move(row));
  }
  const auto& top = tree.children("");
  const BookCode seen_from = unit.empty() && top.size() == 1 ? top.front() : unit;
  out.unit_name = seen_from.empty() ? std::string() : tree.name(seen_from);
  return out;
}

Table Statistics::to_table(std::string_view language, const ReportHead& head) const {
  const bool by_level = !levels.front().key.empty();
  const size_t kinds_wide = kinds.size() - (kinds.back().key == kUnspecified ? 1 : 0);
  const size_t levels_wide = levels.size() - (levels.back().key == kUnspecified ? 1 : 0);
  const int wide = static_cast<int>(levels_wide);
  Table table;
  table.title = title.in(language) + words.in(language, "statistics");
  table.above = words.above(language, head, unit_name);
  table.header.resize(by_level ? 3 : 2);
  table.header[0].push_back({words.in(language, "unit"), 1, by_level ? 3 : 2});
  std::vector<std::string> measures{words.in(language, "sessions")};
  if (with_participants) measures.push_back(words.in(language, "participants"));
  for (size_t kind = 0; kind < kinds_wide; ++kind) {
    table.header[0].push_back(
        {kinds[kind].label.in(language), wide * static_cast<int>(measures.size()), 1});
    for (const std::string& what : measures) {
      table.header[1].push_back({what, wide, 1});
      if (!by_level) continue;
      for (size_t level = 0; level < levels_wide; ++level)
        table.header[2].push_back({levels[level].label.in(language), 1, 1});
    }
  }
  const auto add_row = [&](const std::string& name, const Row& row) {
    std::vector<Cell> cells{name};
    for (size_t kind = 0; kind < kinds_wide; ++kind) {
      const auto first = row.cells.begin() + static_cast<std::ptrdiff_t>(kind * levels.size());
      const auto last = first + wide;
      for (auto cell = first; cell != last; ++cell) cells.emplace_back(cell->sessions);
      if (!with_participants) continue;
      for (auto cell = first; cell != last; ++cell) cells.emplace_back(cell->participants);
    }
    table.rows.push_back(std::move(cells));
  };
  for (const Row& row : rows) {
    add_row((row.part_of.empty() ? "" : words.in(language, "part")) + row.name, row);
  }
  add_row(words.in(language, "total"), total);
  table.total_rows = 1;
  // What has no column there.
  Counts beside;
  for (size_t i = 0; i < total.cells.size(); ++i) {
    if (i / levels.size() >= kinds_wide || i % levels.size() >= levels_wide) {
      beside += total.cells[i];
    }
  }
  if (beside != Counts{}) {
    std::string counts = measures[0] + " " + std::to_string(beside.sessions);
    if (with_participants)
      counts +=
          Label{"，", ", "}.in(language) + measures[1] + " " + std::to_string(beside.participants);
    table.below.push_back({words.in(language, "unspecified") +
                               Label{"（未列入上表）", " (not in the table)"}.in(language),
                           std::move(counts)});
  }
  for (LabelledLine& line : words.below(language, left_out)) table.below.push_back(std::move(line));
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
    if (!row.part_of.empty()) each["part_of"] = row.part_of;
    all.push_back(std::move(each));
  }
  return {{"campaign", campaign},
          {"unit", unit},
          {"rows", std::move(all)},
          {"total", row_json(total)},
          {"left_out", json::value_from(left_out)}};
}

}  // namespace sitelog
