#pragma once

#include <sys/types.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sitelog::bench {

// A measurement that can't be made; what() says why.
class BenchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// Calls `each` with 0 … count - 1, on eight threads. Throws BenchError with one of the problems.
void in_parallel(size_t count, const std::function<void(size_t)>& each);

// From now on SIGINT and SIGTERM end what was started below, then this program.
void end_programs_on_signals();

// What one run of a program came to.
struct Ran {
  std::string out;
  double wall_s = 0;  // from its start to its end
  double cpu_s = 0;   // user and system
  int64_t memory_kib_max = 0;
  // Its last line of output.
  boost::json::object last_line() const;
};

// Runs a program to its end. Its messages are added to the file `log`. Throws BenchError where its
// exit status is not 0.
Ran run_program(const std::vector<std::string>& words, const std::string& log);

// A program that stays: `sitelogd serve`, `sitelog agent`. Ended with the object.
class Program {
 public:
  Program(const std::vector<std::string>& words, std::string log);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // The next line it prints. Throws BenchError when it ends or says nothing in that time.
  boost::json::object next_line(int timeout_ms = 60'000);
  // Of all its threads so far, seconds.
  double cpu_s() const;
  int64_t memory_kib() const { return status_kib("VmRSS:"); }
  int64_t memory_kib_max() const { return status_kib("VmHWM:"); }
  // Asks it to end and waits. Throws BenchError where its exit status is not 0.
  void stop();

 private:
  int64_t status_kib(const std::string& name) const;

  std::string name_, log_;
  pid_t pid_ = -1;
  int out_ = -1;
  std::string read_;
};

}  // namespace sitelog::bench
