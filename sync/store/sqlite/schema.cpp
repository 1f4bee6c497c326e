#include "sync/store/sqlite/schema.hpp"

#include <string>

#include "sync/store/sqlite/stored_record.hpp"

namespace sitelog {

namespace {

// That they are there; whether they are as defined, verify says.
void need_tables(Database& database) {
  Statement find(database, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
  constexpr std::string_view kBefore = "\nCREATE TABLE ";
  const std::string_view schema = newest_schema();
  for (size_t at = schema.find(kBefore); at != schema.npos; at = schema.find(kBefore, at)) {
    at += kBefore.size();
    const std::string name(schema.substr(at, schema.find(' ', at) - at));
    if (find.with(name).number_or(0) == 1) continue;
    throw StoreError(StoreError::Kind::kDamaged, "the table " + name + " is not there");
  }
}

void roll_back(Database& database) {
  try {
    database.run("ROLLBACK");
  } catch (const StoreError&) {
    // The first error is the one to tell.
  }
}

}  // namespace

Result<> bring_up_to_date(Database& database, const std::function<void()>& rebuild) {
  const int64_t version = Statement(database, "PRAGMA user_version").number_or(0);
  if (version > kSchemaVersion) {
    return Refusal{Reason::kFolderNewer,
                   N_("the data folder was written by a newer Sitelog (schema {}, this one knows "
                      "{}): install that version; nothing was changed"),
                   {std::to_string(version), std::to_string(kSchemaVersion)}};
  }
  if (version == kSchemaVersion) {
    need_tables(database);
    return Done{};
  }
  database.run("BEGIN IMMEDIATE");
  try {
    if (version == 0) {
      database.run(std::string(newest_schema()));
    } else {
      for (const Migration& step : migrations()) {
        if (step.to > version) database.run(std::string(step.sql));
      }
      rebuild();
    }
    database.run("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    database.run("COMMIT");
  } catch (const StoreError& error) {
    roll_back(database);
    if (version == 0 || error.kind() != StoreError::Kind::kFull) throw;
    return Refusal{
        Reason::kNotSaved,
        N_("the disk is full: this data folder is of an older Sitelog and is first to be "
           "brought up to date, which takes room; nothing was changed: make room and "
           "try again"),
        {}};
  } catch (...) {
    roll_back(database);
    throw;
  }
  return Done{};
}

void prepare_writer(Database& database, int cache_kib, JournalMode journal) {
  attach_functions(database);
  database.run("PRAGMA page_size = 4096");
  const bool wal = journal == JournalMode::kWal;
  Statement(database, wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = TRUNCATE").run();
  database.run("PRAGMA synchronous = FULL");
  // What is taken out is written over: erased entries, and what was packed or merged of them.
  database.run("PRAGMA secure_delete = ON");
  database.run("PRAGMA temp_store = MEMORY");
  database.run("PRAGMA cache_size = -" + std::to_string(cache_kib));
  // A checkpoint takes ten times as long as a commit, which at a site writes some eight pages: one
  // in five hundred is to wait for it. The log then takes up to 16 MB beside the file.
  Statement(database, "PRAGMA wal_autocheckpoint = 4000").run();
}

void prepare_reader(Database& database) {
  attach_functions(database);
  database.run("PRAGMA query_only = ON");
  Statement(database, "PRAGMA wal_autocheckpoint = 0").run();
  database.run("PRAGMA cache_size = -8000");
}

}  // namespace sitelog
