#include "bench/web_client.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include "bench/processes.hpp"
#include "bench/relay.hpp"
#include "sync/ledger/ids.hpp"

namespace sitelog::bench {

namespace json = boost::json;

namespace {

struct FreedOfDoor {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};

SSL_CTX* door_context() {
  static const std::unique_ptr<SSL_CTX, FreedOfDoor> only = [] {
    std::unique_ptr<SSL_CTX, FreedOfDoor> out(SSL_CTX_new(TLS_client_method()));
    constexpr std::string_view kProtocols = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(out.get(), as_bytes(kProtocols).data(),
                            static_cast<unsigned>(kProtocols.size()));
    return out;
  }();
  return only.get();
}

}  // namespace

struct WebClient::Tls {
  std::unique_ptr<SSL, FreedOfDoor> connection;
};

WebClient::WebClient(const std::string& address, std::string token)
    : socket_(connect_to_loopback(port_of(address))),
      tls_(std::make_unique<Tls>()),
      token_(std::move(token)) {
  const timeval patience{60, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  tls_->connection.reset(SSL_new(door_context()));
  SSL_set_fd(tls_->connection.get(), socket_);
  if (SSL_connect(tls_->connection.get()) != 1) throw BenchError("no handshake at the HTTPS door");
}

WebClient::~WebClient() {
  SSL_set_quiet_shutdown(tls_->connection.get(), 1);
  ::close(socket_);
}

void WebClient::send(const std::string& request) {
  const int size = static_cast<int>(request.size());
  if (SSL_write(tls_->connection.get(), request.data(), size) != size) {
    throw BenchError("the HTTPS door has closed the connection");
  }
}

void WebClient::read_more() {
  std::array<char, 16384> room{};
  const int size = SSL_read(tls_->connection.get(), room.data(), static_cast<int>(room.size()));
  if (size <= 0) throw BenchError("the HTTPS door has closed the connection");
  read_.append(room.data(), static_cast<size_t>(size));
}

std::string WebClient::take_line() {
  size_t end = 0;
  while ((end = read_.find('\n')) == std::string::npos) read_more();
  std::string out = read_.substr(0, end);
  read_.erase(0, end + 1);
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

json::object WebClient::ask(const std::string& operation, const json::object& args) {
  const std::string body = json::serialize(args);
  send("POST /api/v1/" + operation + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
       token_ + "\r\nContent-Type: application/json\r\nContent-Length: " +
       std::to_string(body.size()) + "\r\n\r\n" + body);
  const std::string status = take_line();
  size_t length = 0;
  bool known = false;
  for (std::string line = take_line(); !line.empty(); line = take_line()) {
    constexpr std::string_view kLength = "content-length: ";
    std::string name = line.substr(0, kLength.size());
    for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
    if (name != kLength) continue;
    length = std::stoul(line.substr(kLength.size()));
    known = true;
  }
  if (!known) throw BenchError("an answer without its length");
  while (read_.size() < length) read_more();
  const std::string answer = read_.substr(0, length);
  read_.erase(0, length);
  if (status.find(" 200") == std::string::npos) throw BenchError(status + " " + answer);
  return json::parse(answer).as_object();
}

void WebClient::listen() {
  send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ +
       "\r\n\r\n");
  wait_for("ready");
}

void WebClient::wait_for(std::string_view event) {
  const std::string wanted = "event: " + std::string(event);
  while (take_line() != wanted) {
  }
}

}  // namespace sitelog::bench
