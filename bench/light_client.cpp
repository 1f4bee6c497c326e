#include "bench/light_client.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include "bench/processes.hpp"
#include "bench/relay.hpp"
#include "sync/link/certificate.hpp"
#include "sync/link/openssl_key.hpp"
#include "sync/link/tls.hpp"

namespace sitelog::bench {

namespace {

struct Freed {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};

// One for all: each connection brings its device's certificate. Whom it meets is not checked, as
// the bench has started it itself.
SSL_CTX* context() {
  static const std::unique_ptr<SSL_CTX, Freed> only = [] {
    std::unique_ptr<SSL_CTX, Freed> out(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(out.get(), TLS1_3_VERSION);
    SSL_CTX_set_mode(out.get(), SSL_MODE_RELEASE_BUFFERS);
    const std::string list = static_cast<char>(kAlpnSync.size()) + std::string(kAlpnSync);
    SSL_CTX_set_alpn_protos(out.get(), as_bytes(list).data(), static_cast<unsigned>(list.size()));
    return out;
  }();
  return only.get();
}

}  // namespace

struct LightClient::Tls {
  std::unique_ptr<SSL, Freed> connection;
};

LightClient::LightClient(const std::string& address, const Identity& identity)
    : socket_(connect_to_loopback(port_of(address))), tls_(std::make_unique<Tls>()) {
  const timeval patience{60, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const auto own = Certificate::parse(identity.certificate);
  const auto authority = Certificate::parse(identity.authority);
  if (!own || !authority) throw BenchError("a certificate is no good");
  tls_->connection.reset(SSL_new(context()));
  SSL* connection = tls_->connection.get();
  SSL_set_fd(connection, socket_);
  if (SSL_use_certificate(connection, own->native()) != 1 ||
      SSL_use_PrivateKey(connection, openssl_key(identity.key).get()) != 1 ||
      SSL_add1_chain_cert(connection, authority->native()) != 1 || SSL_connect(connection) != 1) {
    throw BenchError("no handshake with headquarters: " + tls_problem());
  }
}

LightClient::~LightClient() {
  SSL_set_quiet_shutdown(tls_->connection.get(), 1);
  ::close(socket_);
}

void LightClient::send(const Message& message) {
  FrameWriter writer;
  const std::string frame = writer.frame(message);
  const int size = static_cast<int>(frame.size());
  if (SSL_write(tls_->connection.get(), frame.data(), size) != size) {
    throw BenchError("headquarters has closed the connection");
  }
  sent_ += frame.size();
}

Message LightClient::receive() {
  std::array<uint8_t, 16384> buffer{};
  if (!reader_) reader_.emplace();
  for (;;) {
    auto next = reader_->next();
    if (!next) throw BenchError(describe(next.refusal()));
    if (*next) {
      Message out = std::move(**next);
      if (reader_->waiting() == 0) reader_.reset();
      return out;
    }
    const int size =
        SSL_read(tls_->connection.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (size <= 0) throw BenchError("headquarters has closed the connection");
    received_ += static_cast<uint64_t>(size);
    reader_->add({buffer.data(), static_cast<size_t>(size)});
  }
}

}  // namespace sitelog::bench
