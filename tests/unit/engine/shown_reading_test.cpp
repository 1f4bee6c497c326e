// Records read for tables by several threads.
#include "engine/shown_reading.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "support.hpp"
#include "sync/store/helper_threads.hpp"

using namespace sitelog;

namespace {

// What all threads are told, by pieces.
class Told {
 public:
  std::unique_ptr<ShownTaker> taker() {
    const std::lock_guard lock(mutex_);
    ++takers;
    return std::make_unique<Taker>(*this);
  }
  std::vector<RecordId> records() const {
    std::vector<RecordId> out;
    for (const auto& [number, piece] : pieces_) out.insert(out.end(), piece.begin(), piece.end());
    return out;
  }
  size_t pieces() const { return pieces_.size(); }

  size_t takers = 0;
  bool twice = false;  // a piece's number
  // Asked for each record, on the thread that takes it.
  std::function<void(const ShownRecord&)> on_record = [](const ShownRecord&) {};

 private:
  class Taker final : public ShownTaker {
   public:
    explicit Taker(Told& to) : to_(to) {}
    void begin(size_t piece) override { piece_ = piece; }
    void take(const ShownRecord& record) override {
      to_.on_record(record);
      records_.push_back(record.record);
    }
    void end() override {
      const std::lock_guard lock(to_.mutex_);
      if (!to_.pieces_.emplace(piece_, std::exchange(records_, {})).second) to_.twice = true;
    }

   private:
    Told& to_;
    size_t piece_ = 0;
    std::vector<RecordId> records_;
  };

  std::mutex mutex_;
  std::map<size_t, std::vector<RecordId>> pieces_;
};

struct Full {
  explicit Full(int records) {
    for (int i = 0; i < records; ++i) {
      const std::string id = top.add_event(i % 2 == 0 ? "north" : "south", std::to_string(i));
      ids.push_back(*RecordId::parse(id));
    }
    std::sort(ids.begin(), ids.end());
  }
  void read(
      Told& told, Helpers& helpers, RecordFilter filter = {},
      std::function<void(int64_t)> on_told = [](int64_t) {}) {
    filter.form = "event";
    read_all_shown(top.engine(), helpers,
                   {.filter = std::move(filter),
                    .taker = [&] { return told.taker(); },
                    .told = std::move(on_told),
                    .records_of_piece = 3});
  }
  AskedHeadquarters top;
  std::vector<RecordId> ids;
};

struct Broken {};

}  // namespace

TEST_CASE("all that a filter means is told once, by whatever threads, in pieces that ascend") {
  Full full(50);
  NoHelpers nobody;
  for (Helpers* helpers : {static_cast<Helpers*>(&nobody), &patient_helpers()}) {
    Told all;
    full.read(all, *helpers, {}, [](int64_t of) { CHECK(of == 50); });
    CHECK(all.records() == full.ids);
    CHECK(all.pieces() >= 17);
    CHECK_FALSE(all.twice);
    RecordFilter north;
    north.units = {"north"};
    Told some;
    full.read(some, *helpers, north);
    CHECK(some.records().size() == 25);
    RecordFilter none;
    none.kind = "nosuch";
    Told nothing;
    full.read(nothing, *helpers, none);
    CHECK(nothing.records().empty());
  }
}

TEST_CASE("few records are read by one thread alone") {
  Full full(5);
  Told told;
  full.read(told, patient_helpers());
  CHECK(told.records() == full.ids);
  CHECK(told.takers == 1);
}

TEST_CASE("another thread takes its part") {
  Full full(30);
  Told told;
  // Whoever is told one waits for the other, once.
  std::mutex mutex;
  std::condition_variable came;
  std::set<std::thread::id> threads;
  told.on_record = [&](const ShownRecord&) {
    std::unique_lock lock(mutex);
    threads.insert(std::this_thread::get_id());
    came.notify_all();
    came.wait(lock, [&] { return threads.size() >= 2; });
  };
  full.read(told, patient_helpers());
  CHECK(told.records() == full.ids);
}

TEST_CASE("where whoever takes or is told has enough of it, all threads end") {
  Full full(40);
  const auto leads = std::this_thread::get_id();
  for (const bool by_helper : {false, true}) {
    Told told;
    std::atomic<bool> broke = false;
    told.on_record = [&](const ShownRecord&) {
      const bool helper = std::this_thread::get_id() != leads;
      if (helper == by_helper) {
        broke = true;
        throw Broken();
      }
      while (!broke) std::this_thread::yield();  // so that the other one comes to it
    };
    CHECK_THROWS_AS(full.read(told, patient_helpers()), Broken);
    CHECK(told.records().size() < full.ids.size());
  }
  Told told;
  CHECK_THROWS_AS(full.read(told, patient_helpers(), {}, [](int64_t) { throw Broken(); }), Broken);
  // Nothing of it is left to whoever reads next.
  Told again;
  full.read(again, patient_helpers());
  CHECK(again.records() == full.ids);
}

TEST_CASE("what is written while all are read is no harm to what was there") {
  Full full(40);
  Told told;
  int written = 0;
  full.read(told, patient_helpers(), {}, [&](int64_t) {
    if (++written <= 5) full.top.add_event("north", "meanwhile " + std::to_string(written));
  });
  const auto records = told.records();
  CHECK(std::is_sorted(records.begin(), records.end()));
  CHECK(std::includes(records.begin(), records.end(), full.ids.begin(), full.ids.end()));
  CHECK(records.size() <= full.ids.size() + 5);
}
