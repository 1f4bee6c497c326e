#include "engine/shown_reading.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

#include "sync/store/helper_threads.hpp"

namespace sitelog {

namespace {

// Below, one thread is done as soon.
constexpr int64_t kPiecesForHelpers = 4;
// Of one moment, which the log is kept for meanwhile.
constexpr int kPiecesOfMoment = 10;
constexpr std::chrono::milliseconds kMomentMax{200};

class SharedReading {
 public:
  SharedReading(Engine& engine, Helpers& helpers, const ShownReading& reading)
      : engine_(engine), helpers_(helpers), reading_(reading) {}

  void run() {
    work(true);
    for (Beside& other : others_) other.wait();
  }

 private:
  void work(bool leads) {
    try {
      const auto taker = reading_.taker();
      for (bool more = true; more;) {
        more = engine_.read(
            [&](const Queries& queries) { return read_moment(queries, *taker, leads); });
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      behind_.reset();  // the others end too
      throw;
    }
  }

  // False where nothing more is to be read.
  bool read_moment(const Queries& queries, ShownTaker& taker, bool leads) {
    const auto began = std::chrono::steady_clock::now();
    const auto pieces = queries.shown_pieces(reading_.filter);
    if (leads && !of_) {
      of_ = pieces->count();
      if (*of_ >= kPiecesForHelpers * reading_.records_of_piece) ask_others();
    }
    for (int i = 0; i < kPiecesOfMoment; ++i) {
      const auto number = next(*pieces);
      if (!number) return false;
      taker.begin(*number);
      pieces->tell([&taker](const ShownRecord& record) { taker.take(record); });
      taker.end();
      if (leads) reading_.told(*of_);
      if (std::chrono::steady_clock::now() - began > kMomentMax) break;
    }
    return true;
  }

  // Whoever comes takes the next piece, as it is at their moment.
  std::optional<size_t> next(ShownPieces& pieces) {
    const std::lock_guard lock(mutex_);
    if (!behind_) return std::nullopt;
    behind_ = pieces.go_to(*behind_, reading_.records_of_piece);
    return number_++;
  }

  void ask_others() {
    for (unsigned i = 0; i < helper_count(); ++i) {
      others_.emplace_back(helpers_, [this] { work(false); });
    }
  }

  Engine& engine_;
  Helpers& helpers_;
  const ShownReading& reading_;
  std::optional<int64_t> of_;
  std::mutex mutex_;  // guards the two
  std::optional<RecordPlace> behind_ = RecordPlace{};
  size_t number_ = 0;
  std::vector<Beside> others_;  // go first
};

}  // namespace

void read_all_shown(Engine& engine, Helpers& helpers, const ShownReading& reading) {
  SharedReading(engine, helpers, reading).run();
}

}  // namespace sitelog
