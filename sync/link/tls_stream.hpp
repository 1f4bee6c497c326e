#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sync/link/tls.hpp"

namespace sitelog {

namespace asio = boost::asio;

// Why a TlsStream carries nothing any more, in words; empty while nothing is wrong.
struct TlsTrouble {
  std::string detail;
  bool about_tls = false;  // over what was said, not over the network
  explicit operator bool() const { return !detail.empty(); }
};

// A connection whose TLS is spoken, between two threads. Movable; ends what nobody took on.
class TlsGuest {
 public:
  TlsGuest(int socket, bool v6, TlsHandle tls) : socket_(socket), v6_(v6), tls_(tls) {}
  TlsGuest(TlsGuest&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        v6_(other.v6_),
        tls_(std::exchange(other.tls_, nullptr)) {}
  TlsGuest& operator=(TlsGuest&&) = delete;
  ~TlsGuest();

 private:
  friend class TlsStream;
  int socket_;
  bool v6_;
  TlsHandle tls_;
};

// TLS on a non-blocking socket. OpenSSL reads and writes the socket itself, so that a silent
// connection holds no buffer. One reader and one writer at a time, on the one thread of the
// socket's io_context; outlives both. `close` ends their waits.
class TlsStream {
 public:
  // Takes `tls` over.
  TlsStream(asio::ip::tcp::socket socket, TlsHandle tls);
  // Goes on with what another thread began.
  TlsStream(asio::io_context& io, TlsGuest guest);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // On the side that `tls` was made for.
  asio::awaitable<TlsTrouble> handshake();
  // Some bytes, or trouble; neither after `interrupt`. `out` lies in a buffer that all streams of
  // the thread share: take it before waiting for anything.
  asio::awaitable<TlsTrouble> read_some(BytesView& out);
  // Ends the reader's wait, this one or the next.
  void interrupt();
  // As much of `data` as goes at once; where that was not all, the next call begins with the rest.
  asio::awaitable<TlsTrouble> write_some(std::string_view data, size_t& written);
  // Says goodbye as TLS does, sends no more, and lets go of what arrives until the other end has
  // closed too or that many bytes came. Reader and writer have returned.
  asio::awaitable<void> finish(size_t ignored_bytes_max);
  void close();
  // For another thread to go on with; nobody reads or writes here then. Nothing where it is broken.
  std::optional<TlsGuest> hand_over();

  bool is_open() const { return socket_.is_open(); }
  // Anything has come, though it may not be read yet.
  bool heard();
  asio::ip::tcp::socket& socket() { return socket_; }
  TlsHandle tls() { return tls_.get(); }

 private:
  enum class Next { kDone, kRead, kWrite, kTrouble };
  // What a call of OpenSSL's came to that returned `result`.
  Next after(int result, TlsTrouble& trouble);
  static asio::socket_base::wait_type wait_type(Next what);
  asio::awaitable<void> wait(Next what);

  struct Freed {
    void operator()(ssl_st* tls) const;
  };
  asio::ip::tcp::socket socket_;
  std::unique_ptr<ssl_st, Freed> tls_;
  asio::cancellation_signal interrupt_;
  bool interrupted_ = false;
  int reads_ = 0;  // since the reader last waited
};

}  // namespace sitelog
