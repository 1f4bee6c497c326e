// What one connection asks, one request after the other, and what it is answered.
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/admission.hpp"
#include "http/https_door_impl.hpp"

namespace sitelog {

namespace {

using Clock = std::chrono::steady_clock;
using State = RequestReader::State;

// Of a request that was refused unread: who sends it reads why only once all is sent.
constexpr size_t kIgnoredBytesMax = 2 * limits::kBodyBytesMax;
constexpr size_t kWriteBytes = 16 * 1024;  // one TLS record

}  // namespace

asio::awaitable<void> HttpsDoor::Impl::serve(ConnectionPtr connection) {
  for (size_t n = 0; n < limits::kRequestsOfConnection && !stopping_; ++n) {
    if (!co_await read_head(connection)) break;
    if (!co_await answer(connection)) break;
    connection->reader.next();
    connection->deadline = Clock::now() + limits::kIdleTime;
  }
  if (!connection->stream.is_open()) co_return;
  connection->deadline = Clock::now() + limits::kFinishTime;
  co_await connection->stream.finish(kIgnoredBytesMax);
}

asio::awaitable<bool> HttpsDoor::Impl::read_some(ConnectionPtr connection) {
  BytesView bytes;
  const TlsTrouble trouble = co_await connection->stream.read_some(bytes);
  if (trouble || bytes.empty()) co_return false;
  if (connection->reader.idle()) connection->deadline = Clock::now() + limits::kHeadTime;
  connection->spoken = true;
  connection->reader.add(as_text(bytes));
  co_return true;
}

asio::awaitable<bool> HttpsDoor::Impl::read_head(ConnectionPtr connection) {
  while (connection->reader.state() == State::kHead) {
    if (!co_await read_some(connection)) co_return false;
  }
  if (connection->reader.state() != State::kBad) co_return true;
  const BadRequest& bad = connection->reader.bad();
  co_await send(connection, problem_response(bad.refusal, bad.status, Language::kChinese), false);
  co_return false;
}

// All of the body, or an answer that says why not.
asio::awaitable<bool> HttpsDoor::Impl::read_body(ConnectionPtr connection, size_t bytes_max,
                                                 Language language) {
  RequestReader& reader = connection->reader;
  const RequestHead& head = reader.head();
  const size_t bytes =
      head.has_body
          ? static_cast<size_t>(std::min<uint64_t>(head.body_bytes.value_or(bytes_max), bytes_max))
          : 0;
  if (bodies_ + bytes > limits::kBodiesBytesMax) {
    co_await send(connection, busy(language), false);
    co_return false;
  }
  bodies_ += bytes;
  connection->body_bytes = bytes;
  connection->deadline = Clock::now() + limits::kBodyTime +
                         std::chrono::seconds(bytes / limits::kBodyBytesPerSecondMin);
  if (head.expects_continue && (!head.body_bytes || *head.body_bytes <= bytes_max) &&
      !co_await write(connection, "HTTP/1.1 100 Continue\r\n\r\n")) {
    co_return false;
  }
  reader.take_body(bytes_max);
  while (reader.state() == State::kBody) {
    if (!co_await read_some(connection)) co_return false;
  }
  if (reader.state() == State::kDone) co_return true;
  const BadRequest& bad = reader.bad();
  co_await send(connection, problem_response(bad.refusal, bad.status, language), false);
  co_return false;
}

asio::awaitable<bool> HttpsDoor::Impl::write(ConnectionPtr connection, std::string_view bytes) {
  while (!bytes.empty()) {
    size_t written = 0;
    const TlsTrouble trouble =
        co_await connection->stream.write_some(bytes.substr(0, kWriteBytes), written);
    if (trouble) co_return false;
    bytes.remove_prefix(written);
    connection->deadline = Clock::now() + limits::kUnreadTime;
  }
  co_return true;
}

asio::awaitable<bool> HttpsDoor::Impl::send(ConnectionPtr connection, const Response& response,
                                            bool keep_alive) {
  connection->deadline = Clock::now() + limits::kUnreadTime;
  const std::string bytes =
      head_of(response, response.body.size(), keep_alive, config_.strict_transport) + response.body;
  co_return co_await write(connection, bytes);
}

// False where the connection is to end with it.
asio::awaitable<bool> HttpsDoor::Impl::answer(ConnectionPtr connection) {
  Asked asked;
  asked.head = connection->reader.head();
  asked.language = language_of(asked.head.field("accept-language"));
  asked.from = connection->from;
  asked.neighbourhood = connection->neighbourhood;
  const Admission admission = admission_of(asked, router_, config_.parts.accounts);
  if (asked.visitor) {
    known_as(connection, asked.visitor->account);
  } else {
    strangers_.answered(connection->id);
  }
  if (admission.to_audit) {
    // Not here, where nobody may wait for the disk.
    strangers_calls_.post(connection->neighbourhood, [this, line = *admission.to_audit] {
      config_.parts.accounts.audit().add_of_stranger(line);
    });
  }
  if (admission.refused) {
    // What is not read would be taken for the next request.
    const bool keep_alive =
        asked.head.keep_alive && !asked.head.has_body && asked.head.method != "HEAD";
    if (!co_await send(connection, *admission.refused, keep_alive) || !keep_alive) co_return false;
    connection->reader.take_body(0);
    co_return connection->reader.state() == State::kDone;
  }
  const bool read = co_await read_body(connection, admission.body_bytes_max, asked.language);
  // Until the answer is made what was read is held.
  const std::shared_ptr<void> held(
      nullptr, [this, connection](void*) { bodies_ -= std::exchange(connection->body_bytes, 0); });
  if (!read) co_return false;
  asked.body = connection->reader.body();
  const bool keep_alive = asked.head.keep_alive;
  const Language language = asked.language;
  if (!post(connection, *admission.route, std::move(asked))) {
    co_await send(connection, busy(language), false);
    co_return false;
  }
  const bool passed = co_await pass_on(connection, keep_alive);
  connection->reply.reset();
  co_return passed&& keep_alive;
}

// Lets a thread make the answer; false where too many wait already.
bool HttpsDoor::Impl::post(const ConnectionPtr& connection, const Route& route, Asked asked) {
  const auto reply =
      std::make_shared<Reply>([weak_self = weak_from_this(), weak = std::weak_ptr(connection)] {
        const auto self = weak_self.lock();
        if (!self) return;
        asio::post(self->io_, [weak] {
          if (const auto held = weak.lock()) held->woken.cancel();
        });
      });
  const bool stranger = !asked.visitor;
  const std::string whose = stranger ? asked.neighbourhood : asked.visitor->account;
  auto& threads = stranger ? strangers_calls_ : calls_;
  const bool posted =
      threads.post(whose, [this, &route, reply, asked = std::make_shared<Asked>(std::move(asked))] {
        try {
          route.handler(*asked, *reply);
          SITELOG_ASSERT(reply->answered() || reply->kept());
        } catch (const ReaderGone&) {
          // Nobody is left to be told.
        } catch (const std::exception& error) {
          config_.on_trouble(asked->head.path + ": " + error.what());
          reply->break_off(broken(asked->language));
        }
      });
  if (posted) connection->reply = reply;
  return posted;
}

// Sends what a thread makes, as it comes.
asio::awaitable<bool> HttpsDoor::Impl::pass_on(ConnectionPtr connection, bool keep_alive) {
  const auto reply = connection->reply;
  bool begun = false, in_chunks = true;
  for (;;) {
    Reply::Part part = reply->take();
    if (part.nothing()) {
      if (!connection->stream.is_open()) co_return false;
      // As long as it takes; the reader's time counts once there is something to read.
      connection->deadline = Clock::time_point::max();
      boost::system::error_code cancelled;
      connection->woken.expires_at(Clock::time_point::max());
      co_await connection->woken.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      continue;
    }
    if (part.whole) co_return co_await send(connection, *part.head, keep_alive);
    std::string bytes;
    if (part.head) {
      begun = true;
      in_chunks = !part.head->written_bytes;
      const std::optional<size_t> size = part.head->written_bytes;
      bytes = head_of(*part.head, size, keep_alive, config_.strict_transport);
    }
    if (!begun || part.broken) co_return false;  // the missing end tells
    if (!part.bytes.empty()) bytes += in_chunks ? chunk(part.bytes) : part.bytes;
    if (part.ended && in_chunks) bytes += chunk({});
    connection->deadline = Clock::now() + limits::kUnreadTime;
    if (!co_await write(connection, bytes)) co_return false;
    if (part.ended) co_return true;
  }
}

}  // namespace sitelog
