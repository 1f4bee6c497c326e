#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/merge/store_error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sitelog {

class Statement;

// Prepared statements that nobody uses now, by their SQL, to be used again: preparing one costs as
// much as reading dozens of rows. Of one connection, until that is closed; those given back longest
// ago go first.
class IdleStatements {
 public:
  IdleStatements() { idle_.reserve(kMost); }
  IdleStatements(const IdleStatements&) = delete;
  IdleStatements& operator=(const IdleStatements&) = delete;

  // Nothing where there is none.
  sqlite3_stmt* take(std::string_view sql);
  void give_back(std::string&& sql, sqlite3_stmt* statement);
  // Keeps none any more.
  void close();

 private:
  static constexpr size_t kMost = 128;
  struct Idle {
    std::string sql;
    sqlite3_stmt* statement = nullptr;
  };
  std::vector<Idle> idle_;  // ascending by when they were given back
  bool closed_ = false;
};

// One connection. Not for two threads at once.
class Database {
 public:
  // To be read only, a file may lie on a medium that can't be written to, where nobody can make the
  // log's index that readers use.
  enum class Mode { kReadWrite, kReadOnly };
  Database(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql);
  // A transaction that writes. `rollback` leaves nothing of it, where SQLite has not done so yet.
  void begin();
  void commit();
  void rollback() noexcept;
  // Takes everything out of the write-ahead log, as far as nobody reads there yet.
  void empty_log();
  // Calls it time and again while a statement runs that takes long; it must not use the connection.
  void while_running(std::function<void()> beat);
  int64_t last_row_id() const;
  int64_t changes() const;
  sqlite3* native() const { return handle_; }
  const std::shared_ptr<IdleStatements>& idle() { return idle_; }
  // What SQLite's `code` means, thrown.
  [[noreturn]] void raise(int code) const;

  // Something that lives as long as the connection and may use it.
  void keep(std::shared_ptr<void> companion) { companion_ = std::move(companion); }
  const std::shared_ptr<void>& companion() const { return companion_; }

 private:
  sqlite3* handle_ = nullptr;
  std::shared_ptr<void> companion_;
  std::function<void()> beat_;
  const std::shared_ptr<IdleStatements> idle_ = std::make_shared<IdleStatements>();
  std::unique_ptr<Statement> begin_, commit_;
};

// A statement, prepared when it is first used, as most are not in a short run, and used again, by
// others of the same words too. `with` its values, then `step` for each row, or `run` for none.
class Statement {
 public:
  Statement(Database& database, std::string_view sql) : database_(database), sql_(sql) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Starts anew with these values for ?1, ?2 …
  template <class... Values>
  Statement& with(const Values&... values) {
    prepare();
    restart();
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  // True while there is a row.
  bool step();
  // Steps to the end; ready for the next use.
  void run();
  // The first row's first column as a number; `otherwise` where there is no row or it is null.
  int64_t number_or(int64_t otherwise);

  int64_t number(int column) const;
  std::string text(int column) const;
  std::string_view view(int column) const;  // valid until the next step
  bool is_null(int column) const;
  template <class Fixed>
  Fixed fixed(int column) const {
    const auto out = Fixed::from(view(column));
    if (!out) throw StoreError(StoreError::Kind::kDamaged, "a stored value has the wrong length");
    return *out;
  }
  void restart();

 private:
  void bind(int index, int64_t value);
  void bind(int index, int value) { bind(index, int64_t{value}); }
  void bind(int index, uint64_t value) { bind(index, static_cast<int64_t>(value)); }
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, BytesView blob);
  void bind(int index, std::nullptr_t);
  template <class Tag, size_t N>
  void bind(int index, const FixedBytes<Tag, N>& id) {
    bind(index, id.view());
  }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value) {
      bind(index, *value);
    } else {
      bind(index, nullptr);
    }
  }

  void prepare();

  Database& database_;
  std::string sql_;
  sqlite3_stmt* handle_ = nullptr;
  std::shared_ptr<IdleStatements> given_by_;  // with the handle
};

}  // namespace sitelog
