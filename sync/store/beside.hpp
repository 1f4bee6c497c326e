#pragma once

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

}  // namespace sitelog
