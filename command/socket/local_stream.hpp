#pragma once

#include <sys/un.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// The plumbing both ends of the local control channel share.
namespace sitelog {

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

// The folder, opened only to name things in it. Throws std::system_error; not open when missing.
Descriptor open_folder(const std::filesystem::path& folder);

// The address of the control socket in an open folder, by way of /proc/self/fd: however long the
// folder's path is, it fits into sun_path. Valid while `folder` is open.
sockaddr_un local_address(const Descriptor& folder);

// A new Unix stream socket, closed on exec. Throws std::system_error.
Descriptor local_socket();

// The user at the other end of a connected socket (SO_PEERCRED). Throws std::system_error.
unsigned peer_user(const Descriptor& socket);

// The process at the other end of a connected socket (SO_PEERCRED). Throws std::system_error.
int peer_process(const Descriptor& socket);

// Cuts received bytes into lines of at most `line_bytes_max`. A value; no I/O.
class LineBuffer {
 public:
  explicit LineBuffer(size_t line_bytes_max) : max_(line_bytes_max) {}
  void append(std::string_view bytes) { bytes_ += bytes; }
  // The next complete line without its LF, if there is one.
  std::optional<std::string> next();
  // Whether the line that is begun is already past the limit; next() then finds nothing any more.
  bool too_long() const;
  bool empty() const { return bytes_.size() == start_; }

 private:
  size_t max_;
  std::string bytes_;
  size_t start_ = 0;    // of the line that is next
  size_t scanned_ = 0;  // no LF before here
};

}  // namespace sitelog
