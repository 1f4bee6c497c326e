#include "command/socket/local_stream.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "command/socket/local_socket.hpp"

namespace sitelog {
namespace {

ucred peer_credentials(const Descriptor& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "SO_PEERCRED");
  }
  return credentials;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Descriptor open_folder(const std::filesystem::path& folder) {
  Descriptor opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open() && errno != ENOENT && errno != ENOTDIR) {
    throw std::system_error(errno, std::generic_category(), folder.string());
  }
  return opened;
}

sockaddr_un local_address(const Descriptor& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + kLocalSocketName;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Descriptor local_socket() {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open()) throw std::system_error(errno, std::generic_category(), "socket");
  return socket;
}

unsigned peer_user(const Descriptor& socket) {
  return peer_credentials(socket).uid;
}

int peer_process(const Descriptor& socket) {
  return peer_credentials(socket).pid;
}

std::optional<std::string> LineBuffer::next() {
  const size_t feed = bytes_.find('\n', scanned_);
  if (feed == std::string::npos) {
    // What was handed out goes once it is the larger part, so that moving stays cheap.
    if (start_ > bytes_.size() / 2) {
      bytes_.erase(0, start_);
      start_ = 0;
    }
    scanned_ = bytes_.size();
    return std::nullopt;
  }
  if (feed - start_ > max_) {
    scanned_ = start_;
    return std::nullopt;
  }
  std::string line = bytes_.substr(start_, feed - start_);
  start_ = scanned_ = feed + 1;
  return line;
}

bool LineBuffer::too_long() const {
  const size_t feed = bytes_.find('\n', scanned_);
  return (feed == std::string::npos ? bytes_.size() : feed) - start_ > max_;
}

}  // namespace sitelog
