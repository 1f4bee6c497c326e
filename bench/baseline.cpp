#include "bench/baseline.hpp"

#include <sqlite3.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "bench/processes.hpp"
#include "bench/relay.hpp"
#include "sync/ledger/ids.hpp"

namespace sitelog::bench {

namespace {

constexpr size_t kRowsInOneCommit = 1000;

double thread_cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Put parse_line(std::string_view line) {
  Put out;
  line.remove_prefix(2);
  for (std::string& field : out) {
    const size_t end = line.find('\t');
    field = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return out;
}

void send_all(int socket, const std::vector<Put>& records) {
  std::string waiting;
  for (const Put& record : records) {
    waiting += to_tsv_line(record) + '\n';
    if (waiting.size() < 65536) continue;
    write_whole(socket, waiting.data(), waiting.size());
    waiting.clear();
  }
  write_whole(socket, waiting.data(), waiting.size());
  ::shutdown(socket, SHUT_WR);
}

void take_all(int socket, BareTable& table) {
  std::string waiting;
  std::array<char, 65536> buffer{};
  size_t rows = 0;
  table.run("BEGIN IMMEDIATE");
  for (ssize_t size = 0; (size = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
    waiting.append(buffer.data(), static_cast<size_t>(size));
    size_t at = 0;
    for (size_t end = 0; (end = waiting.find('\n', at)) != std::string::npos; at = end + 1) {
      table.insert(parse_line(std::string_view(waiting).substr(at, end - at)));
      if (++rows % kRowsInOneCommit == 0) {
        table.run("COMMIT");
        table.run("BEGIN IMMEDIATE");
      }
    }
    waiting.erase(0, at);
  }
  table.run("COMMIT");
  const char done = '+';
  write_whole(socket, &done, 1);
}

}  // namespace

BareTable::BareTable(const std::string& path) {
  if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) throw BenchError("can't open " + path);
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");
  run("CREATE TABLE IF NOT EXISTS records (id BLOB PRIMARY KEY, unit TEXT, device TEXT, kind TEXT,"
      " date TEXT, level TEXT, venue TEXT, site_type TEXT, title TEXT, sessions INTEGER,"
      " participants INTEGER, team TEXT, delivery TEXT, reporter TEXT, phone TEXT, summary TEXT)"
      " STRICT");
  const char* const sql = "INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  if (sqlite3_prepare_v2(database_, sql, -1, &insert_, nullptr) != SQLITE_OK) {
    throw BenchError(sqlite3_errmsg(database_));
  }
}

BareTable::~BareTable() {
  sqlite3_finalize(insert_);
  sqlite3_close(database_);
}

void BareTable::run(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw BenchError(sqlite3_errmsg(database_));
  }
}

int64_t BareTable::count_rows(const std::string& sql) {
  int64_t out = 0;
  const auto count = [](void* rows, int, char**, char**) {
    ++*static_cast<int64_t*>(rows);
    return 0;
  };
  if (sqlite3_exec(database_, sql.c_str(), count, &out, nullptr) != SQLITE_OK) {
    throw BenchError(sqlite3_errmsg(database_));
  }
  return out;
}

void BareTable::insert(const Put& record) {
  std::array<uint8_t, 16> id{};
  from_hex(record[kId], id.data(), id.size());
  sqlite3_bind_blob(insert_, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
  for (size_t field = 1; field < kFieldCount; ++field) {
    const std::string& value = record[field];
    const int column = static_cast<int>(field) + 1;
    if (is_integer(field)) {
      sqlite3_bind_int64(insert_, column, std::stoll(value));
    } else {
      sqlite3_bind_text(insert_, column, value.data(), static_cast<int>(value.size()),
                        SQLITE_STATIC);
    }
  }
  const bool done = sqlite3_step(insert_) == SQLITE_DONE;
  sqlite3_reset(insert_);
  if (!done) throw BenchError(sqlite3_errmsg(database_));
}

void BareTable::insert_alone(const Put& record) {
  run("BEGIN IMMEDIATE");
  insert(record);
  run("COMMIT");
}

PlainCopy copy_plainly(const std::vector<Put>& records, const std::string& path) {
  BareTable table(path);
  uint16_t port = 0;
  const int listening = listen_on_loopback(port);
  double taker_cpu_s = 0;
  std::thread taker([&] {
    const double before = thread_cpu_s();
    const int socket = ::accept(listening, nullptr, nullptr);
    take_all(socket, table);
    ::close(socket);
    taker_cpu_s = thread_cpu_s() - before;
  });
  const Stopwatch watch;
  const double before = thread_cpu_s();
  const int socket = connect_to_loopback(port);
  send_all(socket, records);
  char answer = 0;
  const bool answered = ::recv(socket, &answer, 1, 0) == 1;
  PlainCopy out{watch.seconds(), thread_cpu_s() - before};
  taker.join();
  ::close(socket);
  ::close(listening);
  if (!answered) throw BenchError("the plain copy was not answered");
  out.cpu_s += taker_cpu_s;
  return out;
}

double bare_bytes_a_row(const std::vector<Put>& records, const std::string& path) {
  {
    BareTable table(path);
    table.run("BEGIN IMMEDIATE");
    for (const Put& record : records) table.insert(record);
    table.run("COMMIT");
  }
  return static_cast<double>(std::filesystem::file_size(path)) /
         static_cast<double>(records.size());
}

void remove_table(const std::string& path) {
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
}

BareMany::BareMany(std::string path, size_t count)
    : path_(std::move(path)), table_(std::make_unique<BareTable>(path_)) {
  Generator generator;
  table_->run("BEGIN IMMEDIATE");
  for (size_t i = 0; i < count; ++i) {
    table_->insert(generator.record());
    if (i % kRowsInOneCommit != kRowsInOneCommit - 1) continue;
    table_->run("COMMIT");
    table_->run("BEGIN IMMEDIATE");
  }
  table_->run("COMMIT");
}

BareMany::~BareMany() {
  table_.reset();
  remove_table(path_);
}

double BareMany::open_ms() const {
  const Stopwatch watch;
  BareTable(path_).count_rows("SELECT id FROM records LIMIT 1");
  return watch.seconds() * 1e3;
}

double BareMany::statistics_ms() {
  return time_ms(
      "SELECT unit, kind, level, count(*), sum(sessions), sum(participants) FROM records"
      " GROUP BY unit, kind, level");
}

double BareMany::page_ms(const std::string& unit, int n) {
  return time_ms("SELECT * FROM records WHERE unit = '" + unit + "' ORDER BY id LIMIT " +
                 std::to_string(n));
}

double BareMany::check_ms() {
  return time_ms("PRAGMA integrity_check");
}

double BareMany::time_ms(const std::string& sql) {
  const Stopwatch watch;
  if (table_->count_rows(sql) == 0) throw BenchError("plain SQLite has no rows");
  return watch.seconds() * 1e3;
}

}  // namespace sitelog::bench
