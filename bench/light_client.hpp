#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/identity.hpp"
#include "sync/session/framing.hpp"
#include "sync/session/message.hpp"

namespace sitelog::bench {

// A connection with headquarters that costs this side little: TLS and frames on a blocking socket,
// no session and no store. For holding thousands, and for seeing one exchange by itself.
class LightClient {
 public:
  // Connects and shakes hands. Throws BenchError, as all below.
  LightClient(const std::string& address, const Identity& identity);
  ~LightClient();
  LightClient(const LightClient&) = delete;
  LightClient& operator=(const LightClient&) = delete;

  void send(const Message& message);
  // Waits for the next message, at most 60 s.
  Message receive();
  int socket() const { return socket_; }
  uint64_t bytes_sent() const { return sent_; }          // frames, without TLS
  uint64_t bytes_received() const { return received_; }  // likewise

 private:
  struct Tls;
  int socket_ = -1;
  std::unique_ptr<Tls> tls_;
  std::optional<FrameReader> reader_;  // while there is something in it
  uint64_t sent_ = 0, received_ = 0;
};

}  // namespace sitelog::bench
