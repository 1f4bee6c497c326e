#include "bench/relay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "bench/processes.hpp"

namespace sitelog::bench {

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  out.sin_port = htons(port);
  return out;
}

[[noreturn]] void fail(const char* what) {
  throw BenchError(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

int listen_on_loopback(uint16_t& port) {
  const int out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = loopback(0);
  socklen_t size = sizeof at;
  if (::bind(out, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(out, 64) != 0 ||
      ::getsockname(out, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    fail("listening");
  }
  port = ntohs(at.sin_port);
  return out;
}

int connect_to_loopback(uint16_t port) {
  const int out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in at = loopback(port);
  if (out < 0 || ::connect(out, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    fail("connecting");
  }
  const int yes = 1;
  ::setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return out;
}

uint16_t port_of(const std::string& address) {
  return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

bool write_whole(int socket, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = ::send(socket, data, size, MSG_NOSIGNAL);
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

Relay::Relay(const std::string& to) : port_to_(port_of(to)) {
  uint16_t port = 0;
  listening_ = listen_on_loopback(port);
  address_ = "127.0.0.1:" + std::to_string(port);
  accepting_ = std::thread([this] { accept_all(); });
}

Relay::~Relay() {
  ::shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  ::close(listening_);
  for (std::thread& each : carrying_) each.join();
}

void Relay::accept_all() {
  for (;;) {
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    carrying_.emplace_back([this, client] { carry(client); });
  }
}

void Relay::carry(int from_client) {
  const int to_server = connect_to_loopback(port_to_);
  std::array<pollfd, 2> ends{pollfd{from_client, POLLIN, 0}, pollfd{to_server, POLLIN, 0}};
  std::array<char, 65536> buffer{};
  int open = 2;
  while (open > 0 && ::poll(ends.data(), ends.size(), 60'000) > 0) {
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].revents == 0) continue;
      const int other = ends[1 - i].fd >= 0 ? ends[1 - i].fd : (i == 0 ? to_server : from_client);
      const ssize_t size = ::recv(ends[i].fd, buffer.data(), buffer.size(), 0);
      if (size > 0) {
        bytes_ += static_cast<uint64_t>(size);
        write_whole(other, buffer.data(), static_cast<size_t>(size));
      } else {
        ::shutdown(other, SHUT_WR);
        ends[i].fd = -1;
        --open;
      }
    }
  }
  ::close(from_client);
  ::close(to_server);
}

}  // namespace sitelog::bench
