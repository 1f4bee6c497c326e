#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace sitelog {

// Other threads, or none: what they do is done beside the caller. Pure code asks for them here.
class Helpers {
 public:
  virtual ~Helpers() = default;
  // Runs `work` on another thread, soon, late or never: whoever needs it done looks after that
  // (see Beside). May be called on any thread.
  virtual void post(std::function<void()> work) = 0;
};

// None: everything is done by who waits for it.
class NoHelpers final : public Helpers {
 public:
  void post(std::function<void()>) override {}
};

// Work that a helper does while the caller goes on.
class Beside {
 public:
  Beside() = default;
  Beside(Helpers& helpers, std::function<void()> work);
  Beside(Beside&& other) noexcept = default;
  Beside& operator=(Beside&& other) noexcept;
  // What a helper has begun is waited for; what none has begun is left undone.
  ~Beside();

  // Until it is done, which is here and now where no helper has begun it. Throws what it threw.
  // Does nothing the second time.
  void wait();

 private:
  struct Work;
  std::shared_ptr<Work> work_;
};

// Runs part(begin, end) over all of [0, count), in pieces; where there are at least `many`, a
// helper takes some of them.
template <class Part>
void run_in_pieces(Helpers& helpers, size_t count, size_t many, const Part& part) {
  if (count < many) return part(0, count);
  const size_t piece = std::max<size_t>(1, many / 4);
  std::atomic<size_t> next = 0;
  const auto take = [&] {
    for (size_t i = next.fetch_add(piece); i < count; i = next.fetch_add(piece)) {
      part(i, std::min(i + piece, count));
    }
  };
  Beside helper(helpers, take);
  take();
  helper.wait();
}

}  // namespace sitelog
