#include "command/terminal/table_layout.hpp"

#include <algorithm>

#include "command/terminal/width.hpp"

namespace sitelog {
namespace {

struct TextOfCell {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(Percent percent) const {
    const int64_t tenths = percent.permille < 0 ? -percent.permille : percent.permille;
    return (percent.permille < 0 ? "-" : "") + std::to_string(tenths / 10) + "." +
           std::to_string(tenths % 10) + "%";
  }
};

}  // namespace

std::vector<PlacedHeading> placed_headings(const Table& table) {
  std::vector<PlacedHeading> placed;
  // For each column, the first row that no heading above reaches into.
  std::vector<size_t> free_from;
  for (size_t row = 0; row < table.header.size(); ++row) {
    size_t column = 0;
    for (const Heading& heading : table.header[row]) {
      while (column < free_from.size() && free_from[column] > row) ++column;
      PlacedHeading place{heading.text, row, column, 1, 1};
      place.rows =
          std::min(static_cast<size_t>(std::max(heading.rows, 1)), table.header.size() - row);
      place.columns = static_cast<size_t>(std::max(heading.columns, 1));
      column += place.columns;
      if (free_from.size() < column) free_from.resize(column, 0);
      std::fill(free_from.begin() + static_cast<std::ptrdiff_t>(place.column),
                free_from.begin() + static_cast<std::ptrdiff_t>(column), row + place.rows);
      placed.push_back(std::move(place));
    }
  }
  return placed;
}

size_t column_count(const Table& table, const std::vector<PlacedHeading>& headings) {
  size_t columns = 0;
  for (const PlacedHeading& heading : headings) {
    columns = std::max(columns, heading.column + heading.columns);
  }
  for (const std::vector<Cell>& row : table.rows) columns = std::max(columns, row.size());
  return columns;
}

std::vector<bool> numeric_columns(const Table& table, size_t columns) {
  std::vector<bool> numbers(columns, false);
  std::vector<bool> words(columns, false);
  for (const std::vector<Cell>& row : table.rows) {
    for (size_t column = 0; column < row.size(); ++column) {
      const std::string* text = std::get_if<std::string>(&row[column]);
      if (text == nullptr) numbers[column] = true;
      if (text != nullptr && !text->empty()) words[column] = true;
    }
  }
  for (size_t column = 0; column < columns; ++column) {
    numbers[column] = numbers[column] && !words[column];
  }
  return numbers;
}

std::string text_of(const Cell& cell) {
  return std::visit(TextOfCell(), cell);
}

std::string text_of(const LabelledLine& line) {
  if (line.label.empty()) return line.value;
  const bool wide =
      display_width(line.label) > 0 && static_cast<unsigned char>(line.label[0]) > 0x7F;
  if (wide) return line.label + "：" + line.value;
  return line.label + (line.value.empty() ? ":" : ": ") + line.value;
}

void widen_for_spans(std::vector<size_t>& widths, const std::vector<PlacedHeading>& headings,
                     const std::vector<size_t>& wanted, size_t gap) {
  for (size_t i = 0; i < headings.size(); ++i) {
    const PlacedHeading& heading = headings[i];
    size_t available = gap * (heading.columns - 1);
    for (size_t k = 0; k < heading.columns; ++k) available += widths[heading.column + k];
    for (size_t k = 0; available < wanted[i]; ++k, ++available) {
      ++widths[heading.column + k % heading.columns];
    }
  }
}

}  // namespace sitelog
