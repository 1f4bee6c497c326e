#include "daemon/restore_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "daemon/headquarters.hpp"
#include "daemon/tar_stream.hpp"
#include "engine/identity.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

namespace {

// In a folder whose restore is under way: the mark, and the place where what is brought waits until
// it was looked at.
constexpr const char* kRestoring = "restoring";
constexpr const char* kUnpacked = "unpacked";
constexpr uint64_t kSmallFileBytesMax = 64 << 20;  // of 20,000 accounts with their tokens

std::vector<std::string> small_files() {
  std::vector<std::string> out{BackupManifest::kFile, kIdentityFile};
  out.insert(out.end(), std::begin(kKeyFiles), std::end(kKeyFiles));
  return out;
}

// The file that a refusal to read keys or identity is about.
std::string file_named(const Refusal& why, const char* otherwise) {
  const auto files = small_files();
  for (const std::string& arg : why.args) {
    if (arg.find('/') != std::string::npos) continue;  // the folder
    for (const std::string& file : files) {
      if (arg.find(file) != std::string::npos) return arg;  // or several
    }
  }
  return otherwise;
}

// Whether what lies in `folder` are the identity and the keys of one headquarters. `backup` is what
// it is called.
Result<Identity> check_keys(const HeldFolder& folder, const std::string& backup) {
  auto opened = DataFolder::open_to_read(folder.path());
  if (!opened) return opened.refusal();
  if (!folder.has(kIdentityFile)) return incomplete_backup(backup, kIdentityFile);
  auto identity = load_identity(*opened);
  if (!identity) {
    return incomplete_backup(backup, file_named(identity.refusal(), kIdentityFile));
  }
  if (!identity->standing.is_authority()) {
    return Refusal{
        Reason::kUsage,
        N_("{} is the data of a site's device ({}), not a backup of headquarters: nothing "
           "was restored"),
        {backup, identity->name}};
  }
  if (const auto authority = load_authority(*opened, *identity); !authority) {
    return incomplete_backup(backup, file_named(authority.refusal(), "authority.key"));
  }
  return identity;
}

// Where the files of a backup are brought to, and looked at as early as can be.
class Arrival {
 public:
  Arrival(const HeldFolder& place, std::string backup)
      : place_(place), backup_(std::move(backup)) {}

  const HeldFolder& place() const { return place_; }

  // All but the data file is there.
  Result<> before_data_file() {
    auto identity = check_keys(place_, backup_);
    if (!identity) return identity.refusal();
    identity_ = *std::move(identity);
    return Done{};
  }

  Result<BackupManifest> finish() {
    if (!identity_) {
      if (const auto keys = before_data_file(); !keys) return keys.refusal();
    }
    if (!place_.has(kDataFile)) return incomplete_backup(backup_, kDataFile);
    const auto said = place_.read(BackupManifest::kFile);
    BackupManifest out{.headquarters = identity_->name};
    if (said) {
      const auto manifest = BackupManifest::parse(*said);
      if (!manifest) return incomplete_backup(backup_, BackupManifest::kFile);
      out = *manifest;
    }
    if (const auto whole = check_headquarters_file(place_.file(kDataFile), identity_->key.device());
        !whole) {
      return whole.refusal();
    }
    if (!said) out.counts = counts_of(place_.file(kDataFile));
    return out;
  }

 private:
  const HeldFolder& place_;
  const std::string backup_;
  std::optional<Identity> identity_;
};

Result<> bring_folder(const std::string& backup, Arrival& arrival, OperationIo& io) {
  const auto source = DataFolder::open_to_read(backup);
  if (!source) {
    if (source.refusal().reason != Reason::kFolderMissing) return source.refusal();
    return Refusal{Reason::kFolderMissing, N_("there is no backup {}"), {backup}};
  }
  for (const std::string& name : small_files()) {
    if (const auto content = source->read(name)) arrival.place().write(name, *content);
  }
  if (const auto keys = arrival.before_data_file(); !keys) return keys.refusal();
  if (const auto said = source->read(BackupManifest::kFile)) {
    const auto manifest = BackupManifest::parse(*said);
    if (!manifest) return incomplete_backup(backup, BackupManifest::kFile);
    if (const auto whole = manifest->check(source->folder()); !whole) return whole.refusal();
  }
  if (!source->has(kDataFile)) return incomplete_backup(backup, kDataFile);
  try {
    copy_database(source->database(), arrival.place().file(kDataFile),
                  [&](int64_t done, int64_t pages) {
                    io.progress({{"done", done}, {"pages", pages}});
                  });
  } catch (const StoreError& error) {
    if (error.kind() != StoreError::Kind::kDamaged) throw;
    return incomplete_backup(backup, kDataFile);
  }
  return Done{};
}

// Reads the one after the other; nothing of a piece is seen whose seal does not hold.
Result<> bring_sealed(const std::string& backup, const SealKey& key, Arrival& arrival,
                      OperationIo& io) {
  FileHandle file(::open(backup.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) raise_system_error(backup);
  auto in = SealedReader::begin(std::move(file), backup, key);
  if (!in) return in.refusal();
  const auto small = small_files();
  std::set<std::string> seen;
  for (;;) {
    const auto block = in->read(kTarBlock);
    if (!block) return block.refusal();
    if (is_tar_end(*block)) break;
    const auto entry = read_tar_header(*block);
    const bool large = entry && entry->name == kDataFile;
    if (!entry || !seen.insert(entry->name).second ||
        (!large && (entry->size > kSmallFileBytesMax ||
                    std::find(small.begin(), small.end(), entry->name) == small.end()))) {
      return incomplete_backup(backup, entry ? entry->name : "tar");
    }
    if (large) {
      if (const auto keys = arrival.before_data_file(); !keys) return keys.refusal();
    }
    const FileHandle out = arrival.place().make_file(entry->name);
    for (uint64_t left = entry->size; left > 0;) {
      const auto piece = in->read(std::min<uint64_t>(left, kCopyPieceBytes));
      if (!piece) return piece.refusal();
      if (piece->empty()) return incomplete_backup(backup, entry->name);
      out.write(*piece, arrival.place().file(entry->name));
      left -= piece->size();
      if (large) {
        io.progress({{"done", static_cast<int64_t>(entry->size - left)},
                     {"bytes", static_cast<int64_t>(entry->size)}});
      }
    }
    out.sync(arrival.place().file(entry->name));
    if (const auto padding = in->read(tar_padding(entry->size).size()); !padding) {
      return padding.refusal();
    }
  }
  // To its last piece: one that was cut off after the files is not whole.
  for (;;) {
    const auto rest = in->read(kCopyPieceBytes);
    if (!rest) return rest.refusal();
    if (rest->empty()) break;
  }
  if (const auto said = arrival.place().read(BackupManifest::kFile)) {
    const auto manifest = BackupManifest::parse(*said);
    if (!manifest) return incomplete_backup(backup, BackupManifest::kFile);
    return manifest->check(arrival.place());
  }
  return incomplete_backup(backup, BackupManifest::kFile);
}

std::vector<std::string> everything_brought() {
  std::vector<std::string> out = small_files();
  for (const std::string& name : small_files()) out.push_back(name + ".new");
  for (const char* ending : {"", ".new", "-journal", ".new-journal", "-wal", "-shm"}) {
    out.push_back(std::string(kDataFile) + ending);
  }
  return out;
}

void clear_unpacked(const DataFolder& target) {
  if (!target.has(kUnpacked)) return;
  const HeldFolder place = target.folder().within(kUnpacked);
  for (const std::string& name : everything_brought()) place.remove(name);
  target.folder().remove_folder(kUnpacked);
}

// What was looked at moves into the data folder, the identity last.
void settle_in(const DataFolder& target, const HeldFolder& place) {
  place.move(kDataFile, target.folder());
  for (const char* name : kKeyFiles) {
    if (place.has(name)) place.move(name, target.folder());
  }
  place.move(kIdentityFile, target.folder());
  clear_unpacked(target);
  target.remove(kRestoring);
}

}  // namespace

Result<Restored> restore_folder(const std::string& backup, const SealKey& key,
                                const std::string& to, OperationIo& io) {
  const bool sealed = is_sealed_file(backup);
  if (sealed != key.given()) {
    return Refusal{Reason::kUsage,
                   sealed ? N_("{} is encrypted: give --key-file or --passphrase-file")
                          : N_("{} is not an encrypted backup: leave --key-file and "
                               "--passphrase-file out"),
                   {backup}};
  }
  const bool made = HeldFolder::make(to).has_value();
  auto target = DataFolder::open(to, "sitelogd restore");
  if (!target) return target.refusal();
  // What a restore that was killed has left is begun again; another folder without an identity can
  // be one that lost it, and newer than the backup.
  if (has_identity(*target) || (target->has(kDataFile) && !target->has(kRestoring))) {
    return Refusal{Reason::kFolderExists,
                   N_("the data folder {} is set up already: nothing was changed"),
                   {to}};
  }
  target->write(kRestoring, backup);
  clear_unpacked(*target);
  const auto bring = [&]() -> Result<Restored> {
    const HeldFolder place = target->folder().within(kUnpacked);
    Arrival arrival(place, backup);
    const auto brought =
        sealed ? bring_sealed(backup, key, arrival, io) : bring_folder(backup, arrival, io);
    if (!brought) return brought.refusal();
    const auto manifest = arrival.finish();
    if (!manifest) return manifest.refusal();
    forget_epochs(place.file(kDataFile));
    Restored out{*manifest, void_open_invitations(place.file(kDataFile))};
    settle_in(*target, place);
    return out;
  };
  auto out = bring();
  if (!out) {
    clear_unpacked(*target);
    target->remove(kRestoring);
    if (made) {
      target->remove("lock");
      ::rmdir(to.c_str());
    }
  }
  return out;
}

}  // namespace sitelog
