#include "daemon/text_indexer.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "engine/text_indexing.hpp"

namespace sitelog {

namespace {

constexpr int64_t kLookedUs = 2'000'000;    // how often it is looked whether anything waits
constexpr int64_t kTroubleUs = 60'000'000;  // after something could not be read or written
constexpr int64_t kOthersTimes = 4;
constexpr int kGivesWay = 10;  // a nice value; of this thread alone, as Linux has it

}  // namespace

TextIndexer::TextIndexer(Engine& engine, std::function<void(const std::string&)> on_trouble)
    : engine_(engine), on_trouble_(std::move(on_trouble)), thread_([this] { work(); }) {}

TextIndexer::~TextIndexer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

bool TextIndexer::wait(int64_t us) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, std::chrono::microseconds(us), [this] { return stopping_; });
}

void TextIndexer::work() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kGivesWay);
  int64_t next = 0;
  while (wait(next)) {
    next = kLookedUs;
    try {
      // While records come they go before; but not without end.
      const auto waiting =
          engine_.read([](const Queries& queries) { return queries.text_waiting(); });
      const bool quiet = waiting.last == std::exchange(last_, waiting.last);
      if (!quiet && waiting.records < static_cast<int64_t>(kRecordsOfSegmentMax)) continue;
      index_texts(engine_, [this](int64_t step_us) { return wait(kOthersTimes * step_us); });
    } catch (const StoreError& error) {
      on_trouble_(error.what());
      next = kTroubleUs;
    }
  }
}

}  // namespace sitelog
