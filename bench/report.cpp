#include "bench/report.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

namespace sitelog::bench {

namespace json = boost::json;

namespace {

std::string number_text(double value) {
  std::array<char, 64> out{};
  const double size = std::fabs(value);
  const int digits = size >= 100 || size == std::floor(size) ? 0
                     : size >= 10                            ? 1
                     : size >= 1                             ? 2
                                                             : 3;
  std::snprintf(out.data(), out.size(), "%.*f", digits, value);
  return out.data();
}

std::string or_dash(const std::optional<double>& value) {
  return value ? number_text(*value) : "-";
}

// Characters, not bytes; what is printed here is as wide as that.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
  }));
}

json::value or_null(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

}  // namespace

double Samples::quantile(double part) const {
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const double rank = std::ceil(part * static_cast<double>(sorted.size()));
  return sorted.at(static_cast<size_t>(std::max(rank, 1.0)) - 1);
}

Row row_of(std::string figure, std::string what, const Samples& samples, std::string unit) {
  Row out;
  out.figure = std::move(figure);
  out.what = std::move(what);
  out.value = samples.median();
  out.unit = std::move(unit);
  out.least = samples.least();
  out.most = samples.most();
  return out;
}

std::string to_table(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> lines{
      {"figure", "value", "unit", "min..max", "baseline", "ratio", "goal", "met"}};
  for (const Row& row : rows) {
    lines.push_back({row.figure, number_text(row.value), row.unit,
                     row.least ? number_text(*row.least) + ".." + number_text(*row.most) : "-",
                     or_dash(row.baseline), or_dash(row.ratio), row.goal, row.met ? "yes" : "NO"});
  }
  std::vector<size_t> widths(lines.front().size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 < line.size()) out.append(widths[i] - width(line[i]) + 2, ' ');
    }
    out += '\n';
  }
  out += '\n';
  for (const Row& row : rows) {
    out += row.figure + ": " + row.what;
    if (!row.baseline_what.empty()) out += "; baseline: " + row.baseline_what;
    if (!row.note.empty()) out += "; " + row.note;
    out += '\n';
  }
  return out;
}

std::string to_json(const std::vector<Row>& rows) {
  std::string out = "[";
  for (const Row& row : rows) {
    if (out.size() > 1) out += ",";
    out += "\n  " + json::serialize(json::object{{"figure", row.figure},
                                                 {"value", row.value},
                                                 {"unit", row.unit},
                                                 {"baseline", or_null(row.baseline)},
                                                 {"ratio", or_null(row.ratio)},
                                                 {"goal", row.goal},
                                                 {"met", row.met}});
  }
  return out + "\n]\n";
}

}  // namespace sitelog::bench
