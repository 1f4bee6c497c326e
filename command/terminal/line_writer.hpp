#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sitelog {

// Lines for a descriptor that perhaps nobody reads: a thread of its own writes them, and whoever
// has one to say never waits. What finds no room (kWaitingBytesMax) is left out and counted; when
// lines go out again, that is told between them. Any thread. The descriptor is borrowed.
class LineWriter {
 public:
  static constexpr size_t kWaitingBytesMax = size_t{1} << 20;
  static constexpr int kEndGraceMs = 1000;

  // `left_out(n)` is the line that says that n were.
  LineWriter(int descriptor, std::function<std::string(uint64_t)> left_out);
  // What waits goes out as far as somebody takes it within kEndGraceMs; a thread that is caught in
  // writing is left to the end of the process.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // With its line feed.
  void write(std::string line);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sitelog
