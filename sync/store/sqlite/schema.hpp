#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "sync/ledger/result.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/store_options.hpp"

namespace sitelog {

inline constexpr int kSchemaVersion = 7;

// The SQL files of sql/, compiled in.
std::string_view newest_schema();
struct Migration {
  int to = 0;
  std::string_view sql;
};
std::vector<Migration> migrations();

// Brings the file behind `database` to the newest schema: makes it in an empty file, or runs the
// migrations it lacks and then `rebuild` (rebuild.hpp), in one transaction. Refuses a newer one
// (kFolderNewer).
Result<> bring_up_to_date(Database& database, const std::function<void()>& rebuild);

// Settings of a connection that writes: synchronous FULL, and WAL where nothing else is said. Only
// this one checkpoints. It keeps up to `cache_kib` of pages in memory.
void prepare_writer(Database& database, int cache_kib = kSiteCacheKib,
                    JournalMode journal = JournalMode::kWal);
// Settings of a connection that only reads.
void prepare_reader(Database& database);

}  // namespace sitelog
