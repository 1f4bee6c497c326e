// Many clients at once, each of a unit of its own.
#include <barrier>
#include <filesystem>
#include <mutex>
#include <thread>

#include "bench/baseline.hpp"
#include "bench/figures.hpp"
#include "bench/world.hpp"

namespace sitelog::bench {

namespace fs = std::filesystem;

namespace {

std::string site_name(size_t number) {
  return "site-" + std::to_string(number);
}

// Clients whose records wait in folders below `dir`/parallel.
class Crowd {
 public:
  Crowd(const Settings& settings, size_t clients, size_t records)
      : settings_(settings), clients_(clients), records_(records) {
    std::vector<BookCode> units;
    std::vector<NewSite> sites;
    for (size_t i = 0; i < clients; ++i) {
      units.push_back(site_name(i));
      sites.push_back({units.back(), path("parallel/" + site_name(i))});
    }
    fs::create_directories(path("parallel"));
    create_home(path("parallel-home"), units);
    enrol_sites(path("parallel-home"), sites);
    Daemon daemon(settings_, path("parallel-home"));
    in_parallel(clients, [&](size_t i) {
      const auto opened = open_site_at(sites[i].folder);
      sync_site(*opened->engine, daemon.address());
      record_on(*opened->engine, records_of(records, static_cast<uint32_t>(i)));
    });
    daemon.stop();
  }

  ~Crowd() {
    for (const char* name : {"parallel", "parallel-home", "now", "now-home"}) {
      fs::remove_all(path(name));
    }
  }

  // All upload at once.
  void run_once() {
    copy_folder(path("parallel-home"), path("now-home"));
    copy_folder(path("parallel"), path("now"));
    std::vector<std::unique_ptr<Site>> sites(clients_);
    in_parallel(clients_, [&](size_t i) { sites[i] = open_site_at(path("now/" + site_name(i))); });
    Daemon daemon(settings_, path("now-home"));
    std::barrier begin(static_cast<std::ptrdiff_t>(clients_) + 1);
    std::mutex mutex;
    std::string problem;
    std::vector<std::thread> threads;
    for (const auto& site : sites) {
      threads.emplace_back([&] {
        begin.arrive_and_wait();
        try {
          const SyncOutcome outcome = sync_site(*site->engine, daemon.address());
          if (outcome.sent < records_) throw BenchError("not all was sent");
        } catch (const std::exception& error) {
          const std::lock_guard lock(mutex);
          problem = error.what();
        }
      });
    }
    begin.arrive_and_wait();
    const Stopwatch watch;
    for (std::thread& thread : threads) thread.join();
    rate.add(static_cast<double>(clients_ * records_) / watch.seconds());
    if (!problem.empty()) throw BenchError(problem);
    memory_mib.add(static_cast<double>(daemon.program().memory_kib_max()) / 1024);
    daemon.stop();
    in_parallel(clients_, [&](size_t i) { sites[i].reset(); });
  }

  Samples rate, memory_mib;

 private:
  std::string path(const std::string& name) const { return settings_.path(name); }

  const Settings& settings_;
  const size_t clients_, records_;
};

}  // namespace

Rows measure_parallel(const Settings& settings) {
  const size_t each = settings.quick ? 50 : 500;
  const std::string scope = " clients in parallel, " + std::to_string(each) + " records each";
  Samples plain_rate, few_rate, many_rate, memory_mib;
  {
    settings.progress("preparing 20 clients");
    Crowd few(settings, 20, each);
    const auto records = records_of(20 * each);
    for (size_t run = 0; run < settings.runs; ++run) {
      settings.progress("20 clients, run " + std::to_string(run + 1));
      const std::string bare = settings.path("parallel-bare.db");
      const PlainCopy plain = copy_plainly(records, bare);
      remove_table(bare);
      plain_rate.add(static_cast<double>(records.size()) / plain.seconds);
      few.run_once();
    }
    few_rate = few.rate;
  }
  {
    settings.progress("preparing 200 clients");
    Crowd many(settings, 200, each);
    for (size_t run = 0; run < settings.runs; ++run) {
      settings.progress("200 clients, run " + std::to_string(run + 1));
      many.run_once();
    }
    many_rate = many.rate;
    memory_mib = many.memory_mib;
  }
  Row few = row_of("parallel_20", "20" + scope, few_rate, "records/s");
  few.baseline = plain_rate.median();
  few.baseline_what = "as many rows into plain SQLite over TCP, from one";
  few.ratio = few.value / *few.baseline;
  few.goal = ">= 25000";
  few.met = few.value >= 25'000;
  Row many = row_of("parallel_200", "200" + scope, many_rate, "records/s");
  many.baseline = few.value;
  many.baseline_what = "20 clients";
  many.ratio = many.value / few.value;
  many.goal = "ratio >= 0.95 (no slower, but for noise)";
  many.met = *many.ratio >= 0.95;
  Row memory = row_of("daemon_memory", "the daemon's most memory while 200 clients upload",
                      memory_mib, "MiB");
  memory.goal = "<= 300";
  memory.met = memory.most <= 300;
  return {few, many, memory};
}

}  // namespace sitelog::bench
