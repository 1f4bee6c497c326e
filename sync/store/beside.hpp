#pragma once

#include <cstddef>
#include <future>
#include <system_error>
#include <utility>

namespace sitelog {

// Runs `work` on a thread of its own; where the system gives none, on the caller's when it asks for
// the result.
template <class Work>
std::future<void> run_beside(Work work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, std::move(work));
  }
}

// Runs part(begin, end) for all of [0, count); where that are at least `many`, half of it on
// another thread.
template <class Part>
void run_in_halves(size_t count, size_t many, const Part& part) {
  const size_t half = count < many ? 0 : count / 2;
  std::future<void> helper;
  if (half > 0) helper = run_beside([&] { part(0, half); });
  part(half, count);
  if (half > 0) helper.get();
}

}  // namespace sitelog
