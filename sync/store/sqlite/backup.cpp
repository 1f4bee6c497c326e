#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "sync/store/data_file.hpp"
#include "sync/store/files.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

namespace {
constexpr int kPagesAtOnce = 2048;
}

void copy_database(const std::string& from, const std::string& to,
                   const std::function<void(int64_t, int64_t)>& progress) {
  const std::string temporary = to + ".new";
  const auto folder = HeldFolder::open(parent_of(to));
  if (!folder) {
    throw StoreError(StoreError::Kind::kOther, "there is no folder for the copy: " + to);
  }
  folder->make_file(temporary.substr(temporary.rfind('/') + 1));
  {
    Database source(from, Database::Mode::kReadOnly);
    Database target(temporary, Database::Mode::kReadWrite);
    std::unique_ptr<sqlite3_backup, decltype(&sqlite3_backup_finish)> copy(
        sqlite3_backup_init(target.native(), "main", source.native(), "main"),
        &sqlite3_backup_finish);
    if (!copy) throw StoreError(StoreError::Kind::kOther, sqlite3_errmsg(target.native()));
    // One read transaction: a single moment, whatever is written meanwhile.
    source.run("BEGIN");
    Statement(source, "SELECT count(*) FROM meta").number_or(0);
    for (;;) {
      const int code = sqlite3_backup_step(copy.get(), kPagesAtOnce);
      const int64_t pages = sqlite3_backup_pagecount(copy.get());
      progress(pages - sqlite3_backup_remaining(copy.get()), pages);
      if (code == SQLITE_DONE) break;
      if (code == SQLITE_OK) continue;
      if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        sqlite3_sleep(20);
        continue;
      }
      target.raise(code);
    }
    copy.reset();
    Statement(target, "PRAGMA journal_mode = DELETE").run();
    Statement check(target, "PRAGMA quick_check(1)");
    if (!check.step() || check.text(0) != "ok") {
      throw StoreError(StoreError::Kind::kDamaged, "the copy does not read back as it should");
    }
  }
  const int file = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!synced || std::rename(temporary.c_str(), to.c_str()) != 0) {
    throw StoreError(StoreError::Kind::kOther, "the copy could not be put in place: " + to);
  }
  sync_folder_of(to);
}

}  // namespace sitelog
