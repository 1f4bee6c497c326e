#include "sync/store/sqlite/sqlite.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "sync/store/files.hpp"

namespace sitelog {

namespace {

// What the system said to the data file or its log, where SQLite calls it an I/O error. By the time
// SQLite looks, errno may be another call's.
int system_error_of(sqlite3* handle) {
  if (handle == nullptr) return 0;
  int last = 0;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &last);
  if (kind_of_system_error(last) != StoreError::Kind::kOther) return last;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &last);
    if (kind_of_system_error(last) != StoreError::Kind::kOther) return last;
  }
  return sqlite3_system_errno(handle);
}

[[noreturn]] void raise(sqlite3* handle, int code) {
  const std::string what = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const int system = system_error_of(handle);
  switch (code & 0xff) {
    case SQLITE_FULL: throw StoreError(StoreError::Kind::kFull, what);
    case SQLITE_NOMEM: throw StoreError(StoreError::Kind::kShortage, what);
    case SQLITE_IOERR:
      // Where the write-ahead log's index finds no room, SQLite calls it an I/O error.
      if (code == SQLITE_IOERR_SHMSIZE) throw StoreError(StoreError::Kind::kFull, what);
      if (code == SQLITE_IOERR_NOMEM) throw StoreError(StoreError::Kind::kShortage, what);
      throw StoreError(kind_of_system_error(system), what);
    case SQLITE_CANTOPEN:
      throw StoreError(kind_of_system_error(system), what + ": " + std::strerror(system));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: throw StoreError(StoreError::Kind::kDamaged, what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: throw StoreError(StoreError::Kind::kBusy, what);
    default: throw StoreError(StoreError::Kind::kOther, what);
  }
}

// A file's address for SQLite, where nothing can be written to its medium.
std::string address_on_read_only_medium(const std::string& path) {
  struct stat log {};
  struct stat index {};
  const bool has_log = ::stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0;
  if (has_log && ::stat((path + "-shm").c_str(), &index) != 0) {
    throw StoreError(StoreError::Kind::kOther,
                     "its last changes can be read only where the folder can be written to: copy "
                     "the folder to a disk");
  }
  std::string out = "file:";
  constexpr const char* kHex = "0123456789ABCDEF";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '/' || c == '.' || c == '-' || c == '_') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return has_log ? out : out + "?immutable=1";
}

bool is_on_read_only_medium(const std::string& path) {
  struct statvfs medium {};
  return ::statvfs(path.c_str(), &medium) == 0 && (medium.f_flag & ST_RDONLY) != 0;
}

}  // namespace

Database::Database(const std::string& path, Mode mode) {
  const int flags = (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY
                                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX;
  const bool unwritable = mode == Mode::kReadOnly && is_on_read_only_medium(path);
  const std::string address = unwritable ? address_on_read_only_medium(path) : path;
  const int code = sqlite3_open_v2(address.c_str(), &handle_,
                                   flags | (unwritable ? SQLITE_OPEN_URI : 0), nullptr);
  if (code != SQLITE_OK) {
    const std::string what = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    const int system = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
    sqlite3_close(handle_);
    const auto kind =
        code == SQLITE_NOMEM ? StoreError::Kind::kShortage : kind_of_system_error(system);
    throw StoreError(kind, what + ": " + path);
  }
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, 5000);
}

Database::~Database() {
  companion_.reset();
  begin_.reset();
  commit_.reset();
  idle_->close();
  sqlite3_close_v2(handle_);
}

void Database::begin() {
  if (!begin_) begin_ = std::make_unique<Statement>(*this, "BEGIN IMMEDIATE");
  begin_->run();
}

void Database::commit() {
  if (!commit_) commit_ = std::make_unique<Statement>(*this, "COMMIT");
  commit_->run();
}

void Database::rollback() noexcept {
  try {
    run("ROLLBACK");
  } catch (const StoreError&) {
    // There is none any more.
  }
}

void Database::empty_log() {
  sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

void Database::while_running(std::function<void()> beat) {
  constexpr int kStepsABeat = 200'000;  // of SQLite's machine: some milliseconds
  beat_ = std::move(beat);
  if (!beat_) return sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
  sqlite3_progress_handler(
      handle_, kStepsABeat,
      [](void* self) {
        static_cast<Database*>(self)->beat_();
        return 0;
      },
      this);
}

void Database::raise(int code) const {
  sitelog::raise(handle_, code);
}

void Database::run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(code);
}

int64_t Database::last_row_id() const {
  return sqlite3_last_insert_rowid(handle_);
}
int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

sqlite3_stmt* IdleStatements::take(std::string_view sql) {
  const auto at =
      std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& each) { return each.sql == sql; });
  if (at == idle_.rend()) return nullptr;
  sqlite3_stmt* const out = at->statement;
  idle_.erase(std::prev(at.base()));
  return out;
}

void IdleStatements::give_back(std::string&& sql, sqlite3_stmt* statement) {
  constexpr size_t kSqlBytesMax = 2048;  // longer ones name what is asked for, and come once
  if (closed_ || sql.size() > kSqlBytesMax) {
    sqlite3_finalize(statement);
    return;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (idle_.size() == kMost) {
    sqlite3_finalize(idle_.front().statement);
    idle_.erase(idle_.begin());
  }
  idle_.push_back({std::move(sql), statement});
}

void IdleStatements::close() {
  closed_ = true;
  for (const Idle& each : idle_) sqlite3_finalize(each.statement);
  idle_.clear();
}

void Statement::prepare() {
  if (handle_ != nullptr) return;
  given_by_ = database_.idle();
  handle_ = given_by_->take(sql_);
  if (handle_ != nullptr) return;
  sqlite3* database = database_.native();
  const int code = sqlite3_prepare_v3(database, sql_.data(), static_cast<int>(sql_.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  // Every statement fits our own tables: where one doesn't, the tables' definitions are damaged.
  if (code == SQLITE_ERROR) {
    throw StoreError(StoreError::Kind::kDamaged, sqlite3_errmsg(database));
  }
  if (code != SQLITE_OK) database_.raise(code);
}

Statement::~Statement() {
  if (handle_ != nullptr) given_by_->give_back(std::move(sql_), handle_);
}

void Statement::restart() {
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

bool Statement::step() {
  prepare();
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle_);
    return false;
  }
  sqlite3_reset(handle_);
  database_.raise(code);
}

void Statement::run() {
  while (step()) {
  }
}

int64_t Statement::number_or(int64_t otherwise) {
  const int64_t out = step() && !is_null(0) ? number(0) : otherwise;
  sqlite3_reset(handle_);
  return out;
}

int64_t Statement::number(int column) const {
  return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::view(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  return data == nullptr
             ? std::string_view()
             : std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(handle_, column)));
}

std::string Statement::text(int column) const {
  return std::string(view(column));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

void Statement::bind(int index, int64_t value) {
  sqlite3_bind_int64(handle_, index, value);
}
void Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text(handle_, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}
void Statement::bind(int index, BytesView blob) {
  sqlite3_bind_blob(handle_, index, blob.data(), static_cast<int>(blob.size()), SQLITE_TRANSIENT);
}
void Statement::bind(int index, std::nullptr_t) {
  sqlite3_bind_null(handle_, index);
}

}  // namespace sitelog
