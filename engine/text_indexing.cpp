#include "engine/text_indexing.hpp"

#include <algorithm>
#include <chrono>

namespace sitelog {

namespace {

// One at a time: what is begun is finished before the next.
class Indexing {
 public:
  Indexing(Engine& engine, const std::function<bool(int64_t)>& pause)
      : engine_(engine), pause_(pause) {}

  // False where it is to end, or nothing waits.
  bool next_segment() {
    bool more = true;
    while (more) {
      if (!step([&](Store& store) { more = store.clean_texts(); })) return false;
    }
    const auto waiting =
        engine_.read([](const Queries& queries) { return queries.text_waiting(); });
    if (waiting.records < kTextsWaitingMax) return false;
    int64_t segment = 0;
    if (!step([&](Store& store) { segment = store.begin_text(); })) return false;
    const auto content = engine_.read(
        [](const Queries& queries) { return queries.gather_text(kRecordsOfSegmentMax); });
    if (!content) return false;
    bool counts = true;
    for (size_t at = 0; counts && at < content->words.size(); at += kWordsAtOnceMax) {
      const size_t end = std::min(content->words.size(), at + kWordsAtOnceMax);
      const bool goes_on =
          step([&](Store& store) { counts = store.add_text(segment, *content, at, end); });
      if (!goes_on) return false;
    }
    return step([&](Store& store) {
      if (counts) store.finish_text(segment, *content);
    });
  }

 private:
  template <class Work>
  bool step(const Work& work) {
    using Clock = std::chrono::steady_clock;
    const auto from = Clock::now();
    engine_.call([&](Store& store, const CampaignCatalogue&) {
      work(store);
      return true;
    });
    return pause_(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - from).count());
  }

  Engine& engine_;
  const std::function<bool(int64_t)>& pause_;
};

}  // namespace

bool index_texts(Engine& engine, const std::function<bool(int64_t step_us)>& pause) {
  Indexing indexing(engine, pause);
  bool any = false;
  while (indexing.next_segment()) any = true;
  return any;
}

}  // namespace sitelog
