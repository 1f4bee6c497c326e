#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/link/certificate.hpp"
#include "sync/link/invitation.hpp"
#include "sync/session/session_config.hpp"
#include "sync/session/work_queue.hpp"

namespace sitelog {

struct ConnectorConfig {
  SigningKey key;
  Certificate certificate;
  Certificate authority;
  DeviceId headquarters;  // the only one to talk to
  std::string software;
  std::function<ClockReading()> clock;
  int64_t connect_timeout_ms = 10'000;  // of each address
  Patience patience{};
};

// What a sync came to. Whatever was not sent stays and is sent by the next one.
struct SyncOutcome {
  uint64_t sent = 0;      // entries
  uint64_t received = 0;  // entries
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t exchanges = 0;  // times this side waited for the other
  double seconds = 0;
  bool got_ahead = false;  // one side holds more than before, also where it broke off then
  bool caught_up = false;  // both sides held the same
  bool resumed = false;    // the TLS session of an earlier sync
  std::optional<Refusal> failure;
  std::vector<Refusal> refused;  // streams that one side would not take
};

// How far a session is.
struct SyncProgress {
  uint64_t sent = 0;
  uint64_t received = 0;
  bool caught_up = false;
  bool operator==(const SyncProgress&) const = default;
};

// A site's way to headquarters. Every function blocks and does its input and output on the calling
// thread; the session runs on the queue's. Not for two threads. The queue outlives this.
class SyncConnector {
 public:
  // Called on the thread that called, whenever something changed.
  using OnProgress = std::function<void(const SyncProgress&)>;

  SyncConnector(ConnectorConfig config, WorkQueue& queue);
  ~SyncConnector();

  // Connects, and brings both sides to hold the same. `headquarters` is "HOST:PORT".
  SyncOutcome sync_once(const std::string& headquarters, std::stop_token stop = {},
                        OnProgress on_progress = {});
  // Stays connected and carries what is new at once, until asked to stop (no failure) or the link
  // breaks (a failure that says how).
  SyncOutcome run_live(const std::string& headquarters, std::stop_token stop,
                       OnProgress on_progress = {});

  // What makes the next connection cheaper, for keeping between runs. A secret: keep it like a key.
  std::string resumption() const;
  void offer_resumption(BytesView saved);

 private:
  class Run;
  struct State;
  std::unique_ptr<State> state_;
};

// A device that asks to be let in.
struct NewDevice {
  SigningKey key;
  AgreementPublicKey agreement_key;
  std::string name;  // what people call it
};

// Joins with an invitation: shows the secret to the headquarters that the code names and to no
// other, proves to hold the device's key, and checks that the answer is a certificate for it.
// Refuses as headquarters does (kInvitationUnknown, kInvitationUsed, kInvitationExpired …),
// kUnreachable, kNotHeadquarters.
Result<JoinReply> join_headquarters(const std::string& headquarters, const InvitationCode& code,
                                    const NewDevice& device, std::stop_token stop = {},
                                    int64_t timeout_ms = limits::kHandshakeTimeoutMs);

}  // namespace sitelog
