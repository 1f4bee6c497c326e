// A headquarters that holds 1,000,000 records.
#include <filesystem>
#include <future>
#include <thread>

#include "bench/baseline.hpp"
#include "bench/figures.hpp"
#include "bench/growth.hpp"
#include "bench/light_client.hpp"
#include "sync/link/session_steps.hpp"

namespace sitelog::bench {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr size_t kSmall = 10'000;
constexpr int kPage = 50;

Step step(SessionSteps& steps, StepInput input) {
  std::promise<Step> promise;
  steps.post(std::move(input), read_clock(),
             [&](Step done) { promise.set_value(std::move(done)); });
  return promise.get_future().get();
}

// What a sync says after the handshake when there is nothing new, timed with the real session and
// store on this side and the daemon on the other.
struct NothingNew {
  Samples after_handshake_ms, bytes, exchanges;
};
NothingNew measure_nothing_new(const Settings& settings, Engine& engine,
                               const std::string& address) {
  NothingNew out;
  const Identity& identity = engine.identity();
  for (size_t run = 0; run < 4 * settings.runs; ++run) {
    LightClient client(address, identity);
    SessionSteps steps(engine.store(),
                       {.session = {.software = "sitelog"},
                        .own = identity.device(),
                        .peer = {device_of(identity.headquarters), Standing::authority()}});
    const Stopwatch watch;
    for (const Message& message : step(steps, {true, {}, false}).outbox) client.send(message);
    const Step done = step(steps, {false, {client.receive()}, false});
    out.after_handshake_ms.add(watch.seconds() * kMilliseconds);
    if (!done.caught_up) throw BenchError("there was something new");
    for (size_t i = 0; i < done.outbox.size(); ++i) client.send(done.outbox[i]);
  }
  for (size_t run = 0; run < settings.runs; ++run) {
    const SyncOutcome outcome = sync_site(engine, address);
    out.bytes.add(static_cast<double>(outcome.bytes_sent + outcome.bytes_received));
    out.exchanges.add(static_cast<double>(outcome.exchanges));
  }
  return out;
}

// Resident memory of an agent in step with headquarters.
std::pair<double, double> measure_agent(const Settings& settings, const std::string& folder) {
  Program agent(settings.sitelog(folder, {"agent"}), settings.log());
  while (agent.next_line().at("event").as_string() != "caught_up") {
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const std::pair out(static_cast<double>(agent.memory_kib()) / 1024,
                      static_cast<double>(agent.memory_kib_max()) / 1024);
  agent.stop();
  return out;
}

// The operation that the command line asks for.
int64_t statistics_events(const OperationTable& operations) {
  OperationIo io;
  size_t rows = 0;
  io.line = [&rows](const json::object&) { ++rows; };
  const json::object head = need(call_operation(operations, bench_caller(), "report.statistics",
                                                {{"campaign", kCampaign}}, io));
  if (rows == 0) throw BenchError("no statistics");
  return head.at("figures").at("total").at("events").as_int64();
}

struct QueryTimes {
  Samples open_ms, statistics_ms, page_ms;
  Samples bare_open_ms, bare_statistics_ms, bare_page_ms, bare_check_ms;
};
void measure_bare_queries(const Settings& settings, size_t count, QueryTimes& out) {
  BareMany bare(settings.path("large-bare.db"), count);
  out.bare_check_ms.add(bare.check_ms());
  for (size_t run = 0; run < settings.runs; ++run) {
    out.bare_open_ms.add(bare.open_ms());
    out.bare_statistics_ms.add(bare.statistics_ms());
    out.bare_page_ms.add(bare.page_ms(workload_units().at(5 + run), kPage));
  }
}

QueryTimes measure_queries(const Settings& settings, const Filled& filled) {
  QueryTimes out;
  settings.progress("the same in plain SQLite");
  measure_bare_queries(settings, filled.records, out);
  for (size_t run = 0; run < settings.runs; ++run) {
    const Stopwatch opening;
    const auto headquarters = open_home(filled.home);
    out.open_ms.add(opening.seconds() * kMilliseconds);
    const OperationTable operations = headquarters_operations(headquarters.get());
    const Stopwatch counting;
    const int64_t events = statistics_events(operations);
    out.statistics_ms.add(counting.seconds() * kMilliseconds);
    if (events != static_cast<int64_t>(filled.records)) {
      throw BenchError("the statistics count " + std::to_string(events) + " events");
    }
    OperationIo io;
    int lines = 0;
    io.line = [&lines](const json::object&) { ++lines; };
    const BookCode unit = filled.sites.at(5 + run).unit;
    const Stopwatch paging;
    need(call_operation(
        operations, bench_caller(), "records.list",
        {{"unit", unit}, {"campaign", kCampaign}, {"review", "pending"}, {"limit", kPage}}, io));
    out.page_ms.add(paging.seconds() * kMilliseconds);
    if (lines != kPage) throw BenchError("a page of records is not full");
  }
  return out;
}

std::string many(size_t records) {
  return std::to_string(records) + " records in 29 units";
}

Row growth_row(const char* figure, const std::string& what, const Samples& large,
               const Samples& small) {
  Row out = row_of(figure, "time an entry of " + what, large, "µs");
  out.baseline = small.median();
  out.baseline_what = "the same at 10000 records";
  out.ratio = *out.baseline / out.value;
  out.goal = "<= 1.3 x the baseline";
  out.met = out.value <= 1.3 * *out.baseline;
  return out;
}

void add_nothing_new(Rows& out, const NothingNew& measured, const std::string& scope) {
  Row bytes =
      row_of("nothing_bytes", "nothing new, frames both ways, " + scope, measured.bytes, "B");
  bytes.goal = "<= 600, 1 exchange";
  bytes.met = bytes.most <= 600 && measured.exchanges.most() <= 1;
  bytes.note = "exchanges: " + std::to_string(static_cast<int>(measured.exchanges.most()));
  out.push_back(bytes);
  Row time =
      row_of("nothing_time", "nothing new, after the handshake", measured.after_handshake_ms, "ms");
  time.goal = "<= 2";
  time.met = time.value <= 2;
  out.push_back(time);
}

// A time beside that of a baseline.
void compare(Row& row, const Samples& baseline, const char* what) {
  row.baseline = baseline.median();
  row.baseline_what = what;
  row.ratio = *row.baseline / row.value;
}

void add_queries(Rows& out, const QueryTimes& measured, const std::string& scope) {
  Row table =
      row_of("statistics", "the statistics table over " + scope, measured.statistics_ms, "ms");
  compare(table, measured.bare_statistics_ms,
          "counts and sums by unit, kind and level of as many rows in plain SQLite");
  table.goal = "<= 5";
  table.met = table.value <= 5;
  table.note = "in process: the operation and the table made of it";
  out.push_back(table);
  Row page = row_of("list_page", "50 records of one unit, not reviewed yet, of " + scope,
                    measured.page_ms, "ms");
  compare(page, measured.bare_page_ms,
          "50 rows of one unit, by id, in plain SQLite with no index but the ids'");
  page.goal = "<= 20";
  page.met = page.value <= 20;
  page.note = "in process: the operation";
  out.push_back(page);
  Row open = row_of("open", "opening a headquarters' folder with " + scope, measured.open_ms, "ms");
  compare(open, measured.bare_open_ms, "opening plain SQLite and reading a row");
  open.goal = "<= 100";
  open.met = open.value <= 100;
  out.push_back(open);
}

void add_agent(Rows& out, const std::pair<double, double>& mib, size_t records) {
  Samples only;
  only.add(mib.first);
  Row row = row_of("agent_memory",
                   "an agent's resident memory with " + std::to_string(records) + " records", only,
                   "MiB");
  row.goal = "<= 20 with 100000";
  row.met = row.value <= 20;
  row.note = "at most " + std::to_string(mib.second) + " MiB since its start";
  out.push_back(row);
}

void add_costs(Rows& out, const EntryCosts& large, const EntryCosts& small,
               const Samples& bare_check_ms, const std::string& scope) {
  out.push_back(growth_row("growth_upload", "uploading 1000 records to " + scope, large.upload_us,
                           small.upload_us));
  out.push_back(growth_row("growth_sync", "syncing 100 new and 100 edited with " + scope,
                           large.sync_us, small.sync_us));
  out.push_back(growth_row("growth_edit", "200 edits at headquarters of " + scope, large.edit_us,
                           small.edit_us));
  out.push_back(
      growth_row("growth_verify", "verifying " + scope, large.verify_us, small.verify_us));
  Row verify = row_of("verify", "sitelogd verify of " + std::to_string(large.entries) + " entries",
                      large.verify_s, "s");
  verify.baseline = bare_check_ms.median() / 1e3;
  verify.baseline_what = "plain SQLite's integrity_check of as many rows";
  verify.ratio = *verify.baseline / verify.value;
  verify.goal = "<= 20 for 1000000";
  verify.met = verify.value * 1e6 / static_cast<double>(large.entries) <= 20;
  out.push_back(verify);
}

}  // namespace

Rows measure_scale(const Settings& settings) {
  const size_t count = settings.quick ? 50'000 : 1'000'000;
  const std::string scope = many(count);
  const Filled small = fill(settings, "small", kSmall);
  const EntryCosts small_costs = measure_costs(settings, small);
  const Filled large = fill(settings, "large", count);
  const NewSite& city = large.sites.back();

  Rows out;
  {
    Daemon daemon(settings, large.home);
    {
      settings.progress("nothing new");
      const auto site = open_site_at(city.folder);
      sync_site(*site->engine, daemon.address());
      add_nothing_new(out, measure_nothing_new(settings, *site->engine, daemon.address()),
                      "headquarters holds " + scope + ", the device a tenth of them");
    }
    settings.progress("the agent's memory");
    add_agent(out, measure_agent(settings, city.folder), count / 10);
    daemon.stop();
  }
  settings.progress("statistics, lists, opening");
  const QueryTimes queries = measure_queries(settings, large);
  add_queries(out, queries, scope);
  add_lists(out, settings, large.home, large.sites.at(5).unit, count, scope);
  settings.progress("growth");
  add_costs(out, measure_costs(settings, large), small_costs, queries.bare_check_ms, scope);
  for (const Filled* each : {&small, &large}) {
    fs::remove_all(each->home);
    for (const NewSite& site : each->sites) fs::remove_all(site.folder);
  }
  return out;
}

}  // namespace sitelog::bench
