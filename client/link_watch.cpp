#include "client/link_watch.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace sitelog {

namespace {

bool tells_of_link_up(const char* buffer, ssize_t size) {
  auto left = static_cast<unsigned>(size);
  for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer); NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_type == RTM_NEWADDR || message->nlmsg_type == RTM_NEWROUTE) return true;
    if (message->nlmsg_type == RTM_NEWLINK) {
      const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
      if ((link->ifi_flags & IFF_RUNNING) != 0) return true;
    }
  }
  return false;
}

}  // namespace

LinkWatch::LinkWatch(std::function<void()> up) {
  socket_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE;
  if (socket_ < 0 || wake_ < 0 ||
      ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  thread_ = std::thread([this, up = std::move(up)] {
    alignas(nlmsghdr) char buffer[8192];
    for (;;) {
      pollfd waiting[2] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
      if (::poll(waiting, 2, -1) < 0) continue;
      if (waiting[1].revents != 0) return;
      const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got > 0 && tells_of_link_up(buffer, got)) up();
    }
  });
}

LinkWatch::~LinkWatch() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    if (::write(wake_, &one, sizeof one) == sizeof one) thread_.join();
  }
  if (socket_ >= 0) ::close(socket_);
  if (wake_ >= 0) ::close(wake_);
}

}  // namespace sitelog
