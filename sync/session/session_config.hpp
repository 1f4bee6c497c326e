#pragma once

#include <cstdint>
#include <string>

#include "sync/ledger/limits.hpp"

namespace sitelog {

// How long one end waits for the other. Milliseconds.
struct Patience {
  int64_t greeting_ms = limits::kHandshakeTimeoutMs;  // until both have greeted, however much comes
  int64_t silence_ms = limits::kIdleTimeoutMs;        // afterwards
  int64_t stalled_ms = limits::kStalledTimeoutMs;     // while it takes nothing of what is sent
  int64_t ask_after_ms = 0;                           // of silence; 0: it is never asked
  int64_t answer_ms = limits::kAnswerTimeoutMs;       // while it answers nothing it was asked
};

// How a session is held. Which end opens says nothing about where either stands.
struct SessionConfig {
  enum class Start {
    kOpens,        // says Hello
    kAnswers,      // waits for it
    kEstablished,  // both ends are known already: nobody greets
  };
  Start start = Start::kOpens;
  size_t window = limits::kUnacknowledgedBatchesMax;  // batches sent and not acknowledged
  Patience patience{};                                // for whoever drives the session
  std::string software{};                             // as told to the other end
};

}  // namespace sitelog
