// Measures every figure of docs/performance.md beside its baseline.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "bench/baseline.hpp"
#include "bench/figures.hpp"

using namespace sitelog::bench;
namespace fs = std::filesystem;

namespace {

struct Group {
  std::vector<std::string> figures;
  Rows (*measure)(const Settings&);
};

const std::vector<Group>& groups() {
  static const std::vector<Group> all{
      {{"record", "record_p99", "record_process"}, measure_recording},
      {{"upload", "upload_cpu", "wire", "download", "disk_home", "disk_site", "delta_exchanges",
        "delta_bytes", "delta_time", "one_record"},
       measure_upload},
      {{"parallel_20", "parallel_200", "daemon_memory"}, measure_parallel},
      {{"people_p99", "people_upload", "event"}, measure_people},
      {{"live_memory", "live_delivery"}, measure_live},
      {{"nothing_bytes", "nothing_time", "agent_memory", "statistics", "list_page", "open",
        "list_filtered", "list_filtered_p99", "list_cursor", "list_text", "export_csv",
        "export_xlsx", "growth_upload", "growth_sync", "growth_edit", "growth_verify", "verify"},
       measure_scale}};
  return all;
}

bool wanted(const std::vector<std::string>& only, const std::string& figure) {
  return only.empty() || std::find(only.begin(), only.end(), figure) != only.end();
}

Rows measure(const Settings& settings, const std::vector<std::string>& only) {
  Rows out;
  for (const Group& group : groups()) {
    const bool needed = std::any_of(group.figures.begin(), group.figures.end(),
                                    [&](const std::string& each) { return wanted(only, each); });
    if (!needed) continue;
    for (Row& row : group.measure(settings)) {
      if (wanted(only, row.figure)) out.push_back(std::move(row));
    }
  }
  return out;
}

// What `sitelog record` is compared with: a process that commits one row and ends.
int commit_one_row(const std::string& file) {
  const std::string id = Dice(static_cast<uint32_t>(::getpid())).hex(32);
  Put record;
  record.fill(std::string(80, 'x'));
  record[kId] = id;
  record[kSessions] = record[kParticipants] = "1";
  BareTable(file).insert_alone(record);
  return 0;
}

// What runs before this one, ended early, have left.
void remove_leftovers(const std::string& dir) {
  const std::string begin = "run-";
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(dir, none)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name.starts_with(begin) && !fs::exists("/proc/" + name.substr(begin.size()));
    if (ours) fs::remove_all(entry.path());
  }
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  end_programs_on_signals();
  Settings settings;
  std::vector<std::string> only;
  std::string results = "results.json", bare_commit;
  bool list = false, keep = false;
  settings.self = fs::read_symlink("/proc/self/exe").string();
  settings.bin = fs::path(settings.self).parent_path().string();
  settings.dir = fs::path(settings.bin).parent_path().string() + "/bench-data";
  CLI::App app("Measures Sitelog's speed, size and scale beside plain SQLite", "bench");
  app.add_flag("--quick", settings.quick, "fewer records: about two minutes");
  app.add_option("--only", only, "only these figures, by name");
  app.add_flag("--list", list, "print the names of the figures");
  app.add_option("--bin", settings.bin, "the folder of sitelogd and sitelog");
  app.add_option("--dir", settings.dir, "where data is put, on the disk to be measured");
  app.add_flag("--keep", keep, "leave the data there");
  app.add_option("--results", results, "the file for the figures as JSON");
  app.add_option("--bare-commit", bare_commit)->group("");
  CLI11_PARSE(app, argc, argv);
  if (!bare_commit.empty()) return commit_one_row(bare_commit);
  for (const std::string& name : only) {
    const bool known = std::any_of(groups().begin(), groups().end(), [&](const Group& group) {
      return std::find(group.figures.begin(), group.figures.end(), name) != group.figures.end();
    });
    if (!known) {
      std::cerr << "there is no figure " << name << " (see --list)\n";
      return 2;
    }
  }
  if (list) {
    for (const Group& group : groups()) {
      for (const std::string& figure : group.figures) std::cout << figure << "\n";
    }
    return 0;
  }
  // A folder of this run's own below: nothing else is ever removed.
  remove_leftovers(settings.dir);
  settings.dir += "/run-" + std::to_string(::getpid());
  fs::create_directories(settings.dir);
  const Stopwatch watch;
  settings.progress = [&watch](const std::string& what) {
    std::array<char, 16> at{};
    std::snprintf(at.data(), at.size(), "%7.1f s  ", watch.seconds());
    std::cerr << at.data() << what << std::endl;
  };
  int status = 0;
  try {
    const Rows rows = measure(settings, only);
    std::cout << to_table(rows);
    if (!(std::ofstream(results) << to_json(rows) << std::flush)) {
      throw BenchError("can't write " + results);
    }
    settings.progress("done; the figures stand in " + results);
  } catch (const std::exception& error) {
    std::cerr << "bench: " << error.what() << "\n";
    status = 1;
    keep = true;
  }
  if (keep) {
    std::cerr << "data: " << settings.dir << "\n";
  } else {
    fs::remove_all(settings.dir);
  }
  return status;
}
