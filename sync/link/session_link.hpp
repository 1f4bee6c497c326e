#pragma once

// Internal to link.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/link/frame_channel.hpp"
#include "sync/link/limits.hpp"
#include "sync/link/session_steps.hpp"

namespace sitelog {

// Drives one session over one channel: whole messages in, one Work at a time, frames out once that
// is durable. Reads on while the Work is under way, up to a limit, and only while the other end has
// taken most of what was sent. On the channel's thread; lives until `run` returns, which is after
// its last Work came back.
class SessionLink : public std::enable_shared_from_this<SessionLink> {
 public:
  struct Config {
    std::function<ClockReading()> clock;
    std::shared_ptr<void> keeper;  // of the io_context: the store's thread hands results to it
    // What all sessions of the thread have received and no Work is done with.
    std::shared_ptr<size_t> received_bytes;
    size_t queued_bytes_max = 0;               // above it nothing is read and nothing is pumped
    std::function<void(const Step&)> on_step;  // after each durable Work
    std::function<void()> on_back;             // after each Work
  };

  SessionLink(std::shared_ptr<FrameChannel> channel, SessionSteps steps, Config config);

  // Until the session, the channel or `finish` ended it; what is queued then is yet to be sent, by
  // the channel's `finish`. `start`: this end opens.
  asio::awaitable<void> run(bool start);

  // The replica may hold more than before.
  void settle();
  // Says Goodbye and ends, leaving what has not arrived yet to the next session.
  void finish(const std::string& reason);

  FrameChannel& channel() { return *channel_; }
  bool working() const { return working_; }
  bool established() const { return last_.established; }
  const Step& last() const { return last_; }  // what the last durable Work left
  bool store_failed() const { return store_failed_; }
  // The other end's reason, if it said Goodbye.
  const std::optional<std::string>& goodbye() const { return goodbye_; }

 private:
  void answer_questions(std::vector<Message>& messages);
  void pump();
  void came_back(Step step);
  void end();
  // Enough waits for the next Work.
  bool full() const {
    const bool busy = working_ || !input_.messages.empty();
    return input_.bytes >= limits::kWaitingBytesMax ||
           input_.messages.size() >= limits::kWaitingMessagesMax ||
           (busy && *config_.received_bytes >= limits::kReceivedBytesMax);
  }
  size_t room() const;
  bool crowded() const { return channel_->queued() > config_.queued_bytes_max; }

  std::shared_ptr<FrameChannel> channel_;
  SessionSteps steps_;
  Config config_;
  asio::steady_timer gate_;   // cancelled whenever something below changed
  StepInput input_;           // for the next Work
  size_t working_bytes_ = 0;  // of the one under way
  bool settle_wanted_ = false;
  bool working_ = false;
  bool ended_ = false;
  bool store_failed_ = false;
  Step last_;
  std::optional<std::string> goodbye_;
};

}  // namespace sitelog
