#include <algorithm>
#include <array>
#include <set>

#include "campaign/limits.hpp"
#include "campaign/text.hpp"
#include "campaign/unit_looks.hpp"
#include "campaign/units.hpp"
#include "sheets/delimited.hpp"
#include "sheets/text_encoding.hpp"

namespace sitelog {

namespace {

enum Column : size_t { kCode, kName, kParent, kKind, kLevel, kColumns };
using Columns = std::array<std::optional<size_t>, kColumns>;

struct Heading {
  Column column;
  std::string_view name;
};
constexpr std::array<Heading, 17> kHeadings{{{kCode, "code"},
                                             {kCode, "代码"},
                                             {kCode, "单位代码"},
                                             {kName, "name"},
                                             {kName, "名称"},
                                             {kName, "单位名称"},
                                             {kName, "单位"},
                                             {kParent, "parent"},
                                             {kParent, "上级"},
                                             {kParent, "上级代码"},
                                             {kParent, "上级单位"},
                                             {kKind, "kind"},
                                             {kKind, "类型"},
                                             {kKind, "类别"},
                                             {kLevel, "level"},
                                             {kLevel, "级别"},
                                             {kLevel, "层级"}}};

std::optional<Columns> read_headings(const SheetRow& row, ProblemList& problems) {
  Columns columns;
  bool good = true;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const std::string name = lower(trimmed(row.cells[i]));
    if (name.empty()) continue;
    const auto known = std::find_if(kHeadings.begin(), kHeadings.end(),
                                    [&](const Heading& each) { return each.name == name; });
    if (known == kHeadings.end()) {
      problems.add(
          row.line, N_("{} line {}: the column “{}” is not known; known are: {}"),
          {shortened(name, 40), "code 代码, name 名称, parent 上级, kind 类别, level 层级"});
    } else if (columns[known->column]) {
      problems.add(row.line, N_("{} line {}: the column “{}” is there twice"), {name});
    } else {
      columns[known->column] = i;
    }
  }
  for (const auto& [column, name] : {Heading{kCode, "code"}, Heading{kName, "name"}}) {
    if (columns[column]) continue;
    problems.add(row.line, N_("{} line {}: the column “{}” is missing"), {std::string(name)});
    good = false;
  }
  return good ? std::optional(columns) : std::nullopt;
}

struct Line {
  size_t line;
  Unit unit;
};

Line read_unit(const SheetRow& row, const Columns& columns, size_t width, const UnitTree& known,
               ProblemList& problems) {
  const auto cell = [&](Column column) {
    const auto at = columns[column];
    return at && *at < row.cells.size() ? std::string(trimmed(row.cells[*at])) : std::string();
  };
  Line out{row.line,
           {code_taken(cell(kCode), known), cell(kName), code_taken(cell(kParent), known),
            cell(kKind), cell(kLevel)}};
  if (row.cells.size() != width) {
    problems.add(row.line, N_("{} line {}: {} cells in this row, but {} columns"),
                 {std::to_string(row.cells.size()), std::to_string(width)});
  }
  if (out.unit.code.empty()) {
    problems.add(row.line, N_("{} line {}: the code is missing"));
  } else if (!is_unit_code(out.unit.code)) {
    problems.add(row.line,
                 N_("{} line {}: “{}” can't be a unit's code: 1 to 64 bytes, letters, digits and "
                    ". _ - inside, not “{}”"),
                 {shortened(out.unit.code, 64), std::string(kRootBook)});
  }
  if (is_blank(out.unit.name)) problems.add(row.line, N_("{} line {}: the name is missing"));
  for (const std::string* text : {&out.unit.name, &out.unit.kind, &out.unit.level}) {
    if (length_of(*text) > limits::kUnitNameLengthMax) {
      problems.add(row.line, N_("{} line {}: the text is too long: {} characters, at most {}"),
                   {std::to_string(length_of(*text)), std::to_string(limits::kUnitNameLengthMax)});
    }
    if (has_control_characters(*text) || text->find_first_of("\r\n\t") != std::string::npos) {
      problems.add(row.line, N_("{} line {}: the text holds characters that can't be shown"));
    }
  }
  return out;
}

// Of a code that is new, whether it could be taken for another one, here or known.
void check_looks(const std::vector<Line>& lines, const UnitTree& known, ProblemList& problems) {
  CodesTaken taken(known);
  for (const Line& line : lines) {
    const BookCode& code = line.unit.code;
    if (code.empty() || known.unit(code) != nullptr) continue;
    if (is_unit_code(code) && looks_like_root(code)) {
      problems.add(line.line,
                   N_("{} line {}: “{}” can't be a unit's code: it looks like “{}”, the common "
                      "book, which is headquarters' own"),
                   {shortened(code, 64), std::string(kRootBook)});
    }
    if (const BookCode* other = taken.alike(code)) {
      problems.add(line.line,
                   N_("{} line {}: the code “{}” looks like “{}”: write that one where the same "
                      "unit is meant, else choose a code that can be told apart from it"),
                   {shortened(code, 64), shortened(*other, 64)});
    }
    taken.add(code);
  }
}

void check_parent(const Line& line, const UnitTree& tree, ProblemList& problems) {
  const Unit* parent = tree.unit(line.unit.parent);
  if (parent == nullptr) {
    problems.add(line.line, N_("{} line {}: the parent “{}” is not in the file, nor known here"),
                 {shortened(line.unit.parent, 64)});
  } else if (parent->removed) {
    problems.add(line.line,
                 N_("{} line {}: the parent “{}” ({}) was removed: add it again (sitelogd units "
                    "add), or give another"),
                 {parent->code, shortened(parent->name, 64)});
  }
}

// A parent is in the file, or a unit that is known already.
void check_tree(const std::vector<Line>& lines, const UnitTree& tree, ProblemList& problems) {
  std::map<BookCode, const Line*> known;
  for (const Line& line : lines) {
    const auto [first, added] = known.emplace(line.unit.code, &line);
    if (added || line.unit.code.empty()) continue;
    problems.add(line.line, N_("{} line {}: the code “{}” is there already, in line {}"),
                 {shortened(line.unit.code, 64), std::to_string(first->second->line)});
  }
  std::set<BookCode> sound;
  for (const Line& line : lines) {
    const BookCode& parent = line.unit.parent;
    if (!parent.empty() && !known.contains(parent)) check_parent(line, tree, problems);
    std::set<BookCode> path;
    BookCode at = line.unit.code;
    while (known.contains(at) && !sound.contains(at) && path.insert(at).second) {
      at = known.at(at)->unit.parent;
    }
    if (!at.empty() && path.contains(at)) {
      problems.add(known.at(at)->line, N_("{} line {}: the unit “{}” is above itself"),
                   {shortened(at, 64)});
    }
    sound.insert(path.begin(), path.end());
  }
}

// What the file's own tree, which is sound, does to all that is known.
void check_depth(const std::vector<Line>& lines, const UnitTree& known, ProblemList& problems) {
  std::vector<Unit> units;
  for (const Line& line : lines) units.push_back(line.unit);
  const auto found = misplaced(known, units);
  if (!found) return;
  const auto at = std::find_if(lines.begin(), lines.end(),
                               [&](const Line& line) { return line.unit.code == found->code; });
  if (found->why == SetFree::Why::kAboveItself) {
    problems.add(at->line,
                 N_("{} line {}: the unit “{}” would be above itself, by what is known of its "
                    "parent “{}”: give that one another parent first"),
                 {shortened(at->unit.code, 64), shortened(at->unit.parent, 64)});
    return;
  }
  problems.add(at->line,
               N_("{} line {}: the unit “{}” would have more than {} levels above it: give it, or "
                  "one above it, a parent that stands higher"),
               {shortened(found->deepest, 64), std::to_string(limits::kUnitLevelsMax - 1)});
}

// Of a file, with its problems named by the line.
std::vector<SheetRow> rows_of(std::string_view csv, ProblemList& problems) {
  Delimited read = read_delimited(csv, separator_of(csv));
  for (const DelimitedProblem& problem : read.problems) {
    switch (problem.what) {
      case DelimitedProblem::What::kQuoteNotClosed:
        problems.add(problem.line, N_("{} line {}: a quote is opened and never closed"));
        break;
      case DelimitedProblem::What::kTextAfterQuote:
        problems.add(problem.line, N_("{} line {}: there is text after a closing quote: {}"),
                     {shortened(problem.text, 40)});
        break;
      case DelimitedProblem::What::kTooMuch:
        problems.add(problem.line, N_("{} line {}: there is more here than can be read at once: "
                                      "split the file"));
        break;
    }
  }
  return std::move(read.rows);
}

}  // namespace

Parsed<std::vector<Unit>> parse_units_csv(std::string_view csv, const std::string& file,
                                          const UnitTree& known) {
  ProblemList problems(file);
  if (csv.size() > limits::kUnitsFileBytesMax) {
    problems.add(1, N_("{} line {}: the file is too large: at most {} bytes"),
                 {std::to_string(limits::kUnitsFileBytesMax)});
    return {std::nullopt, problems.take()};
  }
  const auto text = text_as_utf8(csv);
  if (!text) {
    problems.add(1, N_("{} line {}: this is no text in UTF-8, UTF-16 or GB18030: save the sheet as "
                       "“CSV UTF-8” or as an Excel workbook (.xlsx)"));
    return {std::nullopt, problems.take()};
  }
  const std::vector<SheetRow> rows = rows_of(*text, problems);
  if (rows.empty()) {
    problems.add(1, N_("{} line {}: there are no units here"));
    return {std::nullopt, problems.take()};
  }
  const auto columns = read_headings(rows.front(), problems);
  if (!columns) return {std::nullopt, problems.take()};
  std::vector<Line> lines;
  for (size_t i = 1; i < rows.size(); ++i) {
    lines.push_back(read_unit(rows[i], *columns, rows.front().cells.size(), known, problems));
  }
  if (lines.empty()) problems.add(rows.front().line, N_("{} line {}: there are no units here"));
  check_looks(lines, known, problems);
  check_tree(lines, known, problems);
  if (problems.empty()) check_depth(lines, known, problems);
  if (!problems.empty()) return {std::nullopt, problems.take()};
  std::vector<Unit> units;
  for (Line& line : lines) units.push_back(std::move(line.unit));
  return {std::move(units), {}};
}

}  // namespace sitelog
