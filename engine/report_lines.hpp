#pragma once

#include <boost/json.hpp>

#include "campaign/table.hpp"

// A report's table as operations tell it, a row a line and then what stands round the rows, and
// the table again for whoever shows it or writes it to a file. No I/O.
namespace sitelog {

// {"cells":[…]}: texts, whole numbers, and shares as {"permille":number}.
boost::json::object told_row(const std::vector<Cell>& row);
// {"title","above","header","total_rows","below"}.
boost::json::object told_round_rows(const Table& table);

// The table that such lines, one by one, and the answer behind them tell of. What is not there, or
// of another type in a newer version, is shown as nothing.
class ToldTable {
 public:
  void take_line(const boost::json::object& line);
  void take_answer(const boost::json::object& answer);
  const Table& table() const { return table_; }

 private:
  Table table_;
};

}  // namespace sitelog
