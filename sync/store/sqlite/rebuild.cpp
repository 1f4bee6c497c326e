#include "sync/store/sqlite/rebuild.hpp"

#include <functional>

#include "sync/ledger/entry.hpp"
#include "sync/merge/merge_work.hpp"
#include "sync/store/sqlite/sqlite_shelf.hpp"
#include "sync/store/sqlite/stream_table.hpp"

namespace sitelog {

namespace {

constexpr int64_t kFlushedAtOnce = 4096;

using Visit = std::function<void(int64_t entry_id, const EntryName& name, std::string bytes)>;

// Each entry of before in the order of its stream; `pause` every few thousand, so that little is
// kept in memory.
void each_before(Database& database, const Visit& visit, const std::function<void()>& pause) {
  Statement all(database, "SELECT entry_id, name, bytes FROM entries_before ORDER BY entry_id");
  for (int64_t done = 1; all.step(); ++done) {
    visit(all.number(0), all.fixed<EntryName>(1), all.text(2));
    if (done % kFlushedAtOnce == 0) pause();
  }
  pause();
}

}  // namespace

void rebuild_from_entries(Database& database, Catalogue& catalogue, const DeviceId& headquarters,
                          const StoreOptions& options, OpeningProgress& progress) {
  const int64_t waiting =
      Statement(database, "SELECT 1 FROM sqlite_schema WHERE name = 'entries_before'").number_or(0);
  if (waiting == 0) return;
  StreamTable streams(database, options);
  SqliteShelf shelf(database, streams);
  MergeWork work(shelf, catalogue, headquarters, *options.helpers, *options.rules);
  // All are kept before the first is judged: the judge looks streams up to their ends. What belongs
  // to no record yet is not merged.
  const int64_t all = Statement(database, "SELECT count(*) FROM entries_before").number_or(0);
  progress.begin(N_("keeping the entries anew"), all);
  int64_t last = 0;
  each_before(
      database,
      [&](int64_t entry_id, const EntryName& name, const std::string& bytes) {
        const StreamRow& row = streams.row(stream_of(entry_id));
        if (stream_of(last) != row.id) last = entry_id_of(row.id, row.fork_number);
        if (++last != entry_id) {
          throw StoreError(StoreError::Kind::kDamaged,
                           "an entry is missing in the middle of a stream");
        }
        streams.insert_entry({entry_id, name, &bytes, false}, std::nullopt);
        progress.one();
      },
      [&] { streams.flush(); });
  progress.begin(N_("merging the records anew"), all);
  Statement assign(database, "UPDATE entries SET record_id = ?2 WHERE entry_id = ?1");
  each_before(
      database,
      [&](int64_t entry_id, const EntryName& name, const std::string& bytes) {
        progress.one();
        auto entry = decode_entry(as_bytes(bytes));
        if (!entry) return shelf.set_aside(entry_id, entry.refusal());
        const StreamRow& row = streams.row(stream_of(entry_id));
        MergeWork::Record& record =
            work.open(streams.book_code(row.book_id), entry->record, entry->form);
        const int64_t record_id = shelf.row_of(row.book_id, entry->record, entry->form);
        assign.with(entry_id, record_id).run();
        work.add(record, {row.key, number_of(entry_id), name}, std::move(*entry));
      },
      [&] {
        work.flush();
        shelf.end();
      });
  database.run("DROP TABLE entries_before");
}

}  // namespace sitelog
