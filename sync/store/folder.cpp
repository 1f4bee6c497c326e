#include "sync/store/folder.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace sitelog {

namespace {

constexpr const char* kLock = "lock";
constexpr const char* kDataFile = "sitelog.db";

Refusal no_folder(const std::string& path) {
  return {Reason::kFolderMissing, N_("there is no data folder {}"), {path}};
}

std::string name_of_user(unsigned id) {
  const passwd* entry = ::getpwuid(id);
  return entry != nullptr ? entry->pw_name : std::to_string(id);
}

constexpr std::string_view kProcess = " (process ";  // in the lock, between who holds it and where

Refusal in_use(const FileHandle& lock, const std::string& path) {
  char holder[256] = {};
  const ssize_t got = ::pread(lock.get(), holder, sizeof holder - 1, 0);
  const std::string said(holder, got > 0 ? static_cast<size_t>(got) : 0);
  const size_t at = said.rfind(kProcess);
  if (at == said.npos || !said.ends_with(')')) {
    return {Reason::kFolderInUse,
            N_("the data folder {} is in use by another process: end that first, or wait for it"),
            {path}};
  }
  return {Reason::kFolderInUse,
          N_("the data folder {} is in use by {} (process {}): end that first, or wait for it"),
          {path, said.substr(0, at),
           said.substr(at + kProcess.size(), said.size() - at - kProcess.size() - 1)}};
}

// False where another holds it.
bool take(const FileHandle& lock, int kind, const std::string& what) {
  if (::flock(lock.get(), kind | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK && errno != EINTR) raise_system_error(what);
  return false;
}

// The file that is locked, made where it isn't there: a plain file, never what a link points to.
FileHandle open_lock(const HeldFolder& folder) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  FileHandle out(::openat(folder.handle(), kLock, kFlags, 0600));
  struct stat info {};
  if (!out || ::fstat(out.get(), &info) != 0) raise_system_error(folder.file(kLock));
  if (S_ISREG(info.st_mode)) return out;
  errno = EINVAL;
  raise_system_error(folder.file(kLock));
}

}  // namespace

Result<> DataFolder::take_over() {
  const HeldFolder::Access access = folder_.access();
  if (access.owner != ::geteuid()) {
    return Refusal{Reason::kNotPermitted,
                   N_("the data folder {} belongs to the user {}, not to {}: run this as {}"),
                   {path(), name_of_user(access.owner), name_of_user(::geteuid()),
                    name_of_user(access.owner)}};
  }
  // Of an empty one nobody can have prepared anything.
  if (access.others_write && !folder_.empty()) {
    return Refusal{
        Reason::kNotSaved,
        N_("others may write in the data folder {}: its files may not be those that were "
           "put there. Look at them, then: chmod 700 {}"),
        {path(), path()}};
  }
  const bool was_empty = folder_.empty();
  tightened_ = folder_.tighten();
  if (was_empty) tightened_.clear();
  if (const auto link = folder_.link()) {
    return Refusal{Reason::kNotSaved,
                   N_("{} in the data folder {} is a link to something elsewhere: put the file "
                      "itself there"),
                   {*link, path()}};
  }
  return Done{};
}

Result<DataFolder> DataFolder::open(const std::string& path, const std::string& purpose,
                                    int64_t wait_ms) {
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES) {
    return Refusal{
        Reason::kNotPermitted,
        N_("the data folder {} belongs to another user, or this one may not read there: run "
           "Sitelog as its owner, or name a folder of your own (--data)"),
        {path}};
  }
  auto folder = HeldFolder::open(path);
  if (!folder) return no_folder(path);
  if (folder->access().read_only) return open_to_read(path);
  DataFolder out(*std::move(folder), FileHandle());
  if (const auto ours = out.take_over(); !ours) return ours.refusal();
  out.lock_ = open_lock(out.folder_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (!take(out.lock_, LOCK_EX, out.file(kLock))) {
    if (std::chrono::steady_clock::now() >= deadline) return in_use(out.lock_, path);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const std::string holder = purpose + std::string(kProcess) + std::to_string(::getpid()) + ")";
  if (::ftruncate(out.lock_.get(), 0) != 0 ||
      ::pwrite(out.lock_.get(), holder.data(), holder.size(), 0) !=
          static_cast<ssize_t>(holder.size())) {
    // Who holds the lock is only for the message to others; a full disk must not stop reading.
  }
  return out;
}

Result<DataFolder> DataFolder::create(const std::string& path, const std::string& purpose) {
  HeldFolder::make(path);
  return open(path, purpose);
}

Result<DataFolder> DataFolder::open_to_read(const std::string& path) {
  auto folder = HeldFolder::open(path);
  if (!folder) return no_folder(path);
  auto lock = folder->open_file(kLock);
  DataFolder out(*std::move(folder), lock ? *std::move(lock) : FileHandle());
  out.read_only_ = true;
  if (out.lock_ && !take(out.lock_, LOCK_SH, out.file(kLock))) return in_use(out.lock_, path);
  return out;
}

void DataFolder::prepare_database() const {
  if (!has(kDataFile)) folder_.make_file(kDataFile).sync(database());
}

}  // namespace sitelog
