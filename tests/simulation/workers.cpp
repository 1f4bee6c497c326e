#include "tests/simulation/workers.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <vector>

namespace sitelog::simulation {

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kSecondsASeed = 120;  // a seed takes well under one

// What a worker tells, a line each: "seed N", "failed TEXT" (line ends as '\v'), "count N NAME".
struct Worker {
  pid_t process = 0;
  int from_it = -1;
  std::string unread;
  uint64_t seed = 0;  // the one it works on
  bool done = false;
};

void tell(int to, std::string line) {
  for (char& c : line) {
    if (c == '\n') c = '\v';
  }
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t count = ::write(to, rest.data(), rest.size());
    if (count <= 0) _exit(1);
    rest.remove_prefix(static_cast<size_t>(count));
  }
}

[[noreturn]] void work(int to, uint64_t first, uint64_t end, uint64_t step, const Task& task) {
  Counts counts;
  for (uint64_t seed = first; seed < end; seed += step) {
    tell(to, "seed " + std::to_string(seed));
    ::alarm(kSecondsASeed);
    const std::string wrong = task(seed, counts);
    ::alarm(0);
    std::cout.flush();
    if (!wrong.empty()) tell(to, "failed " + wrong);
  }
  for (const auto& [name, count] : counts) {
    tell(to, "count " + std::to_string(count) + " " + name);
  }
  tell(to, "done");
  _exit(0);
}

Worker begin(uint64_t first, uint64_t end, uint64_t step, const Task& task) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error(std::strerror(errno));
  std::cout.flush();
  Worker worker;
  worker.seed = first;
  worker.process = ::fork();
  if (worker.process < 0) throw std::runtime_error(std::strerror(errno));
  if (worker.process == 0) {
    ::close(ends[0]);
    work(ends[1], first, end, step, task);
  }
  ::close(ends[1]);
  worker.from_it = ends[0];
  return worker;
}

// How a worker ended that did not say that it was done.
std::string cause_of_death(int status) {
  if (!WIFSIGNALED(status))
    return "the simulator ended with " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  if (number == SIGALRM) {
    return "not finished after " + std::to_string(kSecondsASeed) + " seconds";
  }
  return std::string("the simulator died: ") + ::strsignal(number);
}

class Fleet {
 public:
  Fleet(uint64_t end, uint64_t step, uint64_t failures_max, const Task& task,
        const std::function<void(const Failure&)>& failed,
        const std::function<void(const Outcome&)>& progress)
      : end_(end),
        step_(step),
        failures_max_(failures_max),
        task_(task),
        failed_(failed),
        progress_(progress) {}

  Outcome run(uint64_t from) {
    for (uint64_t i = 0; i < step_ && from + i < end_; ++i) {
      workers_.push_back(begin(from + i, end_, step_, task_));
    }
    while (!workers_.empty()) {
      if (out_.failures >= failures_max_) {
        stop();
        break;
      }
      listen();
      if (Clock::now() - told_ < std::chrono::minutes(1)) continue;
      told_ = Clock::now();
      progress_(out_);
    }
    return out_;
  }

 private:
  void fail(uint64_t seed, const std::string& what) {
    ++out_.failures;
    failed_({seed, what});
  }

  void take_line(Worker& worker, std::string line) {
    for (char& c : line) {
      if (c == '\v') c = '\n';
    }
    if (line.starts_with("seed ")) {
      worker.seed = std::stoull(line.substr(5));
      ++out_.seeds;
    } else if (line.starts_with("failed ")) {
      fail(worker.seed, line.substr(7));
    } else if (line.starts_with("count ")) {
      size_t used = 0;
      const uint64_t count = std::stoull(line.substr(6), &used);
      out_.counts[line.substr(7 + used)] += count;
    } else {
      worker.done = true;
    }
  }

  // False: it has ended.
  bool read(Worker& worker) {
    char buffer[4096];
    const ssize_t count = ::read(worker.from_it, buffer, sizeof buffer);
    if (count > 0) worker.unread.append(buffer, static_cast<size_t>(count));
    for (size_t end; (end = worker.unread.find('\n')) != std::string::npos;) {
      take_line(worker, worker.unread.substr(0, end));
      worker.unread.erase(0, end + 1);
    }
    return count > 0;
  }

  void listen() {
    std::vector<pollfd> waiting;
    for (const Worker& worker : workers_) waiting.push_back({worker.from_it, POLLIN, 0});
    ::poll(waiting.data(), waiting.size(), -1);
    for (size_t i = waiting.size(); i-- > 0;) {
      if (waiting[i].revents == 0 || read(workers_[i])) continue;
      int status = 0;
      ::waitpid(workers_[i].process, &status, 0);
      ::close(workers_[i].from_it);
      const Worker ended = workers_[i];
      workers_.erase(workers_.begin() + static_cast<ptrdiff_t>(i));
      if (ended.done) continue;
      fail(ended.seed, cause_of_death(status));
      if (ended.seed + step_ < end_) {
        workers_.push_back(begin(ended.seed + step_, end_, step_, task_));
      }
    }
  }

  void stop() {
    for (const Worker& worker : workers_) {
      ::kill(worker.process, SIGKILL);
      ::waitpid(worker.process, nullptr, 0);
      ::close(worker.from_it);
    }
    workers_.clear();
  }

  const uint64_t end_, step_, failures_max_;
  const Task& task_;
  const std::function<void(const Failure&)>& failed_;
  const std::function<void(const Outcome&)>& progress_;
  Clock::time_point told_ = Clock::now();
  std::vector<Worker> workers_;
  Outcome out_;
};

}  // namespace

Outcome run_seeds(uint64_t from, uint64_t seeds, unsigned jobs, uint64_t failures_max,
                  const Task& task, const std::function<void(const Failure&)>& failed,
                  const std::function<void(const Outcome&)>& progress) {
  return Fleet(from + seeds, jobs, failures_max, task, failed, progress).run(from);
}

std::string commit() {
  std::string out;
  constexpr const char* kAsk =
      "git -C '" SITELOG_SOURCE_DIR "' describe --always --dirty --exclude='*' 2>/dev/null";
  if (FILE* answer = ::popen(kAsk, "r")) {
    char buffer[128];
    while (std::fgets(buffer, sizeof buffer, answer) != nullptr) out += buffer;
    ::pclose(answer);
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out.empty() ? "unknown" : out;
}

}  // namespace sitelog::simulation
