#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace sitelog {

// How many helper threads a process has: one for each processor but one, at least one and at most
// seven.
unsigned helper_count();

// Work that a helper does while the caller goes on. Helpers are started when they are first needed,
// and kept.
class Beside {
 public:
  struct Work;

  Beside() = default;
  explicit Beside(std::function<void()> work);
  Beside(Beside&& other) noexcept = default;
  Beside& operator=(Beside&& other) noexcept;
  // What a helper has begun is waited for; what none has begun is left undone.
  ~Beside();

  // Until it is done, which is here and now where no helper has begun it. Throws what it threw.
  // Does nothing the second time.
  void wait();

 private:
  std::shared_ptr<Work> work_;
};

// Runs part(begin, end) over all of [0, count), in pieces; where there are at least `many`, a
// helper takes some of them.
template <class Part>
void run_in_pieces(size_t count, size_t many, const Part& part) {
  if (count < many) return part(0, count);
  const size_t piece = std::max<size_t>(1, many / 4);
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i = next.fetch_add(piece); i < count; i = next.fetch_add(piece)) {
      part(i, std::min(i + piece, count));
    }
  };
  Beside helper(take);
  take();
  helper.wait();
}

}  // namespace sitelog
