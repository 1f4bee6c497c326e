#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sitelog::bench {

// What was measured several times.
class Samples {
 public:
  void add(double value) { values_.push_back(value); }
  size_t size() const { return values_.size(); }
  // All need at least one value.
  double median() const { return quantile(0.5); }
  double quantile(double part) const;  // the nearest rank
  double least() const { return quantile(0); }
  double most() const { return quantile(1); }

 private:
  std::vector<double> values_;
};

// One figure and what is asked of it.
struct Row {
  std::string figure;  // short name
  std::string what;
  double value = 0;
  std::string unit;
  std::optional<double> least, most;  // of the runs
  std::optional<double> baseline;     // in the same unit
  std::string baseline_what;
  std::optional<double> ratio;  // better than or equal to the baseline: 1 or more
  std::string goal;
  bool met = false;
  std::string note;
};

// A row whose value is the median of `samples`.
Row row_of(std::string figure, std::string what, const Samples& samples, std::string unit);

// As people read it: one line a row, columns aligned.
std::string to_table(const std::vector<Row>& rows);
// A list of {"figure","value","unit","baseline","ratio","goal","met"}; null where there is none.
std::string to_json(const std::vector<Row>& rows);

}  // namespace sitelog::bench
