#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/link/certificate.hpp"
#include "sync/link/limits.hpp"
#include "sync/link/tls_stream.hpp"
#include "sync/link/web_certificate.hpp"
#include "sync/session/session_config.hpp"
#include "sync/session/work_queue.hpp"

namespace sitelog {

// What happened at headquarters' port, for the log.
enum class LinkEvent {
  kConnected,  // a device
  kDisconnected,
  kJoined,
  kJoinRefused,
  kNotTls,              // the handshake failed: plain HTTP, garbage, another TLS
  kWrongProtocol,       // TLS, but nothing that is spoken here
  kUnknownCertificate,  // none, or another authority's
  kBadFrame,
  kSessionFailed,
  kNotTaken,  // of what a device brought, the first that was refused; the rest went on
  kTimedOut,
  kSlowReader,
  kStoreFailed,
  kFull,          // turned away: too many connections
  kAcceptFailed,  // the system gives no more sockets for the moment
  kFewFiles,      // it never will give as many as connections_max
};
const char* name_of(LinkEvent event);

struct ListenerConfig {
  SigningKey key;
  Certificate certificate;  // headquarters'
  Certificate authority;
  std::string software;
  // Any thread.
  std::function<ClockReading()> clock;
  // On the store's thread, inside a Work; the proof has been checked, the secret not.
  std::function<Result<JoinReply>(Replica&, const JoinRequest&)> join;
  // On the I/O thread. `detail` begins with the other end's address.
  std::function<void(LinkEvent, const std::string& detail)> on_event;
  // Who speaks HTTP, or names no protocol: the connection goes to `on_web`, on the I/O thread, with
  // the address it is of. Both or none.
  std::optional<WebCertificate> web = std::nullopt;
  std::function<void(TlsGuest, const std::string& address)> on_web = {};
  // What a refusal says, in the language of who reads that.
  std::function<std::string(const Refusal&)> words = [](const Refusal& said) {
    return describe(said);
  };

  size_t connections_max = 12'000;
  // Files that the process holds open beside these: what it reads and writes, and what `on_web`
  // took.
  size_t other_files = 64;
  // Who has not shown a device's certificate yet, in all and of one address.
  size_t unproven_max = limits::kUnprovenMax;
  size_t unproven_of_address_max = limits::kUnprovenOfAddressMax;
  size_t connections_per_device_max = 4;
  size_t queued_bytes_max =
      limits::kQueuedBytesMax;  // of one connection, before it is read no further
  Patience patience{};
  int64_t failed_join_delay_ms = 1'000;
};

// Headquarters' end of all connections: TLS, sessions with devices, joining. One thread, the one
// that calls `run`, carries every socket; sessions run on the store's thread. Whatever a connection
// does ends that connection only. The queue outlives this.
class SyncListener {
 public:
  SyncListener(ListenerConfig config, WorkQueue& queue);
  ~SyncListener();
  SyncListener(const SyncListener&) = delete;
  SyncListener& operator=(const SyncListener&) = delete;

  // Before `run`, for each address. Port 0: any free one. Returns what was bound as "HOST:PORT".
  // Raises the process' limit of open files as far as it may.
  // Refuses kUsage (no such address here, port in use).
  Result<std::string> listen(const std::string& host, uint16_t port);
  // Until `stop`. Once.
  void run();
  // Says Goodbye to all and returns when `run` has ended, which is when every Work has come back:
  // so not from the I/O thread or the store's. Any other thread; again does nothing.
  void stop();

  // Any thread. Ends the connections of a device: when it comes back its session is asked anew
  // whether it may.
  void disconnect(DeviceId device);
  std::vector<DeviceId> connected() const;
  // Any thread. Browsers are shown this one from now on; it was checked (check_web_certificate).
  void show_web(WebCertificate web);

 private:
  class Server;
  std::shared_ptr<Server> server_;
};

}  // namespace sitelog
