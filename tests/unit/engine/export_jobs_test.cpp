#include "daemon/export_jobs.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "daemon/export_reach.hpp"
#include "support.hpp"
#include "tests/support/folder.hpp"

using namespace sitelog;

namespace {

// Exports in a folder of their own, each made when it is let go.
class Exports {
 public:
  Exports() {
    auto made = DataFolder::create(folder_.file("home"), "test");
    REQUIRE(made);
    data_ = std::make_unique<DataFolder>(*std::move(made));
    jobs_ = std::make_unique<ExportJobs>(*data_, [this] { return ++now_; });
  }
  ~Exports() { let_go(); }

  Result<ExportJob> start(const std::string& account, uint64_t bytes = 10) {
    return jobs_->start(
        {.account = account, .name = "x.csv", .type = "text/csv"},
        [this, account, bytes](const ExportJobs::Making& making) -> Answer<ExportJobs::Made> {
          begun_.push(account);
          go_.wait();
          making.folder.write(making.file, "a line");
          return ExportJobs::Made{1, bytes};
        });
  }
  void let_go() {
    if (!std::exchange(gone_, true)) promise_.set_value();
  }
  void wait_until_done(const std::string& account) {
    for (bool waits = true; waits;) {
      waits = false;
      for (const ExportJob& job : jobs_->list(account)) {
        waits = waits || job.state == ExportJob::State::kWaiting ||
                job.state == ExportJob::State::kRunning;
      }
      if (waits) std::this_thread::yield();
    }
  }
  // Whose are made, in the order they were begun.
  std::vector<std::string> begun(size_t number) { return begun_.wait_for(number); }
  ExportJobs& jobs() { return *jobs_; }

 private:
  class Order {
   public:
    void push(const std::string& name) {
      {
        const std::lock_guard lock(mutex_);
        names_.push_back(name);
      }
      more_.notify_all();
    }
    std::vector<std::string> wait_for(size_t number) {
      std::unique_lock lock(mutex_);
      more_.wait(lock, [&] { return names_.size() >= number; });
      return names_;
    }

   private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::vector<std::string> names_;
  };

  TemporaryFolder folder_;
  std::unique_ptr<DataFolder> data_;
  std::atomic<int64_t> now_ = 1'700'000'000'000;
  Order begun_;
  bool gone_ = false;
  std::promise<void> promise_;
  std::shared_future<void> go_ = promise_.get_future().share();
  std::unique_ptr<ExportJobs> jobs_;  // goes first
};

}  // namespace

TEST_CASE("who has many exports waiting keeps nobody else from having theirs made") {
  Exports exports;
  for (size_t i = 0; i < limits::kExportsUnderWayOfOneMax; ++i) REQUIRE(exports.start("li"));
  REQUIRE(exports.start("wang"));
  // One of each is being made, though three of the first waited before.
  auto begun = exports.begun(2);
  std::sort(begun.begin(), begun.end());
  CHECK(begun == std::vector<std::string>{"li", "wang"});
  REQUIRE(exports.start("zhao"));
  exports.let_go();
  exports.wait_until_done("zhao");
  const auto order = exports.begun(6);
  // In turns: hers is made before all of those that the first has.
  const auto of_zhao = std::find(order.begin(), order.end(), "zhao");
  CHECK(std::count(order.begin(), of_zhao, "li") < 4);
  exports.wait_until_done("li");
  CHECK(exports.jobs().list("li").size() == 4);
}

TEST_CASE("who has too many exports under way is told when to ask again; others are not") {
  Exports exports;
  for (size_t i = 0; i < limits::kExportsUnderWayOfOneMax; ++i) REQUIRE(exports.start("li"));
  const auto refused = exports.start("li");
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kUnreachable);
  CHECK(describe(refused.refusal()).find("ask again in 30 seconds") != std::string::npos);
  CHECK(exports.start("wang"));
  // One that waits still can be ended, and makes room.
  REQUIRE(exports.jobs().cancel("li", exports.jobs().list("li").back().id));
  CHECK(exports.start("li"));
}

TEST_CASE("where exports take too much room, whoever has the most loses the eldest") {
  constexpr uint64_t kPart = limits::kExportBytesOfOneMax / 4;
  Exports exports;
  exports.let_go();
  const auto make = [&exports](const std::string& account, uint64_t bytes) {
    const auto started = exports.start(account, bytes);
    REQUIRE(started);
    exports.wait_until_done(account);
    return started->id;
  };
  const auto small = make("zhao", 1);
  const auto eldest = make("li", kPart);
  for (int i = 0; i < 4; ++i) make("li", kPart);
  // Of one account: its own go.
  CHECK(exports.jobs().list("li").size() == 4);
  CHECK_FALSE(exports.jobs().find("li", eldest));
  for (const char* other : {"wang", "qian"}) make(other, 3 * kPart - 1);
  // Of all: the first has the most of it, and what others keep stays, however old it is.
  CHECK(exports.jobs().list("li").size() == 2);
  CHECK(exports.jobs().list("wang").size() == 1);
  CHECK(exports.jobs().list("qian").size() == 1);
  CHECK(exports.jobs().find("zhao", small));
}

TEST_CASE("an export is given to who may see all of what it was made of") {
  AskedHeadquarters headquarters;
  Engine& engine = headquarters.engine();
  const ExportReach both{"year", {{{"north", "south"}, {}, {}}}};
  const ExportReach near{"year", {{{"north"}, {}, {}}, {{}, "other", {}}, {{}, {}, {"year"}}}};
  const ExportReach everywhere{"year", {}};
  const ExportReach of_old{};
  const auto given = [&](const Scope& scope) {
    std::string out;
    for (const ExportReach* each : {&both, &near, &everywhere, &of_old}) {
      out += reaches(scope, engine, *each) ? '1' : '0';
    }
    return out;
  };
  const auto part = [](Units in, std::string campaign, std::vector<std::string> except = {}) {
    return Scope{false, {}, {}, {{std::move(in), std::move(campaign), std::move(except)}}};
  };
  CHECK(given({true, {}}) == "1111");
  CHECK(given({false, {}}) == "0000");
  CHECK(given({false, {}, {"north"}}) == "0100");
  CHECK(given({false, {}, {"north", "south"}}) == "1100");
  CHECK(given(part({.everything = true}, "year")) == "1110");
  CHECK(given(part({.everything = true}, "other")) == "0000");
  CHECK(given(part({.everything = true}, {}, {"year"})) == "0000");
  CHECK(given(part({false, {}, {"north"}}, "year")) == "0100");
}
