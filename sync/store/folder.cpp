#include "sync/store/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

namespace {

[[noreturn]] void raise(const std::string& what) {
  const auto kind =
      errno == ENOSPC || errno == EDQUOT ? StoreError::Kind::kFull : StoreError::Kind::kOther;
  throw StoreError(kind, what + ": " + std::strerror(errno));
}

// A file descriptor that closes itself.
class File {
 public:
  File(const std::string& path, int flags, int mode = 0)
      : handle_(::open(path.c_str(), flags, mode)) {}
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int handle() const { return handle_; }
  explicit operator bool() const { return handle_ >= 0; }

 private:
  int handle_;
};

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Makes `path` and the folders above it that are not there, durably.
void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return;
    if (errno != ENOENT || parent_of(path) == path) raise(path);
    make_folder(parent_of(path));
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) raise(path);
  }
  sync_folder_of(path);
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
  File file(path, O_RDONLY | O_CLOEXEC);
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    raise(path);
  }
  std::string out;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(file.handle(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) raise(path);
    if (got == 0) return out;
    out.append(buffer, static_cast<size_t>(got));
  }
}

void sync_folder_of(const std::string& path) {
  File folder(parent_of(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!folder || ::fsync(folder.handle()) != 0) raise(parent_of(path));
}

void write_file_by(const std::string& temporary, const std::string& path, std::string_view content,
                   int mode) {
  bool made = false;
  try {
    {
      File file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
      if (!file) raise(temporary);
      made = true;
      while (!content.empty()) {
        const ssize_t put = ::write(file.handle(), content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) raise(temporary);
        content.remove_prefix(static_cast<size_t>(put));
      }
      if (::fsync(file.handle()) != 0) raise(temporary);
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) raise(path);
  } catch (const StoreError&) {
    if (made) ::unlink(temporary.c_str());
    throw;
  }
  sync_folder_of(path);
}

void write_file(const std::string& path, std::string_view content, int mode) {
  write_file_by(path + ".new", path, content, mode);
}

Result<DataFolder> DataFolder::open(const std::string& path, const std::string& purpose,
                                    int64_t wait_ms) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return Refusal{Reason::kFolderMissing, N_("there is no data folder {}"), {path}};
  }
  const std::string lock_path = path + "/lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 && (errno == EACCES || errno == EPERM)) {
    return Refusal{
        Reason::kNotPermitted,
        N_("the data folder {} belongs to another user, or this one may not write there: "
           "run Sitelog as its owner, or name a folder of your own (--data)"),
        {path}};
  }
  if (lock < 0) raise(lock_path);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      ::close(lock);
      raise(lock_path);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      char holder[256] = {};
      const ssize_t got = ::pread(lock, holder, sizeof holder - 1, 0);
      ::close(lock);
      return Refusal{Reason::kFolderInUse,
                     N_("the data folder {} is in use by {}: end that first, or wait for it"),
                     {path, got > 0 ? std::string(holder, static_cast<size_t>(got)) : "?"}};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const std::string holder = purpose + " (process " + std::to_string(::getpid()) + ")";
  if (::ftruncate(lock, 0) != 0 ||
      ::pwrite(lock, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size())) {
    // Who holds the lock is only for the message to others; a full disk must not stop reading.
  }
  return DataFolder(path, lock);
}

Result<DataFolder> DataFolder::create(const std::string& path, const std::string& purpose) {
  make_folder(path);
  return open(path, purpose);
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder& DataFolder::operator=(DataFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

bool DataFolder::has(const std::string& name) const {
  struct stat info {};
  if (::stat(file(name).c_str(), &info) == 0) return true;
  if (errno != ENOENT) raise(file(name));
  return false;
}

std::optional<std::string> DataFolder::read(const std::string& name) const {
  return read_file(file(name));
}

void DataFolder::write(const std::string& name, const std::string& content, int mode) const {
  write_file(file(name), content, mode);
}

void DataFolder::remove(const std::string& name) const {
  if (::unlink(file(name).c_str()) == 0) {
    sync_folder_of(file(name));
  } else if (errno != ENOENT) {
    raise(file(name));
  }
}

}  // namespace sitelog
