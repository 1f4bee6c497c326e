#pragma once

#include <string>
#include <vector>

#include "bench/figures.hpp"
#include "bench/world.hpp"

namespace sitelog::bench {

// A headquarters of 29 units and one device of each, filled with records by syncing.
struct Filled {
  std::string home;
  std::vector<NewSite> sites;  // one a unit, the city's last
  size_t records = 0;
  std::vector<EditOf> some;  // up to 1,000 of the records, with an edit for each
  double seconds = 0;        // it took
};

// Every tenth record is the city's, the others are their workload's units'. Sites record on one
// thread while another syncs them with a real daemon.
Filled fill(const Settings& settings, const std::string& name, size_t records);

// What an entry takes on top of what is there, in microseconds.
struct EntryCosts {
  Samples upload_us;  // 1,000 new records of one site
  Samples sync_us;    // 100 new and 100 edited
  Samples edit_us;    // 200 edits at headquarters, in one commit
  Samples verify_us;
  Samples verify_s;  // all entries; no further run is begun after a minute
  size_t entries = 0;
};
EntryCosts measure_costs(const Settings& settings, const Filled& filled);

}  // namespace sitelog::bench
