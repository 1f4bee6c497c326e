// Thousands of devices that stay connected.
#include <algorithm>
#include <filesystem>
#include <thread>

#include "bench/figures.hpp"
#include "bench/light_client.hpp"
#include "bench/world.hpp"
#include "command/socket/local_socket.hpp"
#include "engine/system.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog::bench {

namespace {

constexpr size_t kChanged = 100;
constexpr size_t kGroup = 1000;
constexpr double kSilenceMax = 20;  // seconds; headquarters gives a silent device up after 90

struct Member {
  Identity identity;
  Hello hello;
  std::unique_ptr<LightClient> client;
};

// Devices, each of a unit of its own, that say they hold what headquarters holds.
std::vector<Member> enrol_members(const std::string& home, size_t count) {
  std::vector<BookCode> units;
  for (size_t i = 0; i < count; ++i) units.push_back("mine-" + std::to_string(i));
  create_home(home, units);
  const auto headquarters = open_home(home);
  std::vector<Member> out;
  for (Identity& identity : enrol_identities(*headquarters, units)) {
    Member member{std::move(identity), {}, nullptr};
    out.push_back(std::move(member));
  }
  headquarters->engine->call([&](Store& store, const CampaignCatalogue&) {
    const BookCode root(kRootBook);
    // With the first device that it meets headquarters writes its agreement key into the root book.
    const Identity& first = out.front().identity;
    const ClockReading now = read_clock();
    store.contact({first.device(), Standing::device(first.unit())}, now, now.wall);
    store.flush();
    for (Member& member : out) {
      member.hello.device = member.identity.device();
      member.hello.software = "bench";
      for (const BookCode& book : {root, member.identity.unit()}) {
        member.hello.books.push_back({book, store.digest(book)});
      }
    }
    return Done{};
  });
  return out;
}

void connect(Member& member, const std::string& address) {
  member.client = std::make_unique<LightClient>(address, member.identity);
  member.client->send(member.hello);
  const Message answer = member.client->receive();
  const auto* welcome = std::get_if<Welcome>(&answer);
  if (welcome == nullptr) throw BenchError("headquarters does not welcome a device");
  for (const BookOffer& book : welcome->books) {
    if (book.differs) throw BenchError("headquarters holds something else than expected");
  }
}

void keep_alive(Member& member) {
  member.client->send(Ping{1});
  if (!std::holds_alternative<Pong>(member.client->receive())) {
    throw BenchError("headquarters does not answer a ping");
  }
}

// In groups, so that those who came first can say in time that they are there yet.
void connect_all(std::vector<Member>& members, const std::string& address) {
  Stopwatch since_heard;
  for (size_t from = 0; from < members.size(); from += kGroup) {
    const size_t size = std::min(kGroup, members.size() - from);
    in_parallel(size, [&](size_t i) { connect(members[from + i], address); });
    if (since_heard.seconds() < kSilenceMax) continue;
    since_heard = Stopwatch();
    in_parallel(from, [&](size_t i) { keep_alive(members[i]); });
  }
}

// Changes the book of each of `members` in turn, from another thread. Adds what each change took
// from the asking until its device had it.
void deliver_to(const std::string& home, const std::vector<Member*>& members, Samples& each_ms,
                double& all_s) {
  std::vector<Stopwatch> asked(members.size());
  std::string problem;
  const Stopwatch watch;
  std::thread asking([&] {
    for (size_t i = 0; i < members.size(); ++i) {
      asked[i] = Stopwatch();
      const auto done =
          call_local(home, "policy.set", {{"unit", members[i]->identity.unit()}, {"policy", "ask"}},
                     {}, {}, {});
      if (!done) problem = describe(done.refusal());
    }
  });
  for (size_t i = 0; i < members.size(); ++i) {
    for (;;) {
      const Message message = members[i]->client->receive();
      if (std::holds_alternative<Batch>(message)) break;
    }
    each_ms.add(asked[i].seconds() * 1e3);
  }
  all_s = watch.seconds();
  asking.join();
  if (!problem.empty()) throw BenchError(problem);
}

}  // namespace

Rows measure_live(const Settings& settings) {
  const size_t count = settings.quick ? 1000 : 10'000;
  const std::string home = settings.path("live-home");
  settings.progress("enrolling " + std::to_string(count) + " devices");
  auto members = enrol_members(home, count);
  Samples each_ms;
  double all_s = 0;
  double kib = 0;
  std::string note;
  {
    Daemon daemon(settings, home);
    const int64_t before = daemon.program().memory_kib();
    settings.progress("connecting them");
    const double cpu_before = daemon.program().cpu_s();
    connect_all(members, daemon.address());
    const double connect_ms = (daemon.program().cpu_s() - cpu_before) * 1e3;
    note = "connecting cost the daemon " +
           std::to_string(connect_ms / static_cast<double>(count)).substr(0, 4) + " ms each";
    kib = static_cast<double>(daemon.program().memory_kib() - before) / static_cast<double>(count);
    std::vector<Member*> changed;
    for (size_t i = 0; i < kChanged; ++i) changed.push_back(&members[i * (count / kChanged)]);
    deliver_to(home, changed, each_ms, all_s);
    members.clear();
    daemon.stop();
  }
  std::filesystem::remove_all(home);

  Samples memory, all;
  memory.add(kib);
  all.add(all_s);
  Row size = row_of("live_memory",
                    "the daemon's memory for each of " + std::to_string(count) + " connections",
                    memory, "KiB");
  size.goal = "<= 40 with 10000";
  size.met = size.value <= 40;
  size.note = note;
  Row time =
      row_of("live_delivery", "a change to each of 100 of them, until the last has it", all, "s");
  time.least = each_ms.least() / 1e3;
  time.most = each_ms.most() / 1e3;
  time.goal = "<= 1";
  time.met = time.value <= 1;
  time.note = "the spread is of each change by itself, from the asking to its device";
  return {size, time};
}

}  // namespace sitelog::bench
