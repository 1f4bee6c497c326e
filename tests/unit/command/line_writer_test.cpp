// Lines for a reader who does not read.
#include "command/terminal/line_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

using namespace sitelog;

namespace {

std::string told(uint64_t lines) {
  return "(" + std::to_string(lines) + " left out)\n";
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  int reading() const { return ends[0]; }
  int writing() const { return ends[1]; }
  // What comes until `end` is in it, or nothing more comes for a while.
  std::string read_to(const std::string& end) const {
    ::fcntl(reading(), F_SETFL, O_NONBLOCK);
    std::string out;
    char buffer[65536];
    for (int idle = 0; idle < 500 && out.find(end) == std::string::npos;) {
      const ssize_t got = ::read(reading(), buffer, sizeof buffer);
      if (got > 0) {
        out.append(buffer, static_cast<size_t>(got));
        idle = 0;
      } else {
        ++idle;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
    return out;
  }
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("lines come out whole and in order, and all before the writer is gone") {
  const Pipe pipe;
  {
    LineWriter lines(pipe.writing(), told);
    for (int i = 0; i < 100; ++i) lines.write("line " + std::to_string(i) + "\n");
  }
  std::string wanted;
  for (int i = 0; i < 100; ++i) wanted += "line " + std::to_string(i) + "\n";
  CHECK(pipe.read_to("line 99\n") == wanted);
}

TEST_CASE("who has something to say does not wait for a reader, and what was left out is counted") {
  const Pipe pipe;
  LineWriter lines(pipe.writing(), told);
  const std::string line(999, 'x');
  constexpr int kLines = 4000;  // 4 MB: more than waits
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kLines; ++i) lines.write(line + "\n");
  CHECK(seconds_since(start) < 5);
  std::string out = pipe.read_to("left out)\n");
  lines.write("last\n");
  out += pipe.read_to("last\n");
  long left_out = 0;  // told once, or more often where the writer came between
  for (size_t at = out.find('('); at != std::string::npos; at = out.find('(', at + 1)) {
    left_out += std::stol(out.substr(at + 1));
  }
  CHECK(left_out > 0);
  const size_t written = static_cast<size_t>(std::count(out.begin(), out.end(), 'x')) / line.size();
  CHECK(static_cast<long>(written) + left_out == kLines);
}

TEST_CASE("an output that nobody reads ends within seconds, and so does one that is closed") {
  const Pipe pipe;
  const auto start = std::chrono::steady_clock::now();
  {
    LineWriter lines(pipe.writing(), told);
    for (int i = 0; i < 200; ++i) lines.write(std::string(999, 'x') + "\n");
  }
  CHECK(seconds_since(start) < 3);
  {
    LineWriter full(::open("/dev/full", O_WRONLY | O_CLOEXEC), told);
    full.write("lost\n");
  }
  CHECK(seconds_since(start) < 5);
}
