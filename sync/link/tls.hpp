#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "sync/ledger/headquarters_id.hpp"
#include "sync/link/certificate.hpp"
#include "sync/link/web_certificate.hpp"

struct ssl_st;

namespace sitelog {

// The protocols that share headquarters' one port, as ALPN (RFC 7301) names them.
inline constexpr std::string_view kAlpnSync = "sitelog/1";       // device certificate required
inline constexpr std::string_view kAlpnJoin = "sitelog-join/1";  // no client certificate
inline constexpr std::string_view kAlpnWeb = "http/1.1";         // browsers and other programs

// A connection not yet handed to a socket. The caller frees it (SSL_free), or passes it on.
using TlsHandle = ssl_st*;

// TLS 1.3 as headquarters: shows its certificate, to those who join its authority's too, and asks
// sync peers for theirs. Browsers, and whoever names no protocol, are shown the web certificate,
// where there is one.
// Whether a peer's certificate is good is judged after the handshake, by `tls_peer`, so that the
// peer can be told why not. One I/O thread. Outlives its connections.
class TlsServer {
 public:
  // Throws std::runtime_error when key and certificate don't belong together. `web` was checked
  // (check_web_certificate).
  TlsServer(const SigningKey& key, const Certificate& own, const Certificate& authority,
            const std::optional<WebCertificate>& web = std::nullopt);
  TlsHandle create() const;
  // From now on; what is connected stays. As in the constructor.
  void show_web(const WebCertificate& web);
  // After the handshake, and once the device's certificate was found good: lets it resume.
  void remember(TlsHandle connection, DeviceId device);
  void forget(DeviceId device);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// TLS 1.3 as a site. The other end is known by its pinned key, not by its host's name. One thread
// at a time. Outlives its connections.
class TlsClient {
 public:
  // For sync: accepts only `headquarters`, with a certificate issued by `authority`.
  TlsClient(const SigningKey& key, const Certificate& own, const Certificate& authority,
            DeviceId headquarters);
  // For joining: accepts a headquarters under any authority whose fingerprint begins like this.
  explicit TlsClient(const std::array<uint8_t, 12>& authority_fingerprint);

  TlsHandle create() const;
  // After the handshake: whether the other end is the one to talk to, and chose our protocol. Has
  // to be asked every time, since a resumed session shows no new certificate.
  bool accepts(TlsHandle connection) const;

  // What spares most of the next handshake, as bytes; empty when headquarters gave nothing (yet).
  // It holds a secret: keep it like a key. Bytes that make no sense are ignored.
  std::string resumption() const;
  void offer_resumption(BytesView saved);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The protocol agreed on; empty for none.
std::string tls_protocol(TlsHandle connection);
bool tls_resumed(TlsHandle connection);
// The certificate the other end has shown, now or when the session began; nothing for none.
std::optional<Certificate> tls_leaf(TlsHandle connection);
// Which headquarters is at the other end of a connection for joining; nothing where its
// certificates make none.
std::optional<HeadquartersId> tls_headquarters(TlsHandle connection);
// Who the other end has proved to be, with a certificate of `authority`. Refuses kUnknownDevice.
Result<Peer> tls_peer(TlsHandle connection, const Certificate& authority);
// The last problem OpenSSL has noted on this thread, in its words. Forgets it.
std::string tls_problem();

}  // namespace sitelog
