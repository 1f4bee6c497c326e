#include "http/reply.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "http/limits.hpp"

using namespace sitelog;

TEST_CASE("who makes an answer waits for who reads it, and holds no more than is allowed") {
  Reply reply([] {});
  const std::string piece(64 * 1024, 'x');
  std::atomic<size_t> written = 0;
  std::thread maker([&] {
    reply.begin({200, std::string(kJsonLinesType), {}});
    for (int i = 0; i < 64; ++i) {
      reply.write(piece);
      written += piece.size();
    }
    reply.end();
  });
  while (reply.waits().count() < 20) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(written <= limits::kAnswerWaitingBytes);
  size_t read = 0;
  bool ended = false;
  for (bool first = true; !ended;) {
    Reply::Part part = reply.take();
    if (part.nothing()) continue;
    CHECK(part.head.has_value() == std::exchange(first, false));
    CHECK(part.bytes.size() <= limits::kAnswerWaitingBytes + piece.size());
    read += part.bytes.size();
    ended = part.ended;
  }
  maker.join();
  CHECK(read == 64 * piece.size());
}

TEST_CASE("who makes an answer that nobody reads any more is told so") {
  Reply reply([] {});
  std::thread maker([&] {
    reply.begin({});
    CHECK_THROWS_AS(
        [&] {
          for (;;) reply.write(std::string(64 * 1024, 'x'));
        }(),
        ReaderGone);
  });
  while (reply.waits().count() == 0) std::this_thread::yield();
  reply.close();
  maker.join();
  CHECK_FALSE(reply.answered());
}

TEST_CASE("what goes wrong before anything was said has an answer, and after that no end") {
  Reply before([] {});
  before.break_off({500, std::string(kProblemType), "{}"});
  CHECK(before.take().head->status == 500);
  Reply after([] {});
  after.begin({});
  after.write("x");
  after.break_off({500, "", ""});
  const auto part = after.take();
  CHECK(part.broken);
  CHECK_FALSE(part.ended);
}

TEST_CASE("who tells many waits for none: a reader who takes nothing is told apart") {
  const auto reply = std::make_shared<Reply>([] {});
  const auto kept = reply->keep();
  CHECK(reply->kept());
  CHECK_FALSE(reply->answered());
  kept->begin({200, "text/event-stream", {}});
  const std::string piece(16 * 1024, 'x');
  size_t written = 0;
  while (kept->try_write(piece)) written += piece.size();
  CHECK(written == limits::kAnswerWaitingBytes);
  CHECK(reply->take().bytes.size() == written);
  CHECK(kept->try_write(piece));
  reply->close();
  CHECK_FALSE(kept->try_write(piece));
  CHECK(kept->closed());
}
