#include "bench/growth.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

namespace sitelog::bench {

namespace {

constexpr size_t kSampled = 1000;
constexpr size_t kAtOnce = 500;
constexpr size_t kUploaded = 1000, kEditedAtHome = 200, kChangedAtSite = 100;

// The sites of a headquarters, in use.
class Filling {
 public:
  Filling(const Settings& settings, Filled& filled) : settings_(settings), filled_(filled) {
    for (const NewSite& site : filled.sites) sites_.push_back(open_site_at(site.folder));
    waiting_.resize(sites_.size());
  }

  // Records all; on another thread the sites sync meanwhile.
  void run(const std::string& address) {
    std::atomic<bool> all_recorded = false;
    std::string problem;
    std::thread syncing([&] {
      try {
        for (bool last = false; !last;) {
          last = all_recorded;
          for (const auto& site : sites_) sync_site(*site->engine, address);
        }
      } catch (const std::exception& error) {
        problem = error.what();
      }
    });
    record_all();
    all_recorded = true;
    syncing.join();
    if (!problem.empty()) throw BenchError(problem);
  }

 private:
  void record_all() {
    Generator generator;
    const auto units = all_units();
    const size_t every = std::max<size_t>(1, filled_.records / kSampled);
    for (size_t i = 0; i < filled_.records; ++i) {
      Put record = generator.record();
      const BookCode unit = i % 10 == 9 ? BookCode(kCity) : unit_of(record);
      const auto at =
          static_cast<size_t>(std::find(units.begin(), units.end(), unit) - units.begin());
      waiting_[at].push_back({std::move(record), i % every == 0});
      if (waiting_[at].size() == kAtOnce) save(at);
      if (i % 50'000 == 0) settings_.progress("filling: " + std::to_string(i) + " recorded");
    }
    for (size_t at = 0; at < waiting_.size(); ++at) save(at);
  }

  void save(size_t at) {
    std::vector<Put> records;
    for (const auto& [record, sampled] : waiting_[at]) records.push_back(record);
    const auto ids = record_on(*sites_[at]->engine, records);
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!waiting_[at][i].sampled) continue;
      filled_.some.push_back({filled_.sites[at].unit, ids[i], edits_.edit(records[i])});
    }
    waiting_[at].clear();
  }

  struct Waiting {
    Put record;
    bool sampled = false;
  };
  const Settings& settings_;
  Filled& filled_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::vector<std::vector<Waiting>> waiting_;
  Generator edits_{99};
};

void measure_syncs(const Settings& settings, const Filled& filled, EntryCosts& out) {
  Daemon daemon(settings, filled.home);
  const auto uploading = open_site_at(filled.sites[0].folder);
  const auto changing = open_site_at(filled.sites[1].folder);
  const auto time_sync = [&](Site& site, size_t entries) {
    const Stopwatch watch;
    const SyncOutcome outcome = sync_site(*site.engine, daemon.address());
    if (outcome.sent < entries / 2) throw BenchError("not all was sent");
    return watch.seconds() * kMicroseconds / static_cast<double>(entries);
  };
  sync_site(*uploading->engine, daemon.address());
  sync_site(*changing->engine, daemon.address());
  for (size_t run = 0; run < settings.runs; ++run) {
    const auto seed = static_cast<uint32_t>(500 + run);
    record_on(*uploading->engine, records_of(kUploaded, seed));
    out.upload_us.add(time_sync(*uploading, kUploaded));
    const auto known = record_on(*changing->engine, records_of(kChangedAtSite, seed));
    sync_site(*changing->engine, daemon.address());
    change_on(*changing->engine, known, kChangedAtSite, kChangedAtSite, seed + 100);
    out.sync_us.add(time_sync(*changing, 2 * kChangedAtSite));
  }
  daemon.stop();
}

void measure_edits(const Settings& settings, const Filled& filled, EntryCosts& out) {
  const auto headquarters = open_home(filled.home);
  Generator generator(7);
  for (size_t run = 0; run < settings.runs; ++run) {
    std::vector<EditOf> edits;
    for (size_t i = 0; i < kEditedAtHome; ++i) {
      EditOf each = filled.some.at((run * kEditedAtHome + i) % filled.some.size());
      each.edit = generator.edit(generator.record());
      edits.push_back(std::move(each));
    }
    const Stopwatch watch;
    edit_on(*headquarters->engine, edits);
    out.edit_us.add(watch.seconds() * kMicroseconds / kEditedAtHome);
  }
}

}  // namespace

Filled fill(const Settings& settings, const std::string& name, size_t records) {
  Filled out;
  out.home = settings.path(name + "-home");
  out.records = records;
  for (const BookCode& unit : all_units()) {
    out.sites.push_back({unit, settings.path(name + "-" + unit)});
  }
  create_home(out.home);
  enrol_sites(out.home, out.sites);
  const Stopwatch watch;
  Daemon daemon(settings, out.home);
  {
    for (const NewSite& site : out.sites) {
      sync_site(*open_site_at(site.folder)->engine, daemon.address());
    }
    Filling(settings, out).run(daemon.address());
  }
  daemon.stop();
  out.seconds = watch.seconds();
  settings.progress(name + ": " + std::to_string(records) + " records in " +
                    std::to_string(out.seconds) + " s");
  return out;
}

EntryCosts measure_costs(const Settings& settings, const Filled& filled) {
  EntryCosts out;
  measure_syncs(settings, filled, out);
  measure_edits(settings, filled, out);
  const double patience_s = settings.quick ? 10 : 60;
  const Stopwatch watch;
  while (out.verify_s.size() < settings.runs &&
         (out.verify_s.size() == 0 || watch.seconds() < patience_s)) {
    settings.progress("verifying " + std::to_string(filled.records) + " records");
    const Ran ran = run_program(
        {settings.bin + "/sitelogd", "--data", filled.home, "--json", "verify"}, settings.log());
    const auto summary = ran.last_line();
    out.entries = summary.at("entries").to_number<size_t>();
    out.verify_s.add(ran.wall_s);
    out.verify_us.add(ran.wall_s * kMicroseconds / static_cast<double>(out.entries));
  }
  return out;
}

}  // namespace sitelog::bench
