#include "sync/store/data_file.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

bool has_entries(const std::string& path) {
  // For writing, so that it can roll back.
  Database database(path, Database::Mode::kReadWrite);
  return Statement(database, "SELECT 1 FROM sqlite_schema WHERE name = 'entries'").step() &&
         Statement(database, "SELECT 1 FROM entries LIMIT 1").step();
}

bool is_of_older_schema(const std::string& path) {
  Database database(path, Database::Mode::kReadOnly);
  return Statement(database, "PRAGMA user_version").number_or(0) < kSchemaVersion;
}

FileCounts counts_of(const std::string& path) {
  Database database(path, Database::Mode::kReadOnly);
  Statement sums(database,
                 "SELECT ifnull(sum(records) FILTER (WHERE code <> 'root'), 0),"
                 " ifnull(sum(entries), 0) FROM books");
  return sums.step() ? FileCounts{sums.number(0), sums.number(1)} : FileCounts{};
}

Result<> check_headquarters_file(const std::string& path, const DeviceId& headquarters) {
  const auto damaged = [&](const char* what) {
    return Refusal{Reason::kFolderDamaged, N_("the data file {} is damaged ({})"), {path, what}};
  };
  try {
    Database database(path, Database::Mode::kReadWrite);
    Statement check(database, "PRAGMA integrity_check(1)");
    if (!check.step() || check.text(0) != "ok") return damaged("integrity_check");
    if (Statement(database, "SELECT count(*) FROM books").number_or(0) == 0) {
      return damaged("books");
    }
    if (Statement(database, "SELECT 1 FROM entries LIMIT 1").number_or(0) == 1 &&
        Statement(database,
                  "SELECT 1 FROM streams JOIN devices USING (device_id) WHERE device = ?1 LIMIT 1")
                .with(headquarters)
                .number_or(0) == 0) {
      return Refusal{Reason::kFolderDamaged,
                     N_("the data file {} is not of the headquarters whose keys lie beside it"),
                     {path}};
    }
    return Done{};
  } catch (const StoreError& error) {
    if (error.kind() != StoreError::Kind::kDamaged) throw;
    return damaged(error.what());
  }
}

int64_t void_open_invitations(const std::string& path) {
  Database database(path, Database::Mode::kReadWrite);
  database.run("DELETE FROM invitations WHERE device IS NULL");
  return database.changes();
}

void forget_epochs(const std::string& path) {
  Database database(path, Database::Mode::kReadWrite);
  database.run("DELETE FROM meta WHERE key LIKE 'epoch:%'");
}

}  // namespace sitelog
