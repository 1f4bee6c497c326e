#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// TLS sessions that devices may resume, as headquarters keeps them: by the name that a ticket
// carries. Two of each device: the one it resumed last, and the newest, which may never have
// reached it. A value of one thread; holds secrets, and is not kept over a restart.
class Resumptions {
 public:
  Resumptions(size_t devices_max = 16'384) : devices_max_(devices_max) {}

  void keep(DeviceId device, std::string name, std::string session);
  // The session, which now counts as used; empty where it is not known.
  std::string find(const std::string& name);
  void forget(DeviceId device);

 private:
  struct Kept {
    std::string name;
    std::string session;
  };
  const size_t devices_max_;
  std::map<DeviceId, std::array<Kept, 2>> devices_;  // used or added last: first
  std::map<std::string, DeviceId> names_;
  std::deque<DeviceId> eldest_;  // in the order in which devices came
};

}  // namespace sitelog
