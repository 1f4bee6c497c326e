#include "sync/link/frame_channel.hpp"

#include <time.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "sync/link/limits.hpp"

namespace sitelog {

namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

size_t bytes_of(const Batch& batch) {
  size_t out = 0;
  for (const std::string& entry : batch.entries) out += entry.size();
  return out;
}

constexpr size_t kWriteBytes = 16 * 1024;  // one TLS record: so that progress shows often
constexpr auto kFinishTimeout = 2s;

int64_t now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// What the thread has worked so far: what it waited for the processor doesn't count.
std::chrono::nanoseconds worked() {
  timespec out{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &out);
  return std::chrono::seconds(out.tv_sec) + std::chrono::nanoseconds(out.tv_nsec);
}

std::string remote_of(const asio::ip::tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return "unknown";
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(endpoint.port());
}

}  // namespace

asio::awaitable<bool> wait_for(asio::steady_timer& timer, std::chrono::milliseconds how_long) {
  error_code error;
  timer.expires_after(how_long);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<void> wait_event(asio::steady_timer& timer) {
  error_code error;
  timer.expires_at(asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

FrameChannel::FrameChannel(asio::ip::tcp::socket socket, TlsHandle tls, FrameWriter& writer,
                           const Patience& patience)
    : stream_(std::move(socket), tls),
      writer_(writer),
      flushed_(executor()),
      liveness_(patience, now_ms()) {
  remote_ = remote_of(stream_.socket());
  error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  stream_.socket().set_option(asio::socket_base::keep_alive(true), ignored);
}

asio::awaitable<bool> FrameChannel::handshake() {
  const TlsTrouble trouble = co_await stream_.handshake();
  liveness_.received(now_ms());
  if (trouble) {
    close(trouble.about_tls ? ChannelEnd::kNotTls : ChannelEnd::kClosed, trouble.detail);
  }
  co_return open();
}

asio::awaitable<std::optional<FrameChannel::Received>> FrameChannel::receive(size_t bytes_max) {
  Received out;
  while (!interrupted_) {
    const auto began = worked();
    while (out.messages.size() < limits::kWaitingMessagesMax && out.bytes < bytes_max) {
      auto next = reader_.next();
      if (!next) {
        // Open yet, so that the other end can be told.
        end_ = ChannelEnd::kFrame;
        detail_ = describe(next.refusal());
        refusal_ = next.refusal();
        co_return std::nullopt;
      }
      if (!*next) break;
      out.bytes += reader_.message_bytes();
      out.messages.push_back(std::move(**next));
    }
    out.took += worked() - began;
    if (!out.messages.empty()) co_return out;
    if (!open()) break;
    BytesView bytes;
    const TlsTrouble trouble = co_await stream_.read_some(bytes);
    if (!bytes.empty()) {
      bytes_received_ += bytes.size();
      liveness_.received(now_ms());
      reader_.add(bytes);
    }
    if (trouble && !interrupted_) close(ChannelEnd::kClosed, trouble.detail);
  }
  co_return std::nullopt;
}

void FrameChannel::interrupt() {
  interrupted_ = true;
  stream_.interrupt();
}

void FrameChannel::queue(Message message) {
  if (const auto* batch = std::get_if<Batch>(&message)) {
    waiting_bytes_ += bytes_of(*batch);
    waiting_.emplace_back(std::move(message));
    return;
  }
  std::string frame = writer_.frame(message);
  waiting_bytes_ += frame.size();
  auto* last = waiting_.empty() ? nullptr : std::get_if<std::string>(&waiting_.back());
  if (last != nullptr) {
    *last += frame;
  } else {
    waiting_.emplace_back(std::move(frame));
  }
}

// Makes the first that waits the one that is written.
void FrameChannel::take_next() {
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  written_ = 0;
  if (auto* frames = std::get_if<std::string>(&next)) {
    waiting_bytes_ -= frames->size();
    writing_ = std::move(*frames);
  } else {
    const auto& message = std::get<Message>(next);
    waiting_bytes_ -= bytes_of(std::get<Batch>(message));
    writing_ = writer_.frame(message);
  }
}

void FrameChannel::send(std::vector<Message> messages) {
  if (!stream_.is_open() || broken_) return;
  for (Message& message : messages) queue(std::move(message));
  if (waiting_.empty() || writer_running_) return;
  writer_running_ = true;
  liveness_.begins_to_send(now_ms());
  asio::co_spawn(executor(), write_all(shared_from_this()), asio::detached);
}

asio::awaitable<void> FrameChannel::write_all(std::shared_ptr<FrameChannel> self) {
  FrameChannel& channel = *self;
  while (channel.stream_.is_open()) {
    if (channel.written_ == channel.writing_.size()) {
      if (channel.waiting_.empty()) break;
      channel.take_next();
    }
    const size_t left = channel.writing_.size() - channel.written_;
    size_t size = 0;
    const TlsTrouble trouble = co_await channel.stream_.write_some(
        std::string_view(channel.writing_).substr(channel.written_, std::min(left, kWriteBytes)),
        size);
    channel.written_ += size;
    channel.bytes_sent_ += size;
    if (trouble) {
      // What had arrived before is there to be read yet; its end closes the channel.
      if (channel.open() && !channel.broken_) channel.broken_ = trouble.detail;
      channel.expire_after(kFinishTimeout);
      break;
    }
    channel.liveness_.sent(now_ms());
    if (channel.on_progress_) channel.on_progress_();
  }
  channel.writer_running_ = false;
  channel.writing_ = {};
  channel.waiting_ = {};
  channel.waiting_bytes_ = 0;
  channel.written_ = 0;
  channel.flushed_.cancel();
  if (channel.broken_ && channel.on_progress_) channel.on_progress_();
}

asio::awaitable<void> FrameChannel::finish() {
  // Held by whoever awaits this, until the end.
  while (writer_running_) co_await wait_event(flushed_);
  if (stream_.is_open()) {
    expire_after(kFinishTimeout);
    co_await stream_.finish(limits::kIgnoredBytesMax);
  }
  close(ChannelEnd::kDropped, {});
}

void FrameChannel::close(ChannelEnd why, std::string detail) {
  if (open()) {
    end_ = why;
    detail_ = std::move(detail);
  }
  stream_.close();
  flushed_.cancel();
  if (on_progress_) on_progress_();
}

std::optional<TlsGuest> FrameChannel::hand_over() {
  auto guest = stream_.hand_over();
  close(ChannelEnd::kDropped, "handed over");
  return guest;
}

void FrameChannel::expire_after(std::chrono::milliseconds how_long) {
  liveness_.due(now_ms() + how_long.count());
}

void FrameChannel::session_works() {
  liveness_.works(now_ms());
}

void FrameChannel::session_moved(bool waits, uint64_t answers) {
  liveness_.moved(now_ms(), waits, answers, queued());
}

// Open yet, so that the other end can be told.
void FrameChannel::give_up(const char* detail, Refusal why) {
  end_ = ChannelEnd::kTimedOut;
  detail_ = detail;
  refusal_ = std::move(why);
  expire_after(kFinishTimeout);
  interrupt();
}

void FrameChannel::check() {
  if (!stream_.is_open()) return;
  const int64_t now = now_ms();
  switch (liveness_.judge(now, writer_running_)) {
    case Liveness::Verdict::kWait: return;
    case Liveness::Verdict::kAsk: return send({Ping{now}});
    case Liveness::Verdict::kSilent:
      return give_up("silent", {Reason::kUnreachable,
                                N_("the other end has been silent for {} seconds"),
                                {std::to_string(liveness_.silent_ms(now) / 1000)}});
    case Liveness::Verdict::kNoAnswer:
      return give_up(
          "no answer to what it was asked",
          {Reason::kUnreachable,
           N_("the other end is there, and has not answered for a long time what it was asked: "
              "what arrived is kept, the rest waits and goes with the next sync. Where this "
              "happens again, tell headquarters' administrator"),
           {}});
    case Liveness::Verdict::kStalled: return close(ChannelEnd::kStalled, "takes nothing any more");
    case Liveness::Verdict::kLate:
      return broken_ ? close(ChannelEnd::kClosed, *broken_)
                     : close(ChannelEnd::kTimedOut, "no answer in time");
  }
}

}  // namespace sitelog
