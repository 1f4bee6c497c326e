#pragma once

#include <functional>
#include <thread>

namespace sitelog {

// Calls `up` on a thread of its own whenever the system reports a network link or an address that
// came up (rtnetlink(7)). Where the system doesn't tell, it never calls.
class LinkWatch {
 public:
  explicit LinkWatch(std::function<void()> up);
  ~LinkWatch();

 private:
  int socket_ = -1;
  int wake_ = -1;
  std::thread thread_;
};

}  // namespace sitelog
