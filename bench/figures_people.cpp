// People who read and decide at headquarters while devices upload, and what they are told
// meanwhile.
#include <atomic>
#include <barrier>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "bench/figures.hpp"
#include "bench/web_client.hpp"
#include "bench/world.hpp"
#include "engine/operation_table.hpp"

namespace sitelog::bench {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr size_t kPeople = 200;
constexpr size_t kDevices = 20;
constexpr double kPauseMean_s = 2;  // between a person's requests

std::string device_unit(size_t number) {
  return "site-" + std::to_string(number);
}

std::string in_ms(double ms) {
  return std::to_string(std::lround(ms)) + " ms";
}

json::object asked(const OperationTable& operations, const std::string& name,
                   const json::object& args) {
  OperationIo io;
  return need(call_operation(operations, bench_caller(), name, args, io));
}

// What people asked and how long each took.
struct Requests {
  Samples all_ms;
  std::map<std::string, Samples> by_operation_ms;

  void add(const std::string& operation, double ms) {
    all_ms.add(ms);
    by_operation_ms[operation].add(ms);
  }
};

// A headquarters with records to be read and decided, devices whose records wait, and accounts.
class Office {
 public:
  Office(const Settings& settings, size_t held, size_t waiting) : settings_(settings) {
    std::vector<BookCode> units;
    std::vector<NewSite> sites;
    for (size_t i = 0; i < kDevices; ++i) {
      units.push_back(device_unit(i));
      sites.push_back({units.back(), path("people/" + device_unit(i))});
    }
    fs::create_directories(path("people"));
    create_home(path("people-home"), units);
    enrol_sites(path("people-home"), sites);
    add_accounts();
    Daemon daemon(settings_, path("people-home"));
    in_parallel(kDevices, [&](size_t i) {
      const auto opened = open_site_at(sites[i].folder);
      sync_site(*opened->engine, daemon.address());
      record_on(*opened->engine, records_of(held / kDevices, static_cast<uint32_t>(i)));
      sync_site(*opened->engine, daemon.address());
      record_on(*opened->engine, records_of(waiting, static_cast<uint32_t>(i + kDevices)));
    });
    daemon.stop();
    waiting_ = waiting;
  }

  ~Office() {
    for (const char* name : {"people", "people-home", "now", "now-home"})
      fs::remove_all(path(name));
  }

  // All devices upload at once; beside `people`. Records a second.
  double upload(bool with_people, Requests& requests) {
    copy_folder(path("people-home"), path("now-home"));
    copy_folder(path("people"), path("now"));
    std::vector<std::unique_ptr<Site>> sites(kDevices);
    in_parallel(kDevices,
                [&](size_t i) { sites[i] = open_site_at(path("now/" + device_unit(i))); });
    Daemon daemon(settings_, path("now-home"));
    std::vector<std::thread> threads;
    ending_ = false;
    if (with_people) {
      // One after the other: few who have not shown yet who they are are let in of one address.
      for (size_t i = 0; i < kPeople; ++i) {
        threads.emplace_back([&, i] { guarded([&] { work(daemon.address(), i, requests); }); });
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
      }
      std::this_thread::sleep_for(std::chrono::seconds(2));
    }
    std::barrier begin(static_cast<std::ptrdiff_t>(kDevices) + 1);
    std::vector<std::thread> uploads;
    for (const auto& site : sites) {
      uploads.emplace_back([&] {
        begin.arrive_and_wait();
        guarded([&] { sync_site(*site->engine, daemon.address()); });
      });
    }
    begin.arrive_and_wait();
    const Stopwatch watch;
    for (std::thread& thread : uploads) thread.join();
    const double out = static_cast<double>(kDevices * waiting_) / watch.seconds();
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    ended_.notify_all();
    for (std::thread& thread : threads) thread.join();
    daemon.stop();
    in_parallel(kDevices, [&](size_t i) { sites[i].reset(); });
    if (!problem_.empty()) throw BenchError(problem_);
    return out;
  }

  // From a record's being written at a site whose agent is about until a listener is told of it.
  Samples tell(size_t times) {
    Samples out;
    copy_folder(path("people-home"), path("now-home"));
    copy_folder(path("people/" + device_unit(0)), path("now"));
    Daemon daemon(settings_, path("now-home"));
    const auto site = open_site_at(path("now"));
    sync_site(*site->engine, daemon.address());
    WebClient listener(daemon.address(), tokens_.front());
    listener.listen();
    for (size_t i = 0; i < times; ++i) {
      const Stopwatch watch;
      record_on(*site->engine, records_of(1, static_cast<uint32_t>(1000 + i)));
      sync_site(*site->engine, daemon.address());
      listener.wait_for("record");
      out.add(watch.seconds());
    }
    daemon.stop();
    return out;
  }

 private:
  std::string path(const std::string& name) const { return settings_.path(name); }

  void add_accounts() {
    const auto headquarters = open_home(path("people-home"));
    const OperationTable operations = headquarters_operations(headquarters.get());
    for (size_t i = 0; i < kPeople; ++i) {
      const std::string name = "person-" + std::to_string(i);
      asked(operations, "accounts.add", {{"account", name}, {"role", "administrator"}});
      const json::object token = asked(operations, "tokens.add", {{"account", name}});
      tokens_.emplace_back(token.at("token").as_string());
    }
  }

  template <class Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      problem_ = error.what();
    }
  }

  // Of one person: reads a page of what waits in a unit, looks at some of it, decides on one.
  void work(const std::string& address, size_t number, Requests& requests) {
    WebClient page(address, tokens_[number]);
    page.ask("status", {});
    std::mt19937 dice(static_cast<uint32_t>(number));
    std::exponential_distribution<double> pause(1 / kPauseMean_s);
    const std::string unit = device_unit(number % kDevices);
    const auto ask = [&](const std::string& operation, const json::object& args) {
      {
        std::unique_lock lock(mutex_);
        ended_.wait_for(lock, std::chrono::duration<double>(pause(dice)),
                        [&] { return ending_.load(); });
      }
      const Stopwatch watch;
      json::object out = page.ask(operation, args);
      const double ms = watch.seconds() * kMilliseconds;
      const std::lock_guard lock(mutex_);
      if (!ending_) requests.add(operation, ms);
      return out;
    };
    while (!ending_) {
      const json::object list =
          ask("records.list", {{"unit", unit}, {"review", "pending"}, {"limit", 50}});
      const json::array& lines = list.at("lines").as_array();
      if (lines.empty()) continue;
      const json::object& line = lines.at(dice() % lines.size()).as_object();
      for (int i = 0; i < 2 && !ending_; ++i) {
        ask("record.show", {{"record", line.at("record")}});
      }
      if (ending_) return;
      // Somebody else may have decided on it: that is said of its line, and no fault.
      ask_review(ask, line);
    }
  }

  template <class Ask>
  void ask_review(const Ask& ask, const json::object& line) {
    try {
      ask("record.review",
          {{"record", line.at("record")}, {"seen", line.at("seen")}, {"verdict", "accepted"}});
    } catch (const BenchError& error) {
      if (std::string_view(error.what()).find(" 412 ") == std::string_view::npos &&
          std::string_view(error.what()).find(" 409 ") == std::string_view::npos) {
        throw;
      }
    }
  }

  const Settings& settings_;
  size_t waiting_ = 0;
  std::vector<std::string> tokens_;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::string problem_;
};

}  // namespace

Rows measure_people(const Settings& settings) {
  const size_t waiting = settings.quick ? 1000 : 4000;
  settings.progress("preparing an office of 200 people and 20 devices");
  Office office(settings, settings.quick ? 4000 : 20'000, waiting);
  Samples alone, beside;
  Requests requests, none;
  for (size_t run = 0; run < (settings.quick ? 2 : settings.runs); ++run) {
    settings.progress("devices alone, then beside people, run " + std::to_string(run + 1));
    alone.add(office.upload(false, none));
    beside.add(office.upload(true, requests));
  }
  settings.progress("a record, told to who listens");
  const Samples told = office.tell(settings.quick ? 5 : 20);

  Samples slow;
  slow.add(requests.all_ms.quantile(0.99));
  Row people = row_of("people_p99",
                      "200 people read and decide while 20 devices upload: a request, the 99th of "
                      "a hundred",
                      slow, "ms");
  people.goal = "<= 250";
  people.met = people.value <= 250;
  people.note = std::to_string(requests.all_ms.size()) + " requests, median " +
                in_ms(requests.all_ms.median());
  for (const auto& [operation, ms] : requests.by_operation_ms) {
    people.note += "; " + operation + " " + in_ms(ms.median()) + ", the 99th " +
                   in_ms(ms.quantile(0.99)) + ", the longest " + in_ms(ms.quantile(1));
  }
  Row uploads = row_of("people_upload", "the devices beside them", beside, "records/s");
  uploads.baseline = alone.median();
  uploads.baseline_what = "the devices alone, in turn";
  uploads.ratio = uploads.value / *uploads.baseline;
  uploads.goal = "ratio >= 0.8";
  uploads.met = *uploads.ratio >= 0.8;
  Row event = row_of("event", "a record written at a site, until who listens is told", told, "s");
  event.goal = "<= 1";
  event.met = event.most <= 1;
  return {people, uploads, event};
}

}  // namespace sitelog::bench
