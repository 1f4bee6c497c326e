#pragma once

// Internal to store: records as they are shown, with what names that they were seen so.

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>

#include "sync/ledger/plain_entry.hpp"
#include "sync/store/shown_record.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// Reads records over a connection, which outlives it.
class SeenRecords {
 public:
  explicit SeenRecords(Database& database);

  // The record in this row, as listed; nothing where there is none. Where its document has more
  // bytes, with "too_large" alone in place of what it says.
  std::optional<boost::json::object> line(int64_t record_row, size_t bytes_max = SIZE_MAX);
  // The same for a table, where a record that is `line` with "too_large" says nothing; null where
  // there is none. Until the next call: a million are told in the same memory.
  const ShownRecord* shown(int64_t record_row, size_t bytes_max);
  // Of the document of the last one.
  size_t bytes() const { return bytes_; }
  // The seen_digest in hexadecimal of a record in conflict, so one that has a document.
  std::string seen(int64_t record_row);

 private:
  std::string seen_of_stored(int64_t record_row);
  const BookCode& book_code(int64_t book_id);
  void take_entry(int64_t entry_id);

  Database& database_;
  size_t bytes_ = 0;
  Statement record_, conflicts_, shown_, book_;
  std::map<int64_t, BookCode> codes_;
  PlainEntry plain_;
  ShownRecord out_;
};

}  // namespace sitelog
