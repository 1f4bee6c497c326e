#include "daemon/backup_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "daemon/tar_stream.hpp"
#include "engine/system.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace {

constexpr const char* kCopy = "backup.copy";  // of the data file, while it is encrypted

Refusal target_is_there(const std::string& to) {
  return {
      Reason::kFolderExists,
      N_("{} is there already: nothing was changed. Name one that is not there: the backup makes "
         "it, so that nobody can have prepared it"),
      {to}};
}

void copy_pages(const std::string& from, const std::string& to, OperationIo& io) {
  copy_database(from, to, [&](int64_t done, int64_t pages) {
    io.progress({{"done", done}, {"pages", pages}});
  });
  forget_epochs(to);
}

// Keys, accounts and, last, the identity: read once, since they may change meanwhile.
using SmallFiles = std::vector<std::pair<const char*, std::string>>;
SmallFiles small_files(const DataFolder& folder) {
  SmallFiles out;
  for (const char* name : kKeyFiles) {
    if (auto content = folder.read(name)) out.emplace_back(name, *std::move(content));
  }
  if (auto content = folder.read(kIdentityFile)) {
    out.emplace_back(kIdentityFile, *std::move(content));
  }
  return out;
}

// The manifest of what is to be in the backup, its data file being `copy` in `in`.
BackupManifest manifest_of(const SmallFiles& files, const std::string& headquarters,
                           const HeldFolder& in, const std::string& copy) {
  BackupManifest out{.headquarters = headquarters,
                     .made_ms = read_clock().wall.ms,
                     .counts = counts_of(in.file(copy))};
  out.hashes[kDataFile] = hash_of_file(in, copy).value_or("");
  for (const auto& [name, content] : files) out.hashes[name] = sha256(as_bytes(content)).hex();
  return out;
}

// Of a backup that was not finished nothing stays: the same command can be given again.
void take_back(const HeldFolder& target) {
  for (const char* name : kKeyFiles) target.remove(name);
  for (const char* ending : {"", ".new", "-journal", ".new-journal"}) {
    target.remove(std::string(kDataFile) + ending);
  }
  target.remove(kIdentityFile);
  target.remove(BackupManifest::kFile);
  ::rmdir(target.path().c_str());
}

BackupMade copy_to_folder(const DataFolder& folder, const std::string& headquarters,
                          const HeldFolder& target, OperationIo& io) {
  copy_pages(folder.database(), target.file(kDataFile), io);
  const SmallFiles files = small_files(folder);
  const BackupManifest manifest = manifest_of(files, headquarters, target, kDataFile);
  target.write(BackupManifest::kFile, manifest.to_json());
  const HeldFolder::Access access = target.access();
  for (const auto& [name, content] : files) target.write(name, content);
  return {manifest, access.others_read};
}

void add_file(SealedWriter& out, const std::string& name, std::string_view content) {
  out.write(tar_header({name, content.size()}));
  out.write(content);
  out.write(tar_padding(content.size()));
}

void add_data_file(SealedWriter& out, const HeldFolder& in, const std::string& copy,
                   OperationIo& io) {
  const auto file = in.open_file(copy);
  struct stat info {};
  if (!file || ::fstat(file->get(), &info) != 0) raise_system_error(in.file(copy));
  const auto size = static_cast<uint64_t>(info.st_size);
  out.write(tar_header({kDataFile, size}));
  for (uint64_t done = 0; done < size;) {
    const std::string piece = file->read(kCopyPieceBytes, in.file(copy));
    if (piece.empty()) {
      throw StoreError(StoreError::Kind::kOther, in.file(copy) + ": shorter than it was");
    }
    out.write(piece);
    done += piece.size();
    io.progress({{"done", static_cast<int64_t>(done)}, {"bytes", static_cast<int64_t>(size)}});
  }
  out.write(tar_padding(size));
}

// Manifest and keys before the large file, so that who restores sees early what does not fit.
BackupManifest seal_into(SealedWriter& out, const DataFolder& folder,
                         const std::string& headquarters, OperationIo& io) {
  copy_pages(folder.database(), folder.file(kCopy), io);
  const SmallFiles files = small_files(folder);
  const BackupManifest manifest = manifest_of(files, headquarters, folder.folder(), kCopy);
  add_file(out, BackupManifest::kFile, manifest.to_json());
  for (const auto& [name, content] : files) add_file(out, name, content);
  add_data_file(out, folder.folder(), kCopy, io);
  out.write(tar_end());
  out.finish();
  return manifest;
}

Result<BackupMade> copy_to_sealed_file(const DataFolder& folder, const std::string& headquarters,
                                       const std::string& to, const SealKey& key, OperationIo& io) {
  static std::mutex one_at_a_time;  // a copy lies in the data folder
  const std::lock_guard alone(one_at_a_time);
  clear_backup_leftovers(folder);
  const std::string above = parent_of(to);
  if (::access(above.c_str(), F_OK) != 0) HeldFolder::make(above);
  FileHandle file(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) {
    if (errno == EEXIST) return target_is_there(to);
    raise_system_error(to);
  }
  try {
    auto out = SealedWriter::begin(std::move(file), to, key);
    if (!out) {
      ::unlink(to.c_str());
      return out.refusal();
    }
    BackupMade made{seal_into(*out, folder, headquarters, io)};
    sync_folder_of(to);
    clear_backup_leftovers(folder);
    return made;
  } catch (...) {
    ::unlink(to.c_str());
    clear_backup_leftovers(folder);
    throw;
  }
}

}  // namespace

void clear_backup_leftovers(const DataFolder& folder) {
  if (folder.read_only()) return;
  for (const char* ending : {"", ".new", "-journal", ".new-journal"}) {
    folder.remove(std::string(kCopy) + ending);
  }
}

Result<BackupMade> backup_folder(const DataFolder& folder, const std::string& headquarters,
                                 const std::string& to, const SealKey& key, OperationIo& io) {
  if (key.given()) return copy_to_sealed_file(folder, headquarters, to, key, io);
  const auto target = HeldFolder::make(to);
  if (!target) return target_is_there(to);
  try {
    return copy_to_folder(folder, headquarters, *target, io);
  } catch (...) {
    take_back(*target);
    throw;
  }
}

}  // namespace sitelog
