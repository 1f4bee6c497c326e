#include "sync/link/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

#include "sync/link/limits.hpp"
#include "sync/link/openssl_key.hpp"
#include "sync/link/openssl_web.hpp"
#include "sync/link/resumption.hpp"

namespace sitelog {

namespace {

constexpr long kTicketSeconds = 7 * 24 * 3600;  // the most RFC 8446, 4.6.1 allows

struct FreedTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, FreedTls>;
using Ticket = std::unique_ptr<SSL_SESSION, FreedTls>;

// What the choice of a protocol goes by.
struct Answering {
  X509* authority = nullptr;
  bool web = false;
};

// ALPN's list of one name: its length, then the name.
std::string alpn_list(std::string_view name) {
  return static_cast<char>(name.size()) + std::string(name);
}

constexpr const char* kOwnSignatures = "ed25519";
constexpr const char* kWebSignatures =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha256";

Context new_context(const SSL_METHOD* method) {
  Context out(SSL_CTX_new(method));
  SITELOG_ASSERT(out && SSL_CTX_set_min_proto_version(out.get(), TLS1_3_VERSION) == 1 &&
                 SSL_CTX_set_max_proto_version(out.get(), TLS1_3_VERSION) == 1);
  // All keys here are of these kinds: offering more only makes a handshake longer.
  SITELOG_ASSERT(SSL_CTX_set1_groups_list(out.get(), "X25519") == 1 &&
                 SSL_CTX_set1_sigalgs_list(out.get(), kOwnSignatures) == 1);
  // Thousands of connections lie idle; partial writes let the writer see progress.
  SSL_CTX_set_mode(out.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(out.get(), 1);
  SSL_CTX_set_options(out.get(), SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_max_cert_list(out.get(), long{limits::kCertificateChainBytesMax});
  return out;
}

// The authority's certificate is not sent along: who syncs has it.
void show(SSL_CTX* context, const SigningKey& key, const Certificate& own) {
  if (SSL_CTX_use_certificate(context, own.native()) != 1 ||
      SSL_CTX_use_PrivateKey(context, openssl_key(key).get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    throw std::runtime_error("the device's certificate and key don't belong together: " +
                             tls_problem());
  }
}

std::optional<Certificate> copied(X509* x509) {
  if (x509 == nullptr) return std::nullopt;
  uint8_t* der = nullptr;
  const int size = i2d_X509(x509, &der);
  if (size <= 0) return std::nullopt;
  auto out = Certificate::from_der({der, static_cast<size_t>(size)});
  OPENSSL_free(der);
  if (!out) return std::nullopt;
  return std::move(*out);
}

std::optional<Certificate> second_of(const STACK_OF(X509) * chain) {
  return chain != nullptr && sk_X509_num(chain) > 1 ? copied(sk_X509_value(chain, 1))
                                                    : std::nullopt;
}

// A headquarters' certificate under `authority`: whose.
std::optional<DeviceId> headquarters_of(const Certificate& leaf, const Certificate& authority) {
  const auto peer = peer_of(leaf);
  if (!peer || !peer->standing.is_authority() || !leaf.issued_by(authority)) return std::nullopt;
  return peer->device;
}

// Kinds of keys have places of their own in a context, so it shows both certificates, to each the
// one whose signatures it takes. Before `show`: the last is the one that chains are added to.
void show_to_browsers(SSL_CTX* context, const WebCertificate& web) {
  const auto chain = certificates_in(web.certificates);
  const WebKey key = key_in(web.key);
  SITELOG_ASSERT(!chain.empty() && key &&
                 SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
                 SSL_CTX_use_PrivateKey(context, key.get()) == 1);
  for (size_t i = 1; i < chain.size(); ++i) {
    SITELOG_ASSERT(SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1);
  }
  const std::string both = std::string(kWebSignatures) + ":" + kOwnSignatures;
  SITELOG_ASSERT(SSL_CTX_set1_sigalgs_list(context, both.c_str()) == 1 &&
                 SSL_CTX_set1_client_sigalgs_list(context, kOwnSignatures) == 1);
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

int choose_protocol(SSL* connection, const uint8_t** out, uint8_t* out_size, const uint8_t* offered,
                    unsigned offered_size, void* with) {
  const auto* answering = static_cast<const Answering*>(with);
  for (const std::string_view name : {kAlpnSync, kAlpnJoin, kAlpnWeb}) {
    if (name == kAlpnWeb && !answering->web) continue;
    const std::string ours = alpn_list(name);
    uint8_t* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, as_bytes(ours).data(),
                              static_cast<unsigned>(ours.size()), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED) {
      continue;
    }
    // `chosen` points into `ours` where that was matched first: hand out what lasts.
    *out = as_bytes(name).data();
    if (name == kAlpnSync) {
      SSL_set_verify(connection, SSL_VERIFY_PEER, nullptr);
    } else if (name == kAlpnWeb) {
      SSL_set1_sigalgs_list(connection, kWebSignatures);
    } else if (SSL_add1_chain_cert(connection, answering->authority) != 1) {
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Empty for none.
std::string bytes_of(const SSL_SESSION* session) {
  uint8_t* der = nullptr;
  const int size = session != nullptr ? i2d_SSL_SESSION(session, &der) : 0;
  if (size <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_clear_free(der, static_cast<size_t>(size));
  return out;
}

int leave_to_later(X509_STORE_CTX*, void*) {
  return 1;
}

}  // namespace

struct TlsServer::State {
  SigningKey key;
  Certificate own;
  Certificate authority;
  Context context;
  Resumptions resumptions;
  Answering answering;

  static SSL_SESSION* find(SSL* connection, const uint8_t* name, int size, int* keep_reference) {
    *keep_reference = 0;  // the caller's from here on
    auto* state = static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
    const std::string session =
        state->resumptions.find(std::string(as_text({name, static_cast<size_t>(size)})));
    if (session.empty()) return nullptr;
    const uint8_t* at = as_bytes(session).data();
    return d2i_SSL_SESSION(nullptr, &at, static_cast<long>(session.size()));
  }
  void prepare(const std::optional<WebCertificate>& web);
};

// A context can't unlearn a certificate: another one of the web takes a new context.
void TlsServer::State::prepare(const std::optional<WebCertificate>& web) {
  Context fresh = new_context(TLS_server_method());
  SSL_CTX* out = fresh.get();
  if (web) show_to_browsers(out, *web);
  show(out, key, own);
  SSL_CTX_set_app_data(out, this);
  answering = {authority.native(), web.has_value()};
  SSL_CTX_set_alpn_select_cb(out, choose_protocol, &answering);
  SSL_CTX_set_cert_verify_callback(out, leave_to_later, nullptr);
  SSL_CTX_add_client_CA(out, authority.native());
  // A ticket only names what is kept here: one that holds it all, the device's certificate
  // included, would be sent twice with every connection.
  static constexpr std::string_view kSessionContext = "sitelog";
  SSL_CTX_set_options(out, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_id_context(out, as_bytes(kSessionContext).data(), kSessionContext.size());
  SSL_CTX_set_session_cache_mode(out, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_get_cb(out, State::find);
  SSL_CTX_set_timeout(out, kTicketSeconds);
  SSL_CTX_set_num_tickets(out, 1);
  context = std::move(fresh);
}

TlsServer::TlsServer(const SigningKey& key, const Certificate& own, const Certificate& authority,
                     const std::optional<WebCertificate>& web)
    : state_(std::make_shared<State>(State{key, own, authority, {}, {}, {}})) {
  state_->prepare(web);
}

void TlsServer::show_web(const WebCertificate& web) {
  state_->prepare(web);
}

void TlsServer::remember(TlsHandle connection, DeviceId device) {
  const SSL_SESSION* session = SSL_get_session(connection);
  unsigned size = 0;
  const uint8_t* name = session != nullptr ? SSL_SESSION_get_id(session, &size) : nullptr;
  const std::string bytes = bytes_of(session);
  if (size == 0 || bytes.empty()) return;
  state_->resumptions.keep(device, std::string(as_text({name, size})), bytes);
}

void TlsServer::forget(DeviceId device) {
  state_->resumptions.forget(device);
}

TlsHandle TlsServer::create() const {
  SSL* out = SSL_new(state_->context.get());
  SITELOG_ASSERT(out != nullptr);
  SSL_set_accept_state(out);
  return out;
}

struct TlsClient::State {
  Context context;
  std::optional<Certificate> authority;   // sync: pinned
  DeviceId headquarters;                  // sync: pinned
  std::array<uint8_t, 12> fingerprint{};  // joining
  std::string_view protocol;
  Ticket ticket;

  bool trusts(const Certificate& leaf, const Certificate* shown_authority) const {
    if (authority) return headquarters_of(leaf, *authority) == headquarters;
    if (shown_authority == nullptr) return false;
    const Hash shown = shown_authority->fingerprint();
    return std::equal(fingerprint.begin(), fingerprint.end(), shown.bytes.begin()) &&
           headquarters_of(leaf, *shown_authority).has_value();
  }

  // Of the chain that came with the leaf, the second: the authority.
  bool trusts_chain(X509* leaf, const STACK_OF(X509) * chain) const {
    const auto first = copied(leaf);
    const auto second = second_of(chain);
    return first && trusts(*first, second ? &*second : nullptr);
  }

  static int verify(X509_STORE_CTX* shown, void* state) {
    const bool trusted = static_cast<State*>(state)->trusts_chain(
        X509_STORE_CTX_get0_cert(shown), X509_STORE_CTX_get0_untrusted(shown));
    X509_STORE_CTX_set_error(shown, trusted ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return trusted ? 1 : 0;
  }

  static int keep_ticket(SSL* connection, SSL_SESSION* session) {
    auto* state = static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
    state->ticket.reset(session);
    return 1;  // taken over
  }

  void prepare(std::string_view alpn) {
    protocol = alpn;
    context = new_context(TLS_client_method());
    SSL_CTX_set_app_data(context.get(), this);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context.get(), verify, this);
    const std::string list = alpn_list(alpn);
    SITELOG_ASSERT(SSL_CTX_set_alpn_protos(context.get(), as_bytes(list).data(),
                                           static_cast<unsigned>(list.size())) == 0);
  }
};

TlsClient::TlsClient(const SigningKey& key, const Certificate& own, const Certificate& authority,
                     DeviceId headquarters)
    : state_(std::make_shared<State>()) {
  state_->authority = authority;
  state_->headquarters = headquarters;
  state_->prepare(kAlpnSync);
  show(state_->context.get(), key, own);
  SSL_CTX_set_session_cache_mode(state_->context.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(state_->context.get(), State::keep_ticket);
}

TlsClient::TlsClient(const std::array<uint8_t, 12>& authority_fingerprint)
    : state_(std::make_shared<State>()) {
  state_->fingerprint = authority_fingerprint;
  state_->prepare(kAlpnJoin);
}

TlsHandle TlsClient::create() const {
  SSL* out = SSL_new(state_->context.get());
  SITELOG_ASSERT(out != nullptr);
  SSL_set_connect_state(out);
  if (state_->ticket && SSL_SESSION_is_resumable(state_->ticket.get()) == 1) {
    SSL_set_session(out, state_->ticket.get());
  }
  return out;
}

bool TlsClient::accepts(TlsHandle connection) const {
  if (tls_protocol(connection) != state_->protocol) return false;
  return state_->trusts_chain(SSL_get0_peer_certificate(connection),
                              SSL_get_peer_cert_chain(connection));
}

std::string TlsClient::resumption() const {
  return bytes_of(state_->ticket.get());
}

void TlsClient::offer_resumption(BytesView saved) {
  if (saved.empty() || saved.size() > limits::kResumptionBytesMax) return;
  const uint8_t* at = saved.data();
  state_->ticket.reset(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(saved.size())));
  ERR_clear_error();
}

std::string tls_protocol(TlsHandle connection) {
  const uint8_t* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(connection, &name, &size);
  return std::string(as_text({name, size}));
}

bool tls_resumed(TlsHandle connection) {
  return SSL_session_reused(connection) == 1;
}

std::optional<Certificate> tls_leaf(TlsHandle connection) {
  return copied(SSL_get0_peer_certificate(connection));
}

std::optional<HeadquartersId> tls_headquarters(TlsHandle connection) {
  const auto leaf = tls_leaf(connection);
  const auto authority = second_of(SSL_get_peer_cert_chain(connection));
  if (!leaf || !authority) return std::nullopt;
  const auto key = leaf->key();
  return key ? std::optional(headquarters_id(*key, authority->fingerprint())) : std::nullopt;
}

Result<Peer> tls_peer(TlsHandle connection, const Certificate& authority) {
  const auto leaf = tls_leaf(connection);
  if (!leaf) {
    return Refusal{Reason::kUnknownDevice,
                   N_("the device showed no certificate: let it join with an invitation first"),
                   {}};
  }
  const auto peer = peer_of(*leaf);
  if (!peer || !leaf->issued_by(authority)) {
    return Refusal{Reason::kUnknownDevice,
                   N_("the device's certificate was not issued by this headquarters: what is "
                      "recorded stays on the device; let it join with an invitation from here"),
                   {}};
  }
  return *peer;
}

std::string tls_problem() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* words = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return words != nullptr ? words : "unknown problem";
}

}  // namespace sitelog
