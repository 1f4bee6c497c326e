#include "bench/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace sitelog::bench {

namespace json = boost::json;

namespace {

constexpr size_t kThreads = 8;

constexpr size_t kProgramsMax = 16;
std::array<std::atomic<pid_t>, kProgramsMax> running{};

void replace_running(pid_t from, pid_t to) {
  for (auto& slot : running) {
    pid_t expected = from;
    if (slot.compare_exchange_strong(expected, to)) return;
  }
}

void end_all(int) {
  for (const auto& slot : running) {
    const pid_t pid = slot;
    if (pid > 0) ::kill(pid, SIGTERM);
  }
  ::_exit(1);
}

struct Started {
  pid_t pid = -1;
  int out = -1;
};

Started start(const std::vector<std::string>& words, const std::string& log) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw BenchError(std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Started out;
  const int error =
      ::posix_spawn(&out.pid, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    throw BenchError(words.front() + ": " + std::strerror(error));
  }
  out.out = ends[0];
  replace_running(0, out.pid);
  return out;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

void check_status(int status, const std::string& name, const std::string& out,
                  const std::string& log) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw BenchError(name + " ended with status " + std::to_string(status) + ": " +
                   out.substr(out.size() > 500 ? out.size() - 500 : 0) + " (see " + log + ")");
}

}  // namespace

void end_programs_on_signals() {
  for (const int number : {SIGINT, SIGTERM}) ::signal(number, end_all);
}

void in_parallel(size_t count, const std::function<void(size_t)>& each) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::string problem;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      try {
        for (size_t at = 0; (at = next++) < count;) each(at);
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        problem = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (!problem.empty()) throw BenchError(problem);
}

json::object Ran::last_line() const {
  const size_t end = out.find_last_not_of('\n');
  const size_t before = end == std::string::npos ? end : out.rfind('\n', end);
  return json::parse(out.substr(before == std::string::npos ? 0 : before + 1)).as_object();
}

Ran run_program(const std::vector<std::string>& words, const std::string& log) {
  const Stopwatch watch;
  const Started started = start(words, log);
  Ran out;
  std::array<char, 65536> buffer{};
  for (ssize_t size = 0; (size = ::read(started.out, buffer.data(), buffer.size())) > 0;) {
    out.out.append(buffer.data(), static_cast<size_t>(size));
  }
  ::close(started.out);
  int status = 0;
  rusage used{};
  ::wait4(started.pid, &status, 0, &used);
  replace_running(started.pid, 0);
  out.wall_s = watch.seconds();
  out.cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime);
  out.memory_kib_max = used.ru_maxrss;
  check_status(status, words.front(), out.out, log);
  return out;
}

Program::Program(const std::vector<std::string>& words, std::string log)
    : name_(words.front()), log_(std::move(log)) {
  const Started started = start(words, log_);
  pid_ = started.pid;
  out_ = started.out;
}

Program::~Program() {
  try {
    stop();
  } catch (const BenchError&) {
    // What it was needed for has failed already, and was told.
  }
}

json::object Program::next_line(int timeout_ms) {
  const Stopwatch watch;
  for (;;) {
    if (const size_t end = read_.find('\n'); end != std::string::npos) {
      const std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return json::parse(line).as_object();
    }
    pollfd waiting{out_, POLLIN, 0};
    const int left_ms = timeout_ms - static_cast<int>(watch.seconds() * 1000);
    if (left_ms <= 0 || ::poll(&waiting, 1, left_ms) == 0) {
      throw BenchError(name_ + " says nothing (see " + log_ + ")");
    }
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(out_, buffer.data(), buffer.size());
    if (size <= 0) throw BenchError(name_ + " ended early (see " + log_ + ")");
    read_.append(buffer.data(), static_cast<size_t>(size));
  }
}

double Program::cpu_s() const {
  double nanoseconds = 0;
  std::error_code gone;
  const std::string tasks = "/proc/" + std::to_string(pid_) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
    double used = 0;
    if (std::ifstream(task.path() / "schedstat") >> used) nanoseconds += used;
  }
  return nanoseconds * 1e-9;
}

int64_t Program::status_kib(const std::string& name) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string word; status >> word;) {
    int64_t kib = 0;
    if (word == name && status >> kib) return kib;
  }
  throw BenchError(name_ + " is not running (see " + log_ + ")");
}

void Program::stop() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  replace_running(std::exchange(pid_, -1), 0);
  ::close(out_);
  check_status(status, name_, read_, log_);
}

}  // namespace sitelog::bench
