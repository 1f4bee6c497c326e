#include "sync/store/sqlite/seen_records.hpp"

#include "sync/merge/document.hpp"
#include "sync/store/sqlite/query_parts.hpp"

namespace sitelog {

SeenRecords::SeenRecords(Database& database)
    : record_(database,
              "SELECT code, record, form, document(first_entry, state), heads, state IS NULL,"
              " (SELECT name FROM entries WHERE entry_id = first_entry)"
              " FROM records JOIN books USING (book_id)"
              " WHERE record_id = ?1 AND first_entry IS NOT NULL"),
      conflicts_(database, "SELECT conflict FROM conflicts WHERE record_id = ?1 ORDER BY field") {}

std::string SeenRecords::seen_of_row(int64_t record_row) {
  const BookCode unit = record_.text(0);
  const auto record = record_.fixed<RecordId>(1);
  const std::string form = record_.text(2);
  if (record_.number(5) != 0) {
    return seen_digest(unit, digest_of(record, form, record_.fixed<EntryName>(6))).hex();
  }
  StoredRecord stored{record_.text(3), record_.text(4), {}};
  conflicts_.with(record_row);
  while (conflicts_.step()) stored.conflicts.push_back(conflicts_.text(0));
  return seen_digest(unit, digest_of(record, form, stored)).hex();
}

std::optional<boost::json::object> SeenRecords::line(int64_t record_row) {
  std::optional<boost::json::object> out;
  record_.with(record_row);
  if (record_.step()) {
    out =
        record_line(record_.text(0), record_.fixed<RecordId>(1), record_.text(2), record_.view(3));
    (*out)["seen"] = seen_of_row(record_row);
  }
  record_.restart();
  return out;
}

std::string SeenRecords::seen(int64_t record_row) {
  record_.with(record_row);
  std::string out = record_.step() ? seen_of_row(record_row) : std::string();
  record_.restart();
  return out;
}

}  // namespace sitelog
