// One record, saved durably.
#include <filesystem>

#include "bench/baseline.hpp"
#include "bench/figures.hpp"
#include "bench/world.hpp"
#include "engine/record_operations.hpp"

namespace sitelog::bench {

namespace {

constexpr size_t kWarmUp = 5;

// A site that has joined and holds the campaign.
void prepare(const Settings& settings, const std::string& home, const std::string& site) {
  create_home(home);
  enrol_sites(home, {{"place-01", site}});
  Daemon daemon(settings, home);
  sync_site(*open_site_at(site)->engine, daemon.address());
  daemon.stop();
}

}  // namespace

Rows measure_recording(const Settings& settings) {
  const size_t count = settings.quick ? 300 : 2000;
  const std::string site_folder = settings.path("recording-site");
  prepare(settings, settings.path("recording-home"), site_folder);
  const auto records = records_of(count + 100);

  Samples ours_us, bare_us;
  {
    settings.progress("one durable record, in turn with a bare row");
    const auto site = open_site_at(site_folder);
    OperationTable operations("sitelog");
    add_record_operations(operations, site->engine.get());
    BareTable bare(settings.path("recording-bare.db"));
    for (size_t i = 0; i < count; ++i) {
      OperationIo io;
      const boost::json::object args{
          {"campaign", kCampaign}, {"form", "event"}, {"fields", fields_of(records[i])}};
      const Stopwatch ours;
      need(call_operation(operations, bench_caller(), "record.add", args, io));
      ours_us.add(ours.seconds() * kMicroseconds);
      const Stopwatch theirs;
      bare.insert_alone(records[i]);
      bare_us.add(theirs.seconds() * kMicroseconds);
    }
  }

  settings.progress("sitelog record, as a process");
  Samples process_ms, bare_process_ms;
  for (size_t i = 0; i < (settings.quick ? 20U : 60U); ++i) {
    std::vector<std::string> words{"record", "event"};
    for (const auto& [name, value] : fields_of(records[count + i])) {
      words.push_back(
          std::string(name) + "=" +
          (value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value)));
    }
    const Ran ran = run_program(settings.sitelog(site_folder, words), settings.log());
    const Ran bare = run_program({settings.self, "--bare-commit", settings.path("process-bare.db")},
                                 settings.log());
    if (i < kWarmUp) continue;
    process_ms.add(ran.wall_s * kMilliseconds);
    bare_process_ms.add(bare.wall_s * kMilliseconds);
  }
  std::filesystem::remove_all(settings.path("recording-home"));

  Row one = row_of("record", "one record saved durably through the client library", ours_us, "µs");
  one.baseline = bare_us.median();
  one.baseline_what = "a one-row commit in plain SQLite, in turn with ours";
  one.ratio = *one.baseline / one.value;
  one.goal = "ratio >= 0.8";
  one.met = *one.ratio >= 0.8;
  one.note = std::to_string(count) + " of each";
  Row slow = one;
  slow.figure = "record_p99";
  slow.what = "the same, 99th percentile";
  slow.value = ours_us.quantile(0.99);
  slow.least.reset();
  slow.most.reset();
  slow.baseline = bare_us.quantile(0.99);
  slow.ratio = *slow.baseline / slow.value;
  slow.goal = "ratio >= 0.5";
  slow.met = *slow.ratio >= 0.5;
  Row process =
      row_of("record_process", "sitelog record as a whole process, warm", process_ms, "ms");
  process.baseline = bare_process_ms.median();
  process.baseline_what = "a process that commits one row to plain SQLite, in turn with ours";
  process.ratio = *process.baseline / process.value;
  process.goal = "<= 15";
  process.met = process.value <= 15;
  return {one, slow, process};
}

}  // namespace sitelog::bench
