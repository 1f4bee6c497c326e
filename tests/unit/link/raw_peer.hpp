#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "sync/link/tls.hpp"

namespace sitelog {

// A socket that says anything: a peer that does not keep to the protocol. Blocking, with a limit of
// five seconds on each wait.
class RawPeer {
 public:
  explicit RawPeer(uint16_t port, int receive_buffer_bytes = 0);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  // Over the bare socket.
  void say(const std::string& bytes);
  // Until the other end closes; what it said meanwhile.
  std::string hear_all();
  // TLS over it from here on, with a handle of TlsClient's or a test's own. False when that failed.
  bool shake(TlsHandle tls);
  void say_tls(const std::string& bytes);
  std::string hear_all_tls();
  // Of TLS, both ways, so far.
  size_t bytes_on_the_wire() const;

 private:
  int socket_ = -1;
  TlsHandle tls_ = nullptr;
};

// Something else that listens on a loopback port, and treats each socket it is given so.
class RawServer {
 public:
  explicit RawServer(std::function<void(int socket)> treat);
  ~RawServer();
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

// A TLS client that offers `protocol`, or none, and shows no certificate.
TlsHandle plain_tls_client(const std::string& protocol);

}  // namespace sitelog
