#include "sync/link/frame_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sitelog {

namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

constexpr size_t kReadBytes = 16 * 1024;   // one TLS record
constexpr size_t kWriteBytes = 16 * 1024;  // likewise: so that progress shows often
constexpr auto kFinishTimeout = 2s;
constexpr size_t kIgnoredBytesMax = 4 * 1024 * 1024;  // arriving after the end

std::string words(const error_code& error) {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    return "closed by the other end";
  }
  return error.message();
}

// Whether the handshake failed over what was said, not over the network.
bool is_about_tls(const error_code& error) {
  return error.category() == asio::error::get_ssl_category();
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
                           std::chrono::milliseconds stalled_after)
    : stream_(std::move(socket), tls),
      writer_(writer),
      stalled_after_(stalled_after),
      flushed_(stream_.get_executor()) {
  remote_ = remote_of(stream_.next_layer());
  error_code ignored;
  stream_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
  stream_.next_layer().set_option(asio::socket_base::keep_alive(true), ignored);
}

asio::awaitable<bool> FrameChannel::handshake(bool as_server) {
  error_code error;
  ERR_clear_error();
  co_await stream_.async_handshake(
      as_server ? asio::ssl::stream_base::server : asio::ssl::stream_base::client,
      asio::redirect_error(asio::use_awaitable, error));
  moved_ = progressed_ = Clock::now();
  if (error) close(is_about_tls(error) ? ChannelEnd::kNotTls : ChannelEnd::kClosed, words(error));
  co_return !error && open();
}

asio::awaitable<error_code> FrameChannel::read_some() {
  error_code error;
  buffer_.resize(kReadBytes);
  const size_t size = co_await stream_.async_read_some(
      asio::buffer(buffer_),
      asio::bind_cancellation_slot(interrupt_.slot(),
                                   asio::redirect_error(asio::use_awaitable, error)));
  if (size > 0) {
    bytes_received_ += size;
    moved_ = Clock::now();
    if (!reader_) reader_.emplace();
    reader_->add(as_bytes({buffer_.data(), size}));
  }
  co_return error;
}

asio::awaitable<std::optional<std::vector<Message>>> FrameChannel::receive() {
  std::vector<Message> out;
  while (!interrupted_) {
    while (reader_ && out.size() < kMessagesMax) {
      auto next = reader_->next();
      if (!next) {
        // Open yet, so that the other end can be told.
        end_ = ChannelEnd::kFrame;
        detail_ = describe(next.refusal());
        refusal_ = next.refusal();
        co_return std::nullopt;
      }
      if (!*next) break;
      out.push_back(std::move(**next));
    }
    if (!out.empty()) co_return out;
    if (!open()) break;
    const error_code error = co_await read_some();
    if (error && !interrupted_) close(ChannelEnd::kClosed, words(error));
  }
  co_return std::nullopt;
}

void FrameChannel::interrupt() {
  interrupted_ = true;
  interrupt_.emit(asio::cancellation_type::terminal);
}

void FrameChannel::send(const std::vector<Message>& messages) {
  if (!stream_.next_layer().is_open()) return;
  for (const Message& message : messages) pending_ += writer_.frame(message);
  if (pending_.empty() || writer_running_) return;
  writer_running_ = true;
  progressed_ = Clock::now();
  asio::co_spawn(stream_.get_executor(), write_all(shared_from_this()), asio::detached);
}

asio::awaitable<void> FrameChannel::write_all(std::shared_ptr<FrameChannel> self) {
  FrameChannel& channel = *self;
  while (channel.queued() > 0 && channel.stream_.next_layer().is_open()) {
    if (channel.written_ == channel.writing_.size()) {
      channel.writing_ = std::exchange(channel.pending_, {});
      channel.written_ = 0;
    }
    const size_t left = channel.writing_.size() - channel.written_;
    error_code error;
    const size_t size = co_await channel.stream_.async_write_some(
        asio::buffer(channel.writing_.data() + channel.written_, std::min(left, kWriteBytes)),
        asio::redirect_error(asio::use_awaitable, error));
    channel.written_ += size;
    channel.bytes_sent_ += size;
    if (error) {
      channel.close(ChannelEnd::kClosed, words(error));
      break;
    }
    channel.moved_ = channel.progressed_ = Clock::now();
    if (channel.on_progress_) channel.on_progress_();
  }
  channel.writer_running_ = false;
  channel.writing_ = {};
  channel.pending_ = {};
  channel.written_ = 0;
  channel.flushed_.cancel();
}

asio::awaitable<void> FrameChannel::finish() {
  reader_.reset();  // nothing is read as frames any more
  // Held by whoever awaits this, until the end.
  while (writer_running_) co_await wait_event(flushed_);
  auto& socket = stream_.next_layer();
  if (socket.is_open()) {
    expire_at(Clock::now() + kFinishTimeout);
    error_code error;
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    if (socket.is_open()) socket.shutdown(asio::socket_base::shutdown_send, error);
    // What is still arriving has to be taken, else the network drops what was just sent (RFC 1122,
    // 4.2.2.13).
    buffer_.resize(kReadBytes);
    for (size_t ignored = 0; socket.is_open() && !error && ignored < kIgnoredBytesMax;) {
      ignored += co_await socket.async_read_some(asio::buffer(buffer_),
                                                 asio::redirect_error(asio::use_awaitable, error));
    }
  }
  close(ChannelEnd::kDropped, {});
}

void FrameChannel::close(ChannelEnd why, std::string detail) {
  if (open()) {
    end_ = why;
    detail_ = std::move(detail);
  }
  error_code ignored;
  if (stream_.next_layer().is_open()) {
    // So that OpenSSL doesn't hold the session unfit to be resumed for a link that merely broke.
    SSL_set_shutdown(tls(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    stream_.next_layer().close(ignored);
  }
  flushed_.cancel();
  if (on_progress_) on_progress_();
}

void FrameChannel::check(Clock::time_point now) {
  if (!stream_.next_layer().is_open()) return;
  if (expires_ && now >= *expires_) return close(ChannelEnd::kTimedOut, "no answer in time");
  if (writer_running_ && now - progressed_ > stalled_after_) {
    return close(ChannelEnd::kStalled, "takes nothing any more");
  }
  if (reader_ && reader_->waiting() == 0 && now - moved_ > 5s) reader_.reset();
}

}  // namespace sitelog
