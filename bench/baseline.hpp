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

}  // namespace sitelog::bench
