#include "sync/link/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>

namespace sitelog {

namespace {

using boost::system::error_code;

constexpr size_t kReadBytes = 16 * 1024;  // one TLS record
constexpr int kReadsMax = 16;             // then it is others' turn

std::array<char, kReadBytes>& shared_buffer() {
  static thread_local std::array<char, kReadBytes> buffer;
  return buffer;
}

// OpenSSL's own way to a socket would raise SIGPIPE where the other end is gone.
int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio)));
}

void set_socket(BIO* bio, int socket) {
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(socket)));
}

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t done = ::send(socket_of(bio), data, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (done < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(done);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t done = ::recv(socket_of(bio), data, static_cast<size_t>(size), 0);
  if (done < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (done == 0) errno = 0;
  return static_cast<int>(done);
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* new_bio(int socket) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* out = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    SITELOG_ASSERT(out != nullptr && BIO_meth_set_write(out, bio_write) == 1 &&
                   BIO_meth_set_read(out, bio_read) == 1 &&
                   BIO_meth_set_ctrl(out, bio_control) == 1);
    return out;
  }();
  BIO* out = BIO_new(method);
  SITELOG_ASSERT(out != nullptr);
  set_socket(out, socket);
  BIO_set_init(out, 1);
  return out;
}

const char* const kClosedByOther = "closed by the other end";
const char* const kClosedHere = "closed";

}  // namespace

void TlsStream::Freed::operator()(ssl_st* tls) const {
  SSL_free(tls);
}

TlsStream::TlsStream(asio::ip::tcp::socket socket, TlsHandle tls)
    : socket_(std::move(socket)), tls_(tls) {
  error_code ignored;  // a socket that is broken already says so when it is read
  socket_.non_blocking(true, ignored);
  BIO* bio = new_bio(socket_.native_handle());
  SSL_set_bio(tls, bio, bio);
}

TlsGuest::~TlsGuest() {
  if (tls_ != nullptr) SSL_free(tls_);
  if (socket_ >= 0) ::close(socket_);
}

namespace {

asio::ip::tcp::socket socket_of(asio::io_context& io, bool v6, int handle) {
  return {io, v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), handle};
}

}  // namespace

TlsStream::TlsStream(asio::io_context& io, TlsGuest guest)
    : TlsStream(socket_of(io, guest.v6_, std::exchange(guest.socket_, -1)),
                std::exchange(guest.tls_, nullptr)) {}

std::optional<TlsGuest> TlsStream::hand_over() {
  if (!socket_.is_open()) return std::nullopt;
  error_code error;
  const auto endpoint = socket_.local_endpoint(error);
  if (error) return std::nullopt;
  const int handle = socket_.release(error);
  if (error) return std::nullopt;
  return TlsGuest(handle, endpoint.address().is_v6(), tls_.release());
}

TlsStream::~TlsStream() {
  close();
}

TlsStream::Next TlsStream::after(int result, TlsTrouble& trouble) {
  const int error_number = errno;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_NONE: return Next::kDone;
    case SSL_ERROR_WANT_READ: return Next::kRead;
    case SSL_ERROR_WANT_WRITE: return Next::kWrite;
    case SSL_ERROR_SSL:
      trouble.detail = tls_problem();
      trouble.about_tls = true;
      break;
    case SSL_ERROR_SYSCALL:
      trouble.detail =
          error_number != 0 ? std::generic_category().message(error_number) : kClosedByOther;
      break;
    default: trouble.detail = kClosedByOther;
  }
  return Next::kTrouble;
}

asio::socket_base::wait_type TlsStream::wait_type(Next what) {
  return what == Next::kWrite ? asio::socket_base::wait_write : asio::socket_base::wait_read;
}

asio::awaitable<void> TlsStream::wait(Next what) {
  error_code ignored;  // whatever ended the wait shows at the next attempt
  co_await socket_.async_wait(wait_type(what), asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<TlsTrouble> TlsStream::handshake() {
  TlsTrouble trouble;
  while (socket_.is_open()) {
    ERR_clear_error();
    const Next next = after(SSL_do_handshake(tls_.get()), trouble);
    if (next == Next::kDone || next == Next::kTrouble) co_return trouble;
    co_await wait(next);
  }
  co_return TlsTrouble{kClosedHere, false};
}

asio::awaitable<TlsTrouble> TlsStream::read_some(BytesView& out) {
  TlsTrouble trouble;
  while (!interrupted_) {
    if (reads_ == kReadsMax) {
      reads_ = 0;
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
      continue;
    }
    if (!socket_.is_open()) co_return TlsTrouble{kClosedHere, false};
    auto& buffer = shared_buffer();
    size_t size = 0;
    ERR_clear_error();
    const Next next = after(SSL_read_ex(tls_.get(), buffer.data(), buffer.size(), &size), trouble);
    if (next == Next::kDone || next == Next::kTrouble) {
      ++reads_;
      out = as_bytes({buffer.data(), size});
      co_return trouble;
    }
    reads_ = 0;
    error_code ignored;
    co_await socket_.async_wait(
        wait_type(next),
        asio::bind_cancellation_slot(interrupt_.slot(),
                                     asio::redirect_error(asio::use_awaitable, ignored)));
  }
  co_return trouble;
}

void TlsStream::interrupt() {
  interrupted_ = true;
  interrupt_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<TlsTrouble> TlsStream::write_some(std::string_view data, size_t& written) {
  TlsTrouble trouble;
  while (socket_.is_open()) {
    ERR_clear_error();
    const Next next = after(SSL_write_ex(tls_.get(), data.data(), data.size(), &written), trouble);
    if (next == Next::kDone || next == Next::kTrouble) co_return trouble;
    co_await wait(next);
  }
  co_return TlsTrouble{kClosedHere, false};
}

asio::awaitable<void> TlsStream::finish(size_t ignored_bytes_max) {
  TlsTrouble trouble;
  while (socket_.is_open()) {
    ERR_clear_error();
    const int result = SSL_shutdown(tls_.get());
    if (result >= 0 || after(result, trouble) != Next::kWrite) break;
    co_await wait(Next::kWrite);
  }
  error_code error;
  if (socket_.is_open()) socket_.shutdown(asio::socket_base::shutdown_send, error);
  // What is still arriving has to be taken, else the network drops what was just sent (RFC 1122,
  // 4.2.2.13).
  for (size_t ignored = 0; socket_.is_open() && !error && ignored < ignored_bytes_max;) {
    co_await wait(Next::kRead);
    if (!socket_.is_open()) break;
    ignored += socket_.read_some(asio::buffer(shared_buffer()), error);
    if (error == asio::error::would_block) error.clear();
  }
}

bool TlsStream::heard() {
  if (!tls_) return true;  // handed over
  if (BIO_number_read(SSL_get_rbio(tls_.get())) > 0) return true;
  error_code error;
  return socket_.is_open() && socket_.available(error) > 0;
}

void TlsStream::close() {
  if (!socket_.is_open()) return;
  // So that OpenSSL doesn't hold the session unfit to be resumed for a link that merely broke.
  SSL_set_shutdown(tls_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  set_socket(SSL_get_rbio(tls_.get()), -1);
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace sitelog
