#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "campaign/table.hpp"

// What every rendering of a table works out first.
namespace sitelog {

// A heading in its place; rows and columns count from 0.
struct PlacedHeading {
  std::string text;
  size_t row = 0;
  size_t column = 0;
  size_t rows = 1;
  size_t columns = 1;
};

// The headings laid out as in HTML: each takes the first columns of its row that are free. One that
// would reach below the header's last row is cut off there; a span under 1 counts as 1.
std::vector<PlacedHeading> placed_headings(const Table& table);

// Columns of the table: its header's, or its widest row's where that is wider.
size_t column_count(const Table& table, const std::vector<PlacedHeading>& headings);

// Whether a column holds numbers only (and blanks), at least one.
std::vector<bool> numeric_columns(const Table& table, size_t columns);

// A cell as people read it: 120, 98.5%.
std::string text_of(const Cell& cell);

// “label：value”, with the colon of the label's script; nothing follows a blank one.
std::string text_of(const LabelledLine& line);

// Widens columns until every heading over several of them fits: `widths` are the columns', `gap`
// what lies between two, `wanted` the headings' widths in their order.
void widen_for_spans(std::vector<size_t>& widths, const std::vector<PlacedHeading>& headings,
                     const std::vector<size_t>& wanted, size_t gap);

}  // namespace sitelog
