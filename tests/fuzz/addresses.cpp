// Where headquarters listens, as people type it.
#include <algorithm>

#include "sync/link/address.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(addresses) {
  const std::string text(as_text(input));
  const auto any = HostPort::parse(text, true);
  const auto address = HostPort::parse(text);
  if (!address) {
    check_refusal(address.refusal(), input.size());
    MUST(address.refusal().reason == Reason::kUsage);
    MUST(!any || any->port == 0);
    return;
  }
  MUST(any && *any == *address && address->port != 0);
  MUST(!address->host.empty() && address->host.size() <= 253);
  // It is handed to the system's resolver as a C string and shown on terminals.
  MUST(std::none_of(address->host.begin(), address->host.end(),
                    [](char c) { return static_cast<uint8_t>(c) <= ' ' || c == '\x7f'; }));
  const auto again = HostPort::parse(address->to_text());
  MUST(again && *again == *address);
}
