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
    connection->visitor.reset();
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
  connection->head_only = connection->reader.head().method == "HEAD";
  if (connection->reader.state() != State::kBad) co_return true;
  const BadRequest& bad = connection->reader.bad();
  co_await send(connection, problem_response(bad.refusal, bad.status, Language::kChinese), false);
  co_return false;
}

// All of the body, or an answer that says why not.
asio::awaitable<bool> HttpsDoor::Impl::read_body(ConnectionPtr connection, const Asked& asked,
                                                 size_t bytes_max) {
  RequestReader& reader = connection->reader;
  const RequestHead& head = reader.head();
  const uint64_t announced = head.body_bytes.value_or(0);
  if (announced <= bytes_max && !room_.has_room(connection->account, announced)) {
    co_await send(connection, too_much_of_one(asked.language), false);
    co_return false;
  }
  if (head.expects_continue && announced <= bytes_max &&
      !co_await write(connection, "HTTP/1.1 100 Continue\r\n\r\n")) {
    co_return false;
  }
  const uint64_t body = connection->body;
  BodyPace pace(Clock::now());
  reader.take_body(bytes_max);
  bool come = true;
  while (come && reader.state() == State::kBody) {
    pace.came(reader.body_come(), Clock::now());
    connection->deadline = pace.until();
    come = hold_body(connection, body, asked);
    if (come) come = co_await read_some(connection);
  }
  if (connection->cut_off) {
    const Response why = *std::exchange(connection->cut_off, std::nullopt);
    co_await send(connection, why, false);
    co_return false;
  }
  if (!come) co_return false;
  if (reader.state() == State::kBad) {
    const BadRequest& bad = reader.bad();
    co_await send(connection, problem_response(bad.refusal, bad.status, asked.language), false);
    co_return false;
  }
  room_.is_whole(body);
  co_return true;
}

// Counts what the body holds by now; false where there is no room for it.
bool HttpsDoor::Impl::hold_body(const ConnectionPtr& connection, uint64_t body,
                                const Asked& asked) {
  const auto grown = room_.hold(body, connection->account, connection->reader.body_held());
  for (const uint64_t other : grown.give_way) {
    const auto at = coming_.find(other);
    const auto holds = at != coming_.end() ? at->second.lock() : nullptr;
    if (holds) cut_off(holds, busy(asked.language));
  }
  if (grown.verdict == BodyRoom::Verdict::kFits) return true;
  connection->cut_off = grown.verdict == BodyRoom::Verdict::kTooMuchOfOne
                            ? too_much_of_one(asked.language)
                            : busy(asked.language);
  return false;
}

// Its body is waited for no longer.
void HttpsDoor::Impl::cut_off(const ConnectionPtr& connection, Response why) {
  connection->cut_off = std::move(why);
  connection->stream.interrupt();
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
  std::string_view body = response.bytes();
  std::string first = head_of(response, body.size(), keep_alive, config_.strict_transport);
  if (connection->head_only) body = {};
  // What fits goes with the head; what is long is sent from where it lies.
  const size_t beside = std::min(body.size(), kWriteBytes - std::min(first.size(), kWriteBytes));
  first += body.substr(0, beside);
  const bool begun = co_await write(connection, first);
  if (!begun || beside == body.size()) co_return begun;
  co_return co_await write(connection, body.substr(beside));
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
    const bool keep_alive = asked.head.keep_alive && !asked.head.has_body;
    if (!co_await send(connection, *admission.refused, keep_alive) || !keep_alive) co_return false;
    connection->reader.take_body(0);
    co_return connection->reader.state() == State::kDone;
  }
  connection->visitor = asked.visitor;
  connection->session = hash_of_secret(asked.session);
  connection->body = ++last_body_;
  coming_[connection->body] = connection;
  const bool read = co_await read_body(connection, asked, admission.body_bytes_max);
  coming_.erase(connection->body);
  // As long as anybody has what was read; also where that is a thread, and the connection is gone.
  std::shared_ptr<void> body(nullptr, [this, id = connection->body](void*) {
    asio::post(io_, [this, id] { room_.leave(id); });
  });
  connection->body = 0;
  if (!read) co_return false;
  if (admission.route->at_once) {
    const Response response = admission.route->at_once(asked);
    const bool sent = co_await send(connection, response, asked.head.keep_alive);
    co_return sent&& asked.head.keep_alive;
  }
  asked.body = connection->reader.body();
  const bool keep_alive = asked.head.keep_alive;
  const Language language = asked.language;
  if (!post(connection, *admission.route, std::move(asked), std::move(body))) {
    // Named: GCC 12 ends a temporary of a condition twice where it is awaited for.
    Response refused = busy(language);
    if (!connection->account.empty()) refused = too_much_of_one(language);
    co_await send(connection, refused, false);
    co_return false;
  }
  const bool passed = co_await pass_on(connection, keep_alive);
  connection->reply->close();  // who still makes it would wait for its reader for ever
  connection->reply.reset();
  connection->streaming = false;
  co_return passed&& keep_alive;
}

// Which threads make the answer.
CallThreads& HttpsDoor::Impl::threads_for(const Route& route, const Asked& asked) {
  // Whoever guesses at passwords does so as a stranger, signed in or not.
  if (!asked.visitor || (route.open && asked.head.method == "POST")) return strangers_calls_;
  if (route.file) return downloads_;
  if (asked.body.size() > limits::kLargeBodyBytes) return large_;
  return route.writes ? writing_ : calls_;
}

// Lets a thread make the answer; false where too many wait already. `body` goes when it is made.
bool HttpsDoor::Impl::post(const ConnectionPtr& connection, const Route& route, Asked asked,
                           std::shared_ptr<void> body) {
  const auto reply =
      std::make_shared<Reply>([weak_self = weak_from_this(), weak = std::weak_ptr(connection)] {
        const auto self = weak_self.lock();
        if (!self) return;
        asio::post(self->io_, [weak] {
          if (const auto held = weak.lock()) held->woken.cancel();
        });
      });
  CallThreads& threads = threads_for(route, asked);
  const std::string whose =
      &threads == &strangers_calls_ ? asked.neighbourhood : asked.visitor->account;
  // What reads is asked as by GET.
  if (connection->head_only) asked.head.method = "GET";
  const Language language = asked.language;
  auto job = [this, &route, reply, body = std::move(body),
              asked = std::make_shared<Asked>(std::move(asked))] {
    if (!reply->closed()) call(route, *asked, *reply);
  };
  const auto dropped = [reply, language] { reply->break_off(busy(language)); };
  if (!threads.post(whose, std::move(job), dropped)) return false;
  connection->reply = reply;
  connection->threads = &threads;
  return true;
}

// On a thread of its own.
void HttpsDoor::Impl::call(const Route& route, const Asked& asked, Reply& reply) {
  try {
    if (auto ended = ended_since(asked, route, config_.parts.accounts)) {
      config_.parts.accounts.audit().add(refused_line(asked));
      return reply.send(*std::move(ended));
    }
    route.handler(asked, reply);
    SITELOG_ASSERT(reply.answered() || reply.kept());
  } catch (const ReaderGone&) {
    // Nobody is left to be told.
  } catch (const std::exception& error) {
    config_.on_trouble(asked.head.path + ": " + error.what());
    reply.break_off(broken(asked.language));
  }
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
      begun = connection->streaming = true;
      in_chunks = !part.head->written_bytes;
      const std::optional<size_t> size = part.head->written_bytes;
      bytes = head_of(*part.head, size, keep_alive, config_.strict_transport);
    }
    if (begun && connection->head_only) {
      reply->close();  // what follows is for nobody
      co_return co_await write(connection, bytes);
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
