#pragma once

// Internal to link.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sync/link/tls_stream.hpp"
#include "sync/session/framing.hpp"
#include "sync/session/liveness.hpp"

namespace sitelog {

// Why a channel carries nothing any more.
enum class ChannelEnd {
  kOpen,
  kClosed,    // by the other end, or the network between
  kNotTls,    // the handshake failed: not TLS, not our TLS, not who was expected
  kFrame,     // what arrived is no frame of ours; `refusal` tells more
  kTimedOut,  // what had to be done was not done in time, or nothing moved for too long
  kStalled,   // the other end takes nothing any more
  kDropped,   // by this side
};

// Frames over TLS over one socket: one reader, one writing coroutine, a bounded queue between. On
// the thread of its io_context, which has one thread only and so is one strand for all it carries.
// Held by its coroutines until closed. `check` has to be called every now and then.
class FrameChannel : public std::enable_shared_from_this<FrameChannel> {
 public:
  // Takes `tls` over. `writer` packs for all channels of the thread: every frame stands by itself.
  FrameChannel(asio::ip::tcp::socket socket, TlsHandle tls, FrameWriter& writer,
               const Patience& patience);

  // True when done. Whom it was done with is the caller's to ask.
  asio::awaitable<bool> handshake();
  struct Received {
    std::vector<Message> messages;
    size_t bytes = 0;                 // unpacked
    std::chrono::nanoseconds took{};  // of the thread's time
  };
  // At least one whole message, at most limits::kWaitingMessagesMax, and no further one from
  // `bytes_max` on; nothing when the channel or `interrupt` ended the wait.
  asio::awaitable<std::optional<Received>> receive(size_t bytes_max);
  void interrupt();

  // Queues. Never waits: the caller watches `queued`.
  void send(std::vector<Message> messages);
  size_t queued() const { return waiting_bytes_ + writing_.size() - written_; }
  // Called on the channel's thread whenever the queue got shorter or the channel was closed.
  void on_progress(std::function<void()> callback) { on_progress_ = std::move(callback); }

  // Writes what is queued, says goodbye as TLS does, waits a moment for the other end to do so too,
  // closes. The reader has to have returned.
  asio::awaitable<void> finish();
  void close(ChannelEnd why, std::string detail);
  // After the handshake, where what is spoken is no frames: the connection, for another thread to
  // go on with. The channel is closed then.
  std::optional<TlsGuest> hand_over();

  // Until both have greeted: frames that are longer, or packed, are refused.
  void distrust(size_t frame_bytes_max) { reader_.distrust(frame_bytes_max); }
  // Both ends have greeted: from now on silence is judged, and nothing else limits the time.
  void greeted() {
    liveness_.greeted();
    reader_.trust();
  }
  // Nothing has come yet.
  bool silent() { return !stream_.heard(); }
  // What is under way has to be done after that, or the channel closes (kTimedOut).
  void expire_after(std::chrono::milliseconds how_long);
  // The session is at work on what came; it has moved, and waits for the other end or doesn't.
  void session_works();
  void session_moved(bool waits, uint64_t answers);
  // Looks whether the other end is still there, and answers: asks it, or gives it up.
  void check();

  bool open() const { return end_ == ChannelEnd::kOpen; }
  ChannelEnd end() const { return end_; }
  const std::string& detail() const { return detail_; }
  const std::optional<Refusal>& refusal() const { return refusal_; }
  asio::any_io_executor executor() { return stream_.socket().get_executor(); }
  TlsHandle tls() { return stream_.tls(); }
  const std::string& remote() const { return remote_; }
  uint64_t bytes_sent() const { return bytes_sent_; }
  uint64_t bytes_received() const { return bytes_received_; }

 private:
  static asio::awaitable<void> write_all(std::shared_ptr<FrameChannel> self);
  void queue(Message message);
  void take_next();
  void give_up(const char* detail, Refusal why);

  TlsStream stream_;
  FrameWriter& writer_;
  std::string remote_;
  FrameReader reader_;
  bool interrupted_ = false;
  // Frames to write after `writing_`, and batches that become frames only when it is their turn:
  // the first is on its way while the next is packed.
  std::deque<std::variant<std::string, Message>> waiting_;
  size_t waiting_bytes_ = 0;
  std::string writing_;
  size_t written_ = 0;  // of `writing_`
  bool writer_running_ = false;
  std::optional<std::string> broken_;  // why nothing can be written any more
  asio::steady_timer flushed_;
  std::function<void()> on_progress_;
  Liveness liveness_;
  uint64_t bytes_sent_ = 0;
  uint64_t bytes_received_ = 0;
  ChannelEnd end_ = ChannelEnd::kOpen;
  std::string detail_;
  std::optional<Refusal> refusal_;
};

// Waits on the timer's executor for `how_long`; false when the timer was cancelled before.
asio::awaitable<bool> wait_for(asio::steady_timer& timer, std::chrono::milliseconds how_long);
// Waits until the timer is cancelled: an event.
asio::awaitable<void> wait_event(asio::steady_timer& timer);

}  // namespace sitelog
