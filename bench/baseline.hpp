#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/workload.hpp"

struct sqlite3;
struct sqlite3_stmt;

// What the same rows cost in plain SQLite: no history, no merge, no signatures, no TLS.
namespace sitelog::bench {

// One table with a typed column for each field. Write-ahead log, synchronous FULL.
class BareTable {
 public:
  // Throws BenchError, as all below.
  explicit BareTable(const std::string& path);
  ~BareTable();
  BareTable(const BareTable&) = delete;
  BareTable& operator=(const BareTable&) = delete;

  void run(const char* sql);
  // Runs a query to its end; returns how many rows it gave.
  int64_t count_rows(const std::string& sql);
  void insert(const Put& record);
  // Inserts and commits durably.
  void insert_alone(const Put& record);

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

struct PlainCopy {
  double seconds = 0;  // until the answer that all is durable
  double cpu_s = 0;    // of both ends
};
// One thread sends the rows as lines over a loopback connection, another inserts them in
// transactions of 1,000, commits and answers.
PlainCopy copy_plainly(const std::vector<Put>& records, const std::string& path);

// The file's bytes a row once all is in it.
double bare_bytes_a_row(const std::vector<Put>& records, const std::string& path);

// Removes such a file with all that SQLite keeps beside it.
void remove_table(const std::string& path);

// The workload's first `count` records in plain SQLite, and what is asked of them there. The file
// goes with the object.
class BareMany {
 public:
  BareMany(std::string path, size_t count);
  ~BareMany();
  BareMany(const BareMany&) = delete;
  BareMany& operator=(const BareMany&) = delete;

  // Each gives the milliseconds it took.
  double open_ms() const;
  double statistics_ms();                          // counts and sums by unit, kind and level
  double page_ms(const std::string& unit, int n);  // the first n of a unit, by id
  double check_ms();                               // PRAGMA integrity_check

 private:
  double time_ms(const std::string& sql);

  const std::string path_;
  std::unique_ptr<BareTable> table_;
};

}  // namespace sitelog::bench
