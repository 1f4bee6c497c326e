#include "sync/store/sqlite/seen_records.hpp"

#include "sync/merge/document.hpp"
#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kLineBytes = 4096;  // most need no more

// A line that says what record it is, and that it says too much. Its parts live by themselves, so
// that the whole is given back.
json::object without_content(const json::object& line, size_t bytes) {
  json::object out;
  for (const char* name :
       {"record", "unit", "form", "campaign", "parallel", "created", "changed", "seen"}) {
    if (const auto* value = line.if_contains(name)) out[name] = *value;
  }
  out["fields"] = json::object();
  out["conflicts"] = json::array();
  const json::object& review = line.at("review").as_object();
  json::object& verdict = out["review"].emplace_object();
  for (const char* name : {"state", "changed_since", "waiting", "by"}) {
    if (const auto* value = review.if_contains(name)) verdict[name] = *value;
  }
  if (line.contains("void")) out["void"] = true;
  out["too_large"] = static_cast<int64_t>(bytes);
  return out;
}

}  // namespace

SeenRecords::SeenRecords(Database& database)
    : database_(database),
      record_(database,
              "SELECT code, record, form, iif(state IS NULL, NULL, document(first_entry, state)),"
              " heads, state IS NULL, first_entry FROM records JOIN books USING (book_id)"
              " WHERE record_id = ?1 AND first_entry IS NOT NULL"),
      conflicts_(database,
                 "SELECT unpacked(conflict) FROM conflicts WHERE record_id = ?1 ORDER BY field") {}

std::string SeenRecords::seen_of_stored(int64_t record_row) {
  const BookCode unit = record_.text(0);
  const auto record = record_.fixed<RecordId>(1);
  const std::string form = record_.text(2);
  StoredRecord stored{record_.text(3), record_.text(4), {}};
  conflicts_.with(record_row);
  while (conflicts_.step()) stored.conflicts.push_back(conflicts_.text(0));
  return seen_digest(unit, digest_of(record, form, stored)).hex();
}

std::optional<boost::json::object> SeenRecords::line(int64_t record_row, size_t bytes_max) {
  std::optional<boost::json::object> out;
  record_.with(record_row);
  if (record_.step()) {
    const BookCode unit = record_.text(0);
    const auto record = record_.fixed<RecordId>(1);
    const std::string form = record_.text(2);
    // A line is made once and thrown away as a whole.
    const auto memory = json::make_shared_resource<json::monotonic_resource>(kLineBytes);
    if (record_.number(5) != 0) {
      EntryAsRecord read = entry_as_record(database_, record_.number(6), memory);
      bytes_ = read.bytes;
      out.emplace(record_line(unit, record, form, std::move(read.document)));
      (*out)["seen"] = seen_digest(unit, digest_of(record, form, read.name)).hex();
    } else {
      bytes_ = record_.view(3).size();
      json::value document = json::parse(record_.view(3), memory);
      out.emplace(record_line(unit, record, form, std::move(document.as_object())));
      (*out)["seen"] = seen_of_stored(record_row);
    }
  }
  record_.restart();
  if (out && bytes_ > bytes_max) return without_content(*out, bytes_);
  return out;
}

std::string SeenRecords::seen(int64_t record_row) {
  record_.with(record_row);
  std::string out = record_.step() ? seen_of_stored(record_row) : std::string();
  record_.restart();
  return out;
}

}  // namespace sitelog
