#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace sitelog {

// A share in tenths of a percent: 985 is 98.5 %.
struct Percent {
  int64_t permille = 0;
  bool operator==(const Percent&) const = default;
};

using Cell = std::variant<std::string, int64_t, Percent>;

// A heading that covers `columns` × `rows` cells, laid out as in HTML: a row lists only the
// headings that begin in it, from left to right.
struct Heading {
  std::string text;
  int columns = 1;
  int rows = 1;
};

// A label and what stands behind it; blank: to be filled in by hand.
struct LabelledLine {
  std::string label;
  std::string value;
};

// A report as people print it. A value; rendered as text, CSV and xlsx elsewhere.
struct Table {
  std::string title;
  std::vector<LabelledLine> above;
  std::vector<std::vector<Heading>> header;
  std::vector<std::vector<Cell>> rows;  // each as wide as the header
  int total_rows = 0;                   // so many of the last rows are totals
  std::vector<LabelledLine> below;
};

}  // namespace sitelog
