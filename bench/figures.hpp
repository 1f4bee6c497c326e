#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/processes.hpp"
#include "bench/report.hpp"
#include "sync/ledger/ids.hpp"

// The figures, each measured beside its baseline on the same disk. docs/performance.md says how.
namespace sitelog::bench {

constexpr double kMilliseconds = 1e3, kMicroseconds = 1e6;  // in a second

struct Settings {
  std::string bin;   // where sitelogd and sitelog are
  std::string self;  // this program
  std::string dir;   // a folder of the bench's own
  bool quick = false;
  size_t runs = 5;
  std::function<void(const std::string&)> progress = [](const std::string&) {};

  std::string path(const std::string& name) const { return dir + "/" + name; }
  std::string log() const { return path("messages.log"); }
  std::vector<std::string> sitelog(const std::string& folder, std::vector<std::string> words) const;
};

// `sitelogd serve` on a folder.
class Daemon {
 public:
  Daemon(const Settings& settings, const std::string& folder);
  const std::string& address() const { return address_; }
  Program& program() { return program_; }
  void stop() { program_.stop(); }

 private:
  Program program_;
  std::string address_;
};

using Rows = std::vector<Row>;
// Each measures several rows.
Rows measure_recording(const Settings& settings);  // one durable record
Rows measure_upload(const Settings& settings);     // one client, 10,000 records, up and down
Rows measure_parallel(const Settings& settings);   // 20 and 200 clients
Rows measure_people(const Settings& settings);     // 200 people beside 20 devices
Rows measure_live(const Settings& settings);       // thousands of connections
// Lists and exports of a headquarters that is filled; `unit` is one of it.
void add_lists(Rows& out, const Settings& settings, const std::string& home, const BookCode& unit,
               size_t records, const std::string& scope);
Rows measure_scale(const Settings& settings);  // 1,000,000 records

}  // namespace sitelog::bench
