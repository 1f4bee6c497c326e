#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "sync/ledger/result.hpp"

namespace sitelog {

// Where headquarters listens: "HOST:PORT", an IPv6 address as "[::1]:PORT".
struct HostPort {
  std::string host;  // without brackets
  uint16_t port = 0;

  // `any_port` lets port 0 stand for any free one, to listen at. Refuses kUsage.
  static Result<HostPort> parse(const std::string& text, bool any_port = false);
  std::string to_text() const;
  bool operator==(const HostPort&) const = default;
};

// The numeric addresses of a host, in the order to try them. Gives up after `timeout_ms` or when
// asked to stop, even where the system's resolver goes on waiting. Refuses kUnreachable.
Result<std::vector<std::string>> resolve(const std::string& host, int64_t timeout_ms,
                                         std::stop_token stop);

}  // namespace sitelog
