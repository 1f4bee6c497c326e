#include "tests/support/disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sitelog {

namespace {

constexpr size_t kSector = 512;
constexpr const char* kMount = "/sitelog-disk/";

// A change of a file that no sync has made safe: how to take it back, and how to do it again.
struct Change {
  bool truncates = false;
  uint64_t at = 0;     // of a truncation: the new size
  std::string after;   // what was written
  std::string before;  // what stood there
  uint64_t size_before = 0;
  bool never_safe = false;  // a sync of it failed: no later one will save it
};

}  // namespace

struct Disk::File {
  std::string bytes;
  std::vector<Change> unsynced;
  bool entered = false;  // its name is in the folder for good

  // Shared memory and locks, as SQLite's unix-excl keeps them within one process.
  std::vector<std::unique_ptr<char[]>> regions;
  std::array<int, SQLITE_SHM_NLOCK> shared_slots{};
  std::array<const void*, SQLITE_SHM_NLOCK> exclusive_slots{};
  std::set<const void*> readers;
  const void* reserved = nullptr;
  const void* pending = nullptr;

  void write(uint64_t at, std::string_view data) {
    Change change;
    change.at = at;
    change.after = data;
    change.size_before = bytes.size();
    if (at < bytes.size()) change.before = bytes.substr(at, data.size());
    if (bytes.size() < at + data.size()) bytes.resize(at + data.size(), '\0');
    std::memcpy(bytes.data() + at, data.data(), data.size());
    // What is written over is no longer missing.
    std::erase_if(unsynced, [&](const Change& known) {
      return known.never_safe && known.at >= at &&
             known.at + known.after.size() <= at + data.size();
    });
    unsynced.push_back(std::move(change));
  }
  void truncate(uint64_t size) {
    Change change;
    change.truncates = true;
    change.at = size;
    change.size_before = bytes.size();
    if (size < bytes.size()) change.before = bytes.substr(size);
    bytes.resize(size, '\0');
    unsynced.push_back(std::move(change));
  }
  void take_back(const Change& change) {
    if (change.truncates) {
      bytes.resize(change.at, '\0');
      bytes += change.before;
    } else {
      std::memcpy(bytes.data() + change.at, change.before.data(), change.before.size());
    }
    bytes.resize(change.size_before, '\0');
  }
};

namespace {

std::map<std::string, Disk*>& disks() {
  static std::map<std::string, Disk*> all;
  return all;
}

Disk* disk_of(const char* path) {
  if (path == nullptr) return nullptr;
  const std::string_view name(path);
  if (!name.starts_with(kMount)) return nullptr;
  const size_t end = name.find('/', std::strlen(kMount));
  const auto at = disks().find(std::string(name.substr(0, end + 1)));
  return at != disks().end() ? at->second : nullptr;
}

struct OpenFile {
  sqlite3_file base;
  Disk* disk;
  std::shared_ptr<Disk::File>* file;
  std::string* delete_on_close;
  int lock;
  unsigned shared_slots, exclusive_slots;
};

OpenFile& opened(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

}  // namespace

// SQLite's methods, which may see what a disk is made of.
struct DiskCalls {
  static int close(sqlite3_file* handle) {
    OpenFile& in = opened(handle);
    unlock(handle, SQLITE_LOCK_NONE);
    shm_unmap(handle, 0);
    if (in.delete_on_close != nullptr && !in.disk->dead_)
      in.disk->files_.erase(*in.delete_on_close);
    delete in.delete_on_close;
    delete in.file;
    return SQLITE_OK;
  }
  static int read(sqlite3_file* handle, void* into, int count, sqlite3_int64 at) {
    OpenFile& in = opened(handle);
    if (in.disk->meets(Disk::Trouble::kReadError)) return SQLITE_IOERR_READ;
    const std::string& bytes = (*in.file)->bytes;
    const auto from = static_cast<size_t>(at);
    const auto wanted = static_cast<size_t>(count);
    const size_t there = from < bytes.size() ? std::min(wanted, bytes.size() - from) : 0;
    if (there > 0) std::memcpy(into, bytes.data() + from, there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(into) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
  }
  static int write(sqlite3_file* handle, const void* from, int count, sqlite3_int64 at) {
    OpenFile& in = opened(handle);
    Disk& disk = *in.disk;
    const std::string_view data(static_cast<const char*>(from), static_cast<size_t>(count));
    const auto offset = static_cast<uint64_t>(at);
    Disk::File& file = **in.file;
    if (disk.stops_at_this_call()) return SQLITE_IOERR_WRITE;
    if (disk.meets(Disk::Trouble::kWriteError)) {
      file.write(offset, data.substr(0, data.size() / 2));
      return SQLITE_IOERR_WRITE;
    }
    if (offset + data.size() > file.bytes.size() &&
        (disk.full_ || disk.meets(Disk::Trouble::kFull))) {
      disk.full_ = true;
      disk.met_ = Disk::Trouble::kFull;
      return SQLITE_FULL;
    }
    file.write(offset, data);
    return SQLITE_OK;
  }
  static int truncate(sqlite3_file* handle, sqlite3_int64 size) {
    OpenFile& in = opened(handle);
    if (in.disk->stops_at_this_call()) return SQLITE_IOERR_TRUNCATE;
    (*in.file)->truncate(static_cast<uint64_t>(size));
    return SQLITE_OK;
  }
  static int sync(sqlite3_file* handle, int) {
    OpenFile& in = opened(handle);
    Disk::File& file = **in.file;
    if (in.disk->stops_at_this_call()) return SQLITE_IOERR_FSYNC;
    if (in.disk->meets(Disk::Trouble::kSyncError)) {
      for (Change& change : file.unsynced) change.never_safe = true;
      return SQLITE_IOERR_FSYNC;
    }
    std::erase_if(file.unsynced, [](const Change& change) { return !change.never_safe; });
    for (Change& change : file.unsynced) change.size_before = file.bytes.size();
    file.entered = true;
    // A sync of a new file syncs its folder, and with it what was deleted there.
    in.disk->deleted_.clear();
    return SQLITE_OK;
  }
  static int size(sqlite3_file* handle, sqlite3_int64* out) {
    OpenFile& in = opened(handle);
    if (in.disk->dead_) return SQLITE_IOERR_FSTAT;
    *out = static_cast<sqlite3_int64>((*in.file)->bytes.size());
    return SQLITE_OK;
  }

  static int lock(sqlite3_file* handle, int level) {
    OpenFile& in = opened(handle);
    Disk::File& file = **in.file;
    if (in.lock >= level) return SQLITE_OK;
    const auto others_hold = [&](const void* owner) { return owner != nullptr && owner != handle; };
    if (level == SQLITE_LOCK_SHARED) {
      if (others_hold(file.pending)) return SQLITE_BUSY;
      file.readers.insert(handle);
      in.lock = level;
      return SQLITE_OK;
    }
    if (others_hold(file.reserved) || others_hold(file.pending)) return SQLITE_BUSY;
    file.reserved = handle;
    if (level == SQLITE_LOCK_EXCLUSIVE) {
      file.pending = handle;
      if (file.readers.size() > 1) {
        in.lock = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
      }
    }
    in.lock = level;
    return SQLITE_OK;
  }
  static int unlock(sqlite3_file* handle, int level) {
    OpenFile& in = opened(handle);
    Disk::File& file = **in.file;
    if (in.lock <= level) return SQLITE_OK;
    if (file.reserved == handle) file.reserved = nullptr;
    if (file.pending == handle) file.pending = nullptr;
    if (level == SQLITE_LOCK_NONE) file.readers.erase(handle);
    in.lock = level;
    return SQLITE_OK;
  }
  static int check_reserved(sqlite3_file* handle, int* out) {
    *out = (*opened(handle).file)->reserved != nullptr ? 1 : 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return kSector; }
  // As SQLite takes every disk to be.
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int shm_map(sqlite3_file* handle, int region, int bytes, int extend, void volatile** out) {
    auto& regions = (*opened(handle).file)->regions;
    const auto at = static_cast<size_t>(region);
    *out = nullptr;
    if (at >= regions.size()) {
      if (extend == 0) return SQLITE_OK;
      while (regions.size() <= at) {
        regions.push_back(std::make_unique<char[]>(static_cast<size_t>(bytes)));
      }
    }
    *out = regions[at].get();
    return SQLITE_OK;
  }
  static int shm_lock(sqlite3_file* handle, int first, int count, int flags) {
    OpenFile& in = opened(handle);
    Disk::File& file = **in.file;
    for (int i = first; i < first + count; ++i) {
      const auto slot = static_cast<size_t>(i);
      const unsigned bit = 1U << slot;
      if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        if ((in.shared_slots & bit) != 0) --file.shared_slots[slot];
        if ((in.exclusive_slots & bit) != 0) file.exclusive_slots[slot] = nullptr;
        in.shared_slots &= ~bit;
        in.exclusive_slots &= ~bit;
        continue;
      }
      const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
      const int other_readers = file.shared_slots[slot] - ((in.shared_slots & bit) != 0 ? 1 : 0);
      const bool other_writer =
          file.exclusive_slots[slot] != nullptr && file.exclusive_slots[slot] != handle;
      if (other_writer || (exclusive && other_readers > 0)) {
        if (i > first) shm_lock(handle, first, i - first, SQLITE_SHM_UNLOCK);
        return SQLITE_BUSY;
      }
      if (exclusive) {
        file.exclusive_slots[slot] = handle;
        in.exclusive_slots |= bit;
      } else if ((in.shared_slots & bit) == 0) {
        ++file.shared_slots[slot];
        in.shared_slots |= bit;
      }
    }
    return SQLITE_OK;
  }
  static void shm_barrier(sqlite3_file*) {}
  static int shm_unmap(sqlite3_file* handle, int remove) {
    shm_lock(handle, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK);
    if (remove != 0) (*opened(handle).file)->regions.clear();
    return SQLITE_OK;
  }

  static sqlite3_vfs* base;

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* handle, int flags, int* out_flags) {
    static const sqlite3_io_methods methods = {2,
                                               close,
                                               read,
                                               write,
                                               truncate,
                                               sync,
                                               size,
                                               lock,
                                               unlock,
                                               check_reserved,
                                               control,
                                               sector_size,
                                               characteristics,
                                               shm_map,
                                               shm_lock,
                                               shm_barrier,
                                               shm_unmap,
                                               nullptr,
                                               nullptr};
    Disk* disk = disk_of(name);
    if (disk == nullptr) return base->xOpen(base, name, handle, flags, out_flags);
    OpenFile& in = opened(handle);
    in = OpenFile{};
    if (disk->dead_) return SQLITE_CANTOPEN;
    auto file = disk->open(name, (flags & SQLITE_OPEN_CREATE) != 0);
    if (!file) return SQLITE_CANTOPEN;
    in.base.pMethods = &methods;
    in.disk = disk;
    in.file = new std::shared_ptr<Disk::File>(std::move(file));
    if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) in.delete_on_close = new std::string(name);
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs*, const char* name, int sync_folder) {
    Disk* disk = disk_of(name);
    if (disk == nullptr) return base->xDelete(base, name, sync_folder);
    if (disk->stops_at_this_call()) return SQLITE_IOERR_DELETE;
    const auto at = disk->files_.find(name);
    if (at == disk->files_.end()) return SQLITE_IOERR_DELETE_NOENT;
    if (sync_folder == 0 && at->second->entered) disk->deleted_[name] = at->second;
    disk->files_.erase(at);
    return SQLITE_OK;
  }
  static int access(sqlite3_vfs*, const char* name, int flags, int* out) {
    Disk* disk = disk_of(name);
    if (disk == nullptr) return base->xAccess(base, name, flags, out);
    if (disk->dead_) return SQLITE_IOERR_ACCESS;
    const auto at = disk->files_.find(name);
    *out =
        at != disk->files_.end() && (flags != SQLITE_ACCESS_EXISTS || !at->second->bytes.empty());
    return SQLITE_OK;
  }
  static int full_path(sqlite3_vfs*, const char* name, int count, char* out) {
    if (disk_of(name) == nullptr) return base->xFullPathname(base, name, count, out);
    if (std::strlen(name) >= static_cast<size_t>(count)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);
    return SQLITE_OK;
  }

  // In front of the system's own, for paths below the mount point; all others go on to it.
  static void mount() {
    static sqlite3_vfs vfs;
    if (base != nullptr) return;
    base = sqlite3_vfs_find(nullptr);
    vfs = *base;
    vfs.szOsFile = std::max<int>(base->szOsFile, sizeof(OpenFile));
    vfs.zName = "sitelog-disk";
    vfs.pNext = nullptr;
    vfs.xOpen = open;
    vfs.xDelete = remove;
    vfs.xAccess = access;
    vfs.xFullPathname = full_path;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) throw std::runtime_error("no disk for tests");
  }
};

sqlite3_vfs* DiskCalls::base = nullptr;

Disk::Disk(std::function<uint64_t()> chance) : chance_(std::move(chance)) {
  static uint64_t count = 0;
  DiskCalls::mount();
  path_ = kMount + std::to_string(++count) + "/";
  disks()[path_] = this;
}

Disk::~Disk() {
  disks().erase(path_);
}

std::shared_ptr<Disk::File> Disk::open(const std::string& path, bool create) {
  auto& file = files_[path];
  if (!file && create) file = std::make_shared<File>();
  if (!file) files_.erase(path);
  return file;
}

// As one copies a folder: the file and its log, both as they stand.
void Disk::copy(const std::string& from, const std::string& to) {
  const Disk* source = disk_of(from.c_str());
  if (source == nullptr) throw std::invalid_argument(from + " is on no disk of the tests");
  for (const char* part : {"", "-wal"}) {
    files_.erase(to + part);
    const auto at = source->files_.find(from + part);
    if (at == source->files_.end()) continue;
    const auto copied = std::make_shared<File>();
    copied->bytes = at->second->bytes;
    copied->entered = true;
    files_[to + part] = copied;
  }
}

void Disk::put_back(const std::string& from, const std::string& to) {
  copy(from, to);
  deleted_.clear();
}

void Disk::plan(Trouble trouble, uint64_t at_call) {
  planned_ = trouble;
  calls_left_ = at_call;
}

void Disk::make_room() {
  full_ = false;
}

Disk::Trouble Disk::take_met() {
  return std::exchange(met_, Trouble::kNone);
}

bool Disk::meets(Trouble trouble) {
  if (dead_) return true;
  if (planned_ != trouble || --calls_left_ > 0) return false;
  met_ = trouble;
  planned_ = Trouble::kNone;
  return true;
}

bool Disk::stops_at_this_call() {
  if (dead_) return true;
  if (meets(Trouble::kKill)) kill();
  if (meets(Trouble::kPowerCut)) cut_power();
  return dead_;
}

void Disk::kill() {
  dead_ = true;
}

void Disk::cut_power() {
  dead_ = true;
  lost_power_ = true;
}

void Disk::start() {
  if (lost_power_) lose_unsynced();
  for (auto& [path, file] : files_) {
    file->regions.clear();
    file->shared_slots = {};
    file->exclusive_slots = {};
    file->readers.clear();
    file->reserved = file->pending = nullptr;
  }
  dead_ = lost_power_ = false;
}

void Disk::lose_unsynced() {
  enum Fate { kNothingKept, kAllKept, kMixed };
  const auto fate = static_cast<Fate>(chance_() % 3);
  for (auto& [path, file] : deleted_) {
    if (chance_() % 2 == 0) files_.try_emplace(path, file);
  }
  deleted_.clear();
  for (auto at = files_.begin(); at != files_.end();) {
    File& file = *at->second;
    for (auto change = file.unsynced.rbegin(); change != file.unsynced.rend(); ++change) {
      file.take_back(*change);
    }
    const auto changes = std::exchange(file.unsynced, {});
    for (const Change& change : changes) {
      if (change.never_safe || fate == kNothingKept) continue;
      const uint64_t roll = fate == kAllKept ? 0 : chance_() % 3;
      if (roll == 1) continue;
      if (change.truncates) {
        file.truncate(change.at);
      } else if (roll == 0) {
        file.write(change.at, change.after);
      } else {
        for (size_t sector = 0; sector < change.after.size(); sector += kSector) {
          if (chance_() % 2 == 0) continue;
          file.write(change.at + sector, std::string_view(change.after).substr(sector, kSector));
        }
      }
    }
    file.unsynced.clear();
    const bool gone = !file.entered && (fate == kNothingKept || chance_() % 2 == 0);
    file.entered = true;
    at = gone ? files_.erase(at) : std::next(at);
  }
}

bool Disk::is_synced(const std::string& path) const {
  const auto at = files_.find(path);
  return at == files_.end() || at->second->unsynced.empty();
}

const char* name_of(Disk::Trouble trouble) {
  switch (trouble) {
    case Disk::Trouble::kNone: return "none";
    case Disk::Trouble::kKill: return "disk: killed at a write";
    case Disk::Trouble::kPowerCut: return "disk: power cut at a write";
    case Disk::Trouble::kWriteError: return "disk: write error";
    case Disk::Trouble::kReadError: return "disk: read error";
    case Disk::Trouble::kSyncError: return "disk: sync error";
    case Disk::Trouble::kFull: return "disk: full";
  }
  return "";
}

}  // namespace sitelog
