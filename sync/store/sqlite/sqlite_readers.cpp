#include <exception>

#include "sync/store/limits.hpp"
#include "sync/store/readers.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/sqlite_queries.hpp"

namespace sitelog {

namespace {

// Comes before what reads through it.
struct ReadingConnection {
  explicit ReadingConnection(const std::string& path)
      : database(path, Database::Mode::kReadOnly),
        begin(database, "BEGIN"),
        commit(database, "COMMIT") {
    prepare_reader(database);
  }
  Database database;
  Statement begin, commit;
};

}  // namespace

class Readers::Connection final : private ReadingConnection, public SqliteQueries {
 public:
  explicit Connection(const std::string& path) : ReadingConnection(path), SqliteQueries(database) {}
  void begin_moment() { begin.run(); }
  void end_moment() { commit.run(); }
};

Readers::Readers(std::string path) : path_(std::move(path)) {}

Readers::~Readers() = default;

size_t Readers::idle() const {
  const std::lock_guard lock(idle_mutex_);
  return idle_.size();
}

void Readers::close() {
  const std::lock_guard lock(idle_mutex_);
  idle_.clear();
}

Readers::Reading::Reading(Readers& readers)
    : readers_(readers), exceptions_(std::uncaught_exceptions()) {
  {
    const std::lock_guard lock(readers_.idle_mutex_);
    if (!readers_.idle_.empty()) {
      connection_ = std::move(readers_.idle_.back());
      readers_.idle_.pop_back();
    }
  }
  if (!connection_) connection_ = std::make_unique<Connection>(readers_.path_);
  connection_->begin_moment();
}

// A connection on which something failed is not used again.
Readers::Reading::~Reading() {
  if (std::uncaught_exceptions() > exceptions_) return;
  try {
    connection_->end_moment();
    const std::lock_guard lock(readers_.idle_mutex_);
    if (readers_.idle_.size() < limits::kIdleReadersMax) {
      readers_.idle_.push_back(std::move(connection_));
    }
  } catch (const std::exception&) {
    // The answer is there already.
  }
}

const Queries& Readers::Reading::queries() const {
  return *connection_;
}

}  // namespace sitelog
