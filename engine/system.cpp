#include "engine/system.hpp"

#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <system_error>

#include "sync/ledger/ids.hpp"

namespace sitelog {

namespace {

int64_t milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// Which boot this is, as the kernel says; 0 where it doesn't.
uint64_t read_boot() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!std::getline(file, id)) return 0;
  std::erase(id, '-');
  uint8_t bytes[16];
  if (!from_hex(id, bytes, sizeof bytes)) return 0;
  uint64_t out = 0;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}

}  // namespace

ClockReading read_clock() {
  static const uint64_t boot = read_boot();
  return {{milliseconds(CLOCK_REALTIME)}, milliseconds(CLOCK_BOOTTIME), boot};
}

void fill_random(std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    out = out.subspan(static_cast<size_t>(got));
  }
}

uint64_t random_number() {
  uint8_t bytes[8];
  fill_random(bytes);
  uint64_t out = 0;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}

Date today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday};
}

int64_t begin_of(const Date& day) {
  std::tm local{};
  local.tm_year = day.year - 1900;
  local.tm_mon = day.month - 1;
  local.tm_mday = day.day;
  local.tm_isdst = -1;
  return static_cast<int64_t>(std::mktime(&local)) * 1000;
}

std::string user_name() {
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(getuid());
}

std::string local_time(int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
  return text;
}

}  // namespace sitelog
