#include "sync/store/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace sitelog {

namespace {

constexpr mode_t kOwnFile = 0600;
constexpr mode_t kOwnFolder = 0700;
constexpr mode_t kOthers = 0077;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

bool has_others(mode_t mode) {
  return (mode & kOthers) != 0;
}

// A new file that only whoever opened it has: what stands there goes, a link itself and not what it
// points to.
FileHandle make_anew(int folder, const std::string& name, mode_t mode, const std::string& what) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  for (int attempt = 0;; ++attempt) {
    FileHandle file(::openat(folder, name.c_str(), kFlags, mode));
    if (file) return file;
    if (errno != EEXIST || attempt > 0) raise_system_error(what);
    if (::unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) raise_system_error(what);
  }
}

// Temporary file, fsync, rename, fsync of the folder.
void replace(int folder, const std::string& temporary, const std::string& name,
             std::string_view content, mode_t mode, const std::string& what) {
  const FileHandle file = make_anew(folder, temporary, mode, what);
  try {
    file.write(content, what);
    file.sync(what);
    if (::renameat(folder, temporary.c_str(), folder, name.c_str()) != 0) raise_system_error(what);
  } catch (const StoreError&) {
    ::unlinkat(folder, temporary.c_str(), 0);
    throw;
  }
  if (::fsync(folder) != 0) raise_system_error(what);
}

// Calls `visit` with each name but the two dots.
template <class Visit>
void each_name(int folder, const std::string& what, Visit visit) {
  const int own = ::openat(folder, ".", kFolderFlags);
  if (own < 0) raise_system_error(what);
  const std::unique_ptr<DIR, int (*)(DIR*)> names(::fdopendir(own), &::closedir);
  if (!names) {
    ::close(own);
    raise_system_error(what);
  }
  while (const dirent* entry = ::readdir(names.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") visit(name);
  }
}

std::string name_in_parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

StoreError::Kind kind_of_system_error(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return StoreError::Kind::kFull;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return StoreError::Kind::kShortage;
    default: return StoreError::Kind::kOther;
  }
}

void raise_system_error(const std::string& what) {
  const int code = errno;
  throw StoreError(kind_of_system_error(code), what + ": " + std::strerror(code));
}

FileHandle::FileHandle(FileHandle&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

FileHandle::~FileHandle() {
  if (handle_ >= 0) ::close(handle_);
}

void FileHandle::write(std::string_view content, const std::string& what) const {
  while (!content.empty()) {
    const ssize_t put = ::write(handle_, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) raise_system_error(what);
    content.remove_prefix(static_cast<size_t>(put));
  }
}

void FileHandle::sync(const std::string& what) const {
  if (::fsync(handle_) != 0) raise_system_error(what);
}

std::string FileHandle::read(size_t most, const std::string& what) const {
  std::string out(most, '\0');
  size_t held = 0;
  while (held < most) {
    const ssize_t got = ::read(handle_, out.data() + held, most - held);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) raise_system_error(what);
    if (got == 0) break;
    held += static_cast<size_t>(got);
  }
  out.resize(held);
  return out;
}

std::string FileHandle::read_at(uint64_t offset, size_t most, const std::string& what) const {
  std::string out(most, '\0');
  size_t read = 0;
  while (read < most) {
    const ssize_t count =
        ::pread(handle_, out.data() + read, most - read, static_cast<off_t>(offset + read));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) raise_system_error(what);
    if (count == 0) break;
    read += static_cast<size_t>(count);
  }
  out.resize(read);
  return out;
}

void FileHandle::write_at(uint64_t offset, std::string_view content,
                          const std::string& what) const {
  while (!content.empty()) {
    const ssize_t put =
        ::pwrite(handle_, content.data(), content.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) raise_system_error(what);
    content.remove_prefix(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
}

void FileHandle::give_back(uint64_t offset, uint64_t bytes) const {
  [[maybe_unused]] const int ignored =
      ::fallocate(handle_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                  static_cast<off_t>(bytes));
}

void FileHandle::cut(uint64_t bytes, const std::string& what) const {
  if (::ftruncate(handle_, static_cast<off_t>(bytes)) != 0) raise_system_error(what);
}

std::string FileHandle::read_all(const std::string& what) const {
  constexpr size_t kPiece = 65536;
  std::string out;
  for (;;) {
    const std::string piece = read(kPiece, what);
    out += piece;
    if (piece.size() < kPiece) return out;
  }
}

std::optional<HeldFolder> HeldFolder::open(const std::string& path) {
  FileHandle handle(::open(path.c_str(), kFolderFlags));
  if (!handle) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    raise_system_error(path);
  }
  return HeldFolder(path, std::move(handle));
}

std::optional<HeldFolder> HeldFolder::make(const std::string& wanted) {
  const std::string path = without_last_slash(wanted);
  const std::string above = parent_of(path);
  if (above != path && ::access(above.c_str(), F_OK) != 0 && errno == ENOENT) make(above);
  const auto parent = open(above);
  if (!parent) raise_system_error(above);
  const std::string name = name_in_parent(path);
  if (::mkdirat(parent->handle(), name.c_str(), kOwnFolder) != 0) {
    if (errno == EEXIST) return std::nullopt;
    raise_system_error(path);
  }
  FileHandle handle(::openat(parent->handle(), name.c_str(), kFolderFlags | O_NOFOLLOW));
  if (!handle) raise_system_error(path);
  parent->sync();
  return HeldFolder(path, std::move(handle));
}

HeldFolder HeldFolder::within(const std::string& name) const {
  const bool made = ::mkdirat(handle(), name.c_str(), kOwnFolder) == 0;
  if (!made && errno != EEXIST) raise_system_error(file(name));
  FileHandle inner(::openat(handle(), name.c_str(), kFolderFlags | O_NOFOLLOW));
  if (!inner) raise_system_error(file(name));
  if (made) sync();
  return HeldFolder(file(name), std::move(inner));
}

bool HeldFolder::has(const std::string& name) const {
  struct stat info {};
  if (::fstatat(handle(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno != ENOENT) raise_system_error(file(name));
  return false;
}

void HeldFolder::rename(const std::string& name, const std::string& to) const {
  if (::renameat(handle(), name.c_str(), handle(), to.c_str()) != 0) raise_system_error(file(name));
  sync();
}

std::vector<std::string> HeldFolder::names() const {
  std::vector<std::string> out;
  each_name(handle(), path_, [&](const std::string& name) { out.push_back(name); });
  return out;
}

bool HeldFolder::empty() const {
  bool out = true;
  each_name(handle(), path_, [&](const std::string&) { out = false; });
  return out;
}

std::optional<FileHandle> HeldFolder::open_file(const std::string& name) const {
  // Whatever stands there, opening it does not wait.
  FileHandle out(::openat(handle(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!out) {
    if (errno == ENOENT) return std::nullopt;
    raise_system_error(file(name));
  }
  return out;
}

FileHandle HeldFolder::open_to_append(const std::string& name) const {
  const bool there = has(name);
  FileHandle out(::openat(handle(), name.c_str(),
                          O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, kOwnFile));
  if (!out) raise_system_error(file(name));
  if (!there) sync();
  return out;
}

std::optional<std::string> HeldFolder::read(const std::string& name) const {
  const auto opened = open_file(name);
  if (!opened) return std::nullopt;
  return opened->read_all(file(name));
}

FileHandle HeldFolder::make_file(const std::string& name) const {
  return make_anew(handle(), name, kOwnFile, file(name));
}

void HeldFolder::write(const std::string& name, std::string_view content) const {
  replace(handle(), name + ".new", name, content, kOwnFile, file(name));
}

void HeldFolder::remove(const std::string& name) const {
  if (::unlinkat(handle(), name.c_str(), 0) == 0) {
    sync();
  } else if (errno != ENOENT) {
    raise_system_error(file(name));
  }
}

void HeldFolder::move(const std::string& name, const HeldFolder& to) const {
  if (::renameat(handle(), name.c_str(), to.handle(), name.c_str()) != 0) {
    raise_system_error(to.file(name));
  }
  to.sync();
  sync();
}

void HeldFolder::remove_folder(const std::string& name) const {
  if (::unlinkat(handle(), name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    raise_system_error(file(name));
  }
}

void HeldFolder::sync() const {
  if (::fsync(handle()) != 0) raise_system_error(path_);
}

std::optional<DiskSpace> HeldFolder::space() const {
  struct statvfs about {};
  if (fstatvfs(handle(), &about) != 0 || about.f_blocks == 0) return std::nullopt;
  const uint64_t unit = about.f_frsize;
  return DiskSpace{about.f_bavail * unit, about.f_blocks * unit};
}

HeldFolder::Access HeldFolder::access() const {
  struct stat info {};
  struct statvfs medium {};
  if (::fstat(handle(), &info) != 0 || ::fstatvfs(handle(), &medium) != 0) {
    raise_system_error(path_);
  }
  return {.owner = info.st_uid,
          .others_read = has_others(info.st_mode),
          .others_write = (info.st_mode & 0022) != 0,
          .read_only = (medium.f_flag & ST_RDONLY) != 0};
}

std::vector<std::string> HeldFolder::tighten() const {
  std::vector<std::string> out;
  struct stat info {};
  // On a medium that keeps no modes this does nothing, and is not told again each time.
  if (::fstat(handle(), &info) == 0 && has_others(info.st_mode) &&
      ::fchmod(handle(), kOwnFolder) == 0 && ::fstat(handle(), &info) == 0 &&
      !has_others(info.st_mode)) {
    out.push_back(path_);
  }
  each_name(handle(), path_, [&](const std::string& name) {
    if (::fstatat(handle(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (!has_others(info.st_mode) || info.st_uid != ::geteuid()) return;
    if (S_ISDIR(info.st_mode)) {
      for (std::string& inner : within(name).tighten()) out.push_back(std::move(inner));
    } else if (S_ISREG(info.st_mode) && ::fchmodat(handle(), name.c_str(), kOwnFile, 0) == 0 &&
               ::fstatat(handle(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
               !has_others(info.st_mode)) {
      out.push_back(file(name));
    }
  });
  return out;
}

std::optional<std::string> HeldFolder::link() const {
  std::optional<std::string> out;
  each_name(handle(), path_, [&](const std::string& name) {
    struct stat info {};
    if (::fstatat(handle(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(info.st_mode)) {
      out = name;
    }
  });
  return out;
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::optional<std::string> read_file(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    raise_system_error(path);
  }
  return file.read_all(path);
}

void sync_folder_of(const std::string& path) {
  const FileHandle folder(::open(parent_of(path).c_str(), kFolderFlags));
  if (!folder) raise_system_error(parent_of(path));
  folder.sync(parent_of(path));
}

void write_file_by(const std::string& temporary, const std::string& path, std::string_view content,
                   unsigned mode) {
  const FileHandle folder(::open(parent_of(path).c_str(), kFolderFlags));
  if (!folder) raise_system_error(path);
  replace(folder.get(), name_in_parent(temporary), name_in_parent(path), content, mode, path);
}

}  // namespace sitelog
