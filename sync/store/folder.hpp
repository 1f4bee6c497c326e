#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/result.hpp"
#include "sync/store/files.hpp"

namespace sitelog {

// A data folder, held by one process at a time. The lock goes with the object, and with the process
// however it ends. Movable.
class DataFolder {
 public:
  // Takes a folder that is there already. Waits up to `wait_ms` for another process to let go of
  // it; then refuses (kFolderInUse) and names the holder. `purpose` is what others are told.
  // Refuses (kNotSaved) a folder of another user and one in which others may write: its keys and
  // its entries could be anybody's. What others may only read is taken from them: `tightened`.
  // On a medium that nobody can write to it is opened to be read.
  static Result<DataFolder> open(const std::string& path, const std::string& purpose,
                                 int64_t wait_ms = 5000);
  // Makes the folder, and those above it, readable by their owner only, where they aren't there.
  static Result<DataFolder> create(const std::string& path, const std::string& purpose);
  // For a folder that is only read, whoever's it is; nothing in it changes. Refuses one in use.
  static Result<DataFolder> open_to_read(const std::string& path);

  const std::string& path() const { return folder_.path(); }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string database() const { return file("sitelog.db"); }
  const HeldFolder& folder() const { return folder_; }
  // Nothing can be written in it.
  bool read_only() const { return read_only_; }
  // What others could read until now, to be told.
  const std::vector<std::string>& tightened() const { return tightened_; }

  bool has(const std::string& name) const { return folder_.has(name); }
  // A small file's content; nothing where there is none. A file that can't be read is an
  // environment error (StoreError), never taken for a missing one.
  std::optional<std::string> read(const std::string& name) const { return folder_.read(name); }
  // Replaces a file as a whole: temporary file, fsync, rename, fsync of the folder.
  void write(const std::string& name, const std::string& content) const {
    folder_.write(name, content);
  }
  // Durably, where it is there.
  void remove(const std::string& name) const { folder_.remove(name); }
  // Makes the data file, empty and its owner's alone, where there is none yet: SQLite would make it
  // as the umask says, and what it puts beside it likewise.
  void prepare_database() const;

 private:
  DataFolder(HeldFolder folder, FileHandle lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}
  // Refuses what is not ours alone, and takes from others what is.
  Result<> take_over();

  HeldFolder folder_;
  FileHandle lock_;
  std::vector<std::string> tightened_;
  bool read_only_ = false;
};

}  // namespace sitelog
