#include "sync/link/address.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace sitelog {

namespace {

// What the thread that asks the system leaves behind; nobody may be waiting for it any more.
struct Answer {
  std::mutex mutex;
  std::condition_variable_any arrived;
  bool done = false;
  std::string problem;
  std::vector<std::string> addresses;
};

void ask_system(const std::string& host, Answer& answer) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  std::vector<std::string> addresses;
  for (const addrinfo* at = found; error == 0 && at != nullptr; at = at->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) ==
            0 &&
        std::find(addresses.begin(), addresses.end(), text) == addresses.end()) {
      addresses.emplace_back(text);
    }
  }
  if (found != nullptr) freeaddrinfo(found);
  const std::lock_guard lock(answer.mutex);
  answer.done = true;
  if (error != 0) answer.problem = gai_strerror(error);
  answer.addresses = std::move(addresses);
  answer.arrived.notify_all();
}

}  // namespace

Result<HostPort> HostPort::parse(const std::string& text, bool any_port) {
  const auto refuse = [&] {
    return Refusal{Reason::kUsage,
                   N_("{} is not an address of the form HOST:PORT, such as hq.example.cn:7443 or "
                      "[::1]:7443"),
                   {text}};
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return refuse();
  HostPort out;
  out.host = text.substr(0, colon);
  if (out.host.starts_with('[') && out.host.ends_with(']')) {
    out.host = out.host.substr(1, out.host.size() - 2);
  } else if (out.host.find(':') != std::string::npos) {
    return refuse();
  }
  const bool unprintable = std::any_of(out.host.begin(), out.host.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc() || at != end || (out.port == 0 && !any_port) || out.host.empty() ||
      out.host.size() > 253 || unprintable ||
      out.host.find_first_of(" []/@") != std::string::npos) {
    return refuse();
  }
  return out;
}

std::string HostPort::to_text() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<std::vector<std::string>> resolve(const std::string& host, int64_t timeout_ms,
                                         std::stop_token stop) {
  auto answer = std::make_shared<Answer>();
  // The system's resolver can't be interrupted, so it gets a thread that may outlast this call.
  std::thread([host, answer] { ask_system(host, *answer); }).detach();
  std::unique_lock lock(answer->mutex);
  answer->arrived.wait_for(lock, stop, std::chrono::milliseconds(timeout_ms),
                           [&] { return answer->done; });
  if (answer->done && !answer->addresses.empty()) return answer->addresses;
  return Refusal{Reason::kUnreachable,
                 N_("the address of {} can't be found ({}): the network may be away"),
                 {host, answer->done ? answer->problem : "no answer from the name service"}};
}

}  // namespace sitelog
