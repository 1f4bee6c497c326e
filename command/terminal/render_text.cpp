#include <algorithm>
#include <utility>

#include "campaign/table.hpp"
#include "campaign/text.hpp"
#include "command/terminal/output.hpp"
#include "command/terminal/render.hpp"
#include "command/terminal/table_layout.hpp"
#include "command/terminal/width.hpp"
#include "sheets/delimited.hpp"

namespace sitelog {
namespace {

constexpr size_t kGap = 2;        // columns between two columns of a terminal table
constexpr size_t kFoldedMin = 8;  // no column of words is folded narrower

void end_line(std::string& out) {
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

// The columns of one table on a terminal.
class Columns {
 public:
  Columns(const Table& table, size_t columns_max)
      : headings_(placed_headings(table)),
        widths_(column_count(table, headings_), 0),
        numeric_(numeric_columns(table, widths_.size())) {
    for (const std::vector<Cell>& row : table.rows) {
      for (size_t column = 0; column < row.size(); ++column) {
        const size_t width = display_width(on_one_line(text_of(row[column])));
        widths_[column] = std::max(widths_[column], width);
      }
    }
    std::vector<size_t> wanted;
    for (PlacedHeading& heading : headings_) {
      heading.text = on_one_line(heading.text);
      const size_t dashes = heading.columns > 1 ? 4 : 0;
      wanted.push_back(display_width(heading.text) + dashes);
    }
    widen_for_spans(widths_, headings_, wanted, kGap);
    if (columns_max > 0) fold_into(columns_max);
  }

  size_t width() const { return span(0, widths_.size()); }
  std::string header_row(size_t row) const;
  std::string row(const std::vector<Cell>& cells) const;

 private:
  void fold_into(size_t columns_max);
  size_t span(size_t column, size_t columns) const {
    size_t width = columns > 0 ? kGap * (columns - 1) : 0;
    for (size_t k = 0; k < columns; ++k) width += widths_[column + k];
    return width;
  }
  Align align(size_t column) const { return numeric_[column] ? Align::kRight : Align::kLeft; }
  std::string drawn(const PlacedHeading& heading) const;

  std::vector<PlacedHeading> headings_;
  std::vector<size_t> widths_;
  std::vector<bool> numeric_;
};

std::string Columns::drawn(const PlacedHeading& heading) const {
  const size_t width = span(heading.column, heading.columns);
  if (heading.columns == 1) return padded(heading.text, width, align(heading.column));
  const std::string text = heading.text.empty() ? "" : " " + heading.text + " ";
  const size_t dashes = width - display_width(text);
  return std::string(dashes / 2, '-') + text + std::string(dashes - dashes / 2, '-');
}

// A heading over several rows stands in the last of them, next to what it heads.
std::string Columns::header_row(size_t row) const {
  std::vector<const PlacedHeading*> shown;
  for (const PlacedHeading& heading : headings_) {
    if (heading.row + heading.rows == row + 1) shown.push_back(&heading);
  }
  std::sort(shown.begin(), shown.end(),
            [](const auto* left, const auto* right) { return left->column < right->column; });
  std::string line;
  size_t at = 0;
  for (const PlacedHeading* heading : shown) {
    const size_t start = span(0, heading->column) + (heading->column > 0 ? kGap : 0);
    line.append(start - at, ' ');
    line += drawn(*heading);
    at = start + span(heading->column, heading->columns);
  }
  end_line(line);
  return line;
}

// Narrows the widest column of words, one by one, until all fits.
void Columns::fold_into(size_t columns_max) {
  std::vector<size_t> least(widths_.size(), kFoldedMin);
  for (const PlacedHeading& heading : headings_) {
    if (heading.columns > 1) continue;
    size_t& width = least[heading.column];
    width = std::max(width, display_width(heading.text));
  }
  while (width() > columns_max) {
    size_t widest = widths_.size();
    for (size_t column = 0; column < widths_.size(); ++column) {
      if (numeric_[column] || widths_[column] <= least[column]) continue;
      if (widest == widths_.size() || widths_[column] > widths_[widest]) widest = column;
    }
    if (widest == widths_.size()) return;
    --widths_[widest];
  }
}

// `text` in lines of at most `columns`, in which a character of two columns fits.
std::vector<std::string> folded(std::string_view text, size_t columns) {
  std::vector<std::string> out(1);
  size_t used = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = character_at(text, at).bytes;
    const std::string_view character = text.substr(at, bytes);
    const size_t width = display_width(character);
    if (used + width > columns && used > 0) {
      out.emplace_back();
      used = 0;
    }
    out.back() += character;
    used += width;
    at += bytes;
  }
  return out;
}

std::string Columns::row(const std::vector<Cell>& cells) const {
  std::vector<std::vector<std::string>> lines_of;
  size_t lines = 1;
  for (size_t column = 0; column < cells.size(); ++column) {
    lines_of.push_back(folded(on_one_line(text_of(cells[column])), widths_[column]));
    lines = std::max(lines, lines_of.back().size());
  }
  std::string out;
  for (size_t i = 0; i < lines; ++i) {
    for (size_t column = 0; column < cells.size(); ++column) {
      if (column > 0) out.append(kGap, ' ');
      const bool more = i < lines_of[column].size();
      out += padded(more ? lines_of[column][i] : "", widths_[column], align(column));
    }
    end_line(out);
  }
  return out;
}

}  // namespace

std::string render_text(const Table& table, size_t columns_max) {
  const Columns columns(table, columns_max);
  const size_t width = columns.width();
  const std::string rule = std::string(width, '-') + "\n";
  std::string out;
  if (!table.title.empty()) {
    out += padded(on_one_line(table.title), width, Align::kCentre);
    end_line(out);
    out += '\n';
  }
  for (const LabelledLine& line : table.above) out += on_one_line(text_of(line)) + "\n";
  if (!table.above.empty()) out += '\n';
  for (size_t row = 0; row < table.header.size(); ++row) out += columns.header_row(row);
  if (!table.header.empty()) out += rule;
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const bool first_total =
        table.total_rows > 0 && row + static_cast<size_t>(table.total_rows) == table.rows.size();
    if (first_total && row > 0) out += rule;
    out += columns.row(table.rows[row]);
  }
  if (!table.below.empty()) out += '\n';
  for (const LabelledLine& line : table.below) out += on_one_line(text_of(line)) + "\n";
  return out;
}

std::string render_csv(const Table& table) {
  const std::vector<PlacedHeading> headings = placed_headings(table);
  const size_t columns = column_count(table, headings);
  std::string out = "\xEF\xBB\xBF";
  if (!headings.empty()) {
    std::vector<std::string> names(columns);
    for (const PlacedHeading& heading : headings) {
      for (size_t k = 0; k < heading.columns; ++k) {
        std::string& name = names[heading.column + k];
        if (!name.empty() && !heading.text.empty()) name += '/';
        name += heading.text;
      }
    }
    for (size_t column = 0; column < columns; ++column) {
      if (column > 0) out += ',';
      out += delimited_cell(names[column]);
    }
    out += "\r\n";
  }
  for (const std::vector<Cell>& row : table.rows) {
    for (size_t column = 0; column < columns; ++column) {
      if (column > 0) out += ',';
      if (column >= row.size()) continue;
      out += delimited_cell(text_of(row[column]), std::holds_alternative<std::string>(row[column]));
    }
    out += "\r\n";
  }
  // A blank row parts what people read from what is counted.
  const std::string blank(columns > 2 ? columns - 2 : 0, ',');
  bool parted = false;
  for (const LabelledLine& line : table.below) {
    if (line.value.empty()) continue;
    if (!std::exchange(parted, true)) out += "," + blank + "\r\n";
    out += delimited_cell(line.label) + "," + delimited_cell(line.value) + blank + "\r\n";
  }
  return out;
}

}  // namespace sitelog
