#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "engine/engine.hpp"

namespace sitelog {

// Keeps the index of texts of a headquarters that serves, on a thread of its own, which gives way
// to all others: behind each of its steps the store's thread has four times as long for them.
class TextIndexer {
 public:
  // `engine` outlives it. `on_trouble` is told why it waits.
  TextIndexer(Engine& engine, std::function<void(const std::string&)> on_trouble);
  ~TextIndexer();  // ends soon
  TextIndexer(const TextIndexer&) = delete;
  TextIndexer& operator=(const TextIndexer&) = delete;

 private:
  void work();
  // False where it is to end.
  bool wait(int64_t us);

  Engine& engine_;
  const std::function<void(const std::string&)> on_trouble_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  int64_t last_ = -1;  // the newest record, when it was looked
  std::thread thread_;
};

}  // namespace sitelog
