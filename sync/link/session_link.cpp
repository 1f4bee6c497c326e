#include "sync/link/session_link.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>

namespace sitelog {

SessionLink::SessionLink(std::shared_ptr<FrameChannel> channel, SessionSteps steps, Config config)
    : channel_(std::move(channel)),
      steps_(std::move(steps)),
      config_(std::move(config)),
      gate_(channel_->executor()) {}

asio::awaitable<void> SessionLink::run(bool start) {
  const auto self = shared_from_this();
  channel_->on_progress([this] {
    gate_.cancel();
    pump();
  });
  input_.start = start;
  pump();
  while (!ended_) {
    auto received = co_await channel_->receive(room());
    if (!received) break;
    auto& messages = received->messages;
    for (const Message& message : messages) {
      if (const auto* said = std::get_if<Goodbye>(&message)) goodbye_ = said->reason;
    }
    answer_questions(messages);
    if (messages.empty()) received->bytes = 0;  // answered
    input_.bytes += received->bytes;
    *config_.received_bytes += received->bytes;
    std::move(messages.begin(), messages.end(), std::back_inserter(input_.messages));
    pump();
    // Others' frames are to be read too.
    if (received->took > limits::kReadingMax) {
      asio::steady_timer pause(channel_->executor());
      co_await wait_for(pause, std::chrono::duration_cast<std::chrono::milliseconds>(
                                   received->took * limits::kReadingPause));
    }
    // Nothing more is heard of the other end until its first word was taken.
    while (!ended_ && working_ && !established()) co_await wait_event(gate_);
    // While the store works on what came before, what comes gathers for one commit.
    while (!ended_ && (full() || (channel_->open() && crowded()))) co_await wait_event(gate_);
  }
  // What has arrived is taken in, also when the link is gone by now.
  while (!ended_ && !channel_->refusal() && (working_ || !input_.messages.empty())) {
    co_await wait_event(gate_);
  }
  ended_ = true;
  if (channel_->refusal()) channel_->send({Refuse{*channel_->refusal(), {}, {}}});
  while (working_) co_await wait_event(gate_);
  *config_.received_bytes -= std::exchange(input_, {}).bytes;
  channel_->on_progress(nullptr);
}

size_t SessionLink::room() const {
  if (!established()) return 1;  // a message
  const size_t others = std::min(*config_.received_bytes, limits::kReceivedBytesMax);
  return std::clamp<size_t>(limits::kReceivedBytesMax - others, 1,
                            limits::kWaitingBytesMax - input_.bytes);
}

// Thousands of silent sites ask every half minute: that is no work for the store, and the answer no
// more than a sign of life.
void SessionLink::answer_questions(std::vector<Message>& messages) {
  if (!established()) return;
  std::vector<Message> answers;
  std::erase_if(messages, [&](const Message& message) {
    const auto* ping = std::get_if<Ping>(&message);
    if (ping != nullptr) answers.push_back(Pong{ping->nonce});
    return ping != nullptr || std::holds_alternative<Pong>(message);
  });
  channel_->send(std::move(answers));
}

void SessionLink::settle() {
  settle_wanted_ = true;
  pump();
}

void SessionLink::finish(const std::string& reason) {
  if (ended_) return;
  channel_->send({Goodbye{reason}});
  end();
}

void SessionLink::end() {
  ended_ = true;
  channel_->interrupt();
  gate_.cancel();
}

void SessionLink::pump() {
  if (working_ || ended_ || (!channel_->open() && input_.messages.empty())) return;
  const bool urgent = input_.start || !input_.messages.empty();
  if (!urgent && (!settle_wanted_ || crowded())) return;
  working_ = true;
  channel_->session_works();
  settle_wanted_ = false;
  working_bytes_ = input_.bytes;
  steps_.post(std::exchange(input_, {}), config_.clock(),
              [self = shared_from_this(), keeper = config_.keeper](Step step) mutable {
                // The store's thread: hands over, and lets go of the io_context last.
                const auto executor = self->channel_->executor();
                asio::post(executor, [self = std::move(self), step = std::move(step)]() mutable {
                  self->came_back(std::move(step));
                });
              });
}

void SessionLink::came_back(Step step) {
  working_ = false;
  *config_.received_bytes -= std::exchange(working_bytes_, 0);
  if (!step.durable) {
    store_failed_ = true;
    channel_->close(ChannelEnd::kDropped, "what arrived could not be saved");
    end();
  } else {
    if (!ended_) channel_->send(std::move(step.outbox));
    last_ = std::move(step);
    channel_->session_moved(last_.waits, last_.counts.answers);
    if (last_.ended) end();
    if (config_.on_step) config_.on_step(last_);
  }
  gate_.cancel();
  if (config_.on_back) config_.on_back();
  pump();
}

}  // namespace sitelog
