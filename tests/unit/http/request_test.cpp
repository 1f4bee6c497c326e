#include "http/request.hpp"

#include <catch2/catch.hpp>

#include "http/limits.hpp"

using namespace sitelog;
using State = RequestReader::State;

namespace {

const std::string kGet =
    "GET /api/v1/records.list?unit=%E5%8C%97&limit=5 HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(const std::string& fields, const std::string& body) {
  return "POST /api/v1/record.add HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

// The status that `bytes` are refused with; 0 where they are a request.
int refused(const std::string& bytes, size_t body_max = 100) {
  RequestReader reader;
  reader.add(bytes);
  if (reader.state() == State::kBody) reader.take_body(body_max);
  return reader.state() == State::kBad ? reader.bad().status : 0;
}

}  // namespace

TEST_CASE("a request is the same in whatever pieces it arrives") {
  const std::string bytes = post("Content-Length: 7\r\n", R"({"a":1})");
  for (size_t piece = 1; piece <= bytes.size(); piece += 3) {
    RequestReader reader;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      reader.add(std::string_view(bytes).substr(at, piece));
      if (reader.state() == State::kBody && reader.head().has_body) reader.take_body(100);
    }
    REQUIRE(reader.state() == State::kDone);
    CHECK(reader.head().method == "POST");
    CHECK(reader.head().path == "/api/v1/record.add");
    CHECK(reader.body() == R"({"a":1})");
  }
}

TEST_CASE("path and query are told without their escapes") {
  RequestReader reader;
  reader.add(kGet);
  REQUIRE(reader.state() == State::kBody);
  CHECK(reader.head().path == "/api/v1/records.list");
  REQUIRE(reader.head().query.size() == 2);
  CHECK(reader.head().query[0] == std::pair<std::string, std::string>("unit", "北"));
  CHECK(reader.head().keep_alive);
  CHECK_FALSE(reader.head().has_body);
}

TEST_CASE("requests that arrive at once are read one after the other") {
  RequestReader reader;
  reader.add(kGet + post("Content-Length: 2\r\n", "{}") + kGet);
  for (const std::string method : {"GET", "POST", "GET"}) {
    REQUIRE(reader.state() == State::kBody);
    CHECK(reader.head().method == method);
    reader.take_body(100);
    REQUIRE(reader.state() == State::kDone);
    reader.next();
  }
  CHECK(reader.idle());
}

TEST_CASE("a body in chunks is one, and no longer than is taken") {
  const std::string fields = "Transfer-Encoding: chunked\r\n";
  RequestReader reader;
  reader.add(post(fields, "4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n"));
  reader.take_body(7);
  REQUIRE(reader.state() == State::kDone);
  CHECK(reader.body() == R"({"a":1})");
  CHECK(refused(post(fields, "4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n"), 6) == 413);
  CHECK(refused(post(fields, "zz\r\n")) == 400);
}

TEST_CASE("what could be read in two ways is refused") {
  CHECK(refused(post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "{}")) == 400);
  CHECK(refused(post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}")) == 400);
  CHECK(refused(post("Content-Length: +2\r\n", "{}")) == 400);
  CHECK(refused(post("Host: y\r\n", "")) == 400);
  CHECK(refused("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused("GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n") == 400);
  CHECK(refused("GET * HTTP/1.1\r\nHost: x\r\n\r\n") == 400);
  CHECK(refused("GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/2.0\r\nHost: x\r\n\r\n") != 0);
  CHECK(refused("GET / HTTP/1.1\nHost: x\n\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost : x\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n") == 0);
}

TEST_CASE("heads and bodies have limits, also where they never end") {
  const std::string much(2 * limits::kHeadBytesMax, 'a');
  CHECK(refused("GET /" + much) == 431);
  CHECK(refused("GET / HTTP/1.1\r\nHost: x\r\nA: " + much) == 431);
  std::string fields;
  for (int i = 0; i < 200; ++i) fields += "A: 1\r\n";
  CHECK(refused("GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n") == 431);
  CHECK(refused(post("Content-Length: 101\r\n", "")) == 413);
  CHECK(refused(post("Content-Length: 99999999999999999999\r\n", "")) != 0);
  CHECK(refused(post("Content-Length: 100\r\n", "")) == 0);
}

TEST_CASE("a cookie is found by its whole name, and one that is there twice is none") {
  RequestHead head;
  head.fields = {{"cookie", "a=1; __Host-sitelog=s.77; b=2"}};
  CHECK(head.cookie("__Host-sitelog") == "s.77");
  CHECK(head.cookie("sitelog").empty());
  CHECK(head.cookie("a") == "1");
  head.fields = {{"cookie", "__Host-sitelog=1; __Host-sitelog=2"}};
  CHECK(head.cookie("__Host-sitelog").empty());
}
