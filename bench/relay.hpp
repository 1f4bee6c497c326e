#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace sitelog::bench {

// Passes every connection on to `to` ("127.0.0.1:PORT") and counts the bytes: what a link carries
// of TLS, handshakes included, without TCP's own headers. One thread, and one a connection.
class Relay {
 public:
  explicit Relay(const std::string& to);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  const std::string& address() const { return address_; }
  // Both ways, since the last call. Call when no connection is open.
  uint64_t take_bytes() { return bytes_.exchange(0); }

 private:
  void accept_all();
  void carry(int from_client);

  uint16_t port_to_ = 0;
  int listening_ = -1;
  std::string address_;
  std::atomic<uint64_t> bytes_{0};
  std::thread accepting_;
  std::vector<std::thread> carrying_;
};

// A listening socket on a free loopback port.
int listen_on_loopback(uint16_t& port);
// A connected one. Throws BenchError.
int connect_to_loopback(uint16_t port);
uint16_t port_of(const std::string& address);
// False when the connection ended before. `size` bytes, all of them.
bool write_whole(int socket, const char* data, size_t size);

}  // namespace sitelog::bench
