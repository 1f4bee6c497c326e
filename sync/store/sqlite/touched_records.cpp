// What changed since somebody looked: found by the entries that came, by their numbers.
#include <set>

#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/sqlite_queries.hpp"

namespace sitelog {

void SqliteQueries::list_touched(const std::vector<BookCode>& units, size_t most,
                                 StreamPositions& looked_at,
                                 const std::function<void(const TouchedRecord&)>& sink) const {
  Statement streams(database_,
                    "SELECT code, stream_id, fork_number, last FROM streams JOIN books USING"
                    " (book_id) WHERE " +
                        among(units) + " ORDER BY code");
  Statement entries(database_,
                    "SELECT DISTINCT record_id FROM entries WHERE entry_id > ?1 AND entry_id <= ?2"
                    " AND record_id IS NOT NULL LIMIT ?3");
  Statement record(database_,
                   "SELECT record, records.form, campaign, review, EXISTS (SELECT 1 FROM conflicts"
                   " WHERE conflicts.record_id = records.record_id) FROM records LEFT JOIN lists"
                   " USING (list_id) WHERE records.record_id = ?1 AND first_entry IS NOT NULL");
  std::set<int64_t> touched;
  BookCode unit;
  const auto tell = [&] {
    if (touched.size() > most) {
      sink({.unit = unit});
    } else {
      for (const int64_t number : touched) {
        record.with(number);
        if (!record.step()) continue;
        sink({unit, record.fixed<RecordId>(0), record.text(1),
              record.is_null(2) ? std::string() : record.text(2),
              record.is_null(3) ? std::string() : record.text(3), record.number(4) != 0});
      }
    }
    touched.clear();
  };
  while (streams.step()) {
    if (BookCode code(streams.text(0)); code != unit) {
      tell();
      unit = std::move(code);
    }
    const int64_t stream = streams.number(1);
    int64_t& position = looked_at.try_emplace(stream, streams.number(2)).first->second;
    const int64_t last = streams.number(3);
    if (position < last && touched.size() <= most) {
      const int64_t base = stream << 40;
      entries.with(base + position, base + last, most + 1);
      while (entries.step()) touched.insert(entries.number(0));
    }
    position = last;
  }
  tell();
}

}  // namespace sitelog
