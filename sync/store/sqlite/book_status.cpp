// How every book stands. Read in a few statements over all books, not a few for each: a province
// has ten thousand.
#include <algorithm>
#include <unordered_map>

#include "sync/ledger/tip_tree.hpp"
#include "sync/merge/state_digest.hpp"
#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/record_search.hpp"
#include "sync/store/sqlite/sqlite_queries.hpp"

namespace sitelog {

namespace {

using ByBook = std::unordered_map<int64_t, int64_t>;

// Of rows (book_id, number).
ByBook numbers(Database& database, const std::string& sql) {
  Statement rows(database, sql);
  ByBook out;
  while (rows.step()) out[rows.number(0)] = rows.number(1);
  return out;
}

int64_t number_in(const ByBook& numbers, int64_t book_id) {
  const auto at = numbers.find(book_id);
  return at != numbers.end() ? at->second : 0;
}

// All streams with what is known to be held of them, book by book.
class StreamReader {
 public:
  StreamReader(Database& database, const DeviceId& device, const std::optional<DeviceId>& held_by)
      : device_(device),
        rows_(database,
              "SELECT streams.book_id, devices.device, epoch, fork_number, last, head, a.number,"
              " a.wall_ms FROM streams JOIN devices USING (device_id) LEFT JOIN"
              " acknowledgements AS a ON a.device = ?1 AND a.stream_id = streams.stream_id"
              " ORDER BY streams.book_id") {
    rows_.with(held_by);
    more_ = rows_.step();
  }

  // `book_id` ascends from call to call.
  VersionVector read(int64_t book_id, BookStatus& status) {
    VersionVector out;
    for (; more_ && rows_.number(0) <= book_id; more_ = rows_.step()) {
      if (rows_.number(0) == book_id) out.push_back(read_row(status));
    }
    return out;
  }

 private:
  Tip read_row(BookStatus& status) {
    const auto device = rows_.fixed<DeviceId>(1);
    const int64_t fork = rows_.number(3);
    const int64_t last = rows_.number(4);
    if (device == device_) {
      status.own += last - fork;
      if (!rows_.is_null(6)) {
        status.held += std::max<int64_t>(0, std::min(rows_.number(6), last) - fork);
        status.held_since_ms = std::max(status.held_since_ms.value_or(0), rows_.number(7));
      }
    }
    return {{device, {static_cast<uint64_t>(rows_.number(2))}},
            {static_cast<uint64_t>(last)},
            rows_.fixed<Hash>(5)};
  }

  const DeviceId device_;
  Statement rows_;
  bool more_ = false;
};

}  // namespace

std::vector<BookStatus> SqliteQueries::status(const DeviceId& device,
                                              const std::optional<DeviceId>& held_by) const {
  const ByBook conflicts =
      numbers(database_,
              "SELECT records.book_id, count(*) FROM conflicts CROSS JOIN records"
              " USING (record_id) GROUP BY 1");
  RecordSearch search(database_);
  const RecordSet content = search.with(trait_of(TraitOf::kContent));
  const ByBook pending = search.by_book(search.with(trait_of(TraitOf::kPending)) &= content);
  const ByBook changed = search.by_book(search.with(trait_of(TraitOf::kChanged)) &= content);
  const ByBook quarantined =
      numbers(database_,
              "SELECT book_id, count(*) FROM quarantine AS q CROSS JOIN streams AS s"
              " ON s.stream_id = q.entry_id >> 40 GROUP BY 1");
  const uint64_t judged_by = read_judged_by(database_);
  // By older rules nothing is sent.
  const ByBook to_send = judged_by >= kRulesOfStations
                             ? search.by_book(search.with(trait_of(TraitOf::kToSend)))
                             : ByBook();
  StreamReader streams(database_, device, held_by);
  Statement books(database_,
                  "SELECT book_id, code, entries, records, state_digest FROM books"
                  " ORDER BY book_id");
  std::vector<BookStatus> out;
  while (books.step()) {
    const int64_t book_id = books.number(0);
    BookStatus line;
    line.unit = books.text(1);
    line.entries = books.number(2);
    line.records = books.number(3);
    line.state_digest = told_digest(books.fixed<Hash>(4), judged_by).hex();
    line.pending = number_in(pending, book_id);
    line.changed = number_in(changed, book_id);
    line.to_send = number_in(to_send, book_id);
    line.conflicts = number_in(conflicts, book_id);
    line.quarantined = number_in(quarantined, book_id);
    line.book_digest = digest_of(line.unit, streams.read(book_id, line)).hex();
    out.push_back(std::move(line));
  }
  std::sort(out.begin(), out.end(),
            [](const BookStatus& a, const BookStatus& b) { return a.unit < b.unit; });
  return out;
}

}  // namespace sitelog
