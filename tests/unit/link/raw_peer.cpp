#include "tests/unit/link/raw_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

namespace sitelog {

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

}  // namespace

RawPeer::RawPeer(uint16_t port, int receive_buffer_bytes) {
  std::signal(SIGPIPE, SIG_IGN);
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) {
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  const timeval limit{5, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const sockaddr_in to = loopback(port);
  SITELOG_ASSERT(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
}

RawPeer::~RawPeer() {
  // So that the session can be resumed all the same.
  if (tls_ != nullptr) SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(tls_);
  close(socket_);
}

void RawPeer::say(const std::string& bytes) {
  if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
}

std::string RawPeer::hear_all() {
  std::string out;
  char buffer[4096];
  for (ssize_t size; (size = recv(socket_, buffer, sizeof buffer, 0)) > 0;) {
    out.append(buffer, static_cast<size_t>(size));
  }
  return out;
}

bool RawPeer::shake(TlsHandle tls) {
  tls_ = tls;
  SSL_set_fd(tls_, socket_);
  const bool done = SSL_connect(tls_) == 1;
  ERR_clear_error();
  return done;
}

void RawPeer::say_tls(const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {  // a record at a time
    const int size = SSL_write(tls_, bytes.data() + at, static_cast<int>(bytes.size() - at));
    if (size <= 0) break;
    at += static_cast<size_t>(size);
  }
  ERR_clear_error();
}

std::string RawPeer::hear_all_tls() {
  std::string out;
  char buffer[4096];
  for (int size; (size = SSL_read(tls_, buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<size_t>(size));
  }
  ERR_clear_error();
  return out;
}

size_t RawPeer::bytes_on_the_wire() const {
  return BIO_number_read(SSL_get_rbio(tls_)) + BIO_number_written(SSL_get_wbio(tls_));
}

RawServer::RawServer(std::function<void(int)> treat) {
  std::signal(SIGPIPE, SIG_IGN);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = loopback(0);
  SITELOG_ASSERT(bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  socklen_t size = sizeof at;
  SITELOG_ASSERT(getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  SITELOG_ASSERT(listen(listener_, 16) == 0);
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([listener = listener_, treat = std::move(treat)] {
    for (int socket; (socket = accept(listener, nullptr, nullptr)) >= 0;) {
      treat(socket);
      close(socket);
    }
  });
}

RawServer::~RawServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

TlsHandle plain_tls_client(const std::string& protocol) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* out = SSL_new(context);
  SSL_CTX_free(context);
  const std::string list = static_cast<char>(protocol.size()) + protocol;
  if (!protocol.empty()) {
    SSL_set_alpn_protos(out, as_bytes(list).data(), static_cast<unsigned>(list.size()));
  }
  return out;
}

}  // namespace sitelog
