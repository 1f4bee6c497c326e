#include <algorithm>
#include <array>
#include <set>

#include "campaign/limits.hpp"
#include "campaign/text.hpp"
#include "campaign/units.hpp"

namespace sitelog {

namespace {

struct Row {
  size_t line = 0;  // where it begins
  std::vector<std::string> cells;
};

// Splits CSV text into rows (RFC 4180). A quote inside an unquoted cell is taken as it is.
class CsvRows {
 public:
  CsvRows(std::string_view text, ProblemList& problems) : text_(text), problems_(problems) {}

  std::vector<Row> read() {
    std::vector<Row> rows;
    while (at_ < text_.size()) {
      Row row{line_, {}};
      while (read_cell(row)) {
      }
      const bool blank = std::all_of(row.cells.begin(), row.cells.end(),
                                     [](const auto& cell) { return trimmed(cell).empty(); });
      if (!blank) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  // True while another cell of the same row follows.
  bool read_cell(Row& row) {
    std::string cell;
    if (at_ < text_.size() && text_[at_] == '"') {
      read_quoted(cell, row);
    } else {
      while (at_ < text_.size() && !ends_cell(text_[at_])) cell += text_[at_++];
    }
    row.cells.push_back(std::move(cell));
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      return true;
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    return false;
  }

  void read_quoted(std::string& cell, const Row& row) {
    const size_t begin = line_;
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          ++at_;
        } else {
          ++at_;
          read_after_quote(cell, row);
          return;
        }
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_++];
    }
    problems_.add(begin, N_("{} line {}: a quote is opened and never closed"));
  }

  void read_after_quote(std::string& cell, const Row& row) {
    const size_t begin = at_;
    while (at_ < text_.size() && !ends_cell(text_[at_])) ++at_;
    const std::string_view rest = text_.substr(begin, at_ - begin);
    if (trimmed(rest).empty()) return;
    problems_.add(row.line, N_("{} line {}: there is text after a closing quote: {}"),
                  {shortened(rest, 40)});
    cell += rest;
  }

  static bool ends_cell(char byte) { return byte == ',' || byte == '\n' || byte == '\r'; }

  std::string_view text_;
  ProblemList& problems_;
  size_t at_ = 0;
  size_t line_ = 1;
};

enum Column : size_t { kCode, kName, kParent, kKind, kLevel, kColumns };
using Columns = std::array<std::optional<size_t>, kColumns>;

struct Heading {
  Column column;
  std::string_view name;
};
constexpr std::array<Heading, 14> kHeadings{{{kCode, "code"},
                                             {kCode, "代码"},
                                             {kCode, "单位代码"},
                                             {kName, "name"},
                                             {kName, "名称"},
                                             {kName, "单位名称"},
                                             {kName, "单位"},
                                             {kParent, "parent"},
                                             {kParent, "上级"},
                                             {kParent, "上级代码"},
                                             {kKind, "kind"},
                                             {kKind, "类型"},
                                             {kLevel, "level"},
                                             {kLevel, "级别"}}};

std::optional<Columns> read_headings(const Row& row, ProblemList& problems) {
  Columns columns;
  bool good = true;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const std::string name = lower(trimmed(row.cells[i]));
    if (name.empty()) continue;
    const auto known = std::find_if(kHeadings.begin(), kHeadings.end(),
                                    [&](const Heading& each) { return each.name == name; });
    if (known == kHeadings.end()) {
      problems.add(row.line, N_("{} line {}: the column “{}” is not known; known are: {}"),
                   {shortened(name, 40), "code, name, parent, kind, level"});
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

Line read_unit(const Row& row, const Columns& columns, size_t width, ProblemList& problems) {
  const auto cell = [&](Column column) {
    const auto at = columns[column];
    return at && *at < row.cells.size() ? std::string(trimmed(row.cells[*at])) : std::string();
  };
  Line out{row.line, {cell(kCode), cell(kName), cell(kParent), cell(kKind), cell(kLevel)}};
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
  if (out.unit.name.empty()) problems.add(row.line, N_("{} line {}: the name is missing"));
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

void check_tree(const std::vector<Line>& lines, ProblemList& problems) {
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
    if (!parent.empty() && !known.contains(parent)) {
      problems.add(line.line, N_("{} line {}: the parent “{}” is not in the file"),
                   {shortened(parent, 64)});
    }
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

bool is_text(std::string_view csv, ProblemList& problems) {
  size_t line = 1;
  for (std::string_view rest = csv; !rest.empty();) {
    const uint32_t point = take_code_point(rest);
    if (point == kNotUtf8 || point == 0) {
      problems.add(line, N_("{} line {}: this is not UTF-8 text; save the sheet as “CSV UTF-8”"));
      return false;
    }
    if (point == '\n') ++line;
  }
  return true;
}

}  // namespace

Parsed<std::vector<Unit>> parse_units_csv(std::string_view csv, const std::string& file) {
  ProblemList problems(file);
  if (csv.starts_with("\uFEFF")) csv.remove_prefix(std::string_view("\uFEFF").size());
  if (csv.size() > limits::kUnitsFileBytesMax) {
    problems.add(1, N_("{} line {}: the file is too large: at most {} bytes"),
                 {std::to_string(limits::kUnitsFileBytesMax)});
    return {std::nullopt, problems.take()};
  }
  if (!is_text(csv, problems)) return {std::nullopt, problems.take()};
  const std::vector<Row> rows = CsvRows(csv, problems).read();
  if (rows.empty()) {
    problems.add(1, N_("{} line {}: there are no units here"));
    return {std::nullopt, problems.take()};
  }
  const auto columns = read_headings(rows.front(), problems);
  if (!columns) return {std::nullopt, problems.take()};
  std::vector<Line> lines;
  for (size_t i = 1; i < rows.size(); ++i) {
    lines.push_back(read_unit(rows[i], *columns, rows.front().cells.size(), problems));
  }
  if (lines.empty()) problems.add(rows.front().line, N_("{} line {}: there are no units here"));
  check_tree(lines, problems);
  if (!problems.empty()) return {std::nullopt, problems.take()};
  std::vector<Unit> units;
  for (Line& line : lines) units.push_back(std::move(line.unit));
  return {std::move(units), {}};
}

}  // namespace sitelog
