#include "sync/store/data_file.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/sqlite_queries.hpp"

namespace sitelog {

namespace {

// A connection, made ready to read one moment. Comes before what reads through it.
struct ReadingConnection {
  explicit ReadingConnection(const std::string& path)
      : connection(path, Database::Mode::kReadOnly) {
    prepare_reader(connection);
    connection.run("BEGIN");
  }
  Database connection;
};

class OwnQueries final : private ReadingConnection, public SqliteQueries {
 public:
  explicit OwnQueries(const std::string& path)
      : ReadingConnection(path), SqliteQueries(connection) {}
};

}  // namespace

std::unique_ptr<const Queries> open_queries(const std::string& path) {
  return std::make_unique<OwnQueries>(path);
}

bool has_entries(const std::string& path) {
  // For writing, so that it can roll back.
  Database database(path, Database::Mode::kReadWrite);
  return Statement(database, "SELECT 1 FROM sqlite_schema WHERE name = 'entries'").step() &&
         Statement(database, "SELECT 1 FROM entries LIMIT 1").step();
}

void forget_epochs(const std::string& path) {
  Database database(path, Database::Mode::kReadWrite);
  database.run("DELETE FROM meta WHERE key LIKE 'epoch:%'");
}

}  // namespace sitelog
