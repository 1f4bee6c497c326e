#pragma once

// Internal to store: records as they are shown, with what names that they were seen so.

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// Reads records over a connection, which outlives it.
class SeenRecords {
 public:
  explicit SeenRecords(Database& database);

  // The record in this row, as listed; nothing where there is none.
  std::optional<boost::json::object> line(int64_t record_row);
  // Its seen_digest in hexadecimal.
  std::string seen(int64_t record_row);

 private:
  std::string seen_of_row(int64_t record_row);

  Statement record_, conflicts_;
};

}  // namespace sitelog
